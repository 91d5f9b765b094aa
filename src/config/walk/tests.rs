use rstest::rstest;

/// The mistakes in a file, one line each.
fn messages(rest: &str) -> Vec<String> {
    let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{rest}");
    crate::config::parse(text.as_bytes()).err().into_iter().flatten().map(|problem| problem.to_string()).collect()
}

/// A value that YAML 1.1 converts is quoted as it is written in the file.
#[rstest]
#[case("yes")]
#[case("no")]
#[case("on")]
#[case("0123")]
#[case("1.10")]
#[case("1e3")]
fn the_suggestion_quotes_the_file(#[case] word: &str) {
    assert_eq!(
        messages(&format!("exempt: {{labels: {{app: {word}}}}}\n")),
        [format!(
            "3:24: exempt.labels.app: expected the value of a label, found {word} (write \"{word}\", with quotes)"
        )]
    );
    assert_eq!(messages(&format!("exempt: {{labels: {{app: \"{word}\"}}}}\n")), [""; 0], "the suggestion is valid");
}

/// A duplicate key does not hide mistakes in the earlier value.
#[test]
fn every_duplicate_is_checked() {
    let rest = "mode: enforced\nmode: warn\nexempt:\n  labels: {a: 1, a: b}\nchecks:\n  no-endpoints: {action: refuse}\n  \
                no-endpoints: {}\ncontrollers:\n- match: {ingressClass: a}\ncontrollers: [{profile: trafik}]\nmode: strict\n";
    assert_eq!(
        messages(rest),
        [
            "3:7: mode: invalid value \"enforced\" (did you mean \"enforce\"?)",
            "4:1: mode: duplicate key \"mode\" (the other one is in line 3)",
            "6:15: exempt.labels.a: expected the value of a label, found 1 (write \"1\", with quotes)",
            "6:18: exempt.labels.a: duplicate key \"a\" (the other one is in line 6)",
            "8:26: checks.no-endpoints.action: invalid value \"refuse\" (use deny, warn, audit or off)",
            "9:3: checks.no-endpoints: duplicate key \"no-endpoints\" (the other one is in line 8)",
            "11:3: controllers[0]: the entry has no profile, no options and no pods (add one of them, or remove the entry)",
            "12:1: controllers: duplicate key \"controllers\" (the other one is in line 10)",
            "12:15: controllers[0].match: required key is missing (write match: {ingressClass: …})",
            "12:25: controllers[0].profile: invalid value \"trafik\" (did you mean \"traefik\"?)",
            "13:1: mode: duplicate key \"mode\" (the other one is in line 4)",
            "13:7: mode: invalid value \"strict\" (use enforce, warn, audit or off)",
        ]
    );
}

/// Every value of the wrong type has a next step.
#[rstest]
#[case(
    "checks: []",
    "expected a mapping from ids of checks to settings, found a list (write the id of a check, and its settings below it)"
)]
#[case("controllers: [null]", "expected a mapping, found nothing (known keys here: match, profile, options and pods)")]
#[case("exempt: {namespaces: [null]}", "expected the name of a namespace, found nothing (for example kube-system)")]
#[case(
    "exempt: {labels: [a]}",
    "expected labels: a mapping from keys to values, found a list (write each label as key: value)"
)]
#[case("exempt: {labels: {a: {b: c}}}", "expected the value of a label, found a mapping (for example web)")]
#[case("allowIgnoreAnnotation: 1", "expected true or false, found 1 (use true or false)")]
fn a_wrong_type_has_a_next_step(#[case] rest: &str, #[case] expected: &str) {
    let messages = messages(rest);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].ends_with(expected), "{messages:?}");
}
