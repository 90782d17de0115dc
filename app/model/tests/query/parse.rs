use std::ops::Range;

use model::query::{Pattern, Predicate, Query, ResourcePattern, Term};

fn normal(text: &str) -> String {
    Query::parse(text).unwrap().to_string()
}

fn refuse(refusals: &[(&str, Range<usize>, &str)]) {
    for (text, at, message) in refusals {
        let error = Query::parse(text).unwrap_err();
        assert_eq!(
            (&error.at, error.to_string().as_str()),
            (at, *message),
            "{text}"
        );
    }
}

#[test]
fn the_example_of_the_documentation_reads_back_as_written() {
    let text = "actor:etl-1 action:user.* resource:dataset/42 status:denied \
                created:2026-10-01..2026-10-31 ip:10.0.0.0/8 \"free text\" -actor:backup";
    assert_eq!(normal(text), text);
    assert_eq!(Query::parse(text).unwrap().terms.len(), 8);
}

#[test]
fn texts_are_brought_to_their_normal_form() {
    for (text, expected) in [
        ("", ""),
        ("  a \t b\n", "a b"),
        ("STATUS:Denied,failure", "status:denied,failure"),
        ("\"word\"", "word"),
        ("actor:\"ada\"", "actor:ada"),
        ("actor:\"Ada Lovelace\"", "actor:\"Ada Lovelace\""),
        ("actor:\"Ada L\"*", "actor:\"Ada L\"*"),
        ("actor:*", "actor:*"),
        ("actor:\"a*\"", "actor:\"a*\""),
        ("actor:\"say \\\"hi\\\"\",b", "actor:\"say \\\"hi\\\"\",b"),
        ("\"C:\\dir\"", "\"C:\\\\dir\""),
        ("ip:::1 team://x", "ip:::1 team://x"),
        ("-", "\"-\""),
        ("--x", "-\"-x\""),
        ("ip:10.1.2.3/8", "ip:10.0.0.0/8"),
        ("ip:10.1.2.3/32", "ip:10.1.2.3"),
        ("ip:0.0.0.0/0,::/0", "ip:0.0.0.0/0,::/0"),
        ("ip:2001:DB8::1/32", "ip:2001:db8::/32"),
        ("resource:s3/a/b:c", "resource:s3/a/b:c"),
        ("resource:/42", "resource:/42"),
        (
            "https://example.org/a?b=c:d ::1 12:30 5\"disk",
            "https://example.org/a?b=c:d ::1 12:30 \"5\\\"disk\"",
        ),
        ("last:24H", "last:24h"),
        (
            "id:01997C4E58AC7D429F0E3F6D2A1B8C77",
            "id:01997c4e-58ac-7d42-9f0e-3f6d2a1b8c77",
        ),
    ] {
        assert_eq!(normal(text), expected, "{text}");
    }
}

#[test]
fn written_times_become_half_open_ranges() {
    for (text, expected) in [
        ("2026-10-01", "2026-10-01"),
        ("2026-10", "2026-10-01..2026-10-31"),
        ("2026-10-01..2026-10-01", "2026-10-01"),
        ("2026-10-01..", "2026-10-01.."),
        ("..2026-10-31", "..2026-10-31"),
        (">2026-10-01", "2026-10-02.."),
        (">=2026-10-01", "2026-10-01.."),
        ("<2026-10-01", "..2026-09-30"),
        ("<=2026-10-01", "..2026-10-01"),
        (
            "2026-10-01T12:00",
            "2026-10-01T12:00:00Z..2026-10-01T12:01:00Z",
        ),
        (
            "2026-10-01T12:00:05Z",
            "2026-10-01T12:00:05Z..2026-10-01T12:00:06Z",
        ),
        (
            "2026-10-01T12:00+02:00..2026-10-01T12:30+0200",
            "2026-10-01T10:00:00Z..2026-10-01T10:30:00Z",
        ),
        ("2026-10-01T00:30-01..", "2026-10-01T01:30:00Z.."),
        ("<2026-10-01T12:00:00.5", "..2026-10-01T12:00:00.500000Z"),
        (
            ">2026-10-01T12:00:00.000001Z",
            "2026-10-01T12:00:00.000002Z..",
        ),
        ("9999-12-31", "9999-12-31"),
    ] {
        assert_eq!(
            normal(&format!("created:{text}")),
            format!("created:{expected}"),
            "{text}"
        );
    }
}

#[test]
fn quotes_take_a_star_literally_and_a_star_behind_them_is_a_beginning() {
    let actor = |pattern| Term::only(Predicate::Actor(vec![pattern]));
    let query = Query::parse("actor:\"a*\" actor:\"a b\"* actor:a*").unwrap();
    assert_eq!(
        query.terms,
        [
            actor(Pattern::Exact("a*".into())),
            actor(Pattern::Prefix("a b".into())),
            actor(Pattern::Prefix("a".into())),
        ]
    );
}

#[test]
fn a_resource_is_divided_at_its_first_slash() {
    let query = Query::parse("resource:object,object/a/b:c,/x").unwrap();
    let expected = vec![
        ResourcePattern::Type("object".into()),
        ResourcePattern::Both("object".into(), "a/b:c".into()),
        ResourcePattern::Id("x".into()),
    ];
    assert_eq!(query.terms, [Term::only(Predicate::Resource(expected))]);
}

#[test]
fn refusals_name_the_field_and_the_place() {
    refuse(&[
        (
            "a actr:etl",
            2..6,
            "There is no field `actr`. Did you mean `actor`, as in actor:etl-1?",
        ),
        (
            "outcome:denied",
            0..7,
            "There is no field `outcome`. Did you mean `status`, as in status:denied?",
        ),
        (
            "C:\\dir",
            0..1,
            "There is no field `C`. To search for the text itself, put it in quotes",
        ),
        (
            "status:ok",
            7..9,
            "`status` is one of success, failure, denied",
        ),
        (
            "status:denied,",
            0..14,
            "`status` needs a value. As in status:denied",
        ),
        ("actor:", 0..6, "`actor` needs a value. As in actor:etl-1"),
        (
            "actor:\"\"",
            0..8,
            "`actor` needs a value. As in actor:etl-1",
        ),
        (
            "actor:a*b",
            6..9,
            "A `*` may only stand at the end of a value. For the character itself, put the value in quotes",
        ),
        ("team:a*", 5..7, "`team` takes no `*`. As in team:payments"),
        (
            "\"a",
            0..2,
            "A quote is not closed. Add `\"` at the end; inside quotes write `\\\"`",
        ),
        (
            "\"a\"b",
            3..4,
            "Something follows a closing quote directly. Put a space behind the quote; inside quotes write `\\\"`",
        ),
        ("\"\"", 0..2, "There is nothing between the quotes"),
    ]);
}

#[test]
fn refusals_say_what_the_value_should_look_like() {
    refuse(&[
        (
            "ip:10.0.0.0/33",
            3..14,
            "`ip` takes an address such as 10.1.2.3 or a network such as 10.0.0.0/8",
        ),
        (
            "created:soon",
            8..12,
            "`created` takes a date such as 2026-10-01 or a time such as 2026-10-01T12:00Z",
        ),
        (
            "created:2026-10-02..2026-10-01",
            8..30,
            "`created` has a range that ends before it begins",
        ),
        (
            "created:2026-10-01,2026-10-02",
            0..7,
            "`created` takes one value",
        ),
        (
            "created:..",
            8..10,
            "`created` takes a range with at least one end, such as 2026-10-01..",
        ),
        (
            "last:0d",
            5..7,
            "`last` takes a length such as 15m, 24h, 7d or 4w, of ten years at most",
        ),
        ("id:42", 3..5, "`id` takes an event's id, a UUID"),
        (
            "resource:dataset/",
            9..17,
            "`resource` needs an id behind the `/`, or no `/`",
        ),
    ]);
}

#[test]
fn times_that_do_not_exist_are_refused() {
    for text in [
        "2026-02-29",
        "2026-13-01",
        "0000-01-01",
        "2026-10-01T24:00",
        "2026-10-01T23:59:60Z",
        "2026-10-01T12:00+2",
        "26-10-01",
        "2026-1-1",
        "+2026-10-01",
        "2026-10-01T",
        "é026-10",
    ] {
        assert!(
            Query::parse(&format!("created:\"{text}\"")).is_err(),
            "{text}"
        );
    }
    for text in [
        "",
        "d",
        "7",
        "7y",
        "-7d",
        "+7d",
        "99999999999d",
        "520w1",
        "7é",
    ] {
        assert!(Query::parse(&format!("last:\"{text}\"")).is_err(), "{text}");
    }
}

#[test]
fn an_endless_query_is_refused() {
    assert!(Query::parse(&"a ".repeat(5_000)).is_err());
}
