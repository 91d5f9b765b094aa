//! The schema accepts the files that the reader accepts.

use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::prelude::*;
use rstest::rstest;

use super::schema;
use crate::text::documents_with_duplicates;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| jsonschema::draft202012::new(&schema()).unwrap());

/// Returns whether the schema and whether the reader accept a file with this content below its head.
fn accepted(rest: &str) -> (bool, bool) {
    let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{rest}\n");
    let document = documents_with_duplicates(text.as_bytes()).remove(0).unwrap();
    (SCHEMA.is_valid(&document.value), crate::config::parse(text.as_bytes()).is_ok())
}

/// The example in the documentation, which users begin with.
#[test]
fn the_example_is_accepted() {
    let page = include_str!("../../../docs/configuration.md");
    let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split_once("```")).unwrap().0;
    let document = documents_with_duplicates(example.as_bytes()).remove(0).unwrap();
    let errors: Vec<String> = SCHEMA.iter_errors(&document.value).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{example}");
}

#[rstest]
#[case::mode("mode:")]
#[case::checks("checks:")]
#[case::check("checks: {no-endpoints: , endpoints-not-ready: }")]
#[case::action("checks: {no-endpoints: {action: }, endpoints-not-ready: {grace: }}")]
#[case::controllers("controllers:")]
#[case::option(
    "controllers: [{match: {ingressClass: a}, profile: kong, options: {targetType: , allowEmptyServices: }}]"
)]
#[case::pods("controllers: [{match: {ingressClass: a}, profile: kong, options: , pods: }]")]
#[case::exempt("exempt:")]
#[case::namespaces("exempt: {namespaces: , users: , groups: , labels: }")]
#[case::flag("allowIgnoreAnnotation:\nonUnknown:")]
#[case::off("mode: off")]
#[case::a_day("checks: {endpoints-not-ready: {grace: 24h}}")]
#[case::a_day_in_minutes("checks: {endpoints-not-ready: {grace: 1440m}}")]
#[case::a_day_in_seconds("checks: {endpoints-not-ready: {grace: 86400s}}")]
#[case::traefik("controllers: [{match: {ingressClass: a}, profile: traefik, options: {allowEmptyServices: true}}]")]
#[case::a_long_label("exempt: {labels: {a2345678901234567890123456789012345678901234567890123456789012: x}}")]
fn both_accept(#[case] rest: &str) {
    assert_eq!(accepted(rest), (true, true));
}

#[rstest]
#[case::more_than_a_day("checks: {endpoints-not-ready: {grace: 25h}}")]
#[case::more_minutes("checks: {endpoints-not-ready: {grace: 1441m}}")]
#[case::more_seconds("checks: {endpoints-not-ready: {grace: 86401s}}")]
#[case::no_duration("checks: {endpoints-not-ready: {grace: ''}}")]
#[case::only_match("controllers: [{match: {ingressClass: a}}]")]
#[case::nothing_said("controllers: [{match: {ingressClass: a}, profile: , options: , pods: }]")]
#[case::no_match("controllers: [{match: , profile: kong}]")]
#[case::null_entry("controllers: [null]")]
#[case::foreign("controllers: [{match: {ingressClass: a}, profile: kong, options: {targetType: ip}}]")]
#[case::foreign_flag("controllers: [{match: {ingressClass: a}, profile: gce, options: {allowEmptyServices: false}}]")]
#[case::long_label("exempt: {labels: {a23456789012345678901234567890123456789012345678901234567890123x: x}}")]
#[case::long_namespace("exempt: {namespaces: [a23456789012345678901234567890123456789012345678901234567890123x]}")]
#[case::null_label("exempt: {labels: {a: }}")]
#[case::null_item("exempt: {namespaces: [null]}")]
#[case::group_as_user("exempt: {users: ['system:serviceaccounts:a']}")]
#[case::user_as_group("exempt: {groups: ['system:serviceaccount:a:b']}")]
#[case::control("exempt: {users: [\"a\\u007fb\"]}")]
#[case::space("controllers: [{match: {ingressClass: 'a b'}, profile: kong}]")]
fn both_refuse(#[case] rest: &str) {
    assert_eq!(accepted(rest), (false, false));
}

proptest! {
    /// The schema and the reader agree on any duration and any text.
    #[test]
    fn both_agree(
        grace in "([0-9]{1,2}h)|([0-9]{1,5}m)|([0-9]{1,6}s)|([0-9]{0,1}[hms]?[0-9]{0,1}[hms]?)",
        text in "[a-zA-Z0-9.*/:_-]{0,8}",
        key in "([a-z.-]{0,4}/)?[a-zA-Z0-9_.-]{0,4}",
    ) {
        for rest in [
            format!("checks: {{endpoints-not-ready: {{grace: '{grace}'}}}}"),
            format!("exempt: {{namespaces: ['{text}']}}"),
            format!("exempt: {{users: ['{text}'], groups: ['{text}']}}"),
            format!("exempt: {{labels: {{'{key}': '{text}'}}}}"),
            format!("controllers: [{{match: {{ingressClass: '{text}'}}, profile: kong, options: {{annotationsPrefix: '{text}'}}}}]"),
        ] {
            let (schema, reader) = accepted(&rest);
            prop_assert_eq!(schema, reader, "{}", rest);
        }
    }
}
