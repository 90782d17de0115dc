//! A selection as conditions of SQL, exact: what [`Selection::holds`] says, Postgres says.

use model::query::{Pattern, Predicate, ResourcePattern, Term};

use super::selection::Selection;
use super::sql::Sql;

/// What free text is looked for in, cheap columns first.
const TEXTS: &[&str] = &[
    "action",
    "actor_id",
    "actor_name",
    "actor_email",
    "resource_name",
    "resource_id",
    "resource_type",
    "error_message",
    "user_agent",
    "on_behalf_of",
    "details::text",
    "previous_state::text",
    "new_state::text",
];

/// Appends ` and …` for everything that limits the selection. The columns stand bare, so the
/// statement's only table with their names must be `logs`.
pub(crate) fn push_conditions(sql: &mut Sql, selection: &Selection) {
    if !selection.restricted {
        sql.push(" and category not in ('admin', 'security')");
    }
    if let Some(ids) = &selection.ids {
        sql.push(" and id = any (").ids(ids.clone()).push(")");
    }
    if let Some(last) = selection.up_to_seq {
        sql.push(" and seq <= ").int(last);
    }
    for term in &selection.query.terms {
        push_term(sql, term, selection);
    }
}

fn push_term(sql: &mut Sql, term: &Term, selection: &Selection) {
    sql.push(" and (");
    push_predicate(sql, &term.predicate, selection);
    // A column without a value makes neither true nor false; the contrary of that is true.
    sql.push(if term.negated { ") is not true" } else { ")" });
}

fn push_predicate(sql: &mut Sql, predicate: &Predicate, selection: &Selection) {
    match predicate {
        Predicate::Actor(patterns) => push_any(sql, patterns, push_actor),
        Predicate::Action(patterns) => push_any(sql, patterns, push_action),
        Predicate::Resource(patterns) => push_any(sql, patterns, push_resource),
        Predicate::ActorType(values) => push_among(sql, "actor_type", texts(values)),
        Predicate::Status(values) => push_among(sql, "status", texts(values)),
        Predicate::Category(values) => push_among(sql, "category", texts(values)),
        Predicate::Classification(values) => push_among(sql, "data_classification", texts(values)),
        Predicate::Tag(tags) => {
            sql.push("compliance_tags && ").strings(tags.clone());
        }
        Predicate::Team(values) => push_among(sql, "team", values.clone()),
        Predicate::Source(values) => push_among(sql, "source", values.clone()),
        Predicate::Request(values) => push_among(sql, "request_id", values.clone()),
        Predicate::Session(values) => push_among(sql, "session_id", values.clone()),
        Predicate::Ip(ranges) => {
            let networks = ranges
                .iter()
                .map(|r| format!("{}/{}", r.network(), r.prefix()));
            sql.push("actor_ip <<= any (")
                .strings(networks.collect())
                .push("::inet[])");
        }
        Predicate::Created(range) => {
            sql.push("true");
            if let Some(from) = range.from() {
                sql.push(" and occurred_at >= ").time(from);
            }
            if let Some(to) = range.to() {
                sql.push(" and occurred_at < ").time(to);
            }
        }
        Predicate::Last(last) => {
            sql.push("occurred_at >= ").time(last.from(selection.now));
        }
        Predicate::Id(ids) => {
            sql.push("id = any (").ids(ids.clone()).push(")");
        }
        Predicate::Text(text) => push_text(sql, text),
    }
}

fn texts<T: std::fmt::Display>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn push_among(sql: &mut Sql, column: &'static str, values: Vec<String>) {
    sql.push(column).push(" = any (").strings(values).push(")");
}

fn push_any<T>(sql: &mut Sql, patterns: &[T], push: fn(&mut Sql, &T)) {
    for (index, pattern) in patterns.iter().enumerate() {
        sql.push(if index > 0 { " or (" } else { "(" });
        push(sql, pattern);
        sql.push(")");
    }
}

fn push_actor(sql: &mut Sql, pattern: &Pattern) {
    for (index, column) in ["actor_id", "actor_name", "actor_email"]
        .into_iter()
        .enumerate()
    {
        sql.push(if index > 0 { " or " } else { "" });
        match pattern {
            Pattern::Exact(text) => sql
                .push("lower(")
                .push(column)
                .push(") = lower(")
                .string(text)
                .push(")"),
            Pattern::Prefix(text) => sql
                .push("starts_with(lower(")
                .push(column)
                .push("), lower(")
                .string(text)
                .push("))"),
        };
    }
}

fn push_action(sql: &mut Sql, pattern: &Pattern) {
    match pattern {
        Pattern::Exact(text) => sql.push("action = ").string(text),
        Pattern::Prefix(text) => sql.push("starts_with(action, ").string(text).push(")"),
    };
}

fn push_resource(sql: &mut Sql, pattern: &ResourcePattern) {
    sql.push("resource_type is not null");
    if let Some(kind) = pattern.kind() {
        sql.push(" and resource_type = ").string(kind);
    }
    if let Some(id) = pattern.id() {
        sql.push(" and resource_id = ").string(id);
    }
}

fn push_text(sql: &mut Sql, text: &str) {
    for (index, column) in TEXTS.iter().enumerate() {
        sql.push(if index > 0 { " or " } else { "" });
        sql.push("strpos(lower(")
            .push(column)
            .push("), lower(")
            .string(text)
            .push(")) > 0");
    }
}
