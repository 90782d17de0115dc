//! `docs/trail-vectors.json`, which a second implementation in Python wrote, holds here as well.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::process::Command;

use model::event::Event;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use trail::Hash;
use trail::canon::{Reason, canonical, inet, parse, timestamp};
use trail::field::{EventKey, Path, Salt, SubjectKey, commit_field, commit_fields};
use trail::leaf::Leaf;
use trail::public::{reveal, split};
use trail::tree::{Frontier, leaf_hash, root, set_root, verify_consistency, verify_inclusion};

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn file() -> String {
    std::fs::read_to_string(repository("docs/trail-vectors.json")).unwrap()
}

fn part<T: DeserializeOwned>(name: &str) -> T {
    let mut vectors: Value = serde_json::from_str(&file()).unwrap();
    serde_json::from_value(vectors[name].take()).unwrap()
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    unhex(hex).try_into().unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn the_reference_writes_the_same_vectors() {
    let script = repository("app/trail/tests/reference/vectors.py");
    let Ok(output) = Command::new("python3").arg(script).output() else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        file(),
        "write docs/trail-vectors.json again"
    );
}

#[derive(Deserialize)]
struct Normal {
    text: String,
    canonical: String,
    jsonb: Option<String>,
}

#[test]
fn canonical_texts_agree() {
    for part_name in ["canonical", "jsonb"] {
        for vector in part::<Vec<Normal>>(part_name) {
            for text in [Some(&vector.text), vector.jsonb.as_ref()]
                .into_iter()
                .flatten()
            {
                assert_eq!(canonical(&parse(text).unwrap()).unwrap(), vector.canonical);
            }
        }
    }
}

#[derive(Deserialize)]
struct Refused {
    text: String,
    reason: String,
}

#[test]
fn refusals_agree() {
    for Refused { text, reason } in part::<Vec<Refused>>("refused") {
        let found = match parse(&text).unwrap_err().reason {
            Reason::Syntax { .. } => "syntax",
            Reason::Depth => "depth",
            Reason::DuplicateKey => "duplicate_key",
            Reason::ReservedKey => "reserved_key",
            Reason::LoneSurrogate => "lone_surrogate",
            Reason::Nul => "nul",
            Reason::IntegerTooLong => "integer_too_long",
            Reason::Inexact { .. } => "inexact",
            Reason::TooSmall => "too_small",
        };
        assert_eq!(found, reason, "{text:?}");
    }
}

#[derive(Deserialize)]
struct Timestamp {
    micros: i64,
    text: String,
}

#[derive(Deserialize)]
struct Inet {
    address: std::net::IpAddr,
    text: String,
}

#[test]
fn times_and_addresses_agree() {
    for vector in part::<Vec<Timestamp>>("timestamps") {
        assert_eq!(timestamp(vector.micros), Some(vector.text));
    }
    for vector in part::<Vec<Inet>>("inet") {
        assert_eq!(inet(vector.address), vector.text);
    }
}

#[derive(Deserialize)]
struct EventVector {
    event: Event,
    public: String,
    subjects: Vec<String>,
    public_salt: Salt,
    fields: Vec<FieldVector>,
    public_commitment: Hash,
    fields_commitment: Hash,
    tags: Vec<String>,
    leaf: String,
    leaf_hash: Hash,
}

#[derive(Deserialize)]
struct FieldVector {
    path: Path,
    value: String,
    salt: Salt,
    key: String,
    commitment: Hash,
}

#[test]
fn events_agree_from_their_values_to_their_leaves() {
    for vector in part::<Vec<EventVector>>("events") {
        let event = &vector.event;
        let parts = split(event).unwrap();
        assert_eq!(parts.text, vector.public);
        let subjects: Vec<SubjectKey> = vector
            .subjects
            .iter()
            .map(|key| SubjectKey::from_bytes(bytes(key)))
            .collect();
        let key = EventKey::derive(&subjects, event.id).unwrap();
        assert_eq!(parts.fields.len(), vector.fields.len());
        for (field, expected) in parts.fields.iter().zip(&vector.fields) {
            assert_eq!(field.path, expected.path);
            assert_eq!(field.value, expected.value);
            assert_eq!(key.salt(&field.path), expected.salt);
            assert_eq!(hex(key.field_key(&field.path).as_bytes()), expected.key);
            assert_eq!(
                commit_field(&expected.salt, &expected.path, &expected.value),
                expected.commitment
            );
        }
        let each: Vec<Hash> = vector.fields.iter().map(|field| field.commitment).collect();
        assert_eq!(commit_fields(&each), Ok(vector.fields_commitment));
        let committed = parts.commit(&key, vector.public_salt).unwrap();
        assert_eq!(committed.public, vector.public_commitment);
        assert_eq!(committed.fields, vector.fields_commitment);
        let leaf = Leaf {
            class: event.category,
            received_at: u64::try_from(event.received_at.timestamp_micros()).unwrap(),
            id: event.id,
            public: committed.public,
            fields: committed.fields,
        };
        assert_eq!(hex(&leaf.encode()), vector.leaf);
        assert_eq!(Leaf::decode(&unhex(&vector.leaf)), Ok(leaf));
        assert_eq!(leaf.hash(), vector.leaf_hash);
        for (subject, tag) in subjects.iter().zip(&vector.tags) {
            assert_eq!(subject.tag(leaf.received_at), Some(bytes(tag)));
        }
        let position = u64::try_from(event.seq).unwrap();
        let shown = reveal(position, &leaf, &parts.text, &parts.fields).unwrap();
        assert_eq!(serde_json::from_value::<Event>(shown).unwrap(), *event);
    }
}

#[derive(Deserialize)]
struct Tree {
    leaf_hashes: Vec<Hash>,
    roots: Vec<Hash>,
    inclusion: Vec<Inclusion>,
    consistency: Vec<Consistency>,
    frontiers: Vec<String>,
    set: Set,
}

#[derive(Deserialize)]
struct Inclusion {
    index: u64,
    size: u64,
    proof: Vec<Hash>,
}

#[derive(Deserialize)]
struct Consistency {
    old: u64,
    new: u64,
    proof: Vec<Hash>,
}

#[derive(Deserialize)]
struct Set {
    positions: Vec<u64>,
    root: Hash,
}

#[test]
fn roots_proofs_frontiers_and_sets_agree() {
    let tree: Tree = part("tree");
    let leaf = |index: u64| tree.leaf_hashes[usize::try_from(index).unwrap()];
    let root_at = |size: u64| tree.roots[usize::try_from(size).unwrap()];
    for (index, hash) in tree.leaf_hashes.iter().enumerate() {
        assert_eq!(leaf_hash(format!("entry {index}").as_bytes()), *hash);
    }
    for (size, expected) in tree.roots.iter().enumerate() {
        assert_eq!(root(tree.leaf_hashes[..size].iter().copied()), *expected);
    }
    for Inclusion { index, size, proof } in &tree.inclusion {
        let verified = verify_inclusion(leaf(*index), *index, *size, proof, &root_at(*size));
        assert_eq!(verified, Ok(()), "{index} of {size}");
    }
    for Consistency { old, new, proof } in &tree.consistency {
        let verified = verify_consistency(*old, &root_at(*old), *new, &root_at(*new), proof);
        assert_eq!(verified, Ok(()), "{old} of {new}");
    }
    for encoded in &tree.frontiers {
        let frontier = Frontier::decode(&unhex(encoded)).unwrap();
        assert_eq!(frontier.root(), root_at(frontier.size()));
        assert_eq!(hex(&frontier.encode()), *encoded);
    }
    let members = tree.set.positions.iter().map(|at| (*at, leaf(*at)));
    assert_eq!(set_root(members), Ok(tree.set.root));
}
