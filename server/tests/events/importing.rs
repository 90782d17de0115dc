//! Real CloudTrail events: 2,900 records of another system become events, twice the same.

use std::path::PathBuf;

use server::import::source::{Format, files, read};

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
        read(&path, Format::CloudTrail, &mut |record| {
            lines.push(record.event.unwrap().to_string());
            Ok(())
        })
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
