//! A statement in the making: text that stands in this crate, and values that come from outside.
//!
//! Values are bound, except where Postgres takes no parameters (COPY): there Postgres itself
//! quotes them. Nothing of a caller's but a count ever becomes text of a statement in another way.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::Result;

#[derive(Clone, Debug)]
enum Part {
    Text(&'static str),
    String(String),
    Strings(Vec<String>),
    Number(usize),
    Int(i64),
    Ints(Vec<i64>),
    Hashes(Vec<i32>),
    Time(DateTime<Utc>),
    Ids(Vec<Uuid>),
}

/// Text and values in the order of the statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql(Vec<Part>);

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self(vec![Part::Text(text)])
    }

    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.add(Part::Text(text))
    }

    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn string(&mut self, value: impl Into<String>) -> &mut Self {
        self.add(Part::String(value.into()))
    }

    pub(crate) fn strings(&mut self, values: Vec<String>) -> &mut Self {
        self.add(Part::Strings(values))
    }

    /// A count as a part of the text: a plan that is kept then knows how little is read. For few
    /// different ones, since each makes another statement.
    pub(crate) fn number(&mut self, value: usize) -> &mut Self {
        self.add(Part::Number(value))
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        self.add(Part::Int(value))
    }

    pub(crate) fn ints(&mut self, values: Vec<i64>) -> &mut Self {
        self.add(Part::Ints(values))
    }

    pub(crate) fn hashes(&mut self, values: Vec<i32>) -> &mut Self {
        self.add(Part::Hashes(values))
    }

    pub(crate) fn time(&mut self, value: DateTime<Utc>) -> &mut Self {
        self.add(Part::Time(value))
    }

    pub(crate) fn ids(&mut self, values: Vec<Uuid>) -> &mut Self {
        self.add(Part::Ids(values))
    }

    fn add(&mut self, part: Part) -> &mut Self {
        self.0.push(part);
        self
    }

    /// The statement with its values bound.
    pub(crate) fn bound(self) -> QueryBuilder<Postgres> {
        let mut statement = QueryBuilder::new("");
        for part in self.0 {
            match part {
                Part::Text(text) => statement.push(text),
                Part::String(value) => statement.push_bind(value),
                Part::Strings(values) => statement.push_bind(values),
                Part::Number(value) => statement.push(value),
                Part::Int(value) => statement.push_bind(value),
                Part::Ints(values) => statement.push_bind(values),
                Part::Hashes(values) => statement.push_bind(values),
                Part::Time(value) => statement.push_bind(value),
                Part::Ids(values) => statement.push_bind(values),
            };
        }
        statement
    }

    /// The statement as one text, its values quoted by the server.
    pub(crate) async fn quoted(self, connection: &mut PgConnection) -> Result<String> {
        let mut text = String::new();
        for part in self.0 {
            let cast = match &part {
                Part::Text(fixed) => {
                    text.push_str(fixed);
                    continue;
                }
                Part::Number(value) => {
                    text.push_str(&value.to_string());
                    continue;
                }
                Part::String(_) => "::text",
                Part::Strings(_) => "::text[]",
                Part::Int(_) => "::int8",
                Part::Ints(_) => "::int8[]",
                Part::Hashes(_) => "::int4[]",
                Part::Time(_) => "::timestamptz",
                Part::Ids(_) => "::uuid[]",
            };
            let mut ask = Self::new("select quote_literal((");
            // With its type in the text: statements are prepared once for each text.
            ask.add(part).push(cast).push(")::text)");
            let quoted: String = ask
                .bound()
                .build_query_scalar()
                .fetch_one(&mut *connection)
                .await?;
            text.push_str(&quoted);
            text.push_str(cast);
        }
        Ok(text)
    }
}
