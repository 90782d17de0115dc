//! Fields, keys and leaves: what is bound, what is hidden, what is refused.
#![expect(clippy::unwrap_used, reason = "tests")]

use model::event::Category;
use proptest::prelude::*;
use trail::Hash;
use trail::field::{
    BadPath, EventKey, Field, MAX_PATH_BYTES, NoSubject, Path, Salt, SubjectKey, TooManyFields,
    commit_field, commit_fields,
};
use trail::leaf::{LEAF_BYTES, Leaf, LeafError, class_code};
use uuid::Uuid;

fn path(text: &str) -> Path {
    Path::new(text).unwrap()
}

#[test]
fn a_commitment_binds_value_path_and_salt() {
    let salt = Salt([7; 16]);
    let field = |path_text: &str, value: &str| Field {
        path: path(path_text),
        value: value.to_owned(),
    };
    let committed = field("/actor/id", "\"ada\"").commit(&salt);
    assert_eq!(
        committed,
        commit_field(&salt, &path("/actor/id"), "\"ada\"")
    );
    for other in [
        field("/actor/id", "\"bob\"").commit(&salt),
        field("/actor/i", "d\"ada\"").commit(&salt),
        field("/actor/name", "\"ada\"").commit(&salt),
        field("/actor/id", "\"ada\"").commit(&Salt([8; 16])),
    ] {
        assert_ne!(other, committed);
    }
}

#[test]
fn the_commitment_to_all_fields_binds_their_number() {
    let [a, b] = [Hash([1; 32]), Hash([2; 32])];
    let all = [
        commit_fields(&[]).unwrap(),
        commit_fields(&[a]).unwrap(),
        commit_fields(&[a, b]).unwrap(),
        commit_fields(&[b, a]).unwrap(),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[..index].contains(one));
    }
    assert_eq!(commit_fields(&vec![a; 65_536]), Err(TooManyFields(65_536)));
}

#[test]
fn salts_differ_by_path_event_and_subject() {
    let subject = |byte| SubjectKey::from_bytes([byte; 32]);
    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let salt = |subjects: &[SubjectKey], id, at: &str| {
        EventKey::derive(subjects, id).unwrap().salt(&path(at)).0
    };
    let one = salt(&[subject(1)], first, "/actor/id");
    assert_ne!(one, salt(&[subject(1)], first, "/actor/name"));
    assert_ne!(one, salt(&[subject(1)], second, "/actor/id"));
    assert_ne!(one, salt(&[subject(2)], first, "/actor/id"));
    let both = salt(&[subject(1), subject(2)], first, "/actor/id");
    assert_ne!(one, both);
    let again = salt(&[subject(2), subject(1), subject(2)], first, "/actor/id");
    assert_eq!(both, again);
    assert_eq!(one, salt(&[subject(1), subject(1)], first, "/actor/id"));
    assert_eq!(EventKey::derive(&[], first).map(drop), Err(NoSubject));
}

#[test]
fn a_key_for_sealing_is_not_the_salt_that_is_disclosed() {
    let key = EventKey::derive(&[SubjectKey::from_bytes([1; 32])], Uuid::nil()).unwrap();
    let at = path("/actor/id");
    assert_ne!(&key.field_key(&at).as_bytes()[..16], &key.salt(&at).0[..]);
}

#[test]
fn a_tag_holds_for_one_person_and_one_month() {
    let subject = SubjectKey::from_bytes([1; 32]);
    // 2026-10-31T23:59:59.999999Z and the microsecond after it.
    let october = subject.tag(1_793_491_199_999_999).unwrap();
    assert_eq!(subject.tag(1_793_000_000_000_000), Some(october));
    assert_ne!(subject.tag(1_793_491_200_000_000), Some(october));
    assert_ne!(
        SubjectKey::from_bytes([2; 32]).tag(1_793_000_000_000_000),
        Some(october)
    );
    assert_eq!(subject.tag(u64::MAX), None);
}

#[test]
fn secrets_are_not_shown() {
    let subject = SubjectKey::from_bytes([0xab; 32]);
    let event = EventKey::derive(std::slice::from_ref(&subject), Uuid::nil()).unwrap();
    let field = event.field_key(&path("/details"));
    let shown = format!("{subject:?} {event:?} {field:?} {:?}", Salt([0xab; 16]));
    assert_eq!(shown, "SubjectKey(…) EventKey(…) FieldKey(…) Salt(…)");
}

#[test]
fn paths_are_json_pointers() {
    assert_eq!(
        path("/details/a~1b/m~0n/").names().collect::<Vec<_>>(),
        ["details", "a/b", "m~n", ""]
    );
    // ~01 is a tilde and a 1, not an escaped slash.
    assert_eq!(path("/~01").names().collect::<Vec<_>>(), ["~1"]);
    assert_eq!(Path::new(""), Err(BadPath::NoSlash));
    assert_eq!(Path::new("actor"), Err(BadPath::NoSlash));
    for text in ["/~", "/~2", "/a~~0"] {
        assert_eq!(Path::new(text), Err(BadPath::Escape), "{text}");
    }
    let longest = format!("/{}", "a".repeat(MAX_PATH_BYTES - 1));
    Path::new(longest.as_str()).unwrap();
    assert_eq!(Path::new(longest + "a"), Err(BadPath::Long));
}

#[test]
fn a_salt_has_one_spelling() {
    let salt = Salt([0xab; 16]);
    assert_eq!(salt.to_string().parse(), Ok(salt));
    for text in [
        "",
        "AB",
        &"AB".repeat(16),
        &"ab".repeat(17),
        &"é".repeat(16),
    ] {
        text.parse::<Salt>().unwrap_err();
    }
}

fn leaf() -> Leaf {
    Leaf {
        class: Category::Security,
        received_at: 1_793_491_199_999_999,
        id: Uuid::from_u128(0x0123_4567_89ab_cdef),
        public: Hash([3; 32]),
        fields: Hash([4; 32]),
    }
}

#[test]
fn a_leaf_that_is_none_is_refused_with_its_fault() {
    let good = leaf().encode();
    let with = |at: usize, byte| {
        let mut bytes = good;
        bytes[at] = byte;
        Leaf::decode(&bytes)
    };
    assert_eq!(Leaf::decode(&good), Ok(leaf()));
    assert_eq!(Leaf::decode(&good[..89]), Err(LeafError::Length(89)));
    assert_eq!(Leaf::decode(&[0; 91]), Err(LeafError::Length(91)));
    assert_eq!(with(0, 2), Err(LeafError::Version(2)));
    assert_eq!(with(1, 0), Err(LeafError::Class(0)));
    assert_eq!(with(1, 7), Err(LeafError::Class(7)));
    assert!(matches!(with(2, 4), Err(LeafError::Time(_))));
}

#[test]
fn each_class_has_a_code_of_its_own() {
    let codes: Vec<u8> = Category::ALL.iter().copied().map(class_code).collect();
    assert_eq!(codes, [1, 2, 3, 4, 5, 6]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_a_leaf_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        tail in prop::array::uniform32(any::<u8>()),
        class in 0_u8..9,
    ) {
        let mut near = vec![1, class, 0, 5];
        near.extend_from_slice(&tail);
        near.resize(LEAF_BYTES, 9);
        for bytes in [bytes, near] {
            if let Ok(leaf) = Leaf::decode(&bytes) {
                prop_assert_eq!(leaf.encode().to_vec(), bytes);
            }
        }
    }

    #[test]
    fn arbitrary_text_is_a_path_or_refused(text in ".*") {
        if let Ok(path) = Path::new(text.as_str()) {
            let names: Vec<String> = path
                .names()
                .map(|name| name.replace('~', "~0").replace('/', "~1"))
                .collect();
            let back = format!("/{}", names.join("/"));
            prop_assert_eq!(back, text);
        }
    }
}
