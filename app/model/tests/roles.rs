//! The document that people read says what the code decides.

use model::permission::{Permission, Role};
use model::token::may_issue;

const DOCUMENT: &str = include_str!("../../../docs/roles.md");

/// The cells of the table's rows, without the outer bars.
fn rows() -> Vec<Vec<&'static str>> {
    DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

fn expected(role: Role, permission: Permission) -> &'static str {
    match (role.allows(permission), may_issue(role, permission)) {
        (true, _) => "yes",
        (false, true) => "token",
        (false, false) => "–",
    }
}

#[test]
fn the_documented_table_is_the_one_that_is_enforced() {
    let rows = rows();
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    assert_eq!(rows[0][2..], roles);
    let written: Vec<Vec<&str>> = rows[1..]
        .iter()
        .map(|row| [&row[..1], &row[2..]].concat())
        .collect();
    let names: Vec<String> = Permission::ALL
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let enforced: Vec<Vec<&str>> = Permission::ALL
        .iter()
        .zip(&names)
        .map(|(permission, name)| {
            let cells = Role::ALL.iter().map(|role| expected(*role, *permission));
            std::iter::once(name.as_str()).chain(cells).collect()
        })
        .collect();
    assert_eq!(written, enforced);
}
