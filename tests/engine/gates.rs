//! Policy: exemptions, annotations, modes and failed lookups (rulebook 11.1).

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::http::{Request, header};
use backstop::engine::policy::{Configuration, Policy};
use backstop::engine::view::{LiveFacts, Lookup, Need, Purpose, Unknown, View};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, Facts, router};
use http_body_util::BodyExt as _;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::admission::{Lagging, ask_with, ingress, nothing, review, shop};

fn configuration(yaml: &str) -> Configuration {
    let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{yaml}\n");
    backstop::config::parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// All messages to a user: the denial and the warnings. If there are none, the recorded findings.
fn messages(response: &Value) -> Vec<String> {
    let mut messages = Vec::new();
    if response["allowed"] == false {
        messages.push(format!("deny: {}", response["status"]["message"].as_str().unwrap()));
    }
    let warnings = response["warnings"].as_array().into_iter().flatten();
    messages.extend(warnings.map(|warning| format!("warn: {}", warning.as_str().unwrap())));
    if let Some(findings) = response["auditAnnotations"]["findings"].as_str().filter(|_| messages.is_empty()) {
        messages.push(format!("audit: {findings}"));
    }
    messages
}

/// `deny`, `warn`, `audit` or `pass`.
fn verdict(response: &Value) -> String {
    let messages = messages(response);
    messages.first().and_then(|first| first.split(':').next()).unwrap_or("pass").to_owned()
}

/// The creation of an Ingress to a Service that does not exist, with these labels, by this user.
fn creation(labels: &Value, user: &str, groups: &[&str]) -> Value {
    let mut object = ingress(&["gone:80"], &json!({}));
    object["metadata"]["labels"] = labels.clone();
    let mut review = review("CREATE", &object, &Value::Null);
    review["request"]["userInfo"] = json!({"username": user, "uid": "7", "groups": groups, "extra": {"a": ["b"]}});
    review
}

const CERT_MANAGER: &str = "system:serviceaccount:cert-manager:cert-manager";

/// Gate G6: exempt namespaces and labels are not judged. Requests of exempt users and groups get at most warnings.
#[rstest]
#[case::nobody("", json!({}), "jane", &["devs"], "deny")]
#[case::a_namespace("exempt: {namespaces: [shop]}", json!({}), "jane", &[], "pass")]
#[case::another_namespace("exempt: {namespaces: [shop-2]}", json!({}), "jane", &[], "deny")]
#[case::a_label("exempt: {labels: {team: platform, other: x}}", json!({"a": "b", "team": "platform"}), "jane", &[], "pass")]
#[case::another_value("exempt: {labels: {team: platform}}", json!({"team": "shop"}), "jane", &[], "deny")]
#[case::a_solver("", json!({"acme.cert-manager.io/http01-solver": "true"}), "jane", &[], "pass")]
#[case::a_solver_with_other_labels_listed("exempt: {labels: {a: b}}", json!({"acme.cert-manager.io/http01-solver": "true"}), "jane", &[], "pass")]
#[case::a_user("exempt: {users: [jane]}", json!({}), "jane", &[], "warn")]
#[case::another_user("exempt: {users: [jane]}", json!({}), "janet", &[], "deny")]
#[case::a_group("exempt: {groups: [ops]}", json!({}), "jane", &["devs", "ops"], "warn")]
#[case::another_group("exempt: {groups: [ops]}", json!({}), "ops", &["devs"], "deny")]
#[case::cert_manager_by_default("", json!({}), CERT_MANAGER, &[], "warn")]
#[case::kube_system_by_default("", json!({}), "system:serviceaccount:kube-system:x", &["system:serviceaccounts:kube-system"], "warn")]
#[case::a_list_replaces_the_default("exempt: {users: [jane]}", json!({}), CERT_MANAGER, &[], "deny")]
#[case::mode_of_the_file("mode: warn", json!({}), "jane", &[], "warn")]
#[case::mode_off("mode: off", json!({}), "jane", &[], "pass")]
#[case::action_warn("checks: {service-not-found: {action: warn}}", json!({}), "jane", &[], "warn")]
#[case::action_audit("checks: {service-not-found: {action: audit}}", json!({}), "jane", &[], "audit")]
#[case::action_off("checks: {service-not-found: {action: off}}", json!({}), "jane", &[], "pass")]
#[case::action_deny_and_exempt("checks: {service-not-found: {action: deny}}\nexempt: {users: [jane]}", json!({}), "jane", &[], "warn")]
#[tokio::test]
async fn exemptions_and_actions(
    #[case] yaml: &str,
    #[case] labels: Value,
    #[case] user: &str,
    #[case] groups: &[&str],
    #[case] expected: &str,
) {
    let response = ask_with(shop(None), configuration(yaml), &creation(&labels, user, groups)).await;
    assert_eq!(verdict(&response), expected, "{response}");
}

/// A review without `userInfo`, or with nulls in it, has no exempt user.
#[rstest]
#[case(Value::Null)]
#[case(json!({}))]
#[case(json!({"username": null, "groups": null}))]
#[case(json!({"username": "j\u{e4}ne\n", "groups": ["a\"b"]}))]
#[tokio::test]
async fn any_user_info_is_read(#[case] user: Value) {
    let mut review = creation(&json!({}), "", &[]);
    review["request"]["userInfo"] = user;
    let response = ask_with(shop(None), Configuration::default(), &review).await;
    assert_eq!(verdict(&response), "deny", "{response}");
}

/// A change of an unrelated label is not judged. An UPDATE that removes an exempting label is judged, and warns.
#[rstest]
#[case::unrelated(json!({"a": "1"}), json!({"a": "2"}), "pass")]
#[case::gained(json!({}), json!({"team": "platform"}), "pass")]
#[case::lost(json!({"team": "platform"}), json!({}), "warn")]
#[tokio::test]
async fn labels_of_an_update(#[case] old: Value, #[case] new: Value, #[case] expected: &str) {
    let labelled = |labels: &Value| {
        let mut object = ingress(&["gone:80"], &json!({}));
        object["metadata"]["labels"] = labels.clone();
        object
    };
    let review = review("UPDATE", &labelled(&new), &labelled(&old));
    let response = ask_with(shop(None), configuration("exempt: {labels: {team: platform}}"), &review).await;
    assert_eq!(verdict(&response), expected, "{response}");
}

const DENIED: &str = "deny: Ingress shop/web: spec.rules[0].http.paths[0].backend.service.name: Service \"gone\" does \
                      not exist in namespace \"shop\" (shop.example/: requests get 503). To fix it, apply the Service \
                      first, or run the same apply again; or correct the name. [service-not-found]";
const AT: &str = "metadata.annotations[backstop.dev/ignore]";

/// The annotation `backstop.dev/ignore` has an effect only if the configuration allows it, and its use is always
/// reported.
#[rstest]
#[case::not_allowed(false, json!({"backstop.dev/ignore": "service-not-found", "backstop.dev/ignore-reason": "soon"}), &[
    DENIED,
    "warn: metadata.annotations[backstop.dev/ignore]: it has no effect: the configuration does not allow it [shop/web]",
])]
#[case::not_allowed_and_not_needed(false, json!({"backstop.dev/ignore": "no-endpoints"}), &[DENIED])]
#[case::allowed(true, json!({"backstop.dev/ignore": "service-not-found", "backstop.dev/ignore-reason": "soon"}), &[
    "audit: service-not-found=audit@spec.rules[0].http.paths[0].backend.service.name,\
     ignore-annotation=audit@metadata.annotations[backstop.dev/ignore]",
])]
#[case::several(true, json!({"backstop.dev/ignore": " no-endpoints, service-not-found,", "backstop.dev/ignore-reason": "soon"}), &[
    "audit: service-not-found=audit@spec.rules[0].http.paths[0].backend.service.name,\
     ignore-annotation=audit@metadata.annotations[backstop.dev/ignore]",
])]
#[case::another_check(true, json!({"backstop.dev/ignore": "no-endpoints", "backstop.dev/ignore-reason": "soon"}), &[DENIED])]
#[case::no_reason(true, json!({"backstop.dev/ignore": "service-not-found"}), &[
    "warn: metadata.annotations[backstop.dev/ignore]: it ignores checks without backstop.dev/ignore-reason [shop/web]",
])]
#[case::blank_reason(true, json!({"backstop.dev/ignore": "service-not-found", "backstop.dev/ignore-reason": " "}), &[
    "warn: metadata.annotations[backstop.dev/ignore]: it ignores checks without backstop.dev/ignore-reason [shop/web]",
])]
#[case::misspelt(true, json!({"backstop.dev/ignore": "service-notfound", "backstop.dev/ignore-reason": "soon"}), &[
    DENIED,
    "warn: metadata.annotations[backstop.dev/ignore]: no check \"service-notfound\"; did you mean \"service-not-found\"? [shop/web]",
])]
#[case::empty(true, json!({"backstop.dev/ignore": ""}), &[
    DENIED,
    "warn: metadata.annotations[backstop.dev/ignore]: it names no check to ignore [shop/web] [ignore-annotation]",
])]
#[tokio::test]
async fn the_ignore_annotation(#[case] allowed: bool, #[case] annotations: Value, #[case] expected: &[&str]) {
    let object = ingress(&["gone:80"], &annotations);
    let configuration = configuration(&format!("allowIgnoreAnnotation: {allowed}"));
    let response = ask_with(shop(None), configuration, &review("CREATE", &object, &Value::Null)).await;
    assert_eq!(messages(&response), expected);
    assert!(messages(&response).iter().all(|line| !line.contains(AT) || line.chars().count() <= 256 + 6));
}

/// An UPDATE of a broken Ingress that adds or removes the annotation is judged, but never denied.
#[rstest]
#[case::added(json!({}), json!({"backstop.dev/ignore": "service-not-found", "backstop.dev/ignore-reason": "soon"}), "audit")]
#[case::removed(json!({"backstop.dev/ignore": "service-not-found"}), json!({}), "warn")]
#[case::unchanged(json!({"backstop.dev/ignore": "service-not-found"}), json!({"backstop.dev/ignore": "service-not-found"}), "pass")]
#[tokio::test]
async fn the_ignore_annotation_in_an_update(#[case] old: Value, #[case] new: Value, #[case] expected: &str) {
    let review = review("UPDATE", &ingress(&["gone:80"], &new), &ingress(&["gone:80"], &old));
    let response = ask_with(shop(None), configuration("allowIgnoreAnnotation: true"), &review).await;
    assert_eq!(verdict(&response), expected, "{response}");
}

/// If the label is not a mode, the mode of the cluster applies, and a warning names the label and its value.
#[rstest]
#[case("enforce", "deny")]
#[case("warn", "warn")]
#[case("audit", "audit")]
#[tokio::test]
async fn a_malformed_mode(#[case] mode: &str, #[case] expected: &str) {
    let cluster = configuration(&format!("mode: {mode}"));
    let response = ask_with(shop(Some("enfroce")), cluster, &creation(&json!({}), "jane", &[])).await;
    assert_eq!(verdict(&response), expected, "{response}");
    let warning = format!(
        "warn: metadata.namespace: Namespace \"shop\" has backstop.dev/mode: \"enfroce\", which is not a mode: {mode} applies [shop/web]"
    );
    assert_eq!(messages(&response).contains(&warning), expected != "audit", "{response}");
    assert!(response["auditAnnotations"]["findings"].as_str().unwrap().contains("mode-label="), "{response}");
    // A healthy Ingress gets the warning too, because the label has no effect.
    let healthy = review("CREATE", &ingress(&["web:80"], &json!({})), &Value::Null);
    let response = ask_with(shop(Some("enfroce")), configuration(&format!("mode: {mode}")), &healthy).await;
    assert_eq!(verdict(&response), if mode == "audit" { "audit" } else { "warn" }, "{response}");
}

/// An empty index, and live reads that fail for Services.
fn blind(why: Unknown) -> &'static Lagging {
    Box::leak(Box::new(Lagging::new(move |need, live| match need {
        Need::Service(name) | Need::Backend(name) => drop(live.services.insert(name.clone(), Lookup::Unknown(why))),
        _ => nothing(need, live),
    })))
}

#[rstest]
#[case(Unknown::Timeout, "timeout")]
#[case(Unknown::Forbidden, "Backstop's ServiceAccount cannot read Services")]
#[case(Unknown::Failed, "the API server did not answer")]
#[case(Unknown::Undecodable, "it does not decode")]
#[case(Unknown::TooLarge, "it is too large to read in time")]
#[tokio::test]
async fn a_failed_lookup_is_denied_with_on_unknown_deny(#[case] why: Unknown, #[case] words: &str) {
    let review = creation(&json!({}), "jane", &[]);
    let response = ask_with(blind(why), configuration("onUnknown: deny"), &review).await;
    let denial = format!(
        "deny: Ingress shop/web: spec.rules[0].http.paths[0].backend.service.name: Service \"gone\" could not be looked up \
         ({words}), and the configuration denies what cannot be checked (onUnknown: deny) (shop.example/). To fix it, try \
         again; if the failure persists, the log and /readyz of Backstop show the cause. [lookup-failed]"
    );
    assert_eq!(messages(&response), [denial]);
    assert_eq!(response["status"]["details"]["causes"][0]["reason"], "lookup-failed");
    let response = ask_with(blind(why), configuration("onUnknown: allow"), &review).await;
    assert_eq!(verdict(&response), "warn");
}

/// A reference that the gates never deny is not denied because of a failed lookup either.
#[rstest]
#[case::dry_run("", |review: &mut Value| review["request"]["dryRun"] = true.into(), "warn")]
#[case::deletion("", |review: &mut Value| review["request"]["object"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into(), "pass")]
#[case::old_reference("", |review: &mut Value| {
    review["request"]["operation"] = "UPDATE".into();
    review["request"]["oldObject"] = ingress(&["gone:80", "web:80"], &json!({}));
}, "audit")]
#[case::exempt_user("exempt: {users: [jane]}", |_: &mut Value| {}, "warn")]
#[case::mode("mode: warn", |_: &mut Value| {}, "warn")]
#[case::undecodable("", |review: &mut Value| review["request"]["object"]["spec"]["rules"] = "none".into(), "warn")]
#[tokio::test]
async fn gates_apply_to_failed_lookups(#[case] more: &str, #[case] change: fn(&mut Value), #[case] expected: &str) {
    let mut review = creation(&json!({}), "jane", &[]);
    change(&mut review);
    let configuration = configuration(&format!("onUnknown: deny\n{more}"));
    let response = ask_with(blind(Unknown::Timeout), configuration, &review).await;
    assert_eq!(verdict(&response), expected, "{response}");
}

#[tokio::test]
async fn an_absence_with_an_unknown_mode_is_denied_with_on_unknown_deny() {
    let facts = || -> &'static Lagging {
        Box::leak(Box::new(Lagging::new(|need, live| match need {
            Need::Namespace(name) => drop(live.namespaces.insert(name.clone(), Lookup::Unknown(Unknown::Failed))),
            _ => nothing(need, live),
        })))
    };
    let review = creation(&json!({}), "jane", &[]);
    let response = ask_with(facts(), configuration("onUnknown: deny"), &review).await;
    assert!(messages(&response)[0].contains("no live read could confirm it (onUnknown: deny)"), "{response}");
    assert_eq!(verdict(&ask_with(facts(), configuration(""), &review).await), "warn");
}

/// The strictest gate applies, not the first one: a canary whose weight changes is recorded, as at its creation (row
/// 26).
#[rstest]
#[case::made(None, "audit")]
#[case::moved(Some("10"), "audit")]
#[case::a_plain_one_that_changes(None, "warn")]
#[tokio::test]
async fn the_strictest_gate_counts(#[case] weight: Option<&str>, #[case] expected: &str) {
    const CANARY: &str = "nginx.ingress.kubernetes.io/canary";
    let canary = |weight: &str| {
        ingress(&["gone:80"], &json!({CANARY: "true", "nginx.ingress.kubernetes.io/canary-weight": weight}))
    };
    let plain = |root: &str| ingress(&["gone:80"], &json!({"nginx.ingress.kubernetes.io/app-root": root}));
    let review = match (expected, weight) {
        ("warn", _) => review("UPDATE", &plain("/b"), &plain("/a")),
        (_, None) => review("CREATE", &canary("0"), &Value::Null),
        (_, Some(weight)) => review("UPDATE", &canary(weight), &canary("0")),
    };
    let response = ask_with(shop(None), Configuration::default(), &review).await;
    assert_eq!(verdict(&response), expected, "{response}");
}

/// A milder mode reports what `enforce` would do. A missing Service is confirmed in the same way, so that a Service
/// that the index does not contain yet is not recorded as missing. A dry run is never denied, and needs no
/// confirmation.
#[rstest]
#[case::enforced("enforce", false, 1, "deny", false)]
#[case::warned("warn", false, 1, "warn", true)]
#[case::recorded("audit", false, 1, "audit", true)]
#[case::recorded_in_a_dry_run("audit", true, 0, "audit", false)]
#[case::off("off", false, 0, "pass", false)]
#[tokio::test]
async fn a_milder_mode_reports_what_enforce_would_deny(
    #[case] mode: &str,
    #[case] dry_run: bool,
    #[case] rounds: usize,
    #[case] expected: &str,
    #[case] would_deny: bool,
) {
    let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(nothing)));
    let (metrics, exporter) = metrics::new("test");
    let policy = Policy { configuration: configuration(&format!("mode: {mode}")), ..Policy::default() };
    let router = router(Admission { facts, policy: Arc::new(ArcSwap::from_pointee(policy)), metrics });
    let mut review = creation(&json!({}), "jane", &[]);
    review["request"]["dryRun"] = dry_run.into();
    let request = Request::post("/validate").header(header::CONTENT_TYPE, "application/json");
    let response = router.oneshot(request.body(Body::from(review.to_string())).unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(verdict(&answer["response"]), expected, "{answer}");
    assert_eq!(facts.rounds(), rounds);
    let counted = format!("backstop_admission_would_deny_total {}", u8::from(would_deny));
    assert!(exporter.encode().lines().any(|line| line == counted), "{}", exporter.encode());
}

/// An Ingress whose annotations make tools apply it before the rest of its release is not denied for a Service of the
/// rest. Otherwise Argo CD would never start the wave of the Service, and Helm would never finish its hooks
/// (rulebook 7.3.3, 7.5.3, 7.5.5).
#[rstest]
#[case::an_early_wave("argocd.argoproj.io/sync-wave", "-1", "warn")]
#[case::the_usual_wave("argocd.argoproj.io/sync-wave", "0", "deny")]
#[case::a_late_wave("argocd.argoproj.io/sync-wave", "5", "deny")]
#[case::no_wave("argocd.argoproj.io/sync-wave", "first", "deny")]
#[case::before_the_sync("argocd.argoproj.io/hook", "PreSync", "warn")]
#[case::before_and_after("argocd.argoproj.io/hook", "PostSync, PreSync", "warn")]
#[case::after_the_sync("argocd.argoproj.io/hook", "PostSync", "deny")]
#[case::before_the_install("helm.sh/hook", "pre-install,pre-upgrade", "warn")]
#[case::after_the_install("helm.sh/hook", "post-install", "deny")]
#[case::unrelated_annotation("example.com/sync-wave", "-1", "deny")]
#[tokio::test]
async fn an_ingress_that_is_applied_early_may_come_before_its_service(
    #[case] key: &str,
    #[case] value: &str,
    #[case] expected: &str,
) {
    for backend in ["gone:80", "web:81"] {
        let annotated = |more: Value| ingress(&[backend], &more);
        let made = review("CREATE", &annotated(json!({key: value})), &Value::Null);
        let response = ask_with(shop(None), Configuration::default(), &made).await;
        assert_eq!(verdict(&response), expected, "{backend}: {response}");
        // A change of these annotations alone is not judged.
        let moved = review("UPDATE", &annotated(json!({key: value})), &annotated(json!({})));
        assert_eq!(verdict(&ask_with(shop(None), Configuration::default(), &moved).await), "pass");
    }
}

/// Facts with a slow live read, during which the operator changes the configuration.
struct Slow(Arc<ArcSwap<Policy>>, &'static Lagging);

impl Facts for Slow {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        self.1.picture(namespaces)
    }

    async fn read(&self, needs: BTreeSet<Need>, purpose: Purpose, deadline: tokio::time::Instant) -> LiveFacts {
        self.0.store(Arc::new(Policy { configuration: configuration("mode: off"), ..Policy::default() }));
        self.1.read(needs, purpose, deadline).await
    }
}

#[tokio::test]
async fn one_configuration_applies_from_a_request_to_its_answer() {
    let missing: &'static Lagging = Box::leak(Box::new(Lagging::new(nothing)));
    let policy: Arc<ArcSwap<Policy>> = Arc::default();
    let (metrics, _) = metrics::new("test");
    let facts = Slow(Arc::clone(&policy), missing);
    let router = router(Admission { facts, policy: Arc::clone(&policy), metrics });
    for expected in ["deny", "pass"] {
        let request = Request::post("/validate").header(header::CONTENT_TYPE, "application/json");
        let body = Body::from(creation(&json!({}), "jane", &[]).to_string());
        let request = request.body(body).unwrap();
        let body = router.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(verdict(&answer["response"]), expected, "{answer}");
    }
}
