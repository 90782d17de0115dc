//! Postgres' `hashtext`, so that terms are hashed where they are made and no query asks for them.
//!
//! Source: `hash_bytes` of src/common/hashfn.c in Postgres (Bob Jenkins' lookup3, little-endian),
//! which `hashtext` calls under every deterministic collation. It is the same in all supported
//! versions, since hash indexes and hash partitions on disk depend on it.

/// What the three words of the state start from, with the length added.
const START: u32 = 0x9e37_79b9 + 3_923_095;

/// `select hashtext($1)` for a text in UTF-8.
pub(crate) fn hashtext(text: &str) -> i32 {
    hash_bytes(text.as_bytes()).cast_signed()
}

fn hash_bytes(bytes: &[u8]) -> u32 {
    // Postgres counts in 32 bits as well: no text is longer.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a text has less than 2^30 bytes"
    )]
    let start = START.wrapping_add(bytes.len() as u32);
    let mut state = [start; 3];
    let (chunks, rest) = bytes.as_chunks::<12>();
    for chunk in chunks {
        add(&mut state, chunk);
        mix(&mut state);
    }
    let mut last = [0; 12];
    let (low, high) = rest.split_at(rest.len().min(8));
    for (place, byte) in last.iter_mut().zip(low) {
        *place = *byte;
    }
    // The lowest byte of the third word is kept for the length.
    for (place, byte) in last.iter_mut().skip(9).zip(high) {
        *place = *byte;
    }
    add(&mut state, &last);
    finish(state)
}

fn add(state: &mut [u32; 3], chunk: &[u8; 12]) {
    for (word, more) in state.iter_mut().zip(chunk.as_chunks().0) {
        *word = word.wrapping_add(u32::from_le_bytes(*more));
    }
}

fn mix(state: &mut [u32; 3]) {
    let [mut a, mut b, mut c] = *state;
    for [first, second, third] in [[4, 6, 8], [16, 19, 4]] {
        a = a.wrapping_sub(c) ^ c.rotate_left(first);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(second);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(third);
        b = b.wrapping_add(a);
    }
    *state = [a, b, c];
}

fn finish([mut a, mut b, mut c]: [u32; 3]) -> u32 {
    let turn = |to: u32, by: u32, bits| (to ^ by).wrapping_sub(by.rotate_left(bits));
    c = turn(c, b, 14);
    a = turn(a, c, 11);
    b = turn(b, a, 25);
    c = turn(c, b, 16);
    a = turn(a, c, 4);
    b = turn(b, a, 14);
    turn(c, b, 24)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    use sqlx::{Connection as _, PgConnection};

    use super::hashtext;

    #[tokio::test]
    async fn postgres_hashes_the_same() {
        let cluster = std::env::var("AUDITORIUM_TEST_CLUSTER").unwrap();
        let mut connection = PgConnection::connect(&cluster).await.unwrap();
        let mut runner = TestRunner::deterministic();
        let each_length = "abcdefghijklmnopqrstuvwxyz0123456789-._:/+";
        let mut texts: Vec<String> = (0..=each_length.len())
            .map(|length| each_length[..length].to_owned())
            .collect();
        texts.extend((0..2_000).map(|_| {
            let text = any::<String>().new_tree(&mut runner).unwrap().current();
            text.replace('\0', "")
        }));
        let theirs: Vec<i32> = sqlx::query_scalar(
            "select hashtext(t) from unnest($1::text[]) with ordinality u (t, n) order by n",
        )
        .bind(&texts)
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let ours: Vec<i32> = texts.iter().map(|text| hashtext(text)).collect();
        assert_eq!(ours, theirs);
    }
}
