//! HTTP/1.1 over TLS 1.2 and 1.3, and handlers that panic.

use std::time::Duration;

use backstop::http::{BindError, Drain, Listener};

use crate::support::{Server, quick};

/// The API server calls webhooks with HTTP/1.1. A client that offers HTTP/1.1 and HTTP/2 gets HTTP/1.1. A client that
/// offers only HTTP/2 is rejected.
#[tokio::test]
async fn http_1_1_is_served_and_http_2_is_not() {
    let server = Server::start(quick(), Drain::default()).await;
    let cases: [(&[&str], Option<&[u8]>); 3] =
        [(&["h2", "http/1.1"], Some(b"http/1.1")), (&["http/1.1"], Some(b"http/1.1")), (&[], None)];
    for (offered, chosen) in cases {
        let stream = server.client(offered).tls().await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), chosen, "{offered:?}");
        assert_eq!(server.client(offered).http1().await.post("/echo", "1.1").await.unwrap().body(), "1.1");
    }
    assert!(server.client(&["h2"]).tls().await.is_err());
}

#[tokio::test]
async fn a_panic_is_answered_and_counted() {
    let server = Server::start(quick(), Drain::default()).await;
    let mut client = server.client(&["http/1.1"]).http1().await;
    for _ in 0..2 {
        assert_eq!(client.get("/panic").await.unwrap().status(), 500);
    }
    assert_eq!(client.post("/echo", "still here").await.unwrap().status(), 200);
    assert!(server.exporter.encode().contains("backstop_panics_total 2\n"));
}

#[tokio::test]
async fn an_answer_keeps_the_connection() {
    let server = Server::start(quick(), Drain { delay: Duration::from_secs(1), ..Drain::default() }).await;
    let mut client = server.client(&["http/1.1"]).http1().await;
    let answer = client.post("/echo", "a").await.unwrap();
    assert!(answer.headers().get("connection").is_none());
}

#[tokio::test]
async fn a_bind_error_gives_the_reason() {
    let taken = Listener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().to_string();
    let message = |error: BindError| error.to_string();
    let error = message(Listener::bind(&address).await.unwrap_err());
    assert!(error.contains(&address) && error.contains("another process uses it"), "{error}");
    let error = message(Listener::bind("8443").await.unwrap_err());
    assert!(error.contains("HOST:PORT"), "{error}");
    let error = message(Listener::bind("192.0.2.1:0").await.unwrap_err());
    assert!(error.contains("no interface"), "{error}");
}
