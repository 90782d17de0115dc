//! An installation on a Postgres that somebody else runs: roles with passwords, one database each.
//! The server is a private one of the test, whose rules are replaced by those of a careful DBA:
//! every role but the superuser signs in by password.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use server::embedded::{Embedded, SUPERUSER};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// The roles' passwords; the characters have a meaning in addresses and in SQL.
const OWNER: &str = "owner's p@ss";
const APP: &str = "app:pass/word";
const READER: &str = "reader%20pass";

/// Who a DBA is.
struct Dba {
    postgres: Embedded,
    folder: TempDir,
}

impl Dba {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let data_dir = folder.path().join("server");
        let postgres = Embedded::start(&data_dir, None).await.unwrap();
        let rules = format!("local all {SUPERUSER} trust\nlocal all all scram-sha-256\n");
        fs::write(data_dir.join("postgres/cluster/pg_hba.conf"), rules).unwrap();
        let dba = Self { postgres, folder };
        dba.run("postgres", "select pg_reload_conf()").await;
        dba
    }

    async fn run(&self, database: &str, statements: &str) {
        let options = self.postgres.endpoint().options(SUPERUSER, database);
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error}"));
        connection.close().await.unwrap();
    }

    /// The address of a role, as an operator writes it.
    fn url(&self, role: &str, password: &str, database: &str) -> String {
        let endpoint = self.postgres.endpoint();
        let quote = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
                    other => format!("%{other:02X}"),
                })
                .collect()
        };
        format!(
            "postgres://{role}:{}@{}:{}/{database}",
            quote(password),
            quote(endpoint.socket_dir().to_str().unwrap()),
            endpoint.port()
        )
    }

    /// The program with the settings of an installation in `database`.
    fn auditorium(&self, database: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditorium"));
        command
            .env("DATABASE_URL", self.url("auditorium_app", APP, database))
            .env(
                "DATABASE_OWNER_URL",
                self.url("auditorium_owner", OWNER, database),
            )
            .env(
                "DATABASE_READER_URL",
                self.url("auditorium_reader", READER, database),
            )
            .arg("--data-dir")
            .arg(self.folder.path().join(database));
        command
    }

    fn output(&self, database: &str, arguments: &[&str]) -> Output {
        self.auditorium(database).args(arguments).output().unwrap()
    }

    fn succeed(&self, database: &str, arguments: &[&str]) -> String {
        let output = self.output(database, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn refusal(&self, database: &str, arguments: &[&str]) -> String {
        let output = self.output(database, arguments);
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Serves, records one event through the interface, stops.
    async fn record(&self, database: &str, token: &str, action: &str) {
        let mut command = tokio::process::Command::from(self.auditorium(database));
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some(url) = line.strip_prefix("Auditorium serves ") {
                break url.to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let answer = reqwest::Client::new()
            .post(format!("{url}/api/v1/events"))
            .bearer_auth(token)
            .json(&serde_json::json!({ "action": action }))
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        let pid = pid.and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(child.wait().await.unwrap().success());
    }

    fn actions(&self, database: &str) -> String {
        let query = "SELECT string_agg(action, ' ' ORDER BY seq) FROM logs";
        self.succeed(database, &["sql", "--", "-Atc", query])
    }
}

fn secret(json: &str) -> String {
    let issued: serde_json::Value = serde_json::from_str(json).unwrap();
    issued["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_owner_who_may_make_roles_needs_nobody_else() {
    let dba = Dba::new().await;
    let quoted = OWNER.replace('\'', "''");
    dba.run(
        "postgres",
        &format!("create role auditorium_owner login createrole password '{quoted}'"),
    )
    .await;
    dba.run("postgres", "create database one owner auditorium_owner")
        .await;
    dba.run("postgres", "create database two owner auditorium_owner")
        .await;

    let said = dba.output("one", &["migrate"]);
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("Made the role auditorium_app."), "{said}");
    assert!(said.contains("The schema is up to date."), "{said}");
    dba.succeed("one", &["migrate"]);

    let token = ["token", "create", "t", "--scope", "events.write", "--json"];
    let token = secret(&dba.succeed("one", &token));
    dba.record("one", &token, "first.sent").await;
    assert!(dba.actions("one").contains("first.sent"));
    let refused = dba.refusal("one", &["sql", "--", "-c", "DELETE FROM logs"]);
    assert!(refused.contains("permission denied"), "{refused}");

    let object = dba.folder.path().join("one/objects/logs/task.log");
    fs::write(object, "a line of a task\n").unwrap();
    let backup = dba.folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    dba.succeed("one", &["backup", backup]);
    dba.succeed("two", &["restore", backup]);
    let actions = dba.actions("two");
    assert!(actions.contains("first.sent"), "{actions}");
    assert!(actions.contains("installation.restored"), "{actions}");
    // A token of the one is a token of the other: all of it came along.
    dba.record("two", &token, "second.sent").await;
    let object = dba.folder.path().join("two/objects/logs/task.log");
    assert!(Path::new(&object).exists());
    let again = dba.refusal("two", &["restore", backup]);
    assert!(again.contains("holds an installation already"), "{again}");
    dba.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn an_owner_who_may_not_make_roles_is_told_what_a_dba_runs() {
    let dba = Dba::new().await;
    let unknown = dba.refusal("auditorium", &["migrate"]);
    assert!(unknown.contains("auditorium migrate --sql"), "{unknown}");

    let statements = dba.succeed("auditorium", &["migrate", "--sql"]);
    let passwords = [
        ("auditorium_owner", OWNER),
        ("auditorium_app", APP),
        ("auditorium_operator", "operator"),
        ("auditorium_reader", READER),
    ];
    // psql asks for the passwords, which a test cannot answer.
    for line in statements.lines() {
        match line.strip_prefix("\\password ") {
            Some(role) => {
                let (_, password) = passwords.iter().find(|(name, _)| *name == role).unwrap();
                let quoted = password.replace('\'', "''");
                let statement = format!("alter role {role} password '{quoted}'");
                dba.run("postgres", &statement).await;
            }
            None => dba.run("postgres", line).await,
        }
    }
    dba.succeed("auditorium", &["migrate"]);
    assert_eq!(dba.actions("auditorium"), "installation.sql_opened");
    dba.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_superuser_is_no_owner() {
    let dba = Dba::new().await;
    dba.run(
        "postgres",
        "create role auditorium_owner superuser login password 'owner''s p@ss'; \
         create role auditorium_app login password 'app:pass/word'",
    )
    .await;
    let refused = dba.refusal("postgres", &["migrate"]);
    assert!(refused.contains("is a superuser"), "{refused}");
    dba.postgres.stop().await.unwrap();
}
