//! The commands of whoever keeps the machine: look by SQL, back up, restore, examine. Each runs
//! the program as an operator does, on a private Postgres in a folder of its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

fn auditorium(data_dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_auditorium"))
        .arg("--data-dir")
        .arg(data_dir)
        .args(arguments)
        .output()
        .unwrap()
}

fn succeed(data_dir: &Path, arguments: &[&str]) -> String {
    let output = auditorium(data_dir, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn refusal(data_dir: &Path, arguments: &[&str]) -> String {
    let output = auditorium(data_dir, arguments);
    assert!(!output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn actions(data_dir: &Path) -> String {
    let query = "SELECT string_agg(action, ' ' ORDER BY seq) FROM logs";
    succeed(data_dir, &["sql", "--", "-Atc", query])
}

fn back_up(folder: &TempDir) -> (std::path::PathBuf, String) {
    let data_dir = folder.path().join("data");
    assert!(actions(&data_dir).ends_with("installation.sql_opened"));
    let object = data_dir.join("objects/logs/task.log");
    fs::create_dir_all(object.parent().unwrap()).unwrap();
    fs::write(object, "a line of a task\n").unwrap();
    fs::write(data_dir.join("auditorium.toml"), "[session]\nhours = 4\n").unwrap();
    let backup = folder.path().join("backup");
    let backup = backup.to_str().unwrap().to_owned();
    succeed(&data_dir, &["backup", &backup, "--json"]);
    (data_dir, backup)
}

#[test]
fn a_restored_backup_is_the_same_installation() {
    let folder = tempfile::tempdir().unwrap();
    let (data_dir, backup) = back_up(&folder);
    let before = actions(&data_dir);
    assert!(before.contains("installation.backed_up"), "{before}");

    let restored = folder.path().join("restored");
    succeed(&restored, &["restore", &backup]);
    let after = actions(&restored);
    // The backup was taken before it was recorded that it was taken.
    assert!(after.starts_with("installation.sql_opened"), "{after}");
    assert!(after.contains("installation.restored"), "{after}");
    let object = fs::read_to_string(restored.join("objects/logs/task.log")).unwrap();
    assert_eq!(object, "a line of a task\n");
    let settings = fs::read_to_string(restored.join("auditorium.toml")).unwrap();
    assert!(settings.contains("session.hours = \"4\""), "{settings}");
    let owner = "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename LIKE 'logs%'";
    assert_eq!(
        succeed(&restored, &["sql", "--", "-Atc", owner]),
        "auditorium_owner"
    );

    let again = refusal(&restored, &["restore", &backup]);
    assert!(again.contains("holds an installation already"), "{again}");
}

/// A console that serves and seals.
struct Console {
    child: Child,
    said: BufReader<ChildStderr>,
}

impl Console {
    fn start(data_dir: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_auditorium"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Auditorium serves") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended");
        }
        Self { child, said }
    }

    /// Stops it in order, which seals all that was recorded; answers what it said.
    fn stop(mut self) -> String {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::TERM).unwrap();
        let said: Vec<String> = self.said.lines().map(Result::unwrap).collect();
        assert!(self.child.wait().unwrap().success());
        said.join("\n")
    }
}

fn query(data_dir: &Path, sql: &str) -> String {
    succeed(data_dir, &["sql", "--", "-Atc", sql])
}

#[test]
fn a_restored_console_shows_the_same_events_and_seals_on() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let backup = folder.path().join("backup");
    let console = Console::start(&data_dir);
    succeed(&data_dir, &["demo", "--events", "600"]);
    // While it serves and seals.
    succeed(&data_dir, &["backup", backup.to_str().unwrap()]);
    // The backup is older than what is recorded and sealed after it.
    query(&data_dir, "SELECT 1");
    console.stop();

    let restored = folder.path().join("restored");
    succeed(&restored, &["restore", backup.to_str().unwrap()]);
    let common = query(
        &restored,
        "SELECT min(seq) - 1 FROM logs WHERE action = 'installation.restored'",
    );
    let rows = format!(
        "SELECT count(*), md5(string_agg(l::text, ',' ORDER BY seq)) FROM logs l WHERE seq <= {common}"
    );
    assert_eq!(query(&restored, &rows), query(&data_dir, &rows));

    let said = Console::start(&restored).stop();
    assert!(!said.contains("not sealed"), "{said}");
    assert_eq!(query(&restored, "SELECT count(*) FROM trail_refusals"), "0");
    let sealed = "SELECT (SELECT max(size) FROM checkpoints) > \
                  (SELECT max(seq) FROM logs WHERE action = 'installation.restored')";
    assert_eq!(query(&restored, sealed), "t");
    let links = fs::read_dir(restored.join("objects/archive/chain")).unwrap();
    let published = query(&restored, "SELECT count(*) FROM checkpoints");
    assert_eq!(links.count().to_string(), published, "the chain is whole");
    let keys = |data_dir: &Path| fs::read_to_string(data_dir.join("keys/log.key")).unwrap();
    assert_eq!(keys(&restored), keys(&data_dir));
}

#[test]
fn a_backup_without_keys_and_objects_is_continued_with_those_that_were_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let backup = folder.path().join("backup");
    Console::start(&data_dir).stop();
    let apart = [
        "backup",
        backup.to_str().unwrap(),
        "--without-keys",
        "--without-objects",
    ];
    succeed(&data_dir, &apart);
    assert!(!backup.join("keys").exists());

    let restored = folder.path().join("restored");
    fs::create_dir_all(restored.join("keys")).unwrap();
    for name in ["log.key", "cosigner.key", "last-signed"] {
        fs::copy(
            data_dir.join("keys").join(name),
            restored.join("keys").join(name),
        )
        .unwrap();
    }
    succeed(&restored, &["restore", backup.to_str().unwrap()]);
    Console::start(&restored).stop();
    assert_eq!(query(&restored, "SELECT count(*) FROM trail_refusals"), "0");
}

#[test]
fn a_backup_that_was_changed_or_cut_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (data_dir, backup) = back_up(&folder);
    let existing = refusal(&data_dir, &["backup", &backup]);
    assert!(existing.contains("exists already"), "{existing}");

    let restored = folder.path().join("restored");
    let object = Path::new(&backup).join("objects/logs/task.log");
    fs::write(&object, "another line\n").unwrap();
    let changed = refusal(&restored, &["restore", &backup]);
    assert!(
        changed.contains("objects/logs/task.log was changed"),
        "{changed}"
    );
    fs::remove_file(&object).unwrap();
    let missing = refusal(&restored, &["restore", &backup]);
    assert!(
        missing.contains("objects/logs/task.log is missing"),
        "{missing}"
    );
    assert!(
        !restored.exists(),
        "nothing is created for a backup that is not whole"
    );
}

#[test]
fn sql_reads_and_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    assert_eq!(
        succeed(&data_dir, &["sql", "--", "-Atc", "SELECT current_user"]),
        "auditorium_reader"
    );
    for statement in [
        "DELETE FROM logs",
        "TRUNCATE logs",
        "INSERT INTO trail_head DEFAULT VALUES",
    ] {
        let refused = refusal(&data_dir, &["sql", "--", "-c", statement]);
        assert!(refused.contains("permission denied"), "{refused}");
    }
}

#[test]
fn doctor_answers_with_findings_and_fails_on_a_wrong_setting() {
    let folder = tempfile::tempdir().unwrap();
    let findings = succeed(folder.path(), &["doctor", "--json"]);
    let findings: serde_json::Value = serde_json::from_str(&findings).unwrap();
    assert!(
        findings
            .as_array()
            .unwrap()
            .iter()
            .all(|finding| finding["state"] != "fails")
    );
    fs::write(
        folder.path().join("auditorium.toml"),
        "lisen = '127.0.0.1:1'\n",
    )
    .unwrap();
    let output = auditorium(folder.path(), &["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("lisen") && text.contains("did you mean listen"),
        "{text}"
    );
}

#[test]
fn migrate_makes_the_embedded_database_ready() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    succeed(&data_dir, &["migrate"]);
    assert_eq!(actions(&data_dir), "installation.sql_opened");
}
