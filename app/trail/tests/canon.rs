//! Canonical values: vectors written by hand, and properties over generated documents.
#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Map, Value};
use trail::canon::{CanonError, MAX_DEPTH, Reason, canonical, normalise, parse, timestamp};

fn form(text: &str) -> String {
    canonical(&parse(text).unwrap()).unwrap()
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn whole_numbers_are_digits_by_value() {
    for (text, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("0.000", "0"),
        ("-0e9999999999999999999999", "0"),
        ("1.0", "1"),
        ("-10.00", "-10"),
        ("1e3", "1000"),
        ("1.5e1", "15"),
        ("1200e-2", "12"),
        ("9007199254740993", "9007199254740993"),
        ("9007199254740992.0", "9007199254740992"),
        ("1e21", "1000000000000000000000"),
        ("1E+23", "100000000000000000000000"),
        ("9.999999999999997e+22", "99999999999999970000000"),
        ("295147905179352830000", "295147905179352830000"),
        (
            "99999999999999999999999999999999999999",
            "99999999999999999999999999999999999999",
        ),
        ("-1e37", "-10000000000000000000000000000000000000"),
    ] {
        assert_eq!(form(text), expected, "{text}");
    }
}

#[test]
fn fractions_are_rendered_as_ecmascript_renders_them() {
    for (text, expected) in [
        ("0.10", "0.1"),
        ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("0.0000001", "1e-7"),
        ("1.5E-10", "1.5e-10"),
        ("5e-324", "5e-324"),
        ("-5e-324", "-5e-324"),
        ("9.999999999999997e-7", "9.999999999999997e-7"),
        ("333333333.3333332", "333333333.3333332"),
        ("333333333.33333325", "333333333.33333325"),
        ("333333333.3333333", "333333333.3333333"),
        ("333333333.3333334", "333333333.3333334"),
        ("333333333.33333343", "333333333.33333343"),
        ("-0.0000033333333333333333", "-0.0000033333333333333333"),
        ("1424953923781206.2", "1424953923781206.2"),
        ("4.50", "4.5"),
        ("2e-3", "0.002"),
        ("0.000000000000000000000000001", "1e-27"),
    ] {
        assert_eq!(form(text), expected, "{text}");
    }
}

#[test]
fn numbers_that_would_lose_digits_are_refused() {
    let inexact = parse("[1, 0.1000000000000000055]").unwrap_err();
    assert_eq!(inexact.path, "$[1]");
    assert_eq!(
        inexact.reason,
        Reason::Inexact {
            nearest: "0.1".into()
        }
    );
    assert_eq!(
        parse("9007199254740993.5").unwrap_err().reason,
        Reason::Inexact {
            nearest: "9007199254740994".into()
        }
    );
    assert_eq!(
        parse("-0.3000000000000000001").unwrap_err().reason,
        Reason::Inexact {
            nearest: "-0.3".into()
        }
    );
    for text in ["1e38", "1.7976931348623157e308", "1e99999999999999999999"] {
        assert_eq!(
            parse(text).unwrap_err().reason,
            Reason::IntegerTooLong,
            "{text}"
        );
    }
    for text in ["1e-400", "-1e-99999999999999999999"] {
        assert_eq!(parse(text).unwrap_err().reason, Reason::TooSmall, "{text}");
    }
}

#[test]
fn keys_are_ordered_by_utf16_code_units() {
    // The example of RFC 8785, section 3.2.3.
    let text = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
        "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    assert_eq!(
        form(text),
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
         \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
         \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    );
}

#[test]
fn strings_take_the_shortest_escapes() {
    // The example of RFC 8785, section 3.2.2.
    let text = r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
    assert_eq!(
        form(text),
        r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
    assert_eq!(
        form("\"\\u001f\\b\\f\\t\u{7f}\u{2028}\""),
        "\"\\u001f\\b\\f\\t\u{7f}\u{2028}\""
    );
}

#[test]
fn what_has_no_canonical_form_is_refused_with_its_path() {
    assert_eq!(
        refusal(r#"{"details":{"items":[0,1,2,{"a":1,"\u0061":2}]}}"#),
        "$.details.items[3].a: the key appears twice in its object"
    );
    assert_eq!(
        refusal(r#"{"two words":"\ud800x"}"#),
        "$[\"two words\"]: the text holds half of a surrogate pair; send the character itself"
    );
    for text in [r#""\udc00""#, r#""\ud800\ud800""#, r#""\ud800\n""#] {
        assert_eq!(
            parse(text).unwrap_err().reason,
            Reason::LoneSurrogate,
            "{text}"
        );
    }
    assert_eq!(parse(r#"{"a":"\u0000"}"#).unwrap_err().reason, Reason::Nul);
    assert_eq!(
        parse(r#"{"$serde_json::private::Number":"1"}"#)
            .unwrap_err()
            .reason,
        Reason::ReservedKey
    );
    assert_eq!(
        canonical(&Value::from("a\0")).unwrap_err().reason,
        Reason::Nul
    );
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    assert_eq!(
        refusal(r#"{"a":1,}"#),
        "$: not JSON: expected a key in quotes at byte 7, found `}`"
    );
    assert_eq!(
        refusal(r#"{"a":[1 2]}"#),
        "$.a: not JSON: expected `,` or `]` at byte 8, found `2`"
    );
    for text in [
        "",
        " ",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "--1",
        "tru",
        "nullx",
        "'a'",
        "\"a",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "[",
        "[1,]",
        "{\"a\"}",
        "{a:1}",
        "1 2",
        "\u{feff}1",
        "NaN",
        "0x1",
        "\"\0\"",
    ] {
        assert!(
            matches!(parse(text).unwrap_err().reason, Reason::Syntax { .. }),
            "{text:?} must not be read"
        );
    }
}

#[test]
fn nesting_ends_at_its_limit() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(form(&nested(MAX_DEPTH)), nested(MAX_DEPTH));
    assert_eq!(
        parse(&nested(MAX_DEPTH + 1)).unwrap_err().reason,
        Reason::Depth
    );
    assert_eq!(
        parse(&"[".repeat(1_000_000)).unwrap_err().reason,
        Reason::Depth
    );
    let deep = (0..=MAX_DEPTH).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    assert_eq!(canonical(&deep).unwrap_err().reason, Reason::Depth);
}

#[test]
fn instants_are_utc_with_six_decimals() {
    for (micros, expected) in [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
        (1_790_838_489_000_010, "2026-10-01T07:08:09.000010Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
    ] {
        assert_eq!(timestamp(micros).as_deref(), Some(expected));
    }
    for micros in [
        253_402_300_800_000_000,
        -62_135_596_800_000_001,
        i64::MAX,
        i64::MIN,
    ] {
        assert_eq!(timestamp(micros), None);
    }
}

fn number_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>()
            .prop_filter("finite, and whole only below 38 digits", |n| n.is_finite()
                && n.abs() < 1e37)
            .prop_map(|n| ryu_js::Buffer::new().format_finite(n).to_owned()),
        (-1_000_000_i64..1_000_000, 0_usize..9)
            .prop_map(|(n, zeros)| { format!("{n}.{}", "0".repeat(zeros + 1)) }),
        "-?[1-9][0-9]{0,37}",
    ]
}

/// Doubles with few bits behind the point and many before it: where two decimals of the fewest
/// digits are often equally near.
fn ties() -> impl Strategy<Value = f64> {
    (1_u32..8, 1_u64..1 << 53, any::<bool>()).prop_map(|(bits, digits, negative)| {
        let whole: f64 = (digits | 1).to_string().parse().unwrap();
        let magnitude = whole / f64::from(1_u32 << bits);
        if negative { -magnitude } else { magnitude }
    })
}

fn document() -> impl Strategy<Value = Value> {
    let text = any::<String>().prop_map(|text| text.replace('\0', ""));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number_text().prop_map(|text| Value::Number(text.parse().unwrap())),
        text.clone().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value as another writer might send it: blanks, escapes, members reversed.
fn respelled(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let units: Vec<_> = text
                .encode_utf16()
                .map(|unit| format!("\\u{unit:04X}"))
                .collect();
            format!("\"{}\"", units.concat())
        }
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(respelled).collect();
            format!("[ {} ]", elements.join(" ,\n"))
        }
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .rev()
                .map(|(key, member)| {
                    format!(
                        "{}\t: {}",
                        respelled(&Value::from(key.as_str())),
                        respelled(member)
                    )
                })
                .collect();
            format!("{{\r\n{}}}", members.join(" , "))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn reading_the_canonical_form_gives_the_value_back(value in document()) {
        let normal = normalise(&value).unwrap();
        prop_assert_eq!(parse(&canonical(&normal).unwrap()).unwrap(), normal);
    }

    #[test]
    fn the_canonical_form_is_its_own_canonical_form(value in document()) {
        let once = canonical(&value).unwrap();
        prop_assert_eq!(&canonical(&parse(&once).unwrap()).unwrap(), &once);
        prop_assert_eq!(canonical(&serde_json::from_str(&once).unwrap()).unwrap(), once);
    }

    #[test]
    fn spelling_and_order_do_not_matter(value in document()) {
        prop_assert_eq!(form(&respelled(&value)), canonical(&value).unwrap());
    }

    #[test]
    fn a_fraction_is_called_what_ecmascript_calls_it(
        number in prop_oneof![any::<f64>(), ties()].prop_filter("finite", |n| n.is_finite())
    ) {
        if number.fract() == 0.0 {
            return Ok(());
        }
        let mut buffer = ryu_js::Buffer::new();
        let theirs = buffer.format_finite(number);
        prop_assert_eq!(&form(theirs), theirs);
        let read: f64 = form(theirs).parse().unwrap();
        prop_assert_eq!(read.to_bits(), number.to_bits());
        // Whoever spells the same double otherwise, as Rust may do where two shortest decimals
        // are equally near, learns the spelling that is taken.
        match parse(&format!("{number:e}")) {
            Ok(value) => prop_assert_eq!(canonical(&value).unwrap(), theirs),
            Err(CanonError { reason: Reason::Inexact { nearest }, .. }) => {
                prop_assert_eq!(nearest, theirs);
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }

    #[test]
    fn arbitrary_text_is_read_as_serde_json_reads_it_or_refused(text in r#"[\[\]{}",:0-9eE.+\\untrulsa \-]{0,24}"#) {
        if let Ok(value) = parse(&text) {
            let theirs: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(canonical(&theirs).unwrap(), canonical(&value).unwrap());
        }
    }

    #[test]
    fn any_text_at_all_is_answered(text in any::<String>()) {
        let _ = parse(&text);
    }
}

#[test]
fn an_empty_object_stays_one() {
    assert_eq!(canonical(&Value::Object(Map::new())).unwrap(), "{}");
}
