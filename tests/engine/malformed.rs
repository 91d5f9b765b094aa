//! Requests that cannot be judged: a client that can reach the port must not be able to fill the disk with log lines.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, router};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::admission::{ingress, review, shop};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::Error::other("a test panicked"))?.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A review whose object does not decode.
fn undecodable() -> String {
    let mut object = ingress(&["web:80"], &json!({}));
    object["spec"]["rules"] = "x".repeat(100_000).into();
    review("CREATE", &object, &Value::Null).to_string()
}

async fn post(router: &Router, kind: &str, body: String) -> u16 {
    let request = Request::post("/validate").header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap();
    router.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[rstest]
#[case::garbage("application/json", "<html>".to_owned(), 400, 50)]
#[case::another_type("text/plain", "{}".to_owned(), 415, 50)]
#[case::undecodable("application/json", undecodable(), 200, 0)]
#[tokio::test]
async fn many_of_them_are_one_line_and_are_counted(
    #[case] kind: &str,
    #[case] body: String,
    #[case] status: u16,
    #[case] malformed: u32,
) {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let (metrics, exporter) = metrics::new("test");
    let router = router(Admission { facts: shop(None), policy: Arc::default(), metrics });
    let logging = tracing::subscriber::set_default(subscriber);
    for _ in 0..50 {
        assert_eq!(post(&router, kind, body.clone()).await, status);
    }
    drop(logging);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.len() < 2000, "{log}");
    let counted = format!("backstop_admission_malformed_requests_total {malformed}");
    assert!(exporter.encode().lines().any(|line| line == counted), "{}", exporter.encode());
}
