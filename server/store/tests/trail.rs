//! Rows and their leaves: one transaction, no position without a leaf, whatever wrote the row.
#![expect(clippy::unwrap_used, reason = "tests")]

mod sample;

use sample::event;
use testing::TestStore;
use trail::Hash;
use trail::tree::{Plan, empty_root, root, verify_consistency, verify_inclusion};

const NOW: &str = "2026-05-01T10:00:00Z";

async fn record(test: &TestStore, count: usize) {
    let events = (0..count).map(|_| event("query.execute")).collect();
    test.store
        .recorder()
        .record(events, NOW.parse().unwrap())
        .await
        .unwrap();
}

/// The root over what stands in the database, made anew from the leaves.
async fn root_of_leaves(test: &TestStore, size: i64) -> Hash {
    let leaves = test.store.leaves(0, size).await.unwrap();
    assert_eq!(i64::try_from(leaves.len()).unwrap(), size);
    root(leaves.iter().map(trail::leaf::Leaf::hash))
}

#[tokio::test]
async fn every_row_has_a_leaf_that_opens_to_it() {
    let test = TestStore::new().await.unwrap();
    assert_eq!(test.store.trail_root(0).await.unwrap(), empty_root());
    // Groups that begin and end within tiles, and cross several.
    for count in [1, 254, 3, 700, 256, 1] {
        record(&test, count).await;
    }
    let frontier = test.store.trail_frontier().await.unwrap();
    assert_eq!(frontier.size(), 1215);
    assert_eq!(frontier.root(), root_of_leaves(&test, 1215).await);
    assert_eq!(frontier.root(), test.store.trail_root(1215).await.unwrap());
    let damage = test.store.check_rows(0, 1215).await.unwrap();
    assert_eq!(damage, []);
}

#[tokio::test]
async fn proofs_come_from_stored_subtrees() {
    let test = TestStore::new().await.unwrap();
    record(&test, 70_000).await;
    let size = 70_000;
    let root = test.store.trail_root(size).await.unwrap();
    assert_eq!(root, test.store.trail_frontier().await.unwrap().root());
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        let proof = test
            .store
            .trail_proof(&Plan::inclusion(index, size).unwrap())
            .await
            .unwrap();
        let place = i64::try_from(index).unwrap();
        let leaf = test.store.leaves(place, place + 1).await.unwrap()[0];
        verify_inclusion(leaf.hash(), index, size, &proof, &root).unwrap();
    }
    for old in [1, 256, 1000, 65_536, 69_999] {
        let old_root = test.store.trail_root(old).await.unwrap();
        let proof = test
            .store
            .trail_proof(&Plan::consistency(old, size).unwrap())
            .await
            .unwrap();
        verify_consistency(old, &old_root, size, &root, &proof).unwrap();
    }
}
