//! Faulty and hostile clients: the server disconnects each of them in time, and serves the next client.

use std::time::Duration;

use backstop::http::{Drain, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::support::{Server, eventually, quick};

const SECOND: Duration = Duration::from_secs(1);

/// Waits until the server closes the connection. Returns the time that it took.
async fn time_until_closed(mut stream: impl tokio::io::AsyncRead + Unpin) -> Duration {
    let start = Instant::now();
    let mut bytes = [0; 1024];
    let end = async { while stream.read(&mut bytes).await.is_ok_and(|n| n > 0) {} };
    timeout(10 * SECOND, end).await.expect("the server does not close the connection");
    start.elapsed()
}

#[tokio::test]
async fn garbage_instead_of_tls() {
    let server = Server::start(quick(), Drain::default()).await;
    let http = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    for garbage in [http, vec![0; 4096], vec![0xff; 70_000], b"\x16\x03\x01\xff\xff".to_vec()] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // The server may close the connection before it has read everything.
        let _ = stream.write_all(&garbage).await;
        assert!(time_until_closed(stream).await < SECOND);
    }
    assert!(server.serves().await);
}

#[tokio::test]
async fn handshakes_that_stop_half_way() {
    let server = Server::start(quick(), Drain::default()).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    assert!(server.serves().await, "while 200 clients say nothing");
    for stream in silent {
        assert!(time_until_closed(stream).await < SECOND);
    }
}

#[tokio::test]
async fn a_head_of_one_byte_at_a_time() {
    let server = Server::start(quick(), Drain::default()).await;
    let (mut read, mut write) = tokio::io::split(server.client(&["http/1.1"]).tls().await.unwrap());
    let start = Instant::now();
    let dribble = async {
        loop {
            if write.write_all(b"G").await.and(write.flush().await).is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut bytes = Vec::new();
    tokio::select! {
        () = dribble => {}
        _ = timeout(10 * SECOND, read.read_to_end(&mut bytes)) => {}
    }
    assert!(start.elapsed() < SECOND, "bytes do not buy time");
    assert!(server.serves().await);
}

#[tokio::test]
async fn an_idle_connection_is_not_a_slow_request_head() {
    let server = Server::start(quick(), Drain::default()).await;
    let mut client = server.client(&["http/1.1"]).http1().await;
    for _ in 0..2 {
        assert_eq!(client.post("/echo", "a").await.unwrap().status(), 200);
        tokio::time::sleep(3 * quick().head).await;
    }
    assert_eq!(client.post("/echo", "the same connection").await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_idle_connection_closes_after_the_idle_limit() {
    let limits = Limits { idle: Duration::from_millis(400), ..quick() };
    let server = Server::start(limits, Drain::default()).await;
    let waited = time_until_closed(server.client(&["http/1.1"]).tls().await.unwrap()).await;
    assert!(waited >= limits.idle / 2, "{waited:?}");
}

#[tokio::test]
async fn more_clients_than_connections() {
    let limits = Limits { connections: 8, idle: 60 * SECOND, ..quick() };
    let server = Server::start(limits, Drain::default()).await;
    // Clients that keep their connections after a request, as the API server does, use all connections.
    let mut holders = Vec::new();
    for _ in 0..limits.connections {
        let mut holder = server.client(&["http/1.1"]).http1().await;
        assert_eq!(holder.post("/echo", "mine").await.unwrap().status(), 200);
        holders.push(holder);
    }
    assert!(server.serves().await, "idle connections make room");
}

#[tokio::test]
async fn clients_above_the_connection_limit_wait() {
    let limits = Limits { connections: 2, ..quick() };
    let server = Server::start(limits, Drain::default()).await;
    let mut waiting = JoinSet::new();
    for _ in 0..10 {
        let client = server.client(&["http/1.1"]);
        waiting.spawn(async move { client.http1().await.post("/slow", "50").await.unwrap().status() });
    }
    while let Some(status) = waiting.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_bounded() {
    let limits = Limits { request: Duration::from_millis(200), ..quick() };
    let server = Server::start(limits, Drain::default()).await;
    let answer = server.client(&["http/1.1"]).http1().await.post("/slow", "60000").await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().get("retry-after").is_none(), "the API server would repeat the call");
}

#[tokio::test]
async fn a_head_without_end() {
    let server = Server::start(quick(), Drain::default()).await;
    let (mut read, mut write) = tokio::io::split(server.client(&["http/1.1"]).tls().await.unwrap());
    write.write_all(b"POST /echo HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
    let flood = async {
        let line = format!("x: {}\r\n", "y".repeat(8000));
        while write.write_all(line.as_bytes()).await.is_ok() {}
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = flood => {}
        _ = timeout(10 * SECOND, read.read_to_end(&mut answer)) => {}
    }
    assert!(server.serves().await);
}

#[test]
fn the_server_survives_without_free_file_descriptors() {
    let child = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" --exact hostile::with_64_file_descriptors --ignored --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && stdout.contains("1 passed"),
        "{stdout}{}",
        String::from_utf8_lossy(&child.stderr)
    );
}

#[tokio::test]
#[ignore = "run by running_out_of_file_descriptors, in a process of its own"]
async fn with_64_file_descriptors() {
    let server = Server::start(Limits { handshake: 60 * SECOND, ..quick() }, Drain::default()).await;
    let mut taken = Vec::new();
    while let Ok(stream) = TcpStream::connect(server.address).await {
        assert!(taken.len() < 64);
        taken.push(stream);
        // The server accepts connections in the same process, so each one also needs a descriptor for the server.
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(taken);
    assert!(server.serves().await, "accepting goes on when there are descriptors again");
}

#[tokio::test]
async fn closed_connections_leave_no_resources() {
    let server = Server::start(quick(), Drain::default()).await;
    for _ in 0..100 {
        let mut stream = server.client(&["http/1.1"]).tls().await.unwrap();
        stream.write_all(b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 90000\r\n\r\nhalf").await.unwrap();
    }
    assert!(eventually(5 * SECOND, async || server.bodies.held() == 0).await, "{} bytes", server.bodies.held());
    assert!(server.serves().await);
}
