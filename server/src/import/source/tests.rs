use std::io::Write as _;

use super::*;

fn records(name: &str, format: Format, content: &[u8]) -> Result<Vec<Record>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    File::create(&path).unwrap().write_all(content).unwrap();
    let mut records = Vec::new();
    read(&path, format, &Columns::default(), &mut |record| {
        records.push(record);
        Ok(())
    })?;
    Ok(records)
}

fn csv(content: &str) -> Result<Vec<Record>> {
    records("rows.csv", Format::Csv, content.as_bytes())
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_values() {
    let rows =
        csv("\u{feff}occurred_at,action,actor_id\r\n2026-01-02T03:04:05Z,a.b,ada\r\n").unwrap();
    let event = rows[0].event.as_ref().unwrap();
    assert_eq!(event["action"], "a.b");
    assert_eq!(event["actor"]["id"], "ada");
    let lines = "\u{feff}{\"occurred_at\":\"2026-01-02T03:04:05Z\",\"action\":\"a.b\"}\r\n\r\n";
    let lines = records("rows.ndjson", Format::Ndjson, lines.as_bytes()).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].event.as_ref().unwrap()["action"], "a.b");
}

#[test]
fn quoted_values_keep_their_line_breaks_and_lines_are_counted_as_in_an_editor() {
    let rows = csv("time,action,note\n2026-01-02,a,\"one\ntwo, \"\"three\"\"\"\n2026-01-03,a\n2026-01-04,b,x\n").unwrap();
    assert_eq!(
        rows[0].event.as_ref().unwrap()["details"]["note"],
        "one\ntwo, \"three\""
    );
    assert!(rows[1].place.ends_with("line 4"), "{}", rows[1].place);
    assert_eq!(
        rows[1].event,
        Err("the row has 2 values for 3 columns".to_owned())
    );
    assert!(rows[2].place.ends_with("line 5") && rows[2].event.is_ok());
}

#[test]
fn an_empty_file_has_no_records() {
    assert!(csv("").unwrap().is_empty());
    assert!(csv("\u{feff}").unwrap().is_empty());
    assert!(csv("occurred_at,action\n").unwrap().is_empty());
    assert!(
        records("rows.ndjson", Format::Ndjson, b"")
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_header_that_lacks_a_column_is_refused_by_its_name() {
    let missing = format!("{:#}", csv("when,action\n1,a\n").unwrap_err());
    assert!(
        missing.contains("`occurred_at`") && missing.contains("when, action"),
        "{missing}"
    );
    let twice = csv("occurred_at,action,action\n").unwrap_err().to_string();
    assert!(twice.contains("`action` twice"), "{twice}");
}

#[test]
fn bytes_that_are_no_text_are_one_reject() {
    let rows = records(
        "rows.csv",
        Format::Csv,
        b"time,action,note\n2026-01-02,a,\xff\n2026-01-02,a,b\n",
    )
    .unwrap();
    assert!(rows[0].event.as_ref().unwrap_err().contains("column note"));
    assert!(rows[1].event.is_ok());
    let lines = records(
        "rows.ndjson",
        Format::Ndjson,
        b"\xff\n{\"occurred_at\":\"2026-01-02T03:04:05Z\",\"action\":\"a\"}\n",
    )
    .unwrap();
    assert!(lines[0].event.is_err() && lines[1].event.is_ok());
}

#[test]
fn the_same_file_elsewhere_gives_the_same_ids() {
    let content = "time,action\n2026-01-02,a\n2026-01-02,a\n";
    let (first, second) = (csv(content).unwrap(), csv(content).unwrap());
    let id = |record: &Record| record.event.as_ref().unwrap()["id"].clone();
    assert_eq!(id(&first[0]), id(&second[0]));
    assert_ne!(id(&first[0]), id(&first[1]));
}
