//! The processor time of one review of each shape, in process.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::adversary::Shape;
use super::figures::median;
use super::listed;

/// The maximum processor time of one review, in milliseconds.
const MAX_MILLISECONDS: f64 = 100.0;
/// The maximum ratio of the times at full and at half size: 2, and room for noise.
const MAX_RATIO: f64 = 2.3;
/// The maximum bytes of an answer.
const MAX_ANSWER: usize = 64 << 10;

/// The maximum number of alternating rounds of one shape.
const ROUNDS: usize = 15;
/// The time after which no further round begins.
const PATIENCE: Duration = Duration::from_secs(2);
/// If a sixteenth of the size takes more milliseconds than this, the full size is not measured, because it would take
/// minutes.
const HOPELESS: f64 = 400.0;

/// The measurements of one shape.
pub(crate) struct Row {
    pub(crate) shape: &'static Shape,
    /// Bytes of the review at full size.
    review: usize,
    /// Bytes of the answer at full size.
    answer: usize,
    /// Milliseconds at full and at half size.
    full: f64,
    half: f64,
    /// How many times longer the full size takes.
    ratio: f64,
}

impl Row {
    /// Whether the measurements keep every bound.
    pub(crate) fn kept(&self) -> bool {
        self.misses().is_empty()
    }

    /// The bounds that are missed.
    fn misses(&self) -> Vec<&'static str> {
        let bounds = [
            (self.full <= MAX_MILLISECONDS, "time"),
            (self.ratio <= MAX_RATIO, "ratio"),
            (self.answer <= MAX_ANSWER, "answer"),
        ];
        bounds.into_iter().filter(|(kept, _)| !kept).map(|(_, bound)| bound).collect()
    }

    fn print(&self) {
        let Self { shape, review, answer, full, half, ratio } = self;
        let verdict = if self.kept() { "kept".to_owned() } else { format!("MISSED: {}", self.misses().join(", ")) };
        println!(
            "{:40} {:>7} {review:>8} {answer:>8} {full:>9.2} {half:>9.2} {ratio:>6.2}  {verdict}",
            shape.name, shape.full
        );
    }
}

/// Measures the shapes and prints a line for each.
pub(crate) fn measure(shapes: &[&'static Shape]) -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!(
        "processor time of one review, medians of up to {ROUNDS} alternating rounds; at most {MAX_MILLISECONDS} ms,"
    );
    println!("at most {MAX_RATIO} times as much for twice the size, and at most {MAX_ANSWER} bytes of answer\n");
    let [size, full, half] = ["size", "full ms", "half ms"];
    println!("{:40} {size:>7} {:>8} {:>8} {full:>9} {half:>9} {:>6}", "shape", "bytes", "answer", "ratio");
    let measured = shapes.iter().map(|shape| {
        let row = row(&runtime, shape);
        row.print();
        row
    });
    measured.collect()
}

/// Answers a small review of each shape, as a test that all shapes work.
pub(crate) fn try_small_sizes(shapes: &[&'static Shape]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for shape in shapes {
        Side::new(shape, shape.full / 64).answer(&runtime);
    }
}

/// The shapes of the most expensive reviews, the worst first. Shapes that fill the cluster with IngressClasses are
/// omitted, because their objects would change the other reviews.
pub(crate) fn most_expensive(rows: &[Row], count: usize) -> Vec<&'static Shape> {
    let mut rows: Vec<&Row> = rows.iter().filter(|row| row.shape.name != "ingress-classes").collect();
    rows.sort_by(|a, b| b.full.total_cmp(&a.full));
    rows.into_iter().take(count).map(|row| row.shape).collect()
}

fn row(runtime: &Runtime, shape: &'static Shape) -> Row {
    let (sixteenth, _) = Side::new(shape, shape.full / 16).answer(runtime);
    let sizes = if sixteenth > HOPELESS { [shape.full / 16, shape.full / 32] } else { [shape.full, shape.full / 2] };
    let sides = sizes.map(|size| Side::new(shape, size));
    // A first round, which does not count: it meets cold caches, and an allocator without memory.
    let [(_, answer), _] = sides.each_ref().map(|side| side.answer(runtime));
    let mut rounds: Vec<[f64; 2]> = Vec::new();
    let started = Instant::now();
    while rounds.is_empty() || (rounds.len() < ROUNDS && started.elapsed() < PATIENCE) {
        rounds.push(sides.each_ref().map(|side| side.answer(runtime).0));
    }
    let [full, half] = [0, 1].map(|side| median(rounds.iter().map(|round| round[side])));
    let ratio = median(rounds.iter().map(|[full, half]| full / half));
    if sixteenth > HOPELESS {
        println!("{}: a sixteenth of it takes {sixteenth:.0} ms, so that no more than that is measured", shape.name);
    }
    Row { shape, review: sides[0].review.len(), answer, full, half, ratio }
}

/// A shape of one size, ready to be judged.
struct Side {
    webhook: Router,
    review: Bytes,
}

impl Side {
    fn new(shape: &Shape, size: usize) -> Self {
        let case = (shape.build)(size);
        Self { webhook: listed::webhook(&case), review: case.review.into() }
    }

    /// The processor time of the answer in milliseconds, and its bytes.
    fn answer(&self, runtime: &Runtime) -> (f64, usize) {
        let request = Request::post("/validate?timeout=10s").header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(self.review.clone())).unwrap();
        let before = processor_time();
        let answer = runtime.block_on(async {
            let answer = self.webhook.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "every review is answered");
            answer.into_body().collect().await.unwrap().to_bytes()
        });
        (processor_time().saturating_sub(before).as_secs_f64() * 1e3, answer.len())
    }
}

/// The processor time of this process, all threads included.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}
