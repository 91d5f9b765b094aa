//! The admin routes: `/livez`, `/readyz` and `/metrics`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use axum::body::Body;
use backstop::http::admin;
use backstop::http::{Limits, Listener, Shutdown, Transport, serve};
use backstop::telemetry::Conditions;
use backstop::telemetry::metrics;
use http::{Request, Response};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

async fn get(router: &axum::Router, path: &str) -> (u16, String) {
    let response: Response<Body> =
        router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn readiness_names_each_condition() {
    let synced = Arc::new(AtomicBool::new(false));
    let watch = Arc::clone(&synced);
    let conditions = Conditions::new()
        .with("certificate", || Ok(()))
        .with("watch/services", move || if watch.load(Relaxed) { Ok(()) } else { Err("not listed yet".into()) });
    let (_, exporter) = metrics::new("test");
    let router = admin::router(conditions, Arc::new(exporter));
    let failed = "[+]certificate ok\n[-]watch/services failed: not listed yet\nreadyz check failed\n";
    assert_eq!(get(&router, "/readyz").await, (503, failed.into()));
    assert_eq!(get(&router, "/readyz?verbose").await, (503, failed.into()));
    assert_eq!(get(&router, "/livez").await, (200, "ok".into()), "a restart would not make it ready");
    synced.store(true, Relaxed);
    assert_eq!(get(&router, "/readyz").await, (200, "ok".into()));
    let passed = "[+]certificate ok\n[+]watch/services ok\nreadyz check passed\n";
    assert_eq!(get(&router, "/readyz?verbose").await, (200, passed.into()));
    assert_eq!(get(&router, "/readyz?verbose=true").await, (200, passed.into()));
    assert_eq!(get(&router, "/nothing").await.0, 404);
}

#[tokio::test]
async fn an_optional_condition_is_reported_and_does_not_count() {
    let conditions = Conditions::new().with("certificate", || Ok(())).with_optional("list/pods", || Err("no".into()));
    let (_, exporter) = metrics::new("test");
    let router = admin::router(conditions, Arc::new(exporter));
    assert_eq!(get(&router, "/readyz").await, (200, "ok".into()));
    let expected = "[+]certificate ok\n[+]list/pods not ok, but not required: no\nreadyz check passed\n";
    assert_eq!(get(&router, "/readyz?verbose").await, (200, expected.into()));
}

#[tokio::test]
async fn metrics_over_plain_http_until_the_end() {
    let (metrics, exporter) = metrics::new("test");
    metrics.panicked();
    let listener = Listener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    let end = Shutdown::immediate();
    let router = admin::router(Conditions::new(), Arc::new(exporter));
    let ended = tokio::spawn(serve(listener, Transport::Plain, router, Limits::default(), end.clone()));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0"), "{answer}");
    assert!(answer.contains("backstop_panics_total 1\n") && answer.ends_with("# EOF\n"), "{answer}");
    drop(stream);
    end.begin();
    assert_eq!(ended.await.unwrap().aborted, 0);
}
