use model::query::{CompletionKind, Field, byte_offset, complete};

/// What is offered at the `|`, and the text after taking the first or the named suggestion.
fn taken(marked: &str, suggestion: Option<&str>) -> String {
    let cursor = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let completion = complete(&text, cursor).unwrap();
    let first = completion
        .suggestions()
        .first()
        .map(|s| s.text.clone())
        .unwrap_or_default();
    let (mut after, at) = completion.accept(&text, suggestion.unwrap_or(&first));
    after.insert(at, '|');
    after
}

#[test]
fn names_of_fields_are_offered_at_the_start_of_a_word() {
    let empty = complete("", 0).unwrap();
    assert_eq!(empty.kind, CompletionKind::Field);
    assert_eq!(empty.suggestions().len(), Field::ALL.len());
    assert_eq!(taken("st|", None), "status:|");
    assert_eq!(taken("a -st|x b", None), "a -status:| b");
    assert_eq!(taken("st|at:denied", None), "status:|denied");
}

#[test]
fn values_are_offered_behind_the_colon_and_behind_each_comma() {
    assert_eq!(taken("status:|", None), "status:success |");
    assert_eq!(taken("status:denied,fa|", None), "status:denied,failure |");
    assert_eq!(taken("status:d|x,failure", None), "status:denied|,failure");
    assert_eq!(taken("status:d| actor:x", None), "status:denied |actor:x");
    assert_eq!(taken("last:7|", None), "last:7d |");
}

#[test]
fn values_of_the_server_are_asked_for_with_their_prefix_and_quoted() {
    let completion = complete("actor:\"Ada L", 12).unwrap();
    assert_eq!(completion.kind, CompletionKind::Value(Field::Actor));
    assert_eq!(completion.prefix, "Ada L");
    assert!(completion.suggestions().is_empty());
    assert_eq!(
        taken("actor:\"Ada L|", Some("Ada Lovelace")),
        "actor:\"Ada Lovelace\" |"
    );
    assert_eq!(
        taken("actor:\"Ada L|ove\" b", Some("Ada Lovelace")),
        "actor:\"Ada Lovelace\" |b"
    );
    assert_eq!(
        taken("actor:x,\"a, b\",c|", Some("cy")),
        "actor:x,\"a, b\",cy |"
    );
}

#[test]
fn nothing_is_offered_in_quotes_or_for_an_unknown_field() {
    assert_eq!(complete("\"free te", 8), None);
    assert_eq!(complete("actr:x", 6), None);
    assert_eq!(complete("é", 1), None);
    assert_eq!(complete("a", 2), None);
}

#[test]
fn offsets_of_browsers_become_bytes() {
    assert_eq!(byte_offset("é😀x", 0), 0);
    assert_eq!(byte_offset("é😀x", 1), 2);
    assert_eq!(byte_offset("é😀x", 3), 6);
    assert_eq!(byte_offset("é😀x", 99), 7);
}
