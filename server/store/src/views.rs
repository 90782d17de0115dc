//! Saved views. Names are unique for each maker, whatever their case.

use chrono::{DateTime, Utc};
use model::export::Column;
use model::view::NewView;
use uuid::Uuid;

use crate::{Error, Result, Store, Transaction};

/// A view as it is kept, before anybody's permissions are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    pub id: Uuid,
    pub content: NewView,
    /// None when the maker is gone.
    pub owner: Option<Uuid>,
    pub owner_name: Option<String>,
    pub changed_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct ViewRow {
    id: Uuid,
    name: String,
    query: String,
    columns: Vec<String>,
    owner: Option<Uuid>,
    owner_name: Option<String>,
    shared: bool,
    changed_at: DateTime<Utc>,
}

macro_rules! select_view {
    ($rest:literal) => {
        concat!(
            "select v.id, v.name, v.query, v.columns, v.owner, u.name as owner_name, v.shared, v.changed_at
             from views v left join users u on u.id = v.owner ",
            $rest
        )
    };
}

impl ViewRow {
    fn view(self) -> Result<SavedView> {
        let columns: Result<Vec<Column>> = self
            .columns
            .iter()
            .map(|text| {
                text.parse().map_err(|_| Error::Inconsistent {
                    table: "views",
                    column: "columns",
                    value: text.clone(),
                })
            })
            .collect();
        Ok(SavedView {
            id: self.id,
            content: NewView {
                name: self.name,
                query: self.query,
                columns: columns?,
                shared: self.shared,
            },
            owner: self.owner,
            owner_name: self.owner_name,
            changed_at: self.changed_at,
        })
    }
}

fn names(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|column| column.as_str()).collect()
}

impl Store {
    /// The views of a person and those that are shared, by name.
    pub async fn views(&self, person: Uuid) -> Result<Vec<SavedView>> {
        let rows: Vec<ViewRow> = sqlx::query_as(select_view!(
            "where v.owner = $1 or v.shared order by lower(v.name), v.id limit 1000"
        ))
        .bind(person)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ViewRow::view).collect()
    }
}

impl Transaction {
    /// Adds a view. False when its maker has one of this name.
    pub async fn insert_view(
        &mut self,
        id: Uuid,
        owner: Uuid,
        view: &NewView,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let result = sqlx::query(
            "insert into views (id, name, query, columns, owner, shared, created_at, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (owner, lower(name)) do nothing",
        )
        .bind(id)
        .bind(&view.name)
        .bind(&view.query)
        .bind(names(&view.columns))
        .bind(owner)
        .bind(view.shared)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected() == 1)
    }

    /// How many views a person has made.
    pub async fn count_views(&mut self, owner: Uuid) -> Result<i64> {
        Ok(
            sqlx::query_scalar("select count(*) from views where owner = $1")
                .bind(owner)
                .fetch_one(self.connection())
                .await?,
        )
    }

    /// A view, locked until the transaction ends.
    pub async fn view(&mut self, id: Uuid) -> Result<Option<SavedView>> {
        let row: Option<ViewRow> = sqlx::query_as(select_view!("where v.id = $1 for update of v"))
            .bind(id)
            .fetch_optional(self.connection())
            .await?;
        row.map(ViewRow::view).transpose()
    }

    /// Changes a view. False when its maker has another one of this name.
    pub async fn update_view(
        &mut self,
        id: Uuid,
        view: &NewView,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let result = sqlx::query(
            "update views v set name = $2, query = $3, columns = $4, shared = $5, changed_at = $6
             where v.id = $1 and not exists (
                 select from views o where o.owner = v.owner and lower(o.name) = lower($2) and o.id <> v.id)",
        )
        .bind(id)
        .bind(&view.name)
        .bind(&view.query)
        .bind(names(&view.columns))
        .bind(view.shared)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Deletes a view.
    pub async fn delete_view(&mut self, id: Uuid) -> Result<()> {
        sqlx::query("delete from views where id = $1")
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
