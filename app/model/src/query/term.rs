//! What one term of a query says.

use std::net::IpAddr;

use uuid::Uuid;

use super::field::Field;
use super::time::{Last, TimeRange};
use crate::event::{ActorType, Category, Classification, Status};

/// A predicate, or its contrary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// True for `-field:value`: keep the events that do not match.
    pub negated: bool,
    pub predicate: Predicate,
}

impl Term {
    /// Keep what matches.
    #[must_use]
    pub const fn only(predicate: Predicate) -> Self {
        Self {
            negated: false,
            predicate,
        }
    }

    /// Keep what does not match.
    #[must_use]
    pub const fn not(predicate: Predicate) -> Self {
        Self {
            negated: true,
            predicate,
        }
    }
}

/// What an event is asked for. A list is never empty, and one of its values suffices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    Actor(Vec<Pattern>),
    ActorType(Vec<ActorType>),
    Action(Vec<Pattern>),
    Resource(Vec<ResourcePattern>),
    Status(Vec<Status>),
    Category(Vec<Category>),
    Classification(Vec<Classification>),
    Tag(Vec<String>),
    Team(Vec<String>),
    Source(Vec<String>),
    Request(Vec<String>),
    Session(Vec<String>),
    Ip(Vec<IpRange>),
    Created(TimeRange),
    Last(Last),
    Id(Vec<Uuid>),
    /// Never empty.
    Text(String),
}

impl Predicate {
    /// The field that is asked; none for free text.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        Some(match self {
            Self::Actor(_) => Field::Actor,
            Self::ActorType(_) => Field::ActorType,
            Self::Action(_) => Field::Action,
            Self::Resource(_) => Field::Resource,
            Self::Status(_) => Field::Status,
            Self::Category(_) => Field::Category,
            Self::Classification(_) => Field::Classification,
            Self::Tag(_) => Field::Tag,
            Self::Team(_) => Field::Team,
            Self::Source(_) => Field::Source,
            Self::Request(_) => Field::Request,
            Self::Session(_) => Field::Session,
            Self::Ip(_) => Field::Ip,
            Self::Created(_) => Field::Created,
            Self::Last(_) => Field::Last,
            Self::Id(_) => Field::Id,
            Self::Text(_) => return None,
        })
    }
}

/// A whole text, or its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Never empty.
    Exact(String),
    /// `user.*`; the star is not part of it. Empty (`*`) begins everything.
    Prefix(String),
}

impl Pattern {
    /// Whether `text` is meant.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => text == exact,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
        }
    }

    /// Whether `text` is meant, upper and lower case being the same.
    #[must_use]
    pub fn matches_any_case(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Self::Exact(exact) => text == exact.to_lowercase(),
            Self::Prefix(prefix) => text.starts_with(&prefix.to_lowercase()),
        }
    }
}

/// Resources by type, by id, or by both. The type holds no `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourcePattern {
    /// `resource:dataset`
    Type(String),
    /// `resource:dataset/42`
    Both(String, String),
    /// `resource:/42`
    Id(String),
}

impl ResourcePattern {
    /// The type asked for.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        match self {
            Self::Type(kind) | Self::Both(kind, _) => Some(kind),
            Self::Id(_) => None,
        }
    }

    /// The id asked for.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Both(_, id) | Self::Id(id) => Some(id),
            Self::Type(_) => None,
        }
    }
}

/// An address or a network: the bits behind the prefix are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    network: IpAddr,
    prefix: u8,
}

impl IpRange {
    /// The network of `prefix` bits that holds the address; none when the family has fewer bits.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        (prefix <= bits(address)).then(|| Self {
            network: masked(address, prefix),
            prefix,
        })
    }

    /// One address.
    #[must_use]
    pub fn single(address: IpAddr) -> Self {
        Self {
            network: address,
            prefix: bits(address),
        }
    }

    /// The first address.
    #[must_use]
    pub const fn network(&self) -> IpAddr {
        self.network
    }

    /// How many leading bits are fixed.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether this is one address, not a network.
    #[must_use]
    pub const fn is_single(&self) -> bool {
        self.prefix == bits(self.network)
    }

    /// Whether the address lies in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.network.is_ipv4() == address.is_ipv4() && masked(address, self.prefix) == self.network
    }
}

const fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let free = u32::from(bits(address).saturating_sub(prefix));
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(free).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(free).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}
