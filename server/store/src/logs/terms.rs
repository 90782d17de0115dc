//! A query as terms of the block index: what a block must hold to be worth reading.
//!
//! Each clause is a list of alternatives, and all clauses hold together. The terms are a
//! superset of the truth (a block may hold them in different events, hashes may collide): rows
//! are always filtered exactly. The prefixes are those of `log_blocks_build`.

use model::query::{IpRange, Pattern, Predicate, ResourcePattern};
use trail::canon::inet;

use super::hashtext::hashtext;
use super::selection::Selection;

/// Hashed alternatives: a block that holds none of them holds no match.
pub(crate) type Clause = Vec<i32>;

/// What can be asked of the index. Empty: every block is worth reading.
pub(crate) fn clauses(selection: &Selection) -> Vec<Clause> {
    selection
        .query
        .terms
        .iter()
        .filter(|term| !term.negated)
        .filter_map(|term| clause(&term.predicate))
        .map(|terms| terms.iter().map(|term| hashtext(term)).collect())
        .collect()
}

/// None where one of the alternatives cannot be asked for.
fn clause(predicate: &Predicate) -> Option<Vec<String>> {
    match predicate {
        Predicate::Actor(patterns) => actors(patterns),
        Predicate::ActorType(values) => each(values, |v| Some(format!("k:{v}"))),
        Predicate::Action(patterns) => each(patterns, action),
        Predicate::Resource(patterns) => each(patterns, resource),
        Predicate::Status(values) => each(values, |v| Some(format!("s:{v}"))),
        Predicate::Category(values) => each(values, |v| Some(format!("c:{v}"))),
        Predicate::Classification(values) => each(values, |v| Some(format!("d:{v}"))),
        Predicate::Tag(values) => each(values, |v| Some(format!("g:{v}"))),
        Predicate::Team(values) => each(values, |v| Some(format!("m:{v}"))),
        Predicate::Source(values) => each(values, |v| Some(format!("o:{v}"))),
        Predicate::Request(values) => each(values, |v| Some(format!("q:{v}"))),
        Predicate::Session(values) => each(values, |v| Some(format!("e:{v}"))),
        Predicate::Ip(ranges) => each(ranges, network),
        Predicate::Created(_) | Predicate::Last(_) | Predicate::Id(_) | Predicate::Text(_) => None,
    }
}

fn each<T>(values: &[T], term: impl Fn(&T) -> Option<String>) -> Option<Vec<String>> {
    values.iter().map(term).collect()
}

fn actors(patterns: &[Pattern]) -> Option<Vec<String>> {
    let mut terms = Vec::new();
    for pattern in patterns {
        match pattern {
            Pattern::Exact(text) => terms.extend(lowered(text).map(|text| format!("a:{text}"))),
            Pattern::Prefix(_) => return None,
        }
    }
    terms.sort_unstable();
    terms.dedup();
    Some(terms)
}

/// What `lower` may make of a text, which depends on the database's locale: in C.UTF-8 and most
/// others one letter of each that they know, in C nothing but ASCII, in ICU's as Unicode says, in
/// Turkish ones the two pairs of I.
fn lowered(text: &str) -> impl Iterator<Item = String> {
    let turkish = text.replace('I', "ı").replace('İ', "i");
    [
        lower(text),
        text.chars().map(settled_small).collect(),
        text.to_ascii_lowercase(),
        text.to_lowercase(),
        lower(&turkish),
    ]
    .into_iter()
}

/// `lower` in C.UTF-8, for texts that [`is_settled`]: each letter becomes one letter, or stays.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(small).collect()
}

/// Whether every system makes the same of a text: letters beyond Latin, Greek and Cyrillic came
/// with later versions of Unicode, and what the database knows is not known here.
pub(super) fn is_settled(text: &str) -> bool {
    text.chars()
        .all(|letter| settled_small(letter) == small(letter))
}

fn settled_small(letter: char) -> char {
    match letter {
        '\0'..'\u{530}' | '\u{1e00}'..'\u{2000}' => small(letter),
        _ => letter,
    }
}

fn small(letter: char) -> char {
    let mut small = letter.to_lowercase();
    match (letter, small.next(), small.next()) {
        ('İ', ..) => 'i',
        (_, Some(one), None) => one,
        _ => letter,
    }
}

/// Of a beginning only whole segments are indexed, two at most: `user.role.as` asks `user.role`.
fn action(pattern: &Pattern) -> Option<String> {
    match pattern {
        Pattern::Exact(text) => Some(format!("n:{text}")),
        Pattern::Prefix(prefix) => {
            let (whole, _) = prefix.rsplit_once('.')?;
            let indexed: Vec<&str> = whole.split('.').take(2).collect();
            Some(format!("p:{}", indexed.join(".")))
        }
    }
}

fn resource(pattern: &ResourcePattern) -> Option<String> {
    match (pattern.id(), pattern.kind()) {
        (Some(id), _) => Some(format!("i:{id}")),
        (None, kind) => kind.map(|kind| format!("t:{kind}")),
    }
}

/// The smallest indexed network that holds the range.
fn network(range: &IpRange) -> Option<String> {
    let indexed: &[u8] = if range.network().is_ipv4() {
        &[24, 16, 8]
    } else {
        &[64, 48, 32]
    };
    if range.is_single() {
        return Some(format!("x:{}", inet(range.network())));
    }
    let prefix = indexed
        .iter()
        .copied()
        .find(|prefix| *prefix <= range.prefix())?;
    let whole = IpRange::new(range.network(), prefix)?;
    Some(format!("x:{}/{prefix}", inet(whole.network())))
}
