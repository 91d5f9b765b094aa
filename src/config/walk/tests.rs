use rstest::rstest;

/// What is said of a file, one line each.
fn said(rest: &str) -> Vec<String> {
    let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{rest}");
    crate::config::parse(text.as_bytes()).err().into_iter().flatten().map(|problem| problem.to_string()).collect()
}

/// What YAML 1.1 takes for something else is quoted as it stands there, not as it was taken.
#[rstest]
#[case("yes")]
#[case("no")]
#[case("on")]
#[case("0123")]
#[case("1.10")]
#[case("1e3")]
fn the_advice_is_what_was_written(#[case] word: &str) {
    assert_eq!(
        said(&format!("exempt: {{labels: {{app: {word}}}}}\n")),
        [format!(
            "3:24: exempt.labels.app: expected the value of a label, found {word} (write \"{word}\", with the quotes)"
        )]
    );
    assert_eq!(said(&format!("exempt: {{labels: {{app: \"{word}\"}}}}\n")), [""; 0], "what it advises is right");
}

/// A key that is written twice hides nothing of what stands behind its first.
#[test]
fn every_copy_is_read() {
    let rest = "mode: enforced\nmode: warn\nexempt:\n  labels: {a: 1, a: b}\nchecks:\n  no-endpoints: {action: refuse}\n  \
                no-endpoints: {}\ncontrollers:\n- match: {ingressClass: a}\ncontrollers: [{profile: trafik}]\nmode: strict\n";
    assert_eq!(
        said(rest),
        [
            "3:7: mode: it cannot be \"enforced\" (did you mean \"enforce\"?)",
            "4:1: mode: \"mode\" is written twice (it stands in line 3 already)",
            "6:15: exempt.labels.a: expected the value of a label, found 1 (write \"1\", with the quotes)",
            "6:18: exempt.labels.a: \"a\" is written twice (it stands in line 6 already)",
            "8:26: checks.no-endpoints.action: it cannot be \"refuse\" (use deny, warn, audit or off)",
            "9:3: checks.no-endpoints: \"no-endpoints\" is written twice (it stands in line 8 already)",
            "11:3: controllers[0]: it says nothing about its controller (add a profile, options or pods, or leave it out)",
            "12:1: controllers: \"controllers\" is written twice (it stands in line 10 already)",
            "12:15: controllers[0].match: it is missing (write match: {ingressClass: …})",
            "12:25: controllers[0].profile: it cannot be \"trafik\" (did you mean \"traefik\"?)",
            "13:1: mode: \"mode\" is written twice (it stands in line 4 already)",
            "13:7: mode: it cannot be \"strict\" (use enforce, warn, audit or off)",
        ]
    );
}

/// Whatever stands in the wrong place, there is a next step.
#[rstest]
#[case(
    "checks: []",
    "expected a mapping from the ids of checks, found a list (write the id of a check, and below it what is set)"
)]
#[case("controllers: [null]", "expected a mapping, found nothing (the keys here are match, profile, options and pods)")]
#[case(
    "exempt: {namespaces: [null]}",
    "expected the name of a namespace, found nothing (write one, such as kube-system)"
)]
#[case("exempt: {labels: [a]}", "expected labels, a mapping of texts, found a list (write each as key: value)")]
#[case("exempt: {labels: {a: {b: c}}}", "expected the value of a label, found a mapping (write one, such as web)")]
#[case("allowIgnoreAnnotation: 1", "expected true or false, found 1 (use true or false)")]
fn a_wrong_type_has_a_next_step(#[case] rest: &str, #[case] expected: &str) {
    let said = said(rest);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].ends_with(expected), "{said:?}");
}
