use model::query::{Field, Predicate, Query, Term};

fn query(text: &str) -> Query {
    Query::parse(text).unwrap()
}

fn term(text: &str) -> Term {
    query(text).terms.remove(0)
}

#[test]
fn a_term_is_added_once_and_replaces_its_contrary() {
    assert_eq!(
        query("a").with(term("status:denied")).to_string(),
        "a status:denied"
    );
    assert_eq!(
        query("status:denied")
            .with(term("status:denied"))
            .to_string(),
        "status:denied"
    );
    assert_eq!(
        query("actor:x b").with(term("-actor:x")).to_string(),
        "b -actor:x"
    );
}

#[test]
fn a_term_is_toggled() {
    let once = query("a").toggle(term("-actor:x"));
    assert_eq!(once.to_string(), "a -actor:x");
    assert_eq!(once.toggle(term("-actor:x")).to_string(), "a");
}

#[test]
fn a_select_replaces_its_field_in_place_and_leaves_exclusions() {
    let before = query("status:denied -status:success actor:x status:failure");
    let chosen = ["failure".to_owned(), "denied".to_owned()];
    let after = before
        .clone()
        .replace_field(Field::Status, &chosen)
        .unwrap();
    assert_eq!(
        after.to_string(),
        "status:failure,denied -status:success actor:x"
    );
    assert_eq!(after.values_of(Field::Status), chosen);
    let none = before.replace_field(Field::Status, &[]).unwrap();
    assert_eq!(none.to_string(), "-status:success actor:x");
    assert!(none.values_of(Field::Status).is_empty());
    assert_eq!(none.without_field(Field::Status).to_string(), "actor:x");
}

#[test]
fn plain_values_are_quoted_where_they_need_it() {
    let values = ["Ada Lovelace".to_owned(), "user.*".to_owned()];
    let query = Query::default()
        .replace_field(Field::Actor, &values)
        .unwrap();
    assert_eq!(query.to_string(), "actor:\"Ada Lovelace\",user.*");
    assert_eq!(query.values_of(Field::Actor), values);
}

#[test]
fn a_click_asks_for_the_very_value() {
    let star = Predicate::exactly(Field::Action, "rm *").unwrap();
    assert_eq!(Term::not(star).to_string(), "-action:\"rm *\"");
    let error = Predicate::exactly(Field::Status, "ok").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`status` is one of success, failure, denied"
    );
}
