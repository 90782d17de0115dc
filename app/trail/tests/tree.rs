//! The tree against an independent implementation of RFC 6962, and against proofs made to deceive.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use trail::Hash;
use trail::tree::{
    Frontier, MAX_SIZE, Node, Plan, TreeError, empty_root, leaf_hash, root, set_root,
    verify_consistency, verify_inclusion,
};

/// Every tree up to this size is compared: past two full levels of an odd number of entries.
const LARGEST: u64 = 40;

/// A tree that keeps the subtrees that its frontier names, as a store does.
#[derive(Default)]
struct Stored {
    frontier: Frontier,
    nodes: HashMap<Node, Hash>,
    oracle: MemoryBackedTree<Sha256, Vec<u8>>,
}

impl Stored {
    fn of(size: u64) -> Self {
        let mut tree = Self::default();
        for position in 0..size {
            tree.push(&entry(position));
        }
        tree
    }

    fn push(&mut self, entry: &[u8]) {
        self.frontier.push_noting(leaf_hash(entry), |node, hash| {
            assert_eq!(self.nodes.insert(node, hash), None, "{node:?} comes once");
        });
        self.oracle.push(entry.to_vec());
    }

    fn carry_out(&self, plan: &Plan) -> Vec<Hash> {
        let hashes: Vec<Hash> = plan.nodes().iter().map(|node| self.nodes[node]).collect();
        plan.finish(&hashes).unwrap()
    }

    fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        self.carry_out(&Plan::inclusion(index, size).unwrap())
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        self.carry_out(&Plan::consistency(old, new).unwrap())
    }

    fn root_at(&self, size: u64) -> Hash {
        let found = self.carry_out(&Plan::root(size).unwrap());
        found.first().copied().unwrap_or_else(empty_root)
    }
}

fn entry(position: u64) -> Vec<u8> {
    format!("entry {position}").into_bytes()
}

fn joined(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn roots_are_those_of_the_oracle() {
    let mut tree = Stored::default();
    assert_eq!(tree.frontier.root(), empty_root());
    for position in 0..LARGEST {
        tree.push(&entry(position));
        let size = position + 1;
        let theirs = tree.oracle.root();
        assert_eq!(tree.frontier.size(), size);
        assert_eq!(tree.frontier.root().0, **theirs.as_bytes(), "size {size}");
        assert_eq!(tree.root_at(size), tree.frontier.root());
        let again = root((0..size).map(|position| leaf_hash(&entry(position))));
        assert_eq!(again, tree.frontier.root());
    }
}

#[test]
fn inclusion_proofs_are_those_of_the_oracle_and_hold_for_nothing_else() {
    let tree = Stored::of(LARGEST);
    for size in 1..=LARGEST {
        let oracle = Stored::of(size).oracle;
        let root = tree.root_at(size);
        for index in 0..size {
            let proof = tree.inclusion(index, size);
            let theirs = oracle.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(joined(&proof), theirs.as_bytes(), "{index} of {size}");
            let leaf = leaf_hash(&entry(index));
            assert_eq!(verify_inclusion(leaf, index, size, &proof, &root), Ok(()));
            for other in 0..size {
                let wrong = verify_inclusion(leaf, other, size, &proof, &root);
                assert_eq!(
                    wrong.is_ok(),
                    other == index,
                    "{index} as {other} of {size}"
                );
            }
            let forged = leaf_hash(b"another");
            assert_eq!(
                verify_inclusion(forged, index, size, &proof, &root),
                Err(TreeError::Root)
            );
        }
    }
}

#[test]
fn consistency_proofs_are_those_of_the_oracle_and_hold_for_nothing_else() {
    let tree = Stored::of(LARGEST);
    for new in 1..=LARGEST {
        let oracle = Stored::of(new).oracle;
        let new_root = tree.root_at(new);
        for old in 0..=new {
            let old_root = tree.root_at(old);
            let proof = tree.consistency(old, new);
            if old > 0 {
                let theirs = oracle.prove_consistency(usize::try_from(new - old).unwrap());
                assert_eq!(joined(&proof), theirs.as_bytes(), "{old} of {new}");
            }
            let verify = |old, old_root: &Hash, new_root: &Hash| {
                verify_consistency(old, old_root, new, new_root, &proof)
            };
            assert_eq!(verify(old, &old_root, &new_root), Ok(()), "{old} of {new}");
            let other = leaf_hash(b"another");
            verify(old, &other, &new_root).unwrap_err();
            if old > 0 {
                verify(old, &old_root, &other).unwrap_err();
            }
            if old > 0 && old + 1 < new {
                verify(old + 1, &old_root, &new_root).unwrap_err();
            }
        }
    }
}

#[test]
fn a_proof_with_any_bit_changed_or_any_hash_too_many_or_few_is_refused() {
    let tree = Stored::of(LARGEST);
    let (index, size) = (10, LARGEST);
    let root = tree.root_at(size);
    let leaf = leaf_hash(&entry(index));
    let proof = tree.inclusion(index, size);
    for at in 0..proof.len() {
        for bit in 0..256 {
            let mut changed = proof.clone();
            changed[at].0[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                verify_inclusion(leaf, index, size, &changed, &root),
                Err(TreeError::Root)
            );
        }
    }
    for changed in [
        &proof[1..],
        &proof[..proof.len() - 1],
        &[],
        &[&proof[..], &proof[..1]].concat(),
    ] {
        assert_eq!(
            verify_inclusion(leaf, index, size, changed, &root),
            Err(TreeError::Length {
                expected: proof.len(),
                found: changed.len()
            })
        );
    }
}

#[test]
fn what_no_tree_has_is_refused() {
    assert_eq!(
        Plan::inclusion(3, 3),
        Err(TreeError::Beyond { index: 3, size: 3 })
    );
    assert_eq!(
        Plan::consistency(4, 3),
        Err(TreeError::Shrinks { old: 4, new: 3 })
    );
    assert_eq!(Plan::root(MAX_SIZE + 1), Err(TreeError::TooLarge));
    let hash = empty_root();
    assert_eq!(
        verify_inclusion(hash, 0, u64::MAX, &[], &hash),
        Err(TreeError::TooLarge)
    );
    assert_eq!(
        verify_consistency(1, &hash, u64::MAX, &hash, &[]),
        Err(TreeError::TooLarge)
    );
    assert_eq!(
        verify_consistency(0, &leaf_hash(b""), 1, &hash, &[]),
        Err(TreeError::OldRoot)
    );
    assert_eq!(
        verify_consistency(0, &hash, 0, &leaf_hash(b""), &[]),
        Err(TreeError::NewRoot)
    );
}

#[test]
fn subtrees_stand_for_their_entries_where_they_fit() {
    let whole = Stored::of(21);
    let mut pieces = Frontier::default();
    pieces
        .push_subtree(3, whole.nodes[&Node { level: 3, index: 0 }])
        .unwrap();
    pieces
        .push_subtree(2, whole.nodes[&Node { level: 2, index: 2 }])
        .unwrap();
    assert_eq!(
        pieces.push_subtree(3, empty_root()),
        Err(TreeError::Misaligned { level: 3, size: 12 })
    );
    for position in 12..20 {
        pieces.push(leaf_hash(&entry(position)));
    }
    pieces.push_subtree(0, leaf_hash(&entry(20))).unwrap();
    assert_eq!(pieces, whole.frontier);
    for level in 62..=u8::MAX {
        assert_eq!(
            pieces.push_subtree(level, empty_root()),
            Err(TreeError::TooLarge)
        );
    }
}

#[test]
fn a_set_is_bound_to_its_positions_and_their_order() {
    let members: Vec<(u64, Hash)> = [2, 3, 5, 8].map(|at| (at, leaf_hash(&entry(at)))).into();
    let bound = set_root(members.clone()).unwrap();
    assert_eq!(
        bound,
        root(
            members
                .iter()
                .map(|(at, leaf)| leaf_hash(&[&at.to_be_bytes()[..], &leaf.0].concat()))
        )
    );
    let mut moved = members.clone();
    moved[3].0 = 9;
    assert_ne!(set_root(moved).unwrap(), bound);
    let mut twice = members.clone();
    twice[1].0 = 2;
    assert_eq!(set_root(twice), Err(TreeError::Order { position: 2 }));
    assert_eq!(set_root([]).unwrap(), empty_root());
}

/// What a second implementation is given to judge.
fn judged(tree: &Stored, size: u64) -> serde_json::Value {
    let hex = |hashes: Vec<Hash>| -> Vec<String> { hashes.iter().map(Hash::to_string).collect() };
    let entries: Vec<String> = (0..size)
        .map(|position| {
            entry(position)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<Vec<_>>()
                .concat()
        })
        .collect();
    let mut inclusion = Vec::new();
    let mut consistency = Vec::new();
    for new in 1..=size {
        for old in (1..=new).step_by(7) {
            inclusion.push((old - 1, new, hex(tree.inclusion(old - 1, new))));
            consistency.push((old, new, hex(tree.consistency(old, new))));
        }
    }
    serde_json::json!({
        "entries": entries,
        "leaves": hex((0..size).map(|position| leaf_hash(&entry(position))).collect()),
        "roots": hex((0..=size).map(|size| tree.root_at(size)).collect()),
        "inclusion": inclusion,
        "consistency": consistency,
    })
}

/// `AUDITORIUM_TEST_PYTHON` names an interpreter (3.12 or later) that has aics-tlog.
#[test]
fn aics_tlog_agrees_on_roots_and_proofs() {
    let python = std::env::var("AUDITORIUM_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/aics.py");
    let size = 150;
    let child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no python3");
        return;
    };
    let given = judged(&Stored::of(size), size).to_string();
    // Where the package is missing, nobody reads this.
    let _ = child.stdin.take().unwrap().write_all(given.as_bytes());
    let output = child.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        eprintln!("skipped: python3 has no aics-tlog");
        return;
    }
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stdout.starts_with(b"151 "));
}

fn hashes(most: usize) -> impl Strategy<Value = Vec<Hash>> {
    prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..most)
}

proptest! {
    #[test]
    fn a_frontier_reads_back_as_it_was_written(leaves in hashes(200)) {
        let mut frontier = Frontier::default();
        for leaf in leaves {
            frontier.push(leaf);
        }
        prop_assert_eq!(Frontier::decode(&frontier.encode()), Ok(frontier.clone()));
        let mut rebuilt = Frontier::default();
        for (node, hash) in frontier.nodes() {
            rebuilt.push_subtree(node.level, hash).unwrap();
        }
        prop_assert_eq!(rebuilt, frontier);
    }

    #[test]
    fn arbitrary_bytes_are_a_frontier_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::decode(&bytes) {
            prop_assert_eq!(frontier.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_proofs_are_answered(
        sizes in (any::<u64>(), any::<u64>()),
        small in (0_u64..300, 0_u64..300),
        proof in hashes(70),
        leaf in any::<[u8; 32]>().prop_map(Hash),
    ) {
        for (a, b) in [sizes, (sizes.0 >> 2, sizes.1 >> 2), small] {
            prop_assert!(verify_inclusion(leaf, a, b, &proof, &leaf).is_err() || b == 1);
            if let Ok(plan) = Plan::inclusion(a, b) {
                prop_assert!(plan.proof_length() <= 62);
                let exact = vec![leaf; plan.proof_length()];
                prop_assert_eq!(
                    verify_inclusion(leaf, a, b, &exact, &leaf_hash(b"")),
                    Err(TreeError::Root)
                );
            }
            if let Ok(plan) = Plan::consistency(a, b) {
                prop_assert!(plan.nodes().len() <= 64 * 63);
                let exact = vec![leaf; plan.proof_length()];
                prop_assert!(verify_consistency(a, &empty_root(), b, &leaf, &exact).is_err() || a == 0);
            }
        }
    }
}
