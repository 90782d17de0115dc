//! Frequent values of a column among the events of a selection: completion and facets.

use std::time::Duration;

use model::export::Column;
use model::log_page::{Count, TopValue};

use super::filter::push_conditions;
use super::order::Direction;
use super::reading::Reading;
use super::selection::Selection;
use super::sql::Sql;
use crate::{Result, Store};

const TIMEOUT: Duration = Duration::from_secs(5);
/// The newest events that are looked at.
const SAMPLE: i64 = 20_000;

impl Store {
    /// The most frequent values of `column` that begin with `prefix`, whatever the case, in the
    /// newest events that match. Exact where those are all; columns without few values give none.
    pub async fn top_values(
        &self,
        selection: &Selection,
        column: Column,
        prefix: &str,
        limit: i64,
    ) -> Result<Vec<TopValue>> {
        let Some((value, label)) = expression(column) else {
            return Ok(Vec::new());
        };
        let mut reading = Reading::begin(&self.pool, selection, TIMEOUT).await?;
        let mut sql = Sql::new("with newest as materialized (select * from logs where true");
        let (from, to) = selection.span();
        if let Some(from) = from {
            sql.push(" and occurred_at >= ").time(from);
        }
        if let Some(to) = to {
            sql.push(" and occurred_at < ").time(to);
        }
        sql.push(Direction::Older.order())
            .push(" limit ")
            .int(SAMPLE);
        sql.push("), matching as (select ")
            .push(value)
            .push(" as value, ")
            .push(label);
        sql.push(" as label from newest where true");
        push_conditions(&mut sql, selection);
        sql.push(
            ") select value, max(label), count(*), (select count(*) from newest) from matching",
        );
        sql.push(" where value <> '' and (starts_with(lower(value), lower(")
            .string(prefix);
        sql.push(")) or starts_with(lower(label), lower(")
            .string(prefix);
        sql.push("))) group by 1 order by 3 desc, 1 limit ")
            .int(limit);
        let rows: Vec<(String, Option<String>, i64, i64)> = sql
            .bound()
            .build_query_as()
            .fetch_all(reading.connection())
            .await?;
        let counted = |count, looked_at| {
            if looked_at < SAMPLE {
                Count::Exact(count)
            } else {
                Count::About(count)
            }
        };
        Ok(rows
            .into_iter()
            .map(|(value, label, count, looked_at)| TopValue {
                label: label.filter(|label| *label != value),
                value,
                count: counted(count, looked_at),
            })
            .collect())
    }
}

/// The column's text, and what to show beside it.
const fn expression(column: Column) -> Option<(&'static str, &'static str)> {
    Some(match column {
        Column::ActorType => ("actor_type", "null::text"),
        Column::ActorId => ("actor_id", "coalesce(actor_name, actor_email)"),
        Column::ActorName => ("actor_name", "actor_email"),
        Column::ActorEmail => ("actor_email", "actor_name"),
        Column::ActorIp => ("host(actor_ip)", "null::text"),
        Column::OnBehalfOf => ("on_behalf_of", "null::text"),
        Column::Action => ("action", "null::text"),
        Column::ResourceType => ("resource_type", "null::text"),
        Column::ResourceId => ("resource_type || '/' || resource_id", "resource_name"),
        Column::ResourceName => ("resource_name", "null::text"),
        Column::Status => ("status", "null::text"),
        Column::Category => ("category", "null::text"),
        Column::DataClassification => ("data_classification", "null::text"),
        Column::ComplianceTags => ("unnest(compliance_tags)", "null::text"),
        Column::Team => ("team", "null::text"),
        Column::Source => ("source", "null::text"),
        Column::RequestId => ("request_id", "null::text"),
        Column::SessionId => ("session_id", "null::text"),
        Column::OccurredAt
        | Column::ReceivedAt
        | Column::Seq
        | Column::Id
        | Column::UserAgent
        | Column::ErrorMessage
        | Column::SchemaVersion
        | Column::Details
        | Column::PreviousState
        | Column::NewState => return None,
    })
}
