use std::net::IpAddr;

use chrono::DateTime;
use model::event::{ActorType, Category, Classification, Status};
use model::query::{
    IpRange, Last, LastUnit, Pattern, Predicate, Query, ResourcePattern, Term, TimeRange, complete,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9._/:*\"\\\\, -]{1,8}", any::<String>()]
        .prop_filter("never empty", |text| !text.is_empty())
}

fn pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        word().prop_map(Pattern::Exact),
        word().prop_map(Pattern::Prefix),
        Just(Pattern::Prefix(String::new())),
    ]
}

fn resource() -> impl Strategy<Value = ResourcePattern> {
    let kind = || word().prop_map(|kind| kind.replace('/', "_"));
    prop_oneof![
        kind().prop_map(ResourcePattern::Type),
        (kind(), word()).prop_map(|(kind, id)| ResourcePattern::Both(kind, id)),
        word().prop_map(ResourcePattern::Id),
    ]
}

fn range() -> impl Strategy<Value = TimeRange> {
    let day = 86_400_000_000_i64;
    let at = prop_oneof![
        (-62_135_596_800_000_000_i64..253_402_300_800_000_000),
        (-719_162_i64..2_932_896).prop_map(move |days| days * day),
        (20_000_i64..20_100).prop_map(move |days| days * day),
    ]
    .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap());
    (proptest::option::of(at.clone()), proptest::option::of(at))
        .prop_filter_map("ordered, with an end", |(from, to)| {
            TimeRange::new(from, to)
        })
}

fn ip() -> impl Strategy<Value = IpRange> {
    (any::<IpAddr>(), 0_u8..=128).prop_filter_map("within the family", |(address, prefix)| {
        IpRange::new(address, prefix)
    })
}

fn last() -> impl Strategy<Value = Last> {
    let units = [
        LastUnit::Minutes,
        LastUnit::Hours,
        LastUnit::Days,
        LastUnit::Weeks,
    ];
    (1_u32..500, select(units.to_vec())).prop_map(|(count, unit)| Last::new(count, unit).unwrap())
}

fn some<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    vec(of, 1..4)
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let named = prop_oneof![
        some(pattern()).prop_map(Predicate::Actor),
        some(pattern()).prop_map(Predicate::Action),
        some(resource()).prop_map(Predicate::Resource),
        some(word()).prop_map(Predicate::Tag),
        some(word()).prop_map(Predicate::Team),
        some(word()).prop_map(Predicate::Source),
        some(word()).prop_map(Predicate::Request),
        some(word()).prop_map(Predicate::Session),
        word().prop_map(Predicate::Text),
    ];
    let listed = prop_oneof![
        some(select(ActorType::ALL)).prop_map(Predicate::ActorType),
        some(select(Status::ALL)).prop_map(Predicate::Status),
        some(select(Category::ALL)).prop_map(Predicate::Category),
        some(select(Classification::ALL)).prop_map(Predicate::Classification),
        some(any::<u128>().prop_map(uuid::Uuid::from_u128)).prop_map(Predicate::Id),
        some(ip()).prop_map(Predicate::Ip),
        range().prop_map(Predicate::Created),
        last().prop_map(Predicate::Last),
    ];
    prop_oneof![named, listed]
}

fn query() -> impl Strategy<Value = Query> {
    let term =
        (any::<bool>(), predicate()).prop_map(|(negated, predicate)| Term { negated, predicate });
    vec(term, 0..6).prop_map(|terms| Query { terms })
}

proptest! {
    #[test]
    fn a_query_reads_back_from_its_text(query in query()) {
        let text = query.to_string();
        prop_assert_eq!(Query::parse(&text).map_err(|e| format!("{text} {e}")), Ok(query));
    }

    #[test]
    fn values_put_back_change_nothing(query in query()) {
        for term in &query.terms {
            let Some(field) = term.predicate.field() else { continue };
            let one = Query { terms: vec![Term::only(term.predicate.clone())] };
            let values = one.values_of(field);
            let again = Query::default().replace_field(field, &values).unwrap();
            // A star that was meant literally cannot be told in plain text.
            if !values.iter().any(|value| value.ends_with('*')) {
                prop_assert_eq!(again, one);
            }
        }
    }

    #[test]
    fn arbitrary_text_is_answered_and_its_faults_lie_inside(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn text_that_looks_like_a_query_is_answered(
        text in "(-?(actor|status|created|ip|last|resource|actr)?:?[a-z0-9\"\\\\*,/.:<>=T é-]{0,12} ?){0,4}"
    ) {
        check(&text)?;
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match Query::parse(text) {
        Ok(query) => prop_assert_eq!(Query::parse(&query.to_string()), Ok(query)),
        Err(error) => prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error),
    }
    for cursor in 0..=text.len() {
        if let Some(completion) = complete(text, cursor) {
            prop_assert!(text.get(completion.replace.clone()).is_some());
            let (_, place) = completion.accept(text, "ada");
            prop_assert!(place > completion.replace.start);
        }
    }
    Ok(())
}
