//! The real program with the memory that the deployment gives it: whatever arrives is answered or shed, and the server lives.
//!
//! `cargo test --test memory_limit -- --nocapture --test-threads 1` prints the peak and the answers of each body.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the test prints the peak and the answers of each body")]
#![allow(unreachable_pub, reason = "the modules of a test program share their helpers")]

#[path = "../../benches/support/adversary/mod.rs"]
mod adversary;
#[path = "../../benches/support/api_server.rs"]
mod api_server;
#[path = "../../benches/support/load.rs"]
mod load;
#[path = "../../benches/support/served.rs"]
mod served;

mod container;

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use adversary::{largest, ordinary, raw};
use api_server::{ApiServer, NAMESPACE_OF_INGRESSES};
use backstop::webhook::{MAX_MEMORY, Weights};
use container::{Container, LIMIT, forget_peak, peak};
use load::{Connection, post};
use served::Served;
use tempfile::TempDir;
use tokio::sync::Mutex;

/// One server at a time, so that each has the machine for itself.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Annotations that silence checks are read only if the configuration allows them.
const CONFIGURATION: &str = "apiVersion: backstop.dev/v1\nkind: Configuration\nallowIgnoreAnnotation: true\n";

/// The statuses of what is answered or shed. A machine that is too slow to send a body in time gets 408.
const STATUSES: [u16; 5] = [200, 400, 408, 413, 503];

/// Bytes of the bodies by which weights are scaled.
const SAMPLE: usize = 50_000;
/// Bytes of the largest bodies.
const LARGE: usize = 15_000_000;

/// How often a body is sent again, a second later, if the server has no memory for it.
const PATIENCE: usize = 60;

/// A body and its name.
type Named = (&'static str, String);

/// A server in a container.
struct Server {
    served: Served,
    _cluster: ApiServer,
    _folder: TempDir,
    /// Dropped last, because the server must have left it.
    _container: Container,
}

impl Server {
    /// Each answer of the API server takes `delay`.
    fn start(delay: Duration) -> Self {
        Self::before(ApiServer::start(&ordinary().1, delay))
    }

    /// Returns when the server has read the cluster.
    fn before(api_server: ApiServer) -> Self {
        let (container, folder) = (Container::create(), tempfile::tempdir().unwrap());
        let program = container.command(env!("CARGO_BIN_EXE_backstop").as_ref());
        let served = Served::start(program, &api_server, folder.path(), CONFIGURATION);
        Self { served, _cluster: api_server, _folder: folder, _container: container }
    }

    /// Sends all of `bodies` at once, over connections that are open before. Returns the status of each answer, and what the
    /// answer says.
    async fn answers(&self, bodies: &[&str]) -> Vec<io::Result<(u16, &'static str)>> {
        let mut connections = Vec::new();
        for body in bodies {
            let connection = Connection::open(self.served.admission, "localhost", &self.served.ca).await;
            connections.push((connection, *body));
        }
        let answers = connections.into_iter().map(|(connection, body)| async move {
            let mut connection = connection?;
            let status = connection.status(&post(body)).await?;
            Ok((status, outcome(connection.last())))
        });
        futures::future::join_all(answers).await
    }

    /// The largest resident set in MiB; `None` if the process has ended.
    fn peak(&self) -> Option<usize> {
        peak(self.served.id()).map(|bytes| bytes.div_ceil(1 << 20))
    }
}

/// Returns the outcome of a review: judged, or why it is not judged.
fn outcome(answer: &[u8]) -> &'static str {
    let answer = String::from_utf8_lossy(answer);
    let known = [
        ("too large to be checked", "too large"),
        ("kept the webhook busy", "late"),
        ("check skipped", "unreadable"),
        ("\"allowed\":", "judged"),
        ("too many large requests", "busy"),
        ("takes too much memory", "too large"),
    ];
    known.into_iter().find(|(text, _)| answer.contains(text)).map_or("refused", |(_, outcome)| outcome)
}

/// Sends each of `bodies` `at_once` times at once. Fails if an answer is missing, or the server used too much memory.
async fn hold(bodies: impl IntoIterator<Item = Named>, at_once: usize, delay: Duration) {
    let _alone = ALONE.lock().await;
    let mut server = Server::start(delay);
    let mut failures = String::new();
    println!("\n{:40} {:>9} {:>9}  answers", "body", "bytes", "peak, MiB");
    for (name, body) in bodies {
        forget_peak(server.served.id());
        let bodies = vec![body.as_str(); at_once];
        let mut answers = server.answers(&bodies).await;
        // What is late is still evaluated, and has the memory.
        for _ in 0..PATIENCE {
            if !answers.iter().all(|answer| answer.as_ref().is_ok_and(|(_, outcome)| *outcome == "busy")) {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            answers = server.answers(&bodies).await;
        }
        let missed = missed(&mut server, (name, body.len()), &answers);
        if let Some(missed) = missed {
            // Writing to a string cannot fail.
            let _ = writeln!(failures, "{missed}");
        }
        if server.peak().is_none() {
            drop(server);
            server = Server::start(delay);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Prints what came of a body, and returns what is wrong with it.
fn missed(
    server: &mut Server,
    (name, size): (&str, usize),
    answers: &[io::Result<(u16, &'static str)>],
) -> Option<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for answer in answers {
        let shown = answer.as_ref().map_or_else(ToString::to_string, |(status, outcome)| format!("{status} {outcome}"));
        match counts.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, count)) => *count += 1,
            None => counts.push((shown, 1)),
        }
    }
    let shown: Vec<String> = counts
        .iter()
        .map(|(shown, count)| if answers.len() == 1 { shown.clone() } else { format!("{count} × {shown}") })
        .collect();
    let peak = if server.served.ended().is_some() { None } else { server.peak() };
    let peak_text = peak.map_or("killed".to_owned(), |peak| peak.to_string());
    let line = format!("{name:40} {size:>9} {peak_text:>9}  {}", shown.join(", "));
    println!("{line}");
    // Among many requests, the end of the connection of a body that is shed may overtake the answer.
    let many = answers.len() > 1;
    let answered = answers.iter().all(|answer| answer.as_ref().map_or(many, |(status, _)| STATUSES.contains(status)));
    (!answered || peak.is_none_or(|peak| peak << 20 > LIMIT)).then_some(line)
}

/// Hostile bodies of `bytes` bytes.
fn of_size(bytes: usize) -> impl Iterator<Item = Named> {
    raw::bodies(bytes).into_iter().map(|(name, make)| (name, make()))
}

/// Hostile bodies that each take `memory` bytes by the weights of the server, if they take more for each byte than a text.
fn of_weight(memory: usize) -> impl Iterator<Item = Named> {
    let samples = of_size(SAMPLE).map(|(_, body)| Weights::REVIEW.of(body.as_bytes())).enumerate();
    samples.filter(|(_, weight)| *weight > 2 * SAMPLE * Weights::REVIEW.byte).map(move |(at, weight)| {
        let (name, make) = raw::bodies(SAMPLE * memory / weight).swap_remove(at);
        (name, make())
    })
}

/// The memory that one review may have, less what the envelope takes.
const MOST: usize = MAX_MEMORY / 100 * 98;

const QUICK: Duration = Duration::from_millis(5);

#[tokio::test]
async fn one_large_hostile_body_at_a_time() {
    hold(of_size(LARGE), 1, QUICK).await;
}

/// What is judged takes the most memory if the server just accepts it.
#[tokio::test]
async fn one_hostile_body_that_just_fits() {
    hold(of_weight(MOST), 1, QUICK).await;
}

#[tokio::test]
async fn sixteen_hostile_bodies_that_just_fit() {
    hold(of_weight(MOST / 16), 16, QUICK).await;
}

/// Small reviews wait for the API server all together.
#[tokio::test]
async fn many_small_hostile_bodies() {
    hold(of_weight(MOST / 200).step_by(5), 400, Duration::from_millis(500)).await;
}

/// The largest Ingresses that etcd stores, in one namespace. A list has all of them.
#[tokio::test]
async fn eighty_of_the_largest_stored_ingresses() {
    let _alone = ALONE.lock().await;
    let (review, objects) = ordinary();
    let path = |port| {
        format!(
            r#"{{"path":"/","pathType":"Exact","backend":{{"service":{{"name":"web","port":{{"number":{port}}}}}}}}}"#
        )
    };
    let paths = (1..=20_000).map(path).collect::<Vec<_>>().join(",");
    let ingresses = (0..80).map(|at| {
        let metadata = format!(r#"{{"name":"web-{at}","namespace":"{NAMESPACE_OF_INGRESSES}","resourceVersion":"1"}}"#);
        let json = format!(r#"{{"metadata":{metadata},"spec":{{"rules":[{{"http":{{"paths":[{paths}]}}}}]}}}}"#);
        (format!("web-{at}"), json)
    });
    let server = Server::before(ApiServer::start_with_ingresses(&objects, ingresses, QUICK));
    println!("\nready with {:?} MiB", server.peak());
    let answers = server.answers(&[&review]).await;
    assert!(matches!(&answers[..], [Ok((200, "judged"))]), "{answers:?}");
    assert!(server.peak().is_some_and(|peak| peak < LIMIT >> 20), "{:?}", server.peak());
}

#[tokio::test]
async fn one_of_the_largest_legal_reviews_at_a_time() {
    hold(largest::reviews(), 1, QUICK).await;
}

#[tokio::test]
async fn sixteen_of_the_largest_legal_reviews_at_once() {
    let _alone = ALONE.lock().await;
    let mut reviews = largest::reviews();
    reviews.sort_by_key(|(_, review)| std::cmp::Reverse(review.len()));
    let mut server = Server::start(QUICK);
    let bodies: Vec<&str> = reviews.iter().take(16).map(|(_, review)| review.as_str()).collect();
    let answers = server.answers(&bodies).await;
    let missed = missed(&mut server, ("sixteen legal reviews", bodies.iter().map(|body| body.len()).sum()), &answers);
    assert_eq!(missed, None);
    let shed = answers.iter().flatten().all(|(status, _)| [200, 408, 503].contains(status));
    assert!(shed && answers.iter().flatten().any(|(status, _)| *status == 200), "{answers:?}");
}
