//! What other systems recorded becomes events, twice the same: real CloudTrail records, and
//! tables of another Postgres.

use std::path::PathBuf;

use futures::TryStreamExt as _;
use server::import::mapping::{Mapping, assignment};
use server::import::postgres::{Rows, Table};
use server::import::source::{Columns, Format, files, read};

use serde_json::Value;
use sqlx::Executor as _;

use crate::console::Console;

/// Where the sample lies, if it does: it is not part of the product.
fn sample() -> Option<PathBuf> {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/cloudtrail/CloudTrail"
    );
    let folder =
        std::env::var_os("AUDITORIUM_TEST_CLOUDTRAIL").map_or_else(|| beside.into(), PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[tokio::test]
async fn cloudtrail_records_become_events_once_with_their_times_and_originals() {
    let Some(folder) = sample() else {
        eprintln!("skipped: the CloudTrail sample is absent; set AUDITORIUM_TEST_CLOUDTRAIL");
        return;
    };
    let console = Console::new().await;
    let mut lines = Vec::new();
    for path in files(&folder).unwrap() {
        read(
            &path,
            Format::CloudTrail,
            &Columns::default(),
            &mut |record| {
                lines.push(record.event.unwrap().to_string());
                Ok(())
            },
        )
        .unwrap();
    }
    assert_eq!(lines.len(), 2_900);
    for round in 0..2 {
        for batch in lines.chunks(1_000) {
            let (status, answer) = console.post("/api/v1/events", batch.join("\n")).await;
            assert!(status.is_success(), "{status} {answer}");
            for receipt in answer["results"].as_array().unwrap() {
                assert_eq!(
                    receipt["duplicate"].as_bool().unwrap_or(false),
                    round == 1,
                    "{receipt}"
                );
            }
        }
    }
    let query = "/api/v1/events?q=action:ec2.get_password_data%20status:denied&limit=1";
    let (_, page) = console.get(query).await;
    let event = &page["events"][0];
    assert!(
        event["occurred_at"]
            .as_str()
            .unwrap()
            .starts_with("2023-07-10T"),
        "{event}"
    );
    assert_eq!(event["details"]["eventName"], "GetPasswordData");
    assert_eq!(event["actor"]["type"], "service");
}

/// The address of the console's own database, as the cluster's superuser.
fn url(console: &Console) -> String {
    let options = &console.test.options;
    let host = options.get_socket().map_or_else(
        || options.get_host().to_owned(),
        |folder| folder.display().to_string().replace('/', "%2F"),
    );
    format!(
        "postgres://postgres@{host}:{}/{}",
        options.get_port(),
        options.get_database().unwrap()
    )
}

/// The events of some rows, as lines to send, and what could not become one.
async fn read_rows(console: &Console, rows: Rows, key: &[&str]) -> (Vec<String>, Vec<String>) {
    let url = url(console);
    let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
    let mut table = Table::open(&url, &rows, &key, Some("shop")).await.unwrap();
    let said = [assignment("resource_name=label").unwrap()];
    let mapping = Mapping::new(&table.columns, &said, &[]).unwrap();
    let records: Vec<_> = table.records(&mapping).try_collect().await.unwrap();
    let (mut lines, mut rejects) = (Vec::new(), Vec::new());
    for record in records {
        match record.event {
            Ok(event) => lines.push(event.to_string()),
            Err(reason) => rejects.push(format!("{}: {reason}", record.place)),
        }
    }
    (lines, rejects)
}

async fn duplicates(console: &Console, lines: &[String]) -> Vec<bool> {
    let (status, answer) = console.post("/api/v1/events", lines.join("\n")).await;
    assert!(status.is_success(), "{status} {answer}");
    let receipts = answer["results"].as_array().cloned().unwrap();
    let known = |receipt: Value| receipt["duplicate"].as_bool().unwrap_or(false);
    receipts.into_iter().map(known).collect()
}

#[tokio::test]
async fn rows_of_another_postgres_become_events_once_with_their_times() {
    let console = Console::new().await;
    let mut database = console.test.connect_as_superuser().await.unwrap();
    database
        .execute(
            "create schema shop;
             create table shop.\"Audit\" (
                 id bigint generated always as identity primary key, created_at timestamptz,
                 event text not null, user_id int, ip inet, auditable_type text, auditable_id uuid,
                 label text, success boolean, old_values jsonb, new_values jsonb, amount numeric);
             insert into shop.\"Audit\" (created_at, event, user_id, ip, auditable_type, auditable_id,
                 label, success, old_values, new_values, amount)
             values ('2024-02-03 04:05:06.123456+05:45', 'UPDATE', 12, '10.1.2.3', 'App/Order',
                     '0190a0b0-0000-7000-8000-000000000001', 'Order 9', true, '{\"n\":1}', '{\"n\":2}', 12.50),
                    ('infinity', 'UPDATE', 12, null, null, null, null, null, null, null, null),
                    ('2024-02-04', 'Delete Row', null, null, null, null, null, false, null, null, null);
             ",
        )
        .await
        .unwrap();
    let table = || Rows::Table("shop.\"Audit\"".to_owned());
    let (lines, rejects) = read_rows(&console, table(), &[]).await;
    assert_eq!(rejects.len(), 1);
    assert!(
        rejects[0].starts_with("shop, row 2: column created_at: \"infinity\""),
        "{rejects:?}"
    );
    assert_eq!(duplicates(&console, &lines).await, [false, false]);
    let (again, _) = read_rows(&console, table(), &[]).await;
    assert_eq!(duplicates(&console, &again).await, [true, true]);
    let (selected, _) = read_rows(
        &console,
        Rows::Query("select * from shop.\"Audit\" where id = 1;".to_owned()),
        &["id"],
    )
    .await;
    assert_eq!(duplicates(&console, &selected).await, [true]);
    let event = console.newest("update").await.unwrap();
    assert_eq!(
        event.occurred_at.to_rfc3339(),
        "2024-02-02T22:20:06.123456+00:00"
    );
    assert_eq!(event.actor.id, "12");
    let resource = event.resource.unwrap();
    assert_eq!(
        (resource.kind.as_str(), resource.name.as_deref()),
        ("App_Order", Some("Order 9"))
    );
    assert_eq!(event.new_state.unwrap()["n"], 2);
    assert_eq!(event.details.unwrap()["amount"], 12.5);
    assert_eq!(
        console.newest("delete_row").await.unwrap().status.as_str(),
        "failure"
    );
}

#[tokio::test]
async fn a_table_that_is_not_there_and_a_key_without_column_are_named() {
    let console = Console::new().await;
    let url = url(&console);
    let missing = Rows::Table("shop.nothing".to_owned());
    let refused = Table::open(&url, &missing, &[], None).await.unwrap_err();
    assert!(refused.to_string().contains("`shop.nothing`"), "{refused}");
    let query = Rows::Query("select 1 as one".to_owned());
    let key = ["two".to_owned()];
    let refused = Table::open(&url, &query, &key, None).await.unwrap_err();
    assert!(refused.to_string().contains("there are one"), "{refused}");
    let writing = Rows::Query("delete from logs returning *".to_owned());
    assert!(Table::open(&url, &writing, &[], None).await.is_err());
}
