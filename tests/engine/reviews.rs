//! Bodies that are not valid reviews: each gets a precise answer, and the next request is served.

use std::sync::Arc;

use axum::http::StatusCode;
use backstop::engine::policy::Mode;
use backstop::engine::view::{LiveFacts, Need, Purpose, Snapshot, View};
use backstop::webhook::Facts;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::admission::{ingress, post, review, shop};

struct Empty(Arc<Snapshot>);

impl Facts for Empty {
    fn picture(&self, _: &[&str]) -> Arc<dyn View + Send + Sync> {
        Arc::<Snapshot>::clone(&self.0)
    }

    async fn read(&self, _: BTreeSet<Need>, _: Purpose, _: tokio::time::Instant) -> LiveFacts {
        LiveFacts::default()
    }
}

async fn send(body: impl Into<axum::body::Body>, kind: &str) -> (StatusCode, String) {
    let (status, body) = post(Empty(Arc::new(Snapshot::complete())), Mode::Enforce, body, kind).await;
    (status, String::from_utf8(body).unwrap())
}

fn nested(depth: usize) -> String {
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u-1","deep":{}{}}}}}"#,
        "[".repeat(depth),
        "]".repeat(depth)
    )
}

#[rstest]
#[case::empty("", "the request body is empty")]
#[case::blank(" \n", "the request body is empty")]
#[case::no_json("hello", "is not an admission.k8s.io/v1 AdmissionReview: expected value at line 1 column 1")]
#[case::truncated(r#"{"apiVersion":"admission.k8s.io/v1","ki"#, "EOF while parsing")]
#[case::another_shape("[1]", "is not an admission.k8s.io/v1 AdmissionReview")]
#[case::no_request(r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#, "carries no request")]
#[case::null_request(
    r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null}"#,
    "carries no request"
)]
#[case::no_uid(r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}}"#, "carries no uid")]
#[case::uid_of_another_type(
    r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":5}}"#,
    "invalid type"
)]
#[case::version(
    r#"{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}}"#,
    r#"has kind "AdmissionReview" and apiVersion "admission.k8s.io/v1beta1": only"#
)]
#[case::kind(r#"{"apiVersion":"v1","kind":"Pod"}"#, r#"has kind "Pod" and apiVersion "v1": only"#)]
#[case::hidden(
    r#"{"apiVersion":"v\u001b[2J\n\u202e","kind":"Pod"}"#,
    r#"has kind "Pod" and apiVersion "v\u{1b}[2J\n\u{202e}": only"#
)]
#[case::neither("{}", r#"has kind "" and apiVersion "": only"#)]
#[tokio::test]
async fn a_body_that_is_not_a_review_gets_400_and_the_reason(#[case] body: &str, #[case] reason: &str) {
    let (status, answer) = send(body.to_owned(), "application/json").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert!(answer.contains(reason), "{answer}");
    assert!(!answer.trim_end().chars().any(char::is_control), "{answer:?}");
}

#[tokio::test]
async fn another_media_type_gets_415() {
    for kind in ["text/plain", "application/yaml", ""] {
        assert_eq!(send("{}", kind).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    assert_eq!(send("{}", "application/json; charset=utf-8").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn deep_nesting_is_skipped_or_refused_but_never_overflows() {
    let expected = [StatusCode::OK, StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE];
    for depth in [100, 10_000, 1_000_000] {
        let (status, answer) = send(nested(depth), "application/json").await;
        assert!(expected.contains(&status), "{answer}");
    }
    let mut deep = ingress(&["web:80"], &json!({}));
    deep["spec"]["rules"] = Value::Null;
    let body = review("CREATE", &deep, &Value::Null).to_string();
    let body = body.replacen("\"rules\":null", &format!("\"rules\":{}{}", "[".repeat(10_000), "]".repeat(10_000)), 1);
    let (status, answer) = send(body, "application/json").await;
    assert_eq!(status, StatusCode::OK);
    assert!(answer.contains(r#""allowed":true"#) && answer.contains("check skipped"), "{answer}");
}

/// A review that has a uid gets an answer with the uid, whatever else is invalid.
#[rstest]
#[case::null_object(review("CREATE", &Value::Null, &Value::Null), "the request carries no object")]
#[case::object_of_another_shape(review("CREATE", &json!({"spec": {"rules": 5}}), &Value::Null), "cannot read it as an Ingress")]
#[case::list_for_an_object(review("CREATE", &json!([]), &Value::Null), "cannot read it as an Ingress: expected a mapping, found a list")]
#[case::old_object_of_another_shape(review("UPDATE", &ingress(&["web:80"], &json!({})), &json!({"spec": 5})), "oldObject: cannot read it as an Ingress")]
#[case::request_of_another_shape(json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u-1", "resource": 5}}), "invalid type")]
#[tokio::test]
async fn what_cannot_be_judged_is_allowed_with_a_warning(#[case] review: Value, #[case] why: &str) {
    let (status, answer) = send(review.to_string(), "application/json").await;
    assert_eq!(status, StatusCode::OK);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let response = &answer["response"];
    assert_eq!((&response["uid"], &response["allowed"]), (&json!("u-1"), &json!(true)));
    let warning = response["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("backend check skipped: ") && warning.contains(why), "{warning}");
    assert!(!warning.chars().any(char::is_control));
}

/// The API server validates names after admission reviews. A terminal must not interpret them.
#[tokio::test]
async fn hidden_characters_of_names_are_escaped() {
    let hidden = "a\u{1b}[31m\nb\u{202e}";
    let action = format!("alb.ingress.kubernetes.io/actions.{hidden}");
    for backends in [&["gone:80"][..], &["gone:80", "web:81"], &["web:80"]] {
        let mut object = ingress(backends, &json!({"kubernetes.io/ingress.class": "alb", action.as_str(): "{"}));
        object["metadata"]["name"] = hidden.into();
        object["spec"].as_object_mut().unwrap().remove("ingressClassName");
        let named = json!({"path": "/", "backend": {"service": {"name": hidden, "port": {"name": "use-annotation"}}}});
        object["spec"]["rules"][0]["http"]["paths"].as_array_mut().unwrap().push(named);
        let (_, body) =
            post(shop(None), Mode::Enforce, review("CREATE", &object, &Value::Null).to_string(), "application/json")
                .await;
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let is_hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        let mut texts = Vec::new();
        collect(&answer, &mut texts);
        assert!(texts.iter().any(|text| text.contains("\\u{1b}[31m\\nb\\u{202e}")), "{answer}");
        // A list of denials has lines.
        let broken = |text: &&String| text.contains(is_hidden) || (text.contains('\n') && !text.contains(":\n- "));
        assert_eq!(texts.iter().find(broken), None, "{answer}");
    }
}

/// All texts in a JSON value.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        _ => {}
    }
}

/// The namespace of the request is that of the Ingress and of its Services (rulebook 1.1.5).
#[rstest]
#[case::of_the_request("shop", "other", true)]
#[case::of_the_object("other", "shop", false)]
#[case::none_in_the_request("", "shop", true)]
#[tokio::test]
async fn the_namespace_of_the_request_counts(#[case] request: &str, #[case] object: &str, #[case] allowed: bool) {
    let mut review = review("CREATE", &ingress(&["web:80"], &json!({})), &Value::Null);
    review["request"]["namespace"] = request.into();
    review["request"]["object"]["metadata"]["namespace"] = object.into();
    let (_, body) = post(shop(None), Mode::Enforce, review.to_string(), "application/json").await;
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["response"]["allowed"], allowed, "{answer}");
    assert_eq!(answer.to_string().contains("does not exist in namespace \\\"other\\\""), !allowed, "{answer}");
}

/// Reviews of other operations and kinds are allowed without a warning.
#[rstest]
#[case::delete(review("DELETE", &Value::Null, &ingress(&["gone:80"], &json!({}))))]
#[case::connect(review("CONNECT", &Value::Null, &Value::Null))]
#[case::operation_of_the_future(review("FROBNICATE", &Value::Null, &Value::Null))]
#[case::status({
    let mut review = review("UPDATE", &ingress(&["gone:80"], &json!({})), &ingress(&[], &json!({})));
    review["request"]["subResource"] = "status".into();
    review
})]
#[case::another_kind({
    let mut review = review("CREATE", &json!({"kind": "Pod"}), &Value::Null);
    review["request"]["resource"] = json!({"group": "", "version": "v1", "resource": "pods"});
    review
})]
#[tokio::test]
async fn anything_else_is_allowed(#[case] review: Value) {
    let (status, answer) = send(review.to_string(), "application/json").await;
    assert_eq!(status, StatusCode::OK);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["response"], json!({"uid": "u-1", "allowed": true}));
}

proptest::proptest! {
    #[test]
    fn no_body_panics(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(send(body, "application/json"));
    }
}
