//! A second implementation, in Python and with the package aics-tlog, agrees on bundles.

use std::process::Command;

use super::fixture::{bundle, bundle_of, log_key, policy_text, verify, verify_with, witness_key};

/// Beside the specification, for whoever writes a verifier.
const VECTOR: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/trail-bundle.ndjson"
);

fn vector() -> String {
    let made = bundle_of(12, Some(vec!["/details".into()]), |path| {
        path == "/actor/ip"
    });
    made.lines.join("\n") + "\n"
}

/// `AUDITORIUM_WRITE_VECTORS` writes both files anew, after a change of the format.
#[test]
fn the_bundle_beside_the_specification_is_what_is_written() {
    let made = vector();
    let keys = VECTOR.replace(".ndjson", ".policy");
    if std::env::var_os("AUDITORIUM_WRITE_VECTORS").is_some() {
        std::fs::write(VECTOR, &made).unwrap();
        std::fs::write(&keys, policy_text("")).unwrap();
    }
    assert_eq!(std::fs::read_to_string(VECTOR).unwrap(), made);
    let policy = std::fs::read_to_string(keys).unwrap();
    let report = verify_with(made.lines(), policy.parse().unwrap());
    assert!(report.is_proved(), "{:?}", report.findings);
}

/// `AUDITORIUM_TEST_PYTHON` names an interpreter (3.12 or later) that has aics-tlog.
#[test]
fn another_implementation_proves_the_same_bundle_and_finds_what_was_altered() {
    let sound = bundle().lines;
    let Some(answer) = judge(&sound) else {
        eprintln!("skipped: python3 has no aics-tlog");
        return;
    };
    let counts = verify(&sound).counts;
    let expected = format!("sound {} {}", counts.events, counts.holes);
    assert_eq!(answer.trim(), expected);
    let mut altered = sound.clone();
    altered[3] = altered[3].replace("invoice", "Invoice");
    assert_eq!(judge(&altered).unwrap().trim(), "line 4: public text");
    let mut shorter = sound;
    shorter.remove(7);
    assert_eq!(judge(&shorter).unwrap().trim(), "line 8: position");
}

/// What the script says; none where it cannot run.
fn judge(lines: &[String]) -> Option<String> {
    let python = std::env::var("AUDITORIUM_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/bundle.py");
    let file = std::env::temp_dir().join(format!("bundle-{}.ndjson", std::process::id()));
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let output = Command::new(python)
        .arg(script)
        .arg(&file)
        .arg(log_key().verifying_key().to_string())
        .arg(witness_key().verifying_key().to_string())
        .output();
    std::fs::remove_file(&file).unwrap();
    let output = output.ok()?;
    if output.status.code() == Some(77) {
        return None;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(String::from_utf8(output.stdout).unwrap())
}
