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
use trail::note::{Algorithm, SigningKey};
use trail::policy::Policy;
use trail::receipt::Receipt;
use trail::tree::{self, Node, Plan};
use trail::verify::{Report, Verifier};

pub(crate) const ORIGIN: &str = "audit.example.com";
/// Positions in the bundle: two full tiles and a part of a third.
pub(crate) const SIZE: u64 = 600;
/// Entries of the checkpoint, which has the record of the export besides.
const CHECKPOINT_SIZE: u64 = 605;
const EXPORT_POSITION: u64 = 602;
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
    format!(
        "log {}\nwitness w {}\nquorum w\n{rest}",
        log_key().verifying_key(),
        witness_key().verifying_key()
    )
    .parse()
    .unwrap()
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

/// The leaf hashes of the whole log.
pub(crate) fn leaves(export: &Made) -> Vec<Hash> {
    (0..CHECKPOINT_SIZE)
        .map(|position| match position {
            EXPORT_POSITION => export.leaf.hash(),
            position => event(position).leaf.hash(),
        })
        .collect()
}

/// A bundle of positions 0 to 599 that hides no field.
pub(crate) fn bundle() -> Fixture {
    bundle_hiding(None, |_| false)
}

pub(crate) fn bundle_hiding(disclosed: Option<Vec<String>>, hidden: fn(&str) -> bool) -> Fixture {
    let query = json!({"action": "invoice.read"});
    let mut out = String::new();
    let head = Head {
        origin: ORIGIN.into(),
        size: SIZE,
        query: canon::canonical(&query).unwrap(),
        disclosed,
    };
    let mut writer = Writer::new(&head, &mut out).unwrap();
    while writer.next() < SIZE {
        push(&mut writer, hidden, &mut out);
    }
    writer.proof("{\"kind\":\"none\"}", &mut out).unwrap();
    let sealed = writer.seal(&mut out).unwrap();
    let statement = bundle::statement(ORIGIN, SIZE, &query, &sealed.sha256);
    let export = Made::new(
        EXPORT_POSITION,
        bundle::EXPORT_ACTION,
        &[
            ("/actor/id", json!("ada")),
            ("/details", json!({"bundle": statement, "reason": "audit"})),
        ],
    );
    let leaves = leaves(&export);
    assert_eq!(
        sealed.root,
        tree::root(leaves[..SIZE as usize].iter().copied())
    );
    let note = note(tree::root(leaves.iter().copied()), CHECKPOINT_SIZE);
    let receipt = Receipt {
        extra: None,
        index: EXPORT_POSITION,
        proof: prove(
            &Plan::inclusion(EXPORT_POSITION, CHECKPOINT_SIZE).unwrap(),
            &leaves,
        ),
        checkpoint: note.parse_note(),
    };
    let consistency = prove(&Plan::consistency(SIZE, CHECKPOINT_SIZE).unwrap(), &leaves);
    let pins = [100, 300].map(|size| Pin {
        size,
        proof: prove(&Plan::consistency(size, CHECKPOINT_SIZE).unwrap(), &leaves),
    });
    let proof = receipt.to_string();
    let record = (export.line(|_| false), proof.as_str());
    sealed.end(&note.0, consistency, pins.into(), Some(record), &mut out);
    Fixture {
        lines: out.lines().map(str::to_owned).collect(),
        note: note.0,
        root: sealed.root,
    }
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

pub(crate) struct NoteText(pub(crate) String);

impl NoteText {
    fn parse_note(&self) -> trail::note::Note {
        trail::note::Note::parse(&self.0).unwrap()
    }
}

pub(crate) fn note(root: Hash, size: u64) -> NoteText {
    let checkpoint = Checkpoint {
        origin: ORIGIN.into(),
        size,
        root,
    };
    let mut note = checkpoint.note().unwrap();
    note.sign(&log_key()).unwrap();
    let line = cosignature::sign(&note, &witness_key(), NOW).unwrap();
    note.attach(line);
    NoteText(note.to_string())
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
