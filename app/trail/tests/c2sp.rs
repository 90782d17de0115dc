//! The formats of C2SP, against texts that others signed and against themselves.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use trail::checkpoint::Checkpoint;
use trail::cosignature;
use trail::note::{Algorithm, KeyError, Note, NoteError, SigningKey, VerifyingKey};
use trail::policy::{Distrust, Policy, PolicyFault};
use trail::receipt::Receipt;
use trail::tile::{self, Part, Tile};
use trail::tree::{self, Node, Plan};
use trail::{Hash, receipt};

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

const ORIGIN: &str = "audit.example.com";

fn key(name: &str, algorithm: Algorithm, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, algorithm, &[seed; 32]).unwrap()
}

fn log_key() -> SigningKey {
    key(ORIGIN, Algorithm::Ed25519, 1)
}

fn witness(number: u8) -> SigningKey {
    key(
        &format!("w{number}.example"),
        Algorithm::CosignatureV1,
        10 + number,
    )
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint {
        origin: ORIGIN.to_owned(),
        size,
        root: tree::root((0..size).map(leaf)),
    }
}

fn leaf(index: u64) -> Hash {
    tree::leaf_hash(&index.to_be_bytes())
}

fn signed(size: u64, cosigners: &[(u8, u64)]) -> Note {
    let mut note = checkpoint(size).note().unwrap();
    note.sign(&log_key()).unwrap();
    for (number, at) in cosigners {
        let line = cosignature::sign(&note, &witness(*number), *at).unwrap();
        note.attach(line);
    }
    note
}

fn policy(rest: &str) -> Policy {
    let mut text = format!("# example\nlog {}\n", log_key().verifying_key());
    for number in 1..=3 {
        let key = witness(number);
        let line = format!(
            "witness w{number}\t{} https://w.example\n",
            key.verifying_key()
        );
        text.push_str(&line);
    }
    (text + rest).parse().unwrap()
}

#[test]
fn a_note_that_go_signed_verifies_and_is_signed_alike() {
    let key: VerifyingKey = GO_KEY.parse().unwrap();
    let note = Note::parse(GO_NOTE).unwrap();
    assert!(note.is_signed_by(&key).unwrap());
    assert_eq!(note.to_string(), GO_NOTE);
    assert_eq!(key.to_string(), GO_KEY);

    let secret: SigningKey = GO_SECRET.parse().unwrap();
    assert_eq!(secret.secret_text(), GO_SECRET);
    assert!(!format!("{secret:?}").contains("AYEKFALV"));
    let mut again = Note::new(note.text().to_owned()).unwrap();
    again.sign(&secret).unwrap();
    assert_eq!(again, note);
}

#[test]
fn a_note_is_refused_for_one_bad_signature_of_a_known_key_and_not_for_unknown_ones() {
    let key: VerifyingKey = GO_KEY.parse().unwrap();
    let changed = Note::parse(&GO_NOTE.replace("answer", "Answer")).unwrap();
    assert_eq!(
        changed.is_signed_by(&key),
        Err(NoteError::Invalid("PeterNeumann".into()))
    );
    let line = GO_NOTE.lines().last().unwrap();
    let twice = Note::parse(&format!("{GO_NOTE}{line}\n")).unwrap();
    assert_eq!(
        twice.is_signed_by(&key),
        Err(NoteError::Twice("PeterNeumann".into()))
    );
    let stranger = format!("{GO_NOTE}\u{2014} stranger AAAAAAAA\n");
    assert!(Note::parse(&stranger).unwrap().is_signed_by(&key).unwrap());
}

#[test]
fn what_departs_from_the_form_of_a_note_is_refused() {
    for (bad, error) in [
        ("text\n", NoteError::Unsigned),
        ("text\n\n", NoteError::Unsigned),
        ("text\n\n\u{2014} name AAAAAAAA", NoteError::Unsigned),
        ("text\n\n\u{2014} name AAAA\n", NoteError::Signature(1)),
        ("text\n\n\u{2014} na+me AAAAAAAA\n", NoteError::Signature(1)),
        ("text\n\n\u{2014}  AAAAAAAA\n", NoteError::Signature(1)),
        ("text\n\n- name AAAAAAAA\n", NoteError::Signature(1)),
        ("text\n\n\u{2014} name AAAAAAA\n", NoteError::Signature(1)),
        ("text\r\n\n\u{2014} name AAAAAAAA\n", NoteError::Control),
    ] {
        assert_eq!(Note::parse(bad), Err(error), "{bad:?}");
    }
}

#[test]
fn a_key_with_a_slip_in_it_is_refused() {
    for (bad, error) in [
        ("PeterNeumann", KeyError::Syntax),
        (&GO_KEY.replace("c74f20a3", "c74f20a4"), KeyError::Id),
        (&GO_KEY.replace("c74f20a3", "C74F20A3"), KeyError::Id),
        (&GO_KEY.replace("+AR", "+Ah"), KeyError::Algorithm),
        (&GO_KEY.replace("Peter", "Paul"), KeyError::Id),
        (&GO_KEY.replace("Peter", "Pe ter"), KeyError::Name),
    ] {
        assert_eq!(bad.parse::<VerifyingKey>(), Err(error), "{bad}");
    }
    // The neutral element, under which some signature fits every text.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert_eq!(
        VerifyingKey::new("weak", Algorithm::Ed25519, &neutral),
        Err(KeyError::Key)
    );
}

#[test]
fn a_checkpoint_has_three_lines_and_no_more() {
    let good = checkpoint(5);
    assert_eq!(Checkpoint::parse(&good.text()), Ok(good.clone()));
    let text = good.text();
    for bad in [
        format!("{text}extension\n"),
        text.replace("\n5\n", "\n05\n"),
        text.replace("\n5\n", "\n+5\n"),
        text.replace("\n5\n", "\n99999999999999999999\n"),
        text.replace('=', ""),
        text.trim_end().to_owned(),
        text.replace(ORIGIN, ""),
    ] {
        assert!(Checkpoint::parse(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_policy_believes_its_log_and_its_quorum_alone() {
    let any = policy("group g any w1 w2\nquorum g\n");
    let trusted = any.check(&signed(3, &[(2, 50), (3, 70)]), 0).unwrap();
    assert_eq!(trusted.checkpoint, checkpoint(3));
    assert_eq!(trusted.seen_at, Some(70));
    assert_eq!(
        any.check(&signed(3, &[(3, 70)]), 0),
        Err(Distrust::Quorum {
            quorum: "g".into(),
            cosigned: 1
        })
    );
    let nested = policy("group g 2 w1 w2\ngroup h all g w3\nquorum h\n");
    assert!(nested.check(&signed(3, &[(1, 5), (2, 5)]), 0).is_err());
    assert!(
        nested
            .check(&signed(3, &[(1, 5), (2, 5), (3, 5)]), 0)
            .is_ok()
    );

    let mut forged = checkpoint(3).note().unwrap();
    forged.sign(&key(ORIGIN, Algorithm::Ed25519, 99)).unwrap();
    let origin = ORIGIN.to_owned();
    let lenient = policy("quorum none");
    assert_eq!(lenient.check(&forged, 0), Err(Distrust::Key { origin }));
    let mut other = checkpoint(3);
    other.origin = "other.example".into();
    let mut note = other.note().unwrap();
    note.sign(&log_key()).unwrap();
    assert_eq!(
        lenient.check(&note, 0),
        Err(Distrust::Origin {
            origin: other.origin
        })
    );
}

#[test]
fn a_policy_is_written_as_it_is_read() {
    let rest = format!(
        "group g 2 w1 w2\ngroup h all g w3\nquorum h\nmax-age 9\npin {ORIGIN} 3 {}\n",
        checkpoint(3).root.base64()
    );
    let policy = policy(&rest);
    let written = policy.to_string();
    assert!(written.contains("group h 2 g w3\nquorum h\nmax-age 9\npin "));
    assert_eq!(written.parse(), Ok(policy));
    let alone = Policy::of_logs(vec![log_key().verifying_key().clone()]);
    assert_eq!(alone.to_string().parse(), Ok(alone));
}

#[test]
fn age_counts_where_a_policy_names_it() {
    let witnessed = policy("quorum w1\nmax-age 100\n");
    let note = signed(3, &[(1, 1_000)]);
    assert!(witnessed.check(&note, 1_100).is_ok());
    assert!(matches!(
        witnessed.check(&note, 1_101),
        Err(Distrust::Stale { .. })
    ));
    // A time that a clock far ahead has put to it does not count either.
    assert!(witnessed.check(&note, 100).is_err());

    let own = key(ORIGIN, Algorithm::CosignatureV1, 2);
    let alone: Policy = format!(
        "log {}\nlog {}\nquorum none\nmax-age 100\n",
        log_key().verifying_key(),
        own.verifying_key()
    )
    .parse()
    .unwrap();
    let mut note = signed(3, &[]);
    assert!(matches!(
        alone.check(&note, 50),
        Err(Distrust::Stale { .. })
    ));
    let line = cosignature::sign(&note, &own, 40).unwrap();
    note.attach(line);
    assert_eq!(alone.check(&note, 50).unwrap().seen_at, Some(40));
}

#[test]
fn a_line_of_a_policy_that_nobody_can_mean_is_named() {
    let log = log_key().verifying_key().to_string();
    let one = witness(1).verifying_key().to_string();
    let two = witness(2).verifying_key().to_string();
    for (text, line, fault) in [
        (String::new(), 1, PolicyFault::NoQuorum),
        (
            format!("log {log}\nlog {log}\n"),
            2,
            PolicyFault::DuplicateKey,
        ),
        (format!("witness a {log}"), 1, PolicyFault::WitnessKey),
        (
            format!("witness a {one}\nwitness a {two}"),
            2,
            PolicyFault::DuplicateName("a".into()),
        ),
        (
            format!("witness a {one}\nwitness b {two}\ngroup g 3 a b"),
            3,
            PolicyFault::Threshold,
        ),
        (
            format!("witness a {one}\ngroup g all a\ngroup h all a"),
            3,
            PolicyFault::Member("a".into()),
        ),
        ("quorum w".into(), 1, PolicyFault::Undefined("w".into())),
        ("quorum none\nquorum none".into(), 2, PolicyFault::Again),
        ("require 2".into(), 1, PolicyFault::Word("require".into())),
    ] {
        let error = text.parse::<Policy>().unwrap_err();
        assert_eq!((error.line, error.fault), (line, fault), "{text}");
    }
}

#[test]
fn a_receipt_verifies_with_the_entry_alone() {
    let plan = Plan::inclusion(3, 7).unwrap();
    let hashes: Vec<Hash> = plan.nodes().iter().map(|node| subtree(*node)).collect();
    let receipt = Receipt {
        extra: Some(b"more".to_vec()),
        index: 3,
        proof: plan.finish(&hashes).unwrap(),
        checkpoint: signed(7, &[(1, 9)]),
    };
    let text = receipt.to_string();
    assert_eq!(Receipt::parse(&text), Ok(receipt.clone()));
    let policy = policy("quorum w1\n");
    assert!(receipt.verify(&3_u64.to_be_bytes(), &policy, 0).is_ok());
    assert!(matches!(
        receipt.verify(&4_u64.to_be_bytes(), &policy, 0),
        Err(receipt::ReceiptError::Inclusion { index: 3, .. })
    ));
    for bad in [
        text.replace("@v1", "@v2"),
        text.replace("index 3", "index 03"),
        text.replace("extra ", "extra  "),
        text.replacen('\n', "\r\n", 1),
    ] {
        assert!(Receipt::parse(&bad).is_err(), "{bad}");
    }
}

fn subtree(node: Node) -> Hash {
    let width = 1 << node.level;
    tree::root((node.index * width..(node.index + 1) * width).map(leaf))
}

#[test]
fn tiles_have_the_paths_that_the_specification_gives() {
    for (part, index, width, path) in [
        (Part::Hashes(0), 67, 256, "tile/0/067"),
        (Part::Hashes(2), 1_234_067, 256, "tile/2/x001/x234/067"),
        (Part::Entries, 1000, 17, "tile/entries/x001/000.p/17"),
    ] {
        let tile = Tile { part, index, width };
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile));
    }
    for bad in [
        "tile/0/67",
        "tile/0/x000/067",
        "tile/64/000",
        "tile/00/000",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/07",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "/tile/0/000",
    ] {
        assert!(bad.parse::<Tile>().is_err(), "{bad}");
    }
}

#[test]
fn a_log_of_70000_entries_has_the_tiles_of_the_specification() {
    let tiles: Vec<Tile> = Tile::of_growth(0, 70_000).collect();
    let count = |part, full: bool| {
        tiles
            .iter()
            .filter(|tile| tile.part == part && (tile.width == 256) == full)
            .count()
    };
    assert_eq!(count(Part::Hashes(0), true), 273);
    assert_eq!(count(Part::Hashes(1), true), 1);
    assert_eq!(count(Part::Entries, true), 273);
    let partial: Vec<String> = tiles
        .iter()
        .filter(|tile| tile.width < 256)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        partial,
        [
            "tile/entries/273.p/112",
            "tile/0/273.p/112",
            "tile/1/001.p/17",
            "tile/2/000.p/1"
        ]
    );
    let grown: Vec<String> = Tile::of_growth(255, 257).map(|t| t.to_string()).collect();
    assert_eq!(
        grown,
        [
            "tile/entries/000",
            "tile/entries/001.p/1",
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1"
        ]
    );
}

#[test]
fn proofs_come_out_of_tiles() {
    let size = 66_000;
    let leaves: Vec<Hash> = (0..size).map(leaf).collect();
    let root = tree::root(leaves.iter().copied());
    let files: std::collections::BTreeMap<Tile, Vec<Hash>> = Tile::of_growth(0, size)
        .filter_map(|tile| {
            let Part::Hashes(level) = tile.part else {
                return None;
            };
            let entries = 256_usize.pow(u32::from(level));
            let first = usize::try_from(tile.index).unwrap() * 256;
            let hashes: Vec<Hash> = (first..first + usize::from(tile.width))
                .map(|i| tree::root(leaves[i * entries..(i + 1) * entries].iter().copied()))
                .collect();
            let bytes = tile::encode_hashes(&hashes);
            Some((tile, tile.hashes(&bytes).unwrap()))
        })
        .collect();
    for index in [0, 255, 256, 65_535, 65_536, 65_999] {
        let plan = Plan::inclusion(index, size).unwrap();
        let needed = tile::needed(&plan, size).unwrap();
        assert!(needed.iter().all(|tile| files.contains_key(tile)));
        let source = |tile| needed.contains(&tile).then(|| files[&tile].as_slice());
        let proof = tile::finish(&plan, size, source).unwrap();
        tree::verify_inclusion(leaf(index), index, size, &proof, &root).unwrap();
    }
}

#[test]
fn a_bundle_of_entries_has_their_lengths() {
    let entries: [&[u8]; 3] = [b"", b"one", &[7; 300]];
    let bytes = tile::encode_entries(entries).unwrap();
    let tile = Tile {
        part: Part::Entries,
        index: 0,
        width: 3,
    };
    assert_eq!(tile.entries(&bytes).unwrap(), entries);
    assert!(tile.entries(&bytes[..bytes.len() - 1]).is_err());
    assert!(tile.full().entries(&bytes).is_err());
    assert!(tile::encode_entries([vec![0_u8; 65_536].as_slice()]).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "(\\PC|\n|\u{2014} | |[+/=0-9]|index |extra |log |quorum ){0,60}") {
        let _ = Note::parse(&text);
        let _ = Note::new(text.clone());
        let _ = Checkpoint::parse(&text);
        let _ = text.parse::<VerifyingKey>();
        let _ = text.parse::<SigningKey>();
        let _ = text.parse::<Policy>();
        let _ = text.parse::<Tile>();
        let _ = format!("tile/{text}").parse::<Tile>();
        let _ = Receipt::parse(&text);
        let _ = Receipt::parse(&format!("c2sp.org/tlog-proof@v1\n{text}"));
    }

    #[test]
    fn no_bytes_make_a_tile_panic(bytes in vec(any::<u8>(), 0..700), width in 0_u16..300) {
        let tile = Tile { part: Part::Entries, index: 0, width };
        let _ = tile.entries(&bytes);
        let _ = tile.hashes(&bytes);
    }

    #[test]
    fn one_flipped_bit_spoils_a_signed_checkpoint(at in 0_usize..10_000, bit in 0_u8..8) {
        let policy = policy("quorum w1\n");
        let good = signed(9, &[(1, 77)]).to_string();
        let mut bytes = good.into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(note) = Note::parse(&text)
        {
            prop_assert!(policy.check(&note, 77).is_err());
        }
    }

    #[test]
    fn what_is_read_is_written_again_alike(text in "[a-z]{1,9}(\n[a-z]{0,9}){0,4}\n", names in vec("[a-z./]{1,9}", 1..5)) {
        let mut note = Note::new(text).unwrap();
        for (seed, name) in names.iter().enumerate() {
            note.sign(&key(name, Algorithm::Ed25519, u8::try_from(seed).unwrap())).unwrap();
        }
        let written = note.to_string();
        prop_assert_eq!(Note::parse(&written).unwrap(), note);
    }
}
