//! The private Postgres, really started, killed and started again. Runs as root, where Postgres
//! steps down to another account, and as any user.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use server::embedded::{self, Embedded, Endpoint, Error, SUPERUSER};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

async fn connect(endpoint: &Endpoint) -> PgConnection {
    PgConnection::connect_with(&endpoint.options(SUPERUSER, "postgres"))
        .await
        .unwrap()
}

async fn scalar(endpoint: &Endpoint, query: &'static str) -> String {
    let mut connection = connect(endpoint).await;
    let value = sqlx::query_scalar(query)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    value
}

async fn run(endpoint: &Endpoint, statement: &'static str) {
    let mut connection = connect(endpoint).await;
    sqlx::raw_sql(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// A data folder that every account can reach.
fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

fn running(data_dir: &Path) -> Option<i32> {
    let status = fs::read_to_string(data_dir.join("postgres/cluster/postmaster.pid")).ok()?;
    status.lines().next()?.parse().ok()
}

#[tokio::test]
async fn it_starts_durable_and_private_and_stops_cleanly() {
    let folder = open_folder();
    let data_dir = folder.path().join("data");
    let postgres = Embedded::start(&data_dir, None).await.unwrap();
    let endpoint = postgres.endpoint().clone();
    assert_eq!(scalar(&endpoint, "SHOW listen_addresses").await, "");
    assert_eq!(scalar(&endpoint, "SHOW fsync").await, "on");
    assert_eq!(scalar(&endpoint, "SHOW data_checksums").await, "on");
    assert_eq!(scalar(&endpoint, "SHOW server_encoding").await, "UTF8");
    let socket_dir = fs::metadata(endpoint.socket_dir()).unwrap();
    assert_eq!(socket_dir.mode() & 0o777, 0o700);
    let owner = fs::metadata(data_dir.join("postgres/cluster"))
        .unwrap()
        .uid();
    assert_ne!(owner, 0, "Postgres never runs as root");
    assert_eq!(owner == geteuid().as_raw(), !geteuid().is_root());
    assert!(Endpoint::running(&data_dir, None).await.unwrap().is_some());

    postgres.stop().await.unwrap();
    assert_eq!(running(&data_dir), None);
    assert!(Endpoint::running(&data_dir, None).await.unwrap().is_none());
    let log = fs::read_to_string(data_dir.join("postgres.log")).unwrap();
    assert!(
        log.trim_end().ends_with("database system is shut down"),
        "{log}"
    );
}

#[tokio::test]
async fn it_keeps_its_data_below_a_folder_that_only_its_starter_may_enter() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let postgres = Embedded::start(&data_dir, None).await.unwrap();
    run(
        postgres.endpoint(),
        "CREATE TABLE kept AS SELECT 'kept' AS word",
    )
    .await;
    postgres.stop().await.unwrap();
    let postgres = Embedded::start(&data_dir, None).await.unwrap();
    assert_eq!(
        scalar(postgres.endpoint(), "SELECT word FROM kept").await,
        "kept"
    );
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_folder_with_a_long_path_gets_a_short_socket() {
    let folder = open_folder();
    let data_dir = folder.path().join("n".repeat(120)).join("data");
    let postgres = Embedded::start(&data_dir, None).await.unwrap();
    let socket_dir = postgres.endpoint().socket_dir().to_owned();
    assert!(!socket_dir.starts_with(folder.path()));
    assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);
    assert_eq!(
        scalar(postgres.endpoint(), "SELECT 'reached'").await,
        "reached"
    );
    postgres.stop().await.unwrap();
    assert!(!socket_dir.exists());
}

#[tokio::test]
async fn a_second_start_on_the_folder_names_the_first() {
    let folder = open_folder();
    let data_dir = folder.path().join("data");
    let postgres = Embedded::start(&data_dir, None).await.unwrap();
    let refusal = Embedded::start(&data_dir, None).await.unwrap_err();
    assert!(matches!(&refusal, Error::Locked { .. }), "{refusal}");
    assert!(
        refusal
            .to_string()
            .contains(&std::process::id().to_string()),
        "{refusal}"
    );
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_postgres_that_its_server_left_behind_is_taken_over() {
    let folder = open_folder();
    let data_dir = folder.path().join("data");
    let first = Embedded::start(&data_dir, None).await.unwrap();
    run(
        first.endpoint(),
        "CREATE TABLE kept AS SELECT 'kept' AS word",
    )
    .await;
    let orphan = first.pid().unwrap();
    // What SIGKILL leaves: a running Postgres, a session on it, and a lock that nobody holds.
    let session = connect(first.endpoint()).await;
    first.abandon();
    assert_eq!(running(&data_dir), i32::try_from(orphan).ok());

    let second = Embedded::start(&data_dir, None).await.unwrap();
    assert_ne!(second.pid(), Some(orphan));
    assert_eq!(
        scalar(second.endpoint(), "SELECT word FROM kept").await,
        "kept"
    );
    drop(session);
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_postgres_that_was_killed_recovers_what_was_committed() {
    let folder = open_folder();
    let data_dir = folder.path().join("data");
    let mut first = Embedded::start(&data_dir, None).await.unwrap();
    run(
        first.endpoint(),
        "CREATE TABLE kept AS SELECT 'kept' AS word",
    )
    .await;
    let pid = Pid::from_raw(i32::try_from(first.pid().unwrap()).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    assert!(!first.ended().await.unwrap().success());
    drop(first);
    assert!(
        running(&data_dir).is_some(),
        "the status file of the dead server stands"
    );

    let second = Embedded::start(&data_dir, None).await.unwrap();
    assert_eq!(
        scalar(second.endpoint(), "SELECT word FROM kept").await,
        "kept"
    );
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_status_file_that_names_a_stranger_harms_nobody() {
    let folder = open_folder();
    let data_dir = folder.path().join("data");
    Embedded::start(&data_dir, None)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let status = data_dir.join("postgres/cluster/postmaster.pid");
    fs::write(&status, format!("{}\n/nowhere\n", std::process::id())).unwrap();
    let postgres = Embedded::start(&data_dir, None).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_of_another_major_is_refused_with_what_helps() {
    let folder = open_folder();
    let data_dir = folder.path().join("data");
    Embedded::start(&data_dir, None)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    fs::write(data_dir.join("postgres/cluster/PG_VERSION"), "9\n").unwrap();
    let refusal = Embedded::start(&data_dir, None)
        .await
        .unwrap_err()
        .to_string();
    for part in ["made by Postgres 9", "backup", "restore"] {
        assert!(refusal.contains(part), "{refusal}");
    }
}

#[tokio::test]
async fn an_interrupted_creation_is_begun_again() {
    let folder = open_folder();
    let data_dir = folder.path().join("data");
    Embedded::start(&data_dir, None)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let home = data_dir.join("postgres");
    fs::rename(home.join("cluster"), home.join("cluster.partial")).unwrap();
    assert!(!embedded::exists(&data_dir));
    Embedded::start(&data_dir, None)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    assert!(embedded::exists(&data_dir));
}
