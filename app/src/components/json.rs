//! JSON that people can read: indented, with its kinds of values told apart.

use leptos::prelude::*;
use serde_json::Value;

/// Renders a value over several lines. Text only; nothing in it is taken for markup.
#[component]
pub fn Json(value: Value) -> impl IntoView {
    view! { <pre class="json" tabindex="0"><code>{render(&value, 0)}</code></pre> }
}

fn render(value: &Value, depth: usize) -> AnyView {
    let scalar =
        |class: &'static str, text: String| view! { <span class=class>{text}</span> }.into_any();
    match value {
        Value::Null => scalar("json__null", "null".to_owned()),
        Value::Bool(value) => scalar("json__bool", value.to_string()),
        Value::Number(value) => scalar("json__number", value.to_string()),
        Value::String(value) => scalar("json__string", Value::String(value.clone()).to_string()),
        Value::Array(items) if items.is_empty() => "[]".into_any(),
        Value::Object(fields) if fields.is_empty() => "{}".into_any(),
        Value::Array(items) => {
            let lines = items.iter().map(|item| (None, item)).collect();
            block("[", "]", lines, depth)
        }
        Value::Object(fields) => {
            let lines = fields
                .iter()
                .map(|(key, item)| (Some(key.as_str()), item))
                .collect();
            block("{", "}", lines, depth)
        }
    }
}

fn block(
    open: &'static str,
    close: &'static str,
    lines: Vec<(Option<&str>, &Value)>,
    depth: usize,
) -> AnyView {
    let inner = "  ".repeat(depth + 1);
    let outer = "  ".repeat(depth);
    let last = lines.len().saturating_sub(1);
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(index, (key, item))| {
            let key = key.map(|key| {
                let key = Value::String(key.to_owned()).to_string();
                view! { <span class="json__key">{key}</span>": " }
            });
            let comma = if index < last { "," } else { "" };
            view! { {format!("\n{inner}")}{key}{render(item, depth + 1)}{comma} }
        })
        .collect_view();
    view! { {open}{lines}{format!("\n{outer}{close}")} }.into_any()
}
