use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::engine::checks;
use crate::engine::controllers::{self, TargetType};
use crate::engine::model::Action;
use crate::engine::policy::{Mode, OnUnknown};

fn parse(text: &str) -> Result<Configuration, Vec<Problem>> {
    super::parse(text.as_bytes())
}

const HEAD: &str = "apiVersion: backstop.dev/v1\nkind: Configuration\n";

/// The mistakes in the file HEAD and `rest`, one line each.
fn messages(rest: &str) -> Vec<String> {
    parse(&format!("{HEAD}{rest}")).err().into_iter().flatten().map(|problem| problem.to_string()).collect()
}

fn written(configuration: &Configuration) -> String {
    serde_saphyr::to_string(configuration).unwrap()
}

const EVERYTHING: &str = "
mode: warn
checks:
  endpoints-not-ready: {action: deny, grace: 1h30m}
  no-endpoints: {action: off}
controllers:
  - match: {ingressClass: internal}
    options: {allowExternalName: false, allowEmptyServices: true, annotationsPrefix: example.com, targetType: ip,
      serviceUpstream: true}
    pods: {namespace: ingress-nginx, selector: {app.kubernetes.io/name: ingress-nginx}, hostNetwork: true}
  - match: {ingressClass: external}
    profile: aws-alb
    options: {targetType: instance, version: '3.7'}
exempt:
  namespaces: [kube-system]
  users: ['system:serviceaccount:velero:velero']
  groups: []
  labels: {team: platform}
allowIgnoreAnnotation: true
onUnknown: deny
";

#[test]
fn every_key_is_read() {
    let read = parse(&format!("{HEAD}{EVERYTHING}")).unwrap();
    assert_eq!(read.mode, Mode::Warn);
    assert_eq!(read.checks.grace, jiff::SignedDuration::from_mins(90));
    let actions: Vec<_> = read.checks.actions.iter().map(|(id, action)| (id.0, *action)).collect();
    assert_eq!(actions, [("endpoints-not-ready", Action::Deny), ("no-endpoints", Action::Off)]);
    let internal = read.controllers.of_class("internal").unwrap();
    assert!(internal.profile.is_none(), "the IngressClass of the cluster decides");
    assert_eq!(internal.options.allow_external_name, Some(false));
    assert_eq!(internal.options.allow_empty_services, Some(true));
    assert_eq!(internal.options.annotations_prefix.as_deref(), Some("example.com"));
    assert_eq!(internal.options.target_type, Some(TargetType::Ip));
    assert_eq!(internal.options.service_upstream, Some(true));
    let external = read.controllers.of_class("external").unwrap();
    assert_eq!((external.profile.unwrap().id, external.options.version), ("aws-alb", "3.7".parse().ok()));
    assert_eq!(external.options.target_type, Some(TargetType::Instance));
    let pods = internal.pods.as_ref().unwrap();
    assert_eq!(
        (pods.namespace.as_str(), pods.selector.to_string().as_str(), pods.host_network),
        ("ingress-nginx", "app.kubernetes.io/name=ingress-nginx", true)
    );
    assert!(read.exempt.namespaces.contains("kube-system"));
    assert!(read.exempt.users.contains("system:serviceaccount:velero:velero"));
    assert!(read.exempt.groups.is_empty());
    assert_eq!(read.exempt.labels.get("team"), Some("platform"));
    assert!(read.allow_ignore_annotation);
    assert_eq!(read.on_unknown, OnUnknown::Deny);
}

#[test]
fn absent_keys_have_their_defaults() {
    let default = written(&Configuration::default());
    for text in [HEAD, &format!("{HEAD}checks:\nexempt: {{users: }}\ncontrollers: []\n"), &default] {
        assert_eq!(written(&parse(text).unwrap()), default, "{text}");
    }
    let json = r#"{"apiVersion": "backstop.dev/v1", "kind": "Configuration", "mode": "audit"}"#;
    assert_eq!(parse(json).unwrap().mode, Mode::Audit);
}

/// In YAML 1.1, which Kubernetes uses, `off` is false.
#[rstest]
#[case("mode: off")]
#[case("mode: \"off\"")]
#[case("mode: false")]
fn off_needs_no_quotes(#[case] line: &str) {
    assert_eq!(parse(&format!("{HEAD}{line}\n")).unwrap().mode, Mode::Off);
}

#[rstest]
#[case::empty("", &["1:1: the file is empty (begin with apiVersion: backstop.dev/v1 and kind: Configuration)"])]
#[case::comment("# later\n", &["1:1: the file is empty (begin with apiVersion: backstop.dev/v1 and kind: Configuration)"])]
#[case::no_head("mode: warn", &[
    "1:1: apiVersion: required key is missing (write apiVersion: backstop.dev/v1)",
    "1:1: kind: required key is missing (write kind: Configuration)",
])]
#[case::another("apiVersion: backstop.dev/v2\nkind: Config", &[
    "1:13: apiVersion: expected backstop.dev/v1, found \"backstop.dev/v2\" (write backstop.dev/v1)",
    "2:7: kind: expected Configuration, found \"Config\" (write Configuration)",
])]
#[case::two("apiVersion: backstop.dev/v1\nkind: Configuration\n---\napiVersion: backstop.dev/v1\nkind: Configuration\n", &[
    "4:1: the file has more than one document (merge them into one, without ---)",
])]
#[case::broken("mode: [", &["1:8: unclosed sequence, expected ',' or ']'"])]
fn mistakes_of_the_whole_file(#[case] text: &str, #[case] expected: &[&str]) {
    let problems: Vec<String> = parse(text).unwrap_err().iter().map(Problem::to_string).collect();
    if text.ends_with('[') {
        assert_eq!(problems.len(), 1, "{problems:?}");
    } else {
        assert_eq!(problems, expected);
    }
}

#[rstest]
#[case("moed: warn", "3:1: moed: unknown key \"moed\" (did you mean \"mode\"?)")]
#[case("users: []", "3:1: users: unknown key \"users\" (the key belongs to exempt.users)")]
#[case(
    "exempt: {verbs: []}",
    "3:10: exempt.verbs: unknown key \"verbs\" (known keys here: namespaces, users, groups and labels)"
)]
#[case("mode: enfroce", "3:7: mode: invalid value \"enfroce\" (did you mean \"enforce\"?)")]
#[case("mode: strict", "3:7: mode: invalid value \"strict\" (use enforce, warn, audit or off)")]
#[case(
    "mode: true",
    "3:7: mode: expected one of enforce, warn, audit, off, found true (use enforce, warn, audit or off)"
)]
#[case(
    "mode: [warn]",
    "3:7: mode: expected one of enforce, warn, audit, off, found a list (use enforce, warn, audit or off)"
)]
#[case(
    "checks: {service-notfound: {action: warn}}",
    "3:10: checks.service-notfound: unknown check \"service-notfound\" (did you mean \"service-not-found\"?)"
)]
#[case(
    "checks: {service-not-found: warn}",
    "3:29: checks.service-not-found: expected a mapping, found text (write {action: warn})"
)]
#[case(
    "checks: {service-not-found: {action: refuse}}",
    "3:38: checks.service-not-found.action: invalid value \"refuse\" (use deny, warn, audit or off)"
)]
#[case(
    "checks: {no-endpoints: {grace: 2m}}",
    "3:25: checks.no-endpoints.grace: the check no-endpoints has no key \"grace\" (only endpoints-not-ready has it)"
)]
#[case(
    "checks: {endpoints-not-ready: {grace: soon}}",
    "3:39: checks.endpoints-not-ready.grace: \"soon\" is not a duration (write it as 90s, 2m or 1h30m)"
)]
#[case(
    "checks: {endpoints-not-ready: {grace: 120}}",
    "3:39: checks.endpoints-not-ready.grace: expected a duration such as 2m or 1m30s, found 120 (write 120s or 120m)"
)]
#[case(
    "checks: {endpoints-not-ready: {grace: -2m}}",
    "3:39: checks.endpoints-not-ready.grace: \"-2m\" is not a duration (write it as 90s, 2m or 1h30m)"
)]
#[case(
    "checks: {endpoints-not-ready: {grace: 25h}}",
    "3:39: checks.endpoints-not-ready.grace: 25h is longer than a day (use at most 24h)"
)]
#[case(
    "controllers: [{profile: traefik}]",
    "3:15: controllers[0].match: required key is missing (write match: {ingressClass: …})"
)]
#[case(
    "controllers: [{match: {ingressClass: a}, profile: trafik}]",
    "3:51: controllers[0].profile: invalid value \"trafik\" (did you mean \"traefik\"?)"
)]
#[case(
    "controllers: [{match: {ingressClass: a}}]",
    "3:15: controllers[0]: the entry has no profile, no options and no pods (add one of them, or remove the entry)"
)]
#[case(
    "controllers: {match: {ingressClass: a}}",
    "3:14: controllers: expected a list of mappings, found a mapping (begin each entry with a dash)"
)]
#[case(
    "controllers: [{match: {ingressClass: a}, options: {targetType: node}}]",
    "3:64: controllers[0].options.targetType: invalid value \"node\" (use instance or ip)"
)]
#[case(
    "controllers: [{match: {ingressClass: a}, pods: {selector: {a: b}}}]",
    "3:48: controllers[0].pods.namespace: required key is missing (write namespace: the name of a namespace)"
)]
#[case(
    "exempt: {namespaces: kube-system}",
    "3:22: exempt.namespaces: expected a list of namespaces, found \"kube-system\" (write [kube-system])"
)]
#[case(
    "exempt: {namespaces: [Kube-System]}",
    "3:23: exempt.namespaces[0]: \"Kube-System\" is not the name of a namespace (use lowercase letters, digits and -, at most 63 characters)"
)]
#[case(
    "exempt: {namespaces: ['kube-*']}",
    "3:23: exempt.namespaces[0]: \"kube-*\" is not the name of a namespace (name each namespace: patterns are not supported)"
)]
#[case(
    "exempt: {namespaces: [a, b, a]}",
    "3:29: exempt.namespaces[2]: duplicate entry \"a\" (the other one is in line 3)"
)]
#[case(
    "exempt: {users: [5]}",
    "3:18: exempt.users[0]: expected the name of a user, found 5 (write \"5\", with quotes)"
)]
#[case(
    "exempt: {users: ['system:serviceaccounts:a']}",
    "3:18: exempt.users[0]: \"system:serviceaccounts:a\" is not a user (it is a group: move it to groups)"
)]
#[case(
    "exempt: {groups: ['system:serviceaccount:a:b']}",
    "3:19: exempt.groups[0]: \"system:serviceaccount:a:b\" is not a group (it is a user: move it to users)"
)]
#[case(
    "exempt: {labels: {a: true}}",
    "3:22: exempt.labels.a: expected the value of a label, found true (write \"true\", with quotes)"
)]
#[case(
    "exempt: {labels: {a/b/c: x}}",
    "3:19: exempt.labels[\"a/b/c\"]: \"a/b/c\" is not the key of a label (use letters, digits, -, _ and dots, at most 63 characters, optionally after a domain and a slash)"
)]
#[case(
    "allowIgnoreAnnotation: \"true\"",
    "3:24: allowIgnoreAnnotation: expected true or false, found \"true\" (write true, without quotes)"
)]
#[case(
    "allowIgnoreAnnotation: ja",
    "3:24: allowIgnoreAnnotation: expected true or false, found \"ja\" (use true or false)"
)]
#[case("onUnknown: fail", "3:12: onUnknown: invalid value \"fail\" (use allow or deny)")]
fn a_mistake_has_a_position_and_a_next_step(#[case] rest: &str, #[case] expected: &str) {
    assert_eq!(messages(rest), [expected]);
}

/// Duplicate keys do not hide the other mistakes.
#[test]
fn duplicate_keys_are_mistakes() {
    let rest =
        "mode: warn\nexempt:\n  labels: {a: b, a: c}\nmode: enfroce\nchecks:\n  no-endpoints: {}\n  no-endpoints: {}\n";
    assert_eq!(
        messages(rest),
        [
            "5:18: exempt.labels.a: duplicate key \"a\" (the other one is in line 5)",
            "6:1: mode: duplicate key \"mode\" (the other one is in line 3)",
            "6:7: mode: invalid value \"enfroce\" (did you mean \"enforce\"?)",
            "9:3: checks.no-endpoints: duplicate key \"no-endpoints\" (the other one is in line 8)",
        ]
    );
    // A key that overrides a merged one is not a duplicate.
    assert_eq!(messages("checks: {no-endpoints: &a {action: warn}, ingress-class: {<<: *a, action: audit}}"), [""; 0]);
}

#[test]
fn two_entries_for_one_class() {
    let rest = "controllers:\n- match: {ingressClass: a}\n  profile: traefik\n- match: {ingressClass: a}\n  profile: unknown\n";
    let expected = "6:25: controllers[1].match.ingressClass: class \"a\" has two entries (the other one is in line 4)";
    assert_eq!(messages(rest), [expected]);
}

#[test]
fn the_table_has_each_key_once_with_a_description() {
    let mut paths: Vec<String> = keys().into_iter().map(|(path, _)| path).collect();
    assert!(keys().iter().all(|(_, key)| key.about.ends_with('.') && (key.required || !key.default.is_empty())));
    let count = paths.len();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), count);
}

/// Each key of the table can be set, and is written again: none is forgotten.
#[test]
fn every_key_of_the_table_is_set_by_the_example() {
    let example: serde_json::Value = serde_saphyr::from_str(&format!("{HEAD}{EVERYTHING}")).unwrap();
    let shown = serde_json::to_value(parse(&format!("{HEAD}{EVERYTHING}")).unwrap()).unwrap();
    for (path, _) in keys() {
        let pointer = |entry: &str| {
            let path = path.replace("[].", entry).replace("<id>", "endpoints-not-ready");
            format!("/{}", path.replace('.', "/"))
        };
        let has = |value: &serde_json::Value| [".0.", ".1."].iter().any(|at| value.pointer(&pointer(at)).is_some());
        assert!(has(&example), "the example does not set {path}");
        assert!(has(&shown), "the written file lacks {path}");
    }
}

fn word(words: Vec<&'static str>) -> impl Strategy<Value = String> {
    proptest::sample::select(words).prop_map(str::to_owned)
}

fn checks() -> impl Strategy<Value = serde_json::Value> {
    let ids = word(checks::ALL.iter().map(|check| check.id.0).collect());
    let action = word(vec!["deny", "warn", "audit", "off"]);
    let one = (ids, action, 0..86_400_u32).prop_map(|(id, action, seconds)| {
        let (minutes, rest) = (seconds / 60, seconds % 60);
        let grace = if rest == 0 { format!("{minutes}m") } else { format!("{minutes}m{rest}s") };
        let settings = if id == "endpoints-not-ready" {
            serde_json::json!({"action": action, "grace": grace})
        } else {
            serde_json::json!({"action": action})
        };
        (id, settings)
    });
    proptest::collection::vec(one, 0..4).prop_map(|checks| checks.into_iter().collect())
}

fn labels() -> impl Strategy<Value = serde_json::Value> {
    let pair = ("([a-z]{1,5}/)?[A-Za-z0-9]{1,8}", "([A-Za-z0-9]{1,8})?");
    proptest::collection::vec(pair, 0..3)
        .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key, serde_json::Value::from(value))).collect())
}

/// Profile, three flags, target type, labels.
type Entry = (String, [Option<bool>; 3], Option<String>, serde_json::Value);

fn controllers() -> impl Strategy<Value = serde_json::Value> {
    let profile = word(controllers::ALL.iter().map(|profile| profile.id).collect());
    let flag = proptest::option::of(any::<bool>());
    let flags = [flag.clone(), flag.clone(), flag];
    let entry = (profile, flags, proptest::option::of(word(vec!["ip", "instance"])), labels());
    proptest::collection::vec(entry, 0..3).prop_map(|entries| {
        let entry = |(at, (profile, [external, empty, upstream], target, selector)): (usize, Entry)| {
            let empty = empty.filter(|_| profile.starts_with("traefik"));
            let upstream = upstream.filter(|_| profile == "kong" || profile == "traefik");
            let target = target.filter(|_| profile == "gce" || profile == "aws-alb");
            serde_json::json!({
                "match": {"ingressClass": format!("class-{at}")},
                "profile": profile,
                "options": {"allowExternalName": external, "allowEmptyServices": empty, "targetType": target,
                    "serviceUpstream": upstream},
                "pods": {"namespace": "ingress", "selector": selector},
            })
        };
        entries.into_iter().enumerate().map(entry).collect()
    })
}

prop_compose! {
    fn files()(
        mode in word(vec!["enforce", "warn", "audit", "off"]),
        checks in checks(),
        controllers in controllers(),
        namespaces in proptest::collection::btree_set("[a-z0-9]{1,9}", 0..4),
        users in proptest::collection::btree_set("[a-z@.]{1,9}(:[0-9]{1,5})?", 0..4),
        labels in labels(),
        ignore in any::<bool>(),
        unknown in word(vec!["allow", "deny"]),
    ) -> serde_json::Value {
        serde_json::json!({
            "apiVersion": "backstop.dev/v1", "kind": "Configuration", "mode": mode, "checks": checks,
            "controllers": controllers, "allowIgnoreAnnotation": ignore, "onUnknown": unknown,
            "exempt": {"namespaces": namespaces, "users": users, "groups": users, "labels": labels},
        })
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(?s).{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_values_under_known_keys_are_read(
        lines in proptest::collection::vec(("(mode|checks|controllers|exempt|onUnknown|kind)", "[\\[\\]{}a-z:,\"0-9 -]{0,20}"), 0..6)
    ) {
        let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let text = lines.join("\n");
        for problem in parse(&text).err().into_iter().flatten() {
            prop_assert!(problem.position.line >= 1 && problem.position.column >= 1);
            prop_assert!(!problem.message.is_empty());
            prop_assert!(problem.suggestion.is_some() || problem.path.is_empty(), "{}", problem);
        }
    }

    /// A configuration that is written and read again is the same, as YAML and as JSON.
    #[test]
    fn a_written_file_is_read_as_the_same(file in files()) {
        let read = parse(&file.to_string()).map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
        let yaml = written(&read);
        let again = parse(&yaml).map_err(|problems| TestCaseError::fail(format!("{problems:?}\n{yaml}")))?;
        prop_assert_eq!(&written(&again), &yaml);
        prop_assert_eq!(format!("{again:?}"), format!("{:?}", parse(&serde_json::to_string(&read).unwrap()).unwrap()));
    }

    /// Problems are in the order of the file.
    #[test]
    fn problems_are_sorted(words in proptest::collection::vec("[a-z]{1,8}", 1..8)) {
        let rest: Vec<String> = words.iter().enumerate().map(|(at, word)| format!("{word}{at}x: 1")).collect();
        let problems = parse(&format!("{HEAD}{}", rest.join("\n"))).unwrap_err();
        let lines: Vec<usize> = problems.iter().map(|problem| problem.position.line).collect();
        prop_assert_eq!(lines, (3..3 + words.len()).collect::<Vec<_>>());
    }
}
