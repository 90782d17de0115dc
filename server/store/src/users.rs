//! People, and the counting of their failed sign-ins.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use model::permission::Role;
use model::person::{Member, Person, PersonState};
use uuid::Uuid;

use crate::{Error, Result, Store, Transaction};

/// What a sign-in compares with.
#[derive(Clone, Debug)]
pub struct Account {
    pub person: Person,
    pub state: PersonState,
    /// A PHC string, RFC 9106.
    pub password_hash: Option<String>,
}

/// Whether a sign-in may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Counted as a failure until [`Transaction::forget_attempts`] says otherwise.
    Counted,
    /// Too many failed before; not counted.
    BlockedUntil(DateTime<Utc>),
}

/// Failures after which an account is blocked for the address they came from.
const FREE_FAILURES: i32 = 5;

#[derive(sqlx::FromRow)]
struct UserRow {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    state: String,
    password_hash: Option<String>,
    created_at: DateTime<Utc>,
    last_seen_at: Option<DateTime<Utc>>,
}

/// A role as the database writes it.
pub(crate) fn role(text: &str) -> Result<Role> {
    text.parse().map_err(|_| Error::Inconsistent {
        table: "users",
        column: "role",
        value: text.to_owned(),
    })
}

fn state(text: &str) -> Result<PersonState> {
    text.parse().map_err(|_| Error::Inconsistent {
        table: "users",
        column: "state",
        value: text.to_owned(),
    })
}

impl UserRow {
    fn member(self) -> Result<Member> {
        Ok(Member {
            id: self.id,
            role: role(&self.role)?,
            state: state(&self.state)?,
            name: self.name,
            email: self.email,
            has_password: self.password_hash.is_some(),
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
        })
    }

    fn account(self) -> Result<Account> {
        let role = role(&self.role)?;
        let state = state(&self.state)?;
        let person = Person {
            id: self.id,
            name: self.name,
            email: self.email,
            role,
        };
        Ok(Account {
            person,
            state,
            password_hash: self.password_hash,
        })
    }
}

impl Store {
    /// Everybody, by name.
    pub async fn users(&self) -> Result<Vec<Member>> {
        let rows: Vec<UserRow> = sqlx::query_as(
            "select id, email, name, role, state, password_hash, created_at, last_seen_at
             from users order by lower(name), email",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(UserRow::member).collect()
    }

    /// The account of an address, which is in lower case.
    pub async fn account(&self, email: &str) -> Result<Option<Account>> {
        let row: Option<UserRow> = sqlx::query_as(
            "select id, email, name, role, state, password_hash, created_at, last_seen_at
             from users where email = $1",
        )
        .bind(email)
        .fetch_optional(&self.pool)
        .await?;
        row.map(UserRow::account).transpose()
    }

    /// The owner who was there first and is active, with the password's hash if there is one.
    pub async fn first_owner(&self) -> Result<Option<Account>> {
        let row: Option<UserRow> = sqlx::query_as(
            "select id, email, name, role, state, password_hash, created_at, last_seen_at
             from users where role = 'owner' and state = 'active' order by created_at, id limit 1",
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(UserRow::account).transpose()
    }

    /// Whether any active owner could sign in with a password.
    pub async fn has_owner_with_password(&self) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "select exists (select from users
                            where role = 'owner' and state = 'active' and password_hash is not null)",
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Counts an attempt to sign in before its password is looked at, so that attempts made at
    /// the same time cannot pass together. `account` is the SHA-256 of the address.
    pub async fn count_attempt(
        &self,
        account: &[u8; 32],
        ip: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Attempt> {
        sqlx::query("delete from sign_in_attempts where last_at < $1")
            .bind(now - Duration::days(1))
            .execute(&self.pool)
            .await?;
        let counted: Option<i32> = sqlx::query_scalar(
            "insert into sign_in_attempts as a (account, ip, failures, last_at) values ($1, $2, 1, $3)
             on conflict (account, ip) do update set
                 failures = case when a.last_at < $3 - interval '1 hour' then 1 else a.failures + 1 end,
                 last_at = $3,
                 blocked_until = case
                     when a.last_at < $3 - interval '1 hour' or a.failures + 1 < $4 then null
                     else $3 + least(interval '15 minutes', interval '30 seconds' * 2 ^ least(a.failures + 1 - $4, 10))
                 end
             where a.blocked_until is null or a.blocked_until <= $3
             returning failures",
        )
        .bind(account.as_slice())
        .bind(ip)
        .bind(now)
        .bind(FREE_FAILURES)
        .fetch_optional(&self.pool)
        .await?;
        if counted.is_some() {
            return Ok(Attempt::Counted);
        }
        let until: Option<DateTime<Utc>> = sqlx::query_scalar(
            "select blocked_until from sign_in_attempts where account = $1 and ip = $2",
        )
        .bind(account.as_slice())
        .bind(ip)
        .fetch_optional(&self.pool)
        .await?
        .flatten();
        Ok(Attempt::BlockedUntil(until.unwrap_or(now)))
    }
}

impl Transaction {
    /// Holds off every other change to who the owners are, and whether there is anybody yet.
    pub async fn lock_owners(&mut self) -> Result<()> {
        sqlx::query("select pg_advisory_xact_lock(7170201)")
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Whether there is anybody.
    pub async fn has_users(&mut self) -> Result<bool> {
        Ok(sqlx::query_scalar("select exists (select from users)")
            .fetch_one(self.connection())
            .await?)
    }

    /// Whether another active owner with a password remains without this person. Only
    /// meaningful after [`Transaction::lock_owners`].
    pub async fn has_other_owner(&mut self, id: Uuid) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "select exists (select from users where id <> $1 and role = 'owner'
                            and state = 'active' and password_hash is not null)",
        )
        .bind(id)
        .fetch_one(self.connection())
        .await?)
    }

    /// A person, locked until the transaction ends.
    pub async fn user(&mut self, id: Uuid) -> Result<Option<Member>> {
        let row: Option<UserRow> = sqlx::query_as(
            "select id, email, name, role, state, password_hash, created_at, last_seen_at
             from users where id = $1 for update",
        )
        .bind(id)
        .fetch_optional(self.connection())
        .await?;
        row.map(UserRow::member).transpose()
    }

    /// The hash of a person's password, with the person locked.
    pub async fn password_hash(&mut self, id: Uuid) -> Result<Option<String>> {
        Ok(
            sqlx::query_scalar("select password_hash from users where id = $1 for update")
                .bind(id)
                .fetch_optional(self.connection())
                .await?
                .flatten(),
        )
    }

    /// Adds a person without a password. False when the address is taken.
    pub async fn insert_user(&mut self, person: &Person, now: DateTime<Utc>) -> Result<bool> {
        let result = sqlx::query(
            "insert into users (id, email, name, role, created_at) values ($1, $2, $3, $4, $5)
             on conflict (email) do nothing",
        )
        .bind(person.id)
        .bind(&person.email)
        .bind(&person.name)
        .bind(person.role.as_str())
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Sets name, role and state.
    pub async fn update_user(&mut self, member: &Member) -> Result<()> {
        sqlx::query("update users set name = $2, role = $3, state = $4 where id = $1")
            .bind(member.id)
            .bind(&member.name)
            .bind(member.role.as_str())
            .bind(member.state.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Sets a person's address; false when somebody else has it.
    pub async fn set_email(&mut self, id: Uuid, email: &str) -> Result<bool> {
        let set = sqlx::query(
            "update users set email = $2 where id = $1
               and not exists (select from users where email = $2 and id <> $1)",
        )
        .bind(id)
        .bind(email)
        .execute(self.connection())
        .await;
        match set.map_err(Error::from) {
            Ok(set) => Ok(set.rows_affected() == 1),
            // Somebody took it in the same moment.
            Err(error) if error.violates("users_email") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sets a password's hash.
    pub async fn set_password(&mut self, id: Uuid, hash: &str) -> Result<()> {
        sqlx::query("update users set password_hash = $2, failed_sign_ins = 0 where id = $1")
            .bind(id)
            .bind(hash)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Removes a person with their sessions, tokens and links. Events keep their names.
    pub async fn delete_user(&mut self, id: Uuid) -> Result<()> {
        sqlx::query("delete from users where id = $1")
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Counts a failed sign-in; answers with how many failed in a row, when the address has an
    /// account. The same statement runs for addresses that have none.
    pub async fn count_failed_sign_in(&mut self, email: &str) -> Result<Option<i32>> {
        Ok(sqlx::query_scalar(
            "update users set failed_sign_ins = failed_sign_ins + 1 where email = $1
             returning failed_sign_ins",
        )
        .bind(email)
        .fetch_optional(self.connection())
        .await?)
    }

    /// Notes a successful sign-in: no failures in a row, seen now.
    pub async fn note_sign_in(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        sqlx::query("update users set failed_sign_ins = 0, last_seen_at = $2 where id = $1")
            .bind(id)
            .bind(now)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Takes back what [`Store::count_attempt`] counted: the attempt succeeded.
    pub async fn forget_attempts(&mut self, account: &[u8; 32], ip: IpAddr) -> Result<()> {
        sqlx::query("delete from sign_in_attempts where account = $1 and ip = $2")
            .bind(account.as_slice())
            .bind(ip)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
