//! What a change changed: the state before and after, line by line of their flattened fields.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::Value;

/// One field that differs, was added or was removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its path: `role`, `limits.max`, `tags[0]`.
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// The fields that differ between two states, by path.
#[must_use]
pub fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let (before, after) = (flat(before), flat(after));
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| Change {
            path: path.clone(),
            before: before.get(path).cloned(),
            after: after.get(path).cloned(),
        })
        .collect()
}

fn flat(value: Option<&Value>) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    if let Some(value) = value {
        walk(String::new(), value, &mut fields);
    }
    fields
}

fn walk(path: String, value: &Value, fields: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(items) if !items.is_empty() => {
            for (key, item) in items {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                walk(path, item, fields);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                walk(format!("{path}[{index}]"), item, fields);
            }
        }
        _ => {
            fields.insert(path, value.clone());
        }
    }
}

/// What changed, a line for what was and one for what is.
#[component]
pub fn Diff(before: Option<Value>, after: Option<Value>) -> impl IntoView {
    let line = |class: &'static str, sign: &'static str, path: &str, value: &Value| {
        view! { <div class=class><span class="visually-hidden">{sign}</span>{format!("{path}: {value}")}</div> }
    };
    let lines = changes(before.as_ref(), after.as_ref())
        .into_iter()
        .map(|change| view! {
            {change.before.as_ref().map(|value| line("diff__line diff__line--removed", "Before ", &change.path, value))}
            {change.after.as_ref().map(|value| line("diff__line diff__line--added", "After ", &change.path, value))}
        })
        .collect_view();
    view! { <div class="diff">{lines}</div> }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_listed() {
        let found = changes(
            Some(&json!({"a": 1, "b": {"c": [1, 2]}})),
            Some(&json!({"a": 1, "b": {"c": [1, 3]}, "d": null})),
        );
        let paths: Vec<_> = found.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["b.c[1]", "d"]);
    }
}
