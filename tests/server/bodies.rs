//! The limits of size, time and memory for request bodies, with a real connection and without one.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use backstop::http::{BodyError, BodyLimits, BodyReader, Drain, protect};
use backstop::telemetry::{Beginning, metrics};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use tower::ServiceExt;

use crate::support::{Server, quick, request};

fn chunked(chunks: usize, size: usize) -> Body {
    let chunk = Bytes::from(vec![b'x'; size]);
    Body::from_stream(futures::stream::iter((0..chunks).map(move |_| Ok::<_, std::io::Error>(chunk.clone()))))
}

fn status(result: Result<Bytes, BodyError>) -> u16 {
    result.map_or_else(|error| error.status().as_u16(), |_| 200)
}

const MIB: usize = 1 << 20;

#[tokio::test]
async fn the_largest_review_of_an_api_server_is_read() {
    // Two objects at the limit of etcd, and 1 MiB for the rest of the review. Each byte of the objects takes six bytes of
    // JSON.
    let stored = 2 * 6 * 3 * MIB / 2 + MIB;
    let bodies = BodyReader::new(BodyLimits::default());
    let cases = [
        ("a small review", 2_442, 200),
        ("the update of a stored object", stored, 200),
        ("the dry run of an update", 27 * MIB, 200),
        ("a body that needs too much memory", 28 * MIB, 413),
        ("a body that is too large", 40 * MIB + 1, 413),
    ];
    for (what, size, expected) in cases {
        let announced = Request::new(Body::from(vec![b'x'; size]));
        assert_eq!(status(bodies.read(announced).await), expected, "{what}, announced");
        let parts = Request::new(Body::from_stream(futures::stream::iter(vec![
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; size - 1])),
            Ok(Bytes::from_static(b"x")),
        ])));
        assert_eq!(status(bodies.read(parts).await), expected, "{what}, in chunks");
    }
    assert_eq!(bodies.held(), 0);
}

#[tokio::test]
async fn encoded_bodies_are_refused() {
    let bodies = BodyReader::new(BodyLimits::default());
    for (encoding, expected) in
        [("identity", 200), ("Identity", 200), ("gzip", 415), ("deflate", 415), ("br, gzip", 415)]
    {
        let request = Request::builder().header("content-encoding", encoding).body(Body::from("{}")).unwrap();
        assert_eq!(status(bodies.read(request).await), expected, "{encoding}");
    }
}

#[tokio::test]
async fn large_bodies_share_a_bound_and_leave_room_for_small_ones() {
    let bodies = BodyReader::new(BodyLimits { each: 16 * MIB, all: 16 * MIB, ..BodyLimits::default() });
    let large = bodies.read(Request::new(chunked(6, MIB))).await.unwrap();
    assert_eq!(bodies.held(), 6 * MIB);
    assert_eq!(
        status(bodies.read(Request::new(chunked(3, MIB))).await),
        200,
        "it takes twice as much while it arrives"
    );
    assert_eq!(status(bodies.read(Request::new(chunked(4, MIB))).await), 503, "a quarter is kept");
    assert_eq!(bodies.held(), 6 * MIB, "what was refused is given back");
    assert_eq!(status(bodies.read(Request::new(Body::from("a review"))).await), 200);
    let shared = large.clone();
    drop(large);
    assert_eq!(bodies.held(), 6 * MIB, "a clone still holds it");
    drop(shared);
    assert_eq!(bodies.held(), 0);
}

/// Bodies arrive in frames of any size, and large ones are put together from blocks.
#[tokio::test]
async fn a_body_has_the_bytes_that_arrived() {
    let bodies = BodyReader::new(BodyLimits::default());
    let sent: Vec<u8> = (0..900_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    for frame in [1_000, 65_537, 262_144, 300_000, 900_000] {
        let frames: Vec<_> =
            sent.chunks(frame).map(|part| Ok::<_, std::io::Error>(Bytes::copy_from_slice(part))).collect();
        let body = bodies.read(Request::new(Body::from_stream(futures::stream::iter(frames)))).await.unwrap();
        assert!(body == sent, "in frames of {frame} bytes");
        assert_eq!(bodies.held(), sent.len());
    }
}

/// A body that alone takes more than bodies may have: its handler gets the beginning, and no memory is held for the rest.
#[tokio::test]
async fn of_a_body_that_takes_too_much_memory_the_beginning_is_read() {
    let bodies = BodyReader::new(BodyLimits { each: 4 * MIB, all: 8 * MIB, ..BodyLimits::default() });
    let account = bodies.clone();
    let describe = async move |request: Request| {
        let of = request.extensions().get::<Beginning>().map(|beginning| beginning.of);
        let body = axum::body::to_bytes(request.into_body(), 4 * MIB).await.unwrap();
        format!("{of:?} {} {}", body.len(), account.held())
    };
    let router =
        protect(axum::Router::new().route("/", axum::routing::post(describe)), bodies.clone(), metrics::new("test").0);
    let send = async |size: usize| {
        let answer = router.clone().oneshot(Request::post("/").body(chunked(size, 1024)).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, MIB).await.unwrap();
        (head.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    };
    assert_eq!(send(3 * 1024).await, (200, format!("None {0} {0}", 3 * MIB)));
    assert_eq!(send(3 * 1024 + 1).await, (200, format!("Some({}) 65536 65536", 3 * MIB + 1024)));
    assert_eq!(send(4 * 1024 + 1).await.0, 413);
    assert_eq!(status(bodies.read(Request::new(chunked(3 * 1024 + 1, 1024))).await), 413);
    assert_eq!(bodies.held(), 0);
}

#[tokio::test]
async fn a_limited_router_reads_bodies_before_its_handlers() {
    let bodies = BodyReader::new(BodyLimits { each: 10, ..BodyLimits::default() });
    let echo = axum::Router::new().route("/", axum::routing::post(async |body: Bytes| body));
    let router = protect(echo, bodies.clone(), metrics::new("test").0);
    for (size, expected) in [(10, 200), (11, 413)] {
        let request = Request::post("/").body(chunked(size, 1)).unwrap();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), expected, "{size}");
    }
    let zipped = Request::post("/").header("content-encoding", "gzip").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(zipped).await.unwrap().status(), 415);
    assert_eq!(bodies.held(), 0);
}

#[tokio::test]
async fn the_answer_413_comes_before_the_body() {
    let server = Server::start(quick(), Drain::default()).await;
    let mut stream = server.client(&["http/1.1"]).tls().await.unwrap();
    stream.write_all(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999999\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(server.serves().await);
}

#[tokio::test]
async fn oversized_bodies_both_ways() {
    let server = Server::start(quick(), Drain::default()).await;
    let client = server.client(&["http/1.1"]);
    assert_eq!(client.http1().await.post("/echo", vec![0; 100_000]).await.unwrap().status(), 200);
    assert_eq!(client.http1().await.post("/echo", vec![0; 100_001]).await.unwrap().status(), 413);

    let mut stream = client.tls().await.unwrap();
    stream.write_all(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    let (mut read, mut write) = tokio::io::split(stream);
    let endless = async {
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while write.write_all(chunk.as_bytes()).await.is_ok() {}
        std::future::pending::<()>().await;
    };
    let mut answer = vec![0; 12];
    tokio::select! {
        () = endless => {}
        read = timeout(Duration::from_secs(5), read.read_exact(&mut answer)) => {
            read.expect("no answer").expect("no whole answer");
            assert_eq!(answer, b"HTTP/1.1 413");
        }
    }
    assert!(server.serves().await);
}

#[tokio::test]
async fn a_client_that_sends_everything_first_still_gets_the_answer_413() {
    let server = Server::start(quick(), Drain::default()).await;
    for size in [200_000, MIB] {
        let mut stream = server.client(&["http/1.1"]).tls().await.unwrap();
        let head = format!("POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: {size}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![0; size]).await.unwrap();
        let mut answer = String::new();
        timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 413"), "{size}: {answer}");
    }
}

#[tokio::test]
async fn a_body_of_one_byte_at_a_time() {
    let server = Server::start(quick(), Drain::default()).await;
    let (mut read, mut write) = tokio::io::split(server.client(&["http/1.1"]).tls().await.unwrap());
    write.write_all(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n").await.unwrap();
    let start = Instant::now();
    let dribble = async {
        while write.write_all(b"x").await.and(write.flush().await).is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = vec![0; 12];
    tokio::select! {
        () = dribble => {}
        read = timeout(Duration::from_secs(5), read.read_exact(&mut answer)) => {
            read.expect("no answer").expect("no whole answer");
        }
    }
    assert_eq!(answer, b"HTTP/1.1 408");
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(server.serves().await);
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_not_served() {
    let server = Server::start(quick(), Drain::default()).await;
    let mut stream = server.client(&["http/1.1"]).tls().await.unwrap();
    stream.write_all(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nshort").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.unwrap();
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(server.serves().await);
}

#[tokio::test]
async fn the_router_rejects_other_methods_and_paths() {
    let server = Server::start(quick(), Drain::default()).await;
    let mut client = server.client(&["http/1.1"]).http1().await;
    for (method, path, expected) in [("GET", "/echo", 405), ("PUT", "/echo", 405), ("POST", "/nothing", 404)] {
        assert_eq!(client.send(request(method, path, "")).await.unwrap().status(), expected, "{method} {path}");
    }
}
