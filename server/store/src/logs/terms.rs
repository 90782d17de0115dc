//! A query as terms of the block index: what a block must hold to be worth reading.
//!
//! Each clause is a list of alternatives, and all clauses hold together. The terms are a
//! superset of the truth (a block may hold them in different events, hashes may collide): rows
//! are always filtered exactly. The prefixes are those of `log_blocks_build`.

use model::query::{IpRange, Pattern, Predicate, ResourcePattern};

use super::selection::Selection;

/// Alternatives: a block that holds none of them holds no match.
pub(crate) type Clause = Vec<String>;

/// What can be asked of the index. Empty: every block is worth reading.
pub(crate) fn clauses(selection: &Selection) -> Vec<Clause> {
    selection
        .query
        .terms
        .iter()
        .filter(|term| !term.negated)
        .filter_map(|term| clause(&term.predicate))
        .collect()
}

/// None where one of the alternatives cannot be asked for.
fn clause(predicate: &Predicate) -> Option<Clause> {
    match predicate {
        Predicate::Actor(patterns) => each(patterns, actor),
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

fn each<T>(values: &[T], term: impl Fn(&T) -> Option<String>) -> Option<Clause> {
    values.iter().map(term).collect()
}

fn actor(pattern: &Pattern) -> Option<String> {
    match pattern {
        Pattern::Exact(text) => Some(format!("a:{text}")),
        Pattern::Prefix(_) => None,
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
        return Some(format!("x:{}", range.network()));
    }
    let prefix = indexed
        .iter()
        .copied()
        .find(|prefix| *prefix <= range.prefix())?;
    let whole = IpRange::new(range.network(), prefix)?;
    Some(format!("x:{}/{prefix}", whole.network()))
}

/// Hashes terms given as `text[]` in SQL, in their order: actors without case, addresses as
/// Postgres writes them.
pub(crate) const HASHES: &str = "array(select hashtext(case \
     when t like 'a:%' then lower(t) \
     when t like 'x:%/%' then 'x:' || text(substr(t, 3)::inet) \
     when t like 'x:%' then 'x:' || host(substr(t, 3)::inet) else t end) \
     from unnest(";
