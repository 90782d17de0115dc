//! A log with events, holes and what a query left out, and a bundle of it.

use serde_json::{Value, json};
use trail::Hash;
use trail::bundle::{
    self, EventLine, FieldLine, Head, HoleLine, OPENING_CHECK_BYTES, Pin, Shown, Writer,
};
use trail::canon;
use trail::checkpoint::Checkpoint;
use trail::cosignature;
use trail::field::{Path, Salt, commit_field, commit_fields, commit_public};
use trail::leaf::Leaf;
use trail::note::{Algorithm, Note, SigningKey};
use trail::policy::Policy;
use trail::receipt::Receipt;
use trail::tree::{self, Node, Plan};
use trail::verify::{Report, Verifier};

pub(crate) const ORIGIN: &str = "audit.example.com";
/// Positions in the bundle: two full tiles and a part of a third.
pub(crate) const SIZE: u64 = 600;
/// How many entries the log has beyond those of the bundle, and which of them records the export.
const BEYOND: u64 = 5;
const EXPORT_AT: u64 = 2;
/// When the witness cosigned, in seconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000;

/// Everything about one event.
pub(crate) struct Made {
    pub(crate) position: u64,
    pub(crate) salt: Salt,
    pub(crate) public: String,
    pub(crate) fields: Vec<(Path, Salt, String)>,
    pub(crate) leaf: Leaf,
}

impl Made {
    fn new(position: u64, action: &str, fields: &[(&str, Value)]) -> Self {
        let salt = |n: u8| Salt([n; 16]);
        let fields: Vec<(Path, Salt, String)> = fields
            .iter()
            .zip(1..)
            .map(|((path, value), n)| {
                let value = canon::canonical(value).unwrap();
                (Path::new(*path).unwrap(), salt(n), value)
            })
            .collect();
        let paths: Vec<&str> = fields.iter().map(|(path, ..)| path.as_str()).collect();
        let public = json!({"$fields": paths, "action": action, "actor": {}, "n": position});
        let public = canon::canonical(&public).unwrap();
        let each: Vec<Hash> = fields
            .iter()
            .map(|(path, salt, value)| commit_field(salt, path, value))
            .collect();
        let leaf = Leaf {
            class: model::event::Category::Activity,
            received_at: 1_700_000_000_000_000 + position / 3,
            id: uuid::Uuid::from_u128(u128::from(position) << 7),
            public: commit_public(&salt(0), &public),
            fields: commit_fields(&each).unwrap(),
        };
        Self {
            position,
            salt: salt(0),
            public,
            fields,
            leaf,
        }
    }

    /// The line, with the fields for which `hidden` is true only committed to.
    pub(crate) fn line(&self, hidden: impl Fn(&str) -> bool) -> EventLine<'_> {
        let fields = self.fields.iter().map(|(path, salt, value)| {
            let commitment = commit_field(salt, path, value);
            let shown = if hidden(path.as_str()) {
                Shown::Hidden(commitment)
            } else {
                let mut check = [0; OPENING_CHECK_BYTES];
                check.copy_from_slice(&commitment.0[..OPENING_CHECK_BYTES]);
                Shown::Clear {
                    salt: *salt,
                    check,
                    value,
                }
            };
            FieldLine::new(path, shown)
        });
        EventLine {
            position: self.position,
            leaf: self.leaf.encode(),
            salt: self.salt,
            public: &self.public,
            fields: fields.collect(),
        }
    }
}

pub(crate) struct Fixture {
    pub(crate) lines: Vec<String>,
    pub(crate) note: String,
    pub(crate) root: Hash,
}

pub(crate) fn log_key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, Algorithm::Ed25519, &[1; 32]).unwrap()
}

pub(crate) fn witness_key() -> SigningKey {
    SigningKey::from_seed("w.example", Algorithm::CosignatureV1, &[2; 32]).unwrap()
}

pub(crate) fn policy() -> Policy {
    policy_with("")
}

pub(crate) fn policy_with(rest: &str) -> Policy {
    policy_text(rest).parse().unwrap()
}

pub(crate) fn policy_text(rest: &str) -> String {
    format!(
        "log {}\nwitness w {}\nquorum w\n{rest}",
        log_key().verifying_key(),
        witness_key().verifying_key()
    )
}

pub(crate) fn event(position: u64) -> Made {
    let fields = [
        ("/actor/ip", json!("192.0.2.7")),
        (
            "/details",
            json!({"text": "“quoted” \\ \u{1}", "n": position}),
        ),
    ];
    Made::new(
        position,
        "invoice.read",
        &fields[..fields.len().min(1 + position as usize % 3)],
    )
}

/// A bundle of positions 0 to 599 that hides no field.
pub(crate) fn bundle() -> Fixture {
    bundle_hiding(None, |_| false)
}

pub(crate) fn bundle_hiding(disclosed: Option<Vec<String>>, hidden: fn(&str) -> bool) -> Fixture {
    bundle_of(SIZE, disclosed, hidden)
}

/// A bundle of so many positions from the first on.
pub(crate) fn bundle_of(
    size: u64,
    disclosed: Option<Vec<String>>,
    hidden: fn(&str) -> bool,
) -> Fixture {
    let query = json!({"action": "invoice.read"});
    let mut out = String::new();
    let head = Head {
        origin: ORIGIN.into(),
        size,
        query: canon::canonical(&query).unwrap(),
        disclosed,
    };
    let mut writer = Writer::new(&head, &mut out).unwrap();
    while writer.next() < size {
        push(&mut writer, hidden, &mut out);
    }
    writer.proof("{\"kind\":\"none\"}", &mut out).unwrap();
    let sealed = writer.seal(&mut out).unwrap();
    let statement = bundle::statement(ORIGIN, size, &query, &sealed.sha256);
    let export = Made::new(
        size + EXPORT_AT,
        bundle::EXPORT_ACTION,
        &[
            ("/actor/id", json!("ada")),
            ("/details", json!({"bundle": statement, "reason": "audit"})),
        ],
    );
    let root = sealed.root;
    let note = close(&sealed, &export, &mut out);
    Fixture {
        lines: out.lines().map(str::to_owned).collect(),
        note: note.to_string(),
        root,
    }
}

/// Writes the end, with the record of the export, and gives the checkpoint.
fn close(sealed: &bundle::Sealed, export: &Made, out: &mut String) -> Note {
    let size = sealed.size;
    let leaves: Vec<Hash> = (0..size + BEYOND)
        .map(|position| {
            if position == export.position {
                export.leaf.hash()
            } else {
                event(position).leaf.hash()
            }
        })
        .collect();
    let covered = leaves.iter().copied().take(size as usize);
    assert_eq!(sealed.root, tree::root(covered));
    let whole = size + BEYOND;
    let note = note(tree::root(leaves.iter().copied()), whole);
    let from = |old| prove(&Plan::consistency(old, whole).unwrap(), &leaves);
    let receipt = Receipt {
        extra: None,
        index: export.position,
        proof: prove(&Plan::inclusion(export.position, whole).unwrap(), &leaves),
        checkpoint: note.clone(),
    };
    let pins = [100, 300].into_iter().filter(|pin| *pin < size);
    let pins = pins.map(|size| Pin {
        size,
        proof: from(size),
    });
    let proof = receipt.to_string();
    let record = (export.line(|_| false), proof.as_str());
    sealed.end(
        &note.to_string(),
        from(size),
        pins.collect(),
        Some(record),
        out,
    );
    note
}

/// The next line: mostly events, some holes, subtrees of several levels.
fn push(writer: &mut Writer, hidden: fn(&str) -> bool, out: &mut String) {
    let next = writer.next();
    let level = match next {
        128 => 7,
        256 => 8,
        16 | 528 => 4,
        530..=559 if next.is_multiple_of(2) => 1,
        _ => 0,
    };
    if level > 0 {
        let node = Node {
            level,
            index: next >> level,
        };
        let hashes = (next..next + (1 << level)).map(|position| event(position).leaf.hash());
        return writer.subtree(node, tree::root(hashes), out).unwrap();
    }
    let made = event(next);
    if next % 40 == 9 {
        let hole = HoleLine {
            position: next,
            leaf: made.leaf.encode(),
            why: "{\"kind\":\"deleted\"}",
        };
        return writer.hole(&hole, out).unwrap();
    }
    writer.event(&made.line(hidden), out).unwrap();
}

fn note(root: Hash, size: u64) -> Note {
    let checkpoint = Checkpoint {
        origin: ORIGIN.into(),
        size,
        root,
    };
    let mut note = checkpoint.note().unwrap();
    note.sign(&log_key()).unwrap();
    let line = cosignature::sign(&note, &witness_key(), NOW).unwrap();
    note.attach(line);
    note
}

fn prove(plan: &Plan, leaves: &[Hash]) -> Vec<Hash> {
    let hashes: Vec<Hash> = plan
        .nodes()
        .iter()
        .map(|node| {
            let width = 1_usize << node.level;
            let start = usize::try_from(node.index).unwrap() * width;
            tree::root(leaves[start..start + width].iter().copied())
        })
        .collect();
    plan.finish(&hashes).unwrap()
}

pub(crate) fn verify<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Report {
    verify_with(lines, policy())
}

pub(crate) fn verify_with<L: AsRef<[u8]>>(
    lines: impl IntoIterator<Item = L>,
    policy: Policy,
) -> Report {
    let mut verifier = Verifier::new(Some(policy), NOW + 10);
    for line in lines {
        let _ = verifier.push_line(line.as_ref());
    }
    verifier.finish()
}
