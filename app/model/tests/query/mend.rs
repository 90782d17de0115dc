use model::query::Query;

fn mended(text: &str) -> Option<String> {
    Query::parse(text).unwrap_err().mended(text)
}

#[test]
fn a_malformed_query_is_mended_where_it_is_wrong() {
    for (text, expected) in [
        ("a user:ada", "a actor:ada"),
        ("actr:ada status:denied", "actor:ada status:denied"),
        ("status:denyed b", "status:denied b"),
        ("status:success,fail", "status:success,failure"),
        ("actor:\"Ada L", "actor:\"Ada L\""),
        ("b team:", "b team"),
        ("actor:a*b c", "actor:\"a*b\" c"),
        ("weather:sunny c", "\"weather:sunny\" c"),
    ] {
        assert_eq!(mended(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_cannot_be_guessed_is_left_alone() {
    assert_eq!(mended("ip:here"), None);
    assert_eq!(mended("last:sometimes"), None);
}
