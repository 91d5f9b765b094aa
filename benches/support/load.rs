//! A fast load driver for HTTP/1.1 over TLS. The bytes of each request exist in advance, and the driver reads only the
//! status, the length and the end of the head of each answer. A slower client would be the bottleneck for every server.

// Each benchmark uses a part of this module.
#![allow(dead_code, reason = "each bench uses its own part of it")]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Requests as bytes, which are sent in turns.
pub(crate) type Requests = Arc<Vec<Vec<u8>>>;

/// One persistent connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    received: Vec<u8>,
}

impl Connection {
    /// Connects to `address`, whose certificate must be valid for `name` and signed by `ca` (PEM).
    pub(crate) async fn open(address: SocketAddr, name: &str, ca: &[u8]) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca) {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        Ok(Self { stream, received: Vec::with_capacity(16 << 10) })
    }

    /// Sends a request and waits for the whole answer, which must be successful.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.received.clear();
        while !complete(&self.received) {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if self.received.starts_with(b"HTTP/1.1 2") {
            return Ok(());
        }
        Err(io::Error::other(String::from_utf8_lossy(&self.received).into_owned()))
    }

    /// Sends a large request and waits for the whole answer. Returns its status. The server may answer before it has read
    /// the whole request.
    pub(crate) async fn status(&mut self, request: &[u8]) -> io::Result<u16> {
        let Self { stream, received } = self;
        received.clear();
        let (mut reader, mut writer) = tokio::io::split(stream);
        let send = async {
            writer.write_all(request).await?;
            writer.flush().await
        };
        let receive = async {
            while !complete(received) {
                if reader.read_buf(received).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
            }
            Ok(())
        };
        let mut receive = std::pin::pin!(receive);
        tokio::select! {
            biased;
            answered = &mut receive => answered?,
            // If the server has closed its side, its answer contains the reason.
            _ = send => receive.await?,
        }
        let status = self.received.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        status.ok_or_else(|| io::Error::other("an answer without a status"))
    }

    /// The last answer, head and body.
    pub(crate) fn last(&self) -> &[u8] {
        &self.received
    }
}

/// The HTTP request of the API server for a review, head and body.
pub(crate) fn post(review: &str) -> Vec<u8> {
    let head = "POST /validate?timeout=10s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kube-apiserver-admission\r\n\
                Accept: application/json, */*\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{review}", review.len()).into_bytes()
}

/// Whether `answer` is complete: it has the declared length or the last chunk.
fn complete(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let (head, body) = answer.split_at(end);
    match length(head) {
        Some(length) => body.len() >= length + 4,
        None => body.ends_with(b"\r\n0\r\n\r\n"),
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let header = b"content-length: ";
    let at = head.windows(header.len()).position(|bytes| bytes.eq_ignore_ascii_case(header))?;
    let digits = head.get(at + header.len()..)?.iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

/// The result of a load.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The latency of each request, in microseconds.
    pub(crate) latencies: Vec<f64>,
    pub(crate) took: Duration,
}

impl Outcome {
    #[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }
}

/// The time at which the request with this number is due.
#[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
fn due(start: Instant, turn: u64, rate: f64) -> Instant {
    start + Duration::from_secs_f64(turn as f64 / rate)
}

/// Connections and their requests.
pub(crate) struct Load {
    connections: Vec<Connection>,
    requests: Requests,
    sent: Arc<AtomicUsize>,
    sleeps: bool,
}

impl Load {
    pub(crate) fn new(connections: Vec<Connection>, requests: Requests) -> Self {
        Self { connections, requests, sent: Arc::default(), sleeps: true }
    }

    /// Never sleeps while it waits for answers, for a driver with its own core. Over loopback, the sender wakes a
    /// sleeping receiver, which takes several microseconds on a virtual machine. Only a server that is slow enough for
    /// the driver to sleep would have this cost.
    pub(crate) fn sleepless(mut self) -> Self {
        self.sleeps = false;
        self
    }

    /// Sends these requests from now on.
    pub(crate) fn send(&mut self, requests: Requests) {
        self.requests = requests;
        self.sent = Arc::default();
    }

    /// The closed loop: each connection sends its next request after the last answer. It measures the maximum rate of
    /// the server, and the latencies at this rate.
    pub(crate) async fn closed(&mut self, time: Duration) -> io::Result<Outcome> {
        let until = Instant::now() + time;
        self.run(move |_| std::future::ready(Some(Instant::now()).filter(|now| *now < until))).await
    }

    /// The open loop: `rate` requests per second, even if the server is slower. The latency of a request counts from
    /// the time at which it was due, so that a stalled server increases the latency of all waiting requests.
    pub(crate) async fn open(&mut self, rate: f64, time: Duration) -> io::Result<Outcome> {
        if self.sleeps { self.open_asleep(rate, time).await } else { self.open_awake(rate, time).await }
    }

    async fn open_awake(&mut self, rate: f64, time: Duration) -> io::Result<Outcome> {
        let start = Instant::now();
        let turn = Arc::new(Mutex::new(0_u64));
        self.run(move |_| {
            let turn = Arc::clone(&turn);
            async move {
                // One connection at a time waits for the next due time; the others wait for their turn.
                let mut turn = turn.lock().await;
                let due = due(start, *turn, rate);
                *turn += 1;
                // The resolution of the timer is a millisecond, ten times the measured latencies.
                while Instant::now() < due {
                    tokio::task::yield_now().await;
                }
                Some(due).filter(|due| *due < start + time)
            }
        })
        .await
    }

    /// For a driver that shares its core with the server, and must not wait in a loop: a thread sleeps until each due
    /// time, with an error of at most 0.05 ms, and wakes the next connection.
    async fn open_asleep(&mut self, rate: f64, time: Duration) -> io::Result<Outcome> {
        let (moments, turns) = mpsc::unbounded_channel();
        let turns = Arc::new(Mutex::new(turns));
        let start = Instant::now();
        std::thread::spawn(move || {
            let moments_due = (0..).map(|turn| due(start, turn, rate)).take_while(|due| *due < start + time);
            for due in moments_due {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                // The receiver is closed: the load has failed, and reports the error.
                let _ = moments.send(due);
            }
        });
        self.run(move |_| {
            let turns = Arc::clone(&turns);
            async move { turns.lock().await.recv().await }
        })
        .await
    }

    /// Runs all connections until `next` returns `None`. Otherwise `next` returns the time from which the latency of
    /// the request counts.
    async fn run<F, N>(&mut self, next: N) -> io::Result<Outcome>
    where
        N: Fn(usize) -> F + Clone + Send + 'static,
        F: Future<Output = Option<Instant>> + Send,
    {
        let mut tasks = JoinSet::new();
        let started = Instant::now();
        for mut connection in self.connections.drain(..) {
            let (next, requests, sent) = (next.clone(), Arc::clone(&self.requests), Arc::clone(&self.sent));
            tasks.spawn(async move {
                let mut latencies = Vec::new();
                while let Some(due) = next(latencies.len()).await {
                    let number = sent.fetch_add(1, Relaxed) % requests.len();
                    connection.exchange(requests.get(number).map_or(&[], Vec::as_slice)).await?;
                    latencies.push(due.elapsed().as_secs_f64() * 1e6);
                }
                Ok::<_, io::Error>((connection, latencies))
            });
        }
        let mut outcome = Outcome::default();
        while !tasks.is_empty() {
            let done = if self.sleeps { tasks.join_next().await } else { tasks.try_join_next() };
            let Some(done) = done else {
                tokio::task::yield_now().await;
                continue;
            };
            let (connection, latencies) = done.map_err(io::Error::other)??;
            self.connections.push(connection);
            outcome.latencies.extend(latencies);
        }
        outcome.took = started.elapsed();
        Ok(outcome)
    }
}
