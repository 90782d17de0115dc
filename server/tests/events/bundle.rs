//! `GET /api/v1/events/export?format=bundle`, verified as `auditorium verify` does it, and
//! `POST /api/v1/events?receipt=wait`.

use std::io::{Cursor, Write as _};

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use server::cli::verify::{Verdict, reading};
use service::trail::Sealer;
use tempfile::TempDir;
use trail::note::{Algorithm, SigningKey};
use trail::policy::Policy;
use trail::receipt::Receipt;

use crate::console::Console;

const BUNDLE: &str = "/api/v1/events/export?format=bundle";

/// A console whose trail is sealed after each commit, until the test ends.
struct Sealed {
    console: Console,
    policy: Policy,
    _keys: TempDir,
}

impl Sealed {
    async fn new() -> Self {
        let console = Console::new().await;
        let keys = TempDir::new().unwrap();
        let sealer = service::trail::start(&console.services, keys.path())
            .await
            .unwrap()
            .unwrap();
        sealer.turn(&console.services).await.unwrap();
        let policy = Policy::of_logs(vec![sealer.keys().log.verifying_key().clone()]);
        tokio::spawn(seal(console.services.clone(), sealer));
        Self {
            console,
            policy,
            _keys: keys,
        }
    }

    async fn bundle(&self, parameters: &str) -> Vec<u8> {
        let request = self
            .console
            .request("GET", &format!("{BUNDLE}{parameters}"))
            .header(ACCEPT_ENCODING, "gzip");
        let response = self.console.send(request, Body::empty()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/gzip");
        assert!(response.headers().get(CONTENT_ENCODING).is_none());
        let name = response.headers()[CONTENT_DISPOSITION].to_str().unwrap();
        assert!(name.ends_with(".ndjson.gz\""), "{name}");
        to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec()
    }

    fn verify(&self, file: &[u8]) -> Verdict {
        verify(file, self.policy.clone())
    }
}

async fn seal(services: service::Services, sealer: Sealer) {
    let mut committed = services.store.recorder().committed();
    while committed.recv().await.is_ok() {
        sealer.turn(&services).await.unwrap();
    }
}

fn verify(file: &[u8], policy: Policy) -> Verdict {
    reading::verify(Cursor::new(file.to_vec()), Some(policy), 0, |_, _| ())
}

fn unpacked(file: &[u8]) -> String {
    std::io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap()
}

/// What the report names first, and at which line.
fn first(verdict: &Verdict) -> (String, u64) {
    assert!(!verdict.is_sound());
    assert!(
        verdict.sentence().starts_with("Not sound"),
        "{}",
        verdict.sentence()
    );
    let report = verdict.to_json();
    let finding = &report["findings"][0];
    let line = finding["lines"][0].as_u64().unwrap();
    (finding["kind"].as_str().unwrap().to_owned(), line)
}

#[tokio::test]
async fn a_bundle_from_the_server_is_sound_and_hidden_fields_stay_hidden() {
    let world = Sealed::new().await;
    world.console.fill(700).await;
    let file = world.bundle("&reason=review").await;
    let verdict = world.verify(&file);
    assert!(verdict.is_sound(), "{verdict}");
    assert!(verdict.to_string().contains("Taken by"), "{verdict}");
    let file = world.bundle("&q=action:thing.made&hide=/details").await;
    let verdict = world.verify(&file);
    assert!(verdict.is_sound(), "{verdict}");
    assert_eq!(verdict.report.counts.events, 700);
    assert!(!unpacked(&file).contains("{\"n\":"));
    let (status, problem) = world.console.get(&format!("{BUNDLE}&hide=/action")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["errors"][0]["path"], "hide", "{problem}");
}

#[tokio::test]
async fn each_attack_on_a_bundle_is_found_and_named() {
    let world = Sealed::new().await;
    world.console.fill(300).await;
    let file = world.bundle("").await;
    let text = unpacked(&file);
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| format!("{}\n", lines.join("\n")).into_bytes();
    assert!(world.verify(&joined(&lines)).is_sound());

    let mut flipped = lines.clone();
    let altered = lines[50].replacen("thing.made", "thing.mbde", 1);
    flipped[50] = &altered;
    assert_eq!(
        first(&world.verify(&joined(&flipped))),
        ("altered".to_owned(), 1)
    );
    let report = world.verify(&joined(&flipped)).to_json();
    let findings = report["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["lines"] == serde_json::json!([51, 51])
                && finding["positions"] == serde_json::json!([49, 49])),
        "{report}"
    );

    let mut dropped = lines.clone();
    dropped.remove(50);
    let mut moved = lines.clone();
    moved.swap(50, 60);
    let mut doubled = lines.clone();
    doubled.insert(51, lines[50]);
    for (attacked, kind) in [
        (joined(&dropped), "dropped"),
        (joined(&moved), "reordered"),
        (joined(&doubled), "duplicated"),
        (joined(&lines[..200]), "truncated"),
        (joined(&lines[1..]), "dropped"),
    ] {
        let report = world.verify(&attacked).to_json();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(report["sound"], false);
        assert!(
            findings.iter().any(|finding| finding["kind"] == kind),
            "{kind}: {report}"
        );
    }

    let other = SigningKey::from_seed(&log_name(&world), Algorithm::Ed25519, &[7; 32]).unwrap();
    let swapped = Policy::of_logs(vec![other.verifying_key().clone()]);
    assert_eq!(first(&verify(&file, swapped)).0, "distrusted");

    let half = world.verify(&file[..file.len() / 2]);
    assert!(half.broken_off.is_some() && !half.is_sound(), "{half}");
    let unnamed = reading::verify(Cursor::new(file), None, 0, |_, _| ());
    assert!(!unnamed.is_sound() && unnamed.sentence().starts_with("Not proved"));
}

fn log_name(world: &Sealed) -> String {
    world.policy.logs()[0].name().to_owned()
}

#[tokio::test]
async fn an_old_bundle_is_named_against_a_newer_checkpoint_and_a_new_one_continues_it() {
    let world = Sealed::new().await;
    world.console.fill(20).await;
    let old = world.bundle("").await;
    let seen = world.verify(&old).report.checkpoint.unwrap();
    world.console.fill(20).await;
    let new = world.bundle(&format!("&pin={}", seen.size)).await;
    let mut policy = world.policy.clone();
    policy.pin(seen);
    let verdict = verify(&new, policy.clone());
    assert!(verdict.is_sound(), "{verdict}");
    policy.pin(verdict.report.checkpoint.unwrap());
    assert_eq!(first(&verify(&old, policy)).0, "replayed");
    let (status, problem) = world.console.get(&format!("{BUNDLE}&pin=1000000")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["errors"][0]["path"], "pin");
}

#[tokio::test]
async fn bytes_that_do_not_unpack_are_no_sound_bundle() {
    let world = Sealed::new().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(b"nothing of the kind\n").unwrap();
    for file in [
        gzip.finish().unwrap(),
        b"\x1f\x8bgarbage".to_vec(),
        Vec::new(),
    ] {
        assert!(!world.verify(&file).is_sound());
    }
}

#[tokio::test]
async fn waiting_for_the_receipt_answers_with_a_proof_for_each_event() {
    let world = Sealed::new().await;
    let sent = r#"[{"action":"a.one"},{"action":"a.two"}]"#;
    let (status, answer) = world
        .console
        .post("/api/v1/events?receipt=wait", sent)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let receipt = Receipt::parse(result["receipt"].as_str().unwrap()).unwrap();
        assert_eq!(Some(receipt.index), result["seq"].as_u64());
        receipt
            .verify(&bytes(&result["leaf"]), &world.policy, 0)
            .unwrap();
    }
    let id = results[0]["id"].as_str().unwrap();
    let (status, proof) = world
        .console
        .get(&format!("/api/v1/events/{id}/proof"))
        .await;
    assert_eq!(status, StatusCode::OK, "{proof}");
    assert_eq!(proof["leaf"], results[0]["leaf"]);
    let (status, _) = world
        .console
        .post("/api/v1/events?receipt=perhaps", sent)
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}
