//! The fields that can be asked for by name, with the line that explains each.

use crate::event::{ActorType, Category, Classification, Status, text_enum};

text_enum! {
    /// A name that may stand before a colon.
    Field {
        Actor = "actor",
        ActorType = "actor_type",
        Action = "action",
        Resource = "resource",
        Status = "status",
        Created = "created",
        Last = "last",
        Ip = "ip",
        Category = "category",
        Classification = "classification",
        Tag = "tag",
        Team = "team",
        Source = "source",
        Request = "request",
        Session = "session",
        Id = "id",
    }
}

/// Names that people try first, and the field they mean.
const OTHER_NAMES: &[(&str, Field)] = &[
    ("user", Field::Actor),
    ("who", Field::Actor),
    ("agent", Field::Actor),
    ("email", Field::Actor),
    ("type", Field::ActorType),
    ("what", Field::Action),
    ("event", Field::Action),
    ("on", Field::Resource),
    ("object", Field::Resource),
    ("outcome", Field::Status),
    ("result", Field::Status),
    ("when", Field::Created),
    ("date", Field::Created),
    ("time", Field::Created),
    ("since", Field::Created),
    ("before", Field::Created),
    ("after", Field::Created),
    ("address", Field::Ip),
    ("from", Field::Ip),
    ("data_classification", Field::Classification),
    ("compliance", Field::Tag),
    ("project", Field::Team),
    ("request_id", Field::Request),
    ("session_id", Field::Session),
];

/// More letters wrong than this is another word, not a slip.
const MAX_SLIPS: usize = 2;

impl Field {
    /// The field of this name, whatever the case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.as_str().eq_ignore_ascii_case(name))
    }

    /// The field that somebody who wrote `name` most likely meant.
    #[must_use]
    pub fn nearest(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let other = OTHER_NAMES
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, field)| *field);
        other.or_else(|| {
            Self::ALL
                .iter()
                .map(|field| (slips(&name, field.as_str()), *field))
                .filter(|(slips, field)| *slips <= MAX_SLIPS && *slips < field.as_str().len())
                .min_by_key(|(slips, _)| *slips)
                .map(|(_, field)| field)
        })
    }

    /// One line for whoever has not used the field yet.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Actor => "Who acted: id, name or e-mail, `ada*` for a beginning",
            Self::ActorType => "What kind of actor acted",
            Self::Action => "What was done, `user.*` for a group",
            Self::Resource => "On what: `dataset`, `dataset/42` or `/42`",
            Self::Status => "How it ended",
            Self::Created => "When: `2026-10-01`, `2026-10-01..2026-10-31`, `>=2026-10-01T12:00`",
            Self::Last => "How far back from now: `15m`, `24h`, `7d`",
            Self::Ip => "From where: an address or a network such as `10.0.0.0/8`",
            Self::Category => "Which term of retention the event keeps",
            Self::Classification => "How sensitive the touched data is",
            Self::Tag => "Which regulation the event concerns",
            Self::Team => "Whose team",
            Self::Source => "Who recorded it: `auditorium` or `token:ID`",
            Self::Request => "The request's id",
            Self::Session => "The session's id",
            Self::Id => "The event's id",
        }
    }

    /// A query that shows how the field is used.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Actor => "actor:etl-1",
            Self::ActorType => "actor_type:agent",
            Self::Action => "action:user.*",
            Self::Resource => "resource:dataset/42",
            Self::Status => "status:denied",
            Self::Created => "created:2026-10-01..2026-10-31",
            Self::Last => "last:7d",
            Self::Ip => "ip:10.0.0.0/8",
            Self::Category => "category:security",
            Self::Classification => "classification:restricted",
            Self::Tag => "tag:gdpr",
            Self::Team => "team:payments",
            Self::Source => "source:auditorium",
            Self::Request => "request:7f3a",
            Self::Session => "session:51c0",
            Self::Id => "id:01997c4e-58ac-7d42-9f0e-3f6d2a1b8c77",
        }
    }

    /// Values known without asking the server, in the order in which they are offered.
    #[must_use]
    pub fn values(self) -> Vec<&'static str> {
        match self {
            Self::ActorType => ActorType::ALL.iter().map(|v| v.as_str()).collect(),
            Self::Status => Status::ALL.iter().map(|v| v.as_str()).collect(),
            Self::Category => Category::ALL.iter().map(|v| v.as_str()).collect(),
            Self::Classification => Classification::ALL.iter().map(|v| v.as_str()).collect(),
            Self::Tag => vec!["gdpr", "hipaa", "sox"],
            Self::Last => vec!["15m", "1h", "24h", "7d", "30d"],
            _ => Vec::new(),
        }
    }

    /// Whether a value may end in `*`.
    #[must_use]
    pub const fn takes_prefix(self) -> bool {
        matches!(self, Self::Actor | Self::Action)
    }
}

/// Letters to add, drop or change to turn one word into the other (Levenshtein).
pub(super) fn slips(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (pair, to) in row.windows(2).zip(b.chars()) {
            let &[diagonal, above] = pair else { continue };
            let left = next.last().copied().unwrap_or(i + 1);
            let change = diagonal + usize::from(from != to);
            next.push(change.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
