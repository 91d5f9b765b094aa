//! Answers that could be lost between Backstop and the API server.

use axum::http::{StatusCode, header};
use backstop::engine::policy::Configuration;
use http_body_util::BodyExt as _;
use rstest::rstest;
use serde_json::{Value, json};

use super::{NGINX, class, create, expect, expect_silence, healthy, ingress, review_outcome, to};
use crate::admission::{known, respond, review};
use crate::world::world;

/// The status, the headers and the body of the answer to `review`.
async fn bytes(objects: &str, configuration: Configuration, review: &Value) -> (StatusCode, header::HeaderMap, Value) {
    let facts = known(world(objects));
    let response = respond(facts, configuration, review.to_string(), "application/json").await;
    let (head, body) = response.into_parts();
    (head.status, head.headers, serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap())
}

/// The API server drops a warning with a control character, truncates warnings that exceed 4096 characters together,
/// and merges equal warnings (rulebook 1.3).
#[tokio::test]
async fn trap_38_no_warning_is_dropped_cut_or_merged() {
    let long = "n".repeat(61);
    let backends: Vec<Value> = (0..100).map(|at| to(&format!("{long}{at:02}"), 80)).collect();
    let mut object = ingress(&backends);
    for (at, path) in object["spec"]["rules"][0]["http"]["paths"].as_array_mut().unwrap().iter_mut().enumerate() {
        // A form that the API server no longer accepts, but that an old object may have.
        path["path"] = format!("/line\nbreak\ttab\u{1b}[31m{at}").into();
    }
    object["metadata"]["name"] = "i".repeat(253).into();
    let create = review("CREATE", &object, &Value::Null);
    let mut dry_run = create.clone();
    dry_run["request"]["dryRun"] = true.into();
    let warn = Configuration { mode: backstop::engine::policy::Mode::Warn, ..Configuration::default() };
    for (configuration, review) in [(warn, &create), (Configuration::default(), &dry_run)] {
        let (_, _, answer) = bytes(&class(NGINX), configuration, review).await;
        let lines: Vec<&str> =
            answer["response"]["warnings"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        assert_eq!(lines.len(), 5, "{lines:#?}");
        assert!(lines.iter().map(|line| line.chars().count()).sum::<usize>() <= 4096);
        assert!(lines.iter().all(|line| !line.chars().any(char::is_control)), "{lines:#?}");
        let name = format!("[shop/{}]", "i".repeat(253));
        assert!(lines.iter().all(|line| line.contains(&name)), "{lines:#?}");
        let mut distinct = lines.clone();
        distinct.dedup();
        assert_eq!(distinct, lines);
        assert!(lines.iter().all(|line| !line.starts_with("Warning:")), "{lines:#?}");
    }
}

/// Two Ingresses with the same fault get two lines, because each line names its Ingress (rulebook 1.3.4).
#[tokio::test]
async fn trap_38_two_ingresses_do_not_share_a_line() {
    let mut other = create(to("gone", 80));
    other["request"]["dryRun"] = true.into();
    let one = review_outcome(&class(NGINX), &other).await;
    other["request"]["object"]["metadata"]["name"] = "api".into();
    assert_ne!(one, review_outcome(&class(NGINX), &other).await);
}

/// A denial is HTTP 200 with the uid and version of the review, without patch or `Retry-After`. Any other form is a
/// failed call. The reason `Invalid` would hide the message from users of kubectl (rulebook 1.2).
#[rstest]
#[case::refused(create(to("gone", 80)), false)]
#[case::fine(create(to("web", 80)), true)]
#[case::unreadable(create(json!({"service": "web"})), true)]
#[case::without_object(review("CREATE", &Value::Null, &Value::Null), true)]
#[tokio::test]
async fn trap_39_no_answer_is_a_failed_call(#[case] review: Value, #[case] allowed: bool) {
    let (status, headers, answer) = bytes(&(class(NGINX) + &healthy()), Configuration::default(), &review).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    assert!(!headers.contains_key(header::RETRY_AFTER));
    assert_eq!((&answer["apiVersion"], &answer["kind"]), (&json!("admission.k8s.io/v1"), &json!("AdmissionReview")));
    let response = &answer["response"];
    assert_eq!((&response["uid"], &response["allowed"]), (&json!("u-1"), &json!(allowed)), "{response}");
    assert!(response.get("patch").is_none() && response.get("patchType").is_none(), "{response}");
    if !allowed {
        let status = &response["status"];
        assert_eq!((&status["code"], &status["reason"]), (&json!(403), &json!("Forbidden")), "{status}");
        assert!(status["message"].as_str().unwrap().starts_with("Ingress shop/web: "), "{status}");
    }
}

fn update(new: &Value, old: &Value) -> Value {
    review("UPDATE", new, old)
}

/// An UPDATE is compared by class, relevant annotations and the *set* of targets. Annotations count although they do
/// not change `generation`. Places do not count. The stored object may be older than the validation of the API server
/// (rulebook 1.5.7, 2.2, 7.8).
#[tokio::test]
async fn trap_40_an_update_is_not_compared_by_generation_or_place() {
    let objects = class(NGINX) + &healthy();
    let stored = ingress(&[to("gone", 80), to("web", 80)]);
    let moved = ingress(&[to("web", 80), to("new", 80), to("gone", 80)]);
    // Only the new reference is denied, at its place in the new object.
    let outcome = review_outcome(&objects, &update(&moved, &stored)).await;
    expect(&outcome, "deny", &["\"new\" does not exist"]);
    assert!(!outcome.contains("gone"), "{outcome}");
    // A reference that only moves is not reported.
    let swapped = ingress(&[to("web", 80), to("gone", 80)]);
    assert_eq!(review_outcome(&objects, &update(&swapped, &stored)).await, "pass");
    // Without the canary annotation the backend matters: it is reported, but not denied.
    let mut canary = stored.clone();
    canary["metadata"]["annotations"] = json!({"nginx.ingress.kubernetes.io/canary": "true"});
    canary["metadata"]["generation"] = 1.into();
    let mut plain = stored.clone();
    plain["metadata"]["generation"] = 1.into();
    expect(&review_outcome(&objects, &update(&plain, &canary)).await, "warn", &["\"gone\" does not exist"]);
    // A stored backend without a port, which the API server no longer accepts, does not prevent a judgement.
    let mut ancient = stored.clone();
    ancient["spec"]["rules"][0]["http"]["paths"][0]["backend"] = json!({"service": {"name": "gone"}});
    expect_silence(&review_outcome(&objects, &update(&ingress(&[to("web", 80)]), &ancient)).await);
    expect(&review_outcome(&objects, &update(&ingress(&[to("lost", 80)]), &ancient)).await, "deny", &["lost"]);
}
