//! The engine and the handler, in process: decoding, evaluating, answering, and keeping the index.
//!
//! Run: `cargo bench --bench engine`. A word after `--` selects benchmarks by name.
//!
//! Output: criterion prints the time of each step. Then two bounds are checked in one run that alternates between both
//! sides, so that a busy machine slows down both sides equally. First, a review with 10,000 Services and 20,000
//! EndpointSlices in the cluster takes at most 1.2 times as long as with 10 Services, because the cost of a review must
//! not grow with the cluster. Second, a review takes at most 30 µs, a bound for one specific machine. The exit code is
//! 1 if a bound is missed. The ratio is measured twice: with reviews of the same few Services, and with reviews of
//! other Services each time. In the second case, the data of the large index is not in the cache of the processor.
//!
//! With `--features mimalloc` the benchmark uses the allocator of the image.

#![allow(clippy::unwrap_used, reason = "a test or bench may panic at the first failure")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "support/figures.rs"]
mod figures;
#[path = "support/world.rs"]
mod world;

use std::cell::RefCell;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use backstop::engine::controllers::identify;
use backstop::engine::evaluate::{Gates, Settings, evaluate};
use backstop::engine::kinds::object;
use backstop::engine::subject::Subject;
use backstop::engine::view::Index;
use backstop::webhook::read_review;
use criterion::{BatchSize, Criterion, Throughput};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use figures::{Bound, holds, measuring, median};
use world::{CREATE, Size, UPDATE};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The number of reviews of one cluster.
const REVIEWS: usize = 1024;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    decode(&mut criterion);
    judge(&mut criterion);
    handle(&mut criterion, &runtime);
    keep_index(&mut criterion);
    pictures(&mut criterion);
    criterion.final_summary();
    let kept = !measuring() || promises(&runtime);
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, review) in [("create", CREATE), ("update", UPDATE)] {
        group.throughput(Throughput::Bytes(review.len().try_into().unwrap()));
        group.bench_function(format!("{name}/envelope"), |b| b.iter(|| read_review(black_box(review.as_bytes()))));
        group.bench_function(format!("{name}/subjects"), |b| b.iter(|| subjects(black_box(review))));
    }
    group.finish();
}

/// The Ingresses of a review.
fn subjects(review: &str) -> Vec<Subject> {
    let request = read_review(review.as_bytes()).unwrap().request.unwrap();
    let objects = [request.object, request.old_object].into_iter().flatten();
    objects.map(|object| object.into_ingress("team-007").unwrap()).collect()
}

fn judge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate");
    for (name, size) in [("10 services", Size::SMALL), ("10000 services", Size::LARGE)] {
        let index = world::index(size).whole_picture();
        let subjects: Vec<_> = size.reviews(CREATE, REVIEWS).iter().flat_map(|review| subjects(review)).collect();
        let mut next = subjects.iter().cycle();
        group.bench_function(name, |b| {
            b.iter(|| {
                let (subject, settings) = (next.next().unwrap(), Settings::default());
                let controller = identify(subject, &index, settings.controllers, settings.fallback, settings.stored);
                evaluate(subject, controller, &index, &Gates::open(subject), settings)
            });
        });
    }
    group.finish();
}

/// The request with `review` for the handler.
fn request(review: &str) -> Request<Body> {
    let request = Request::post("/validate?timeout=5s").header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(review.to_owned())).unwrap()
}

fn handle(criterion: &mut Criterion, runtime: &Runtime) {
    let mut group = criterion.benchmark_group("handler");
    let large = world::webhook(Size::LARGE);
    let crowded = world::webhook(Size::CROWDED);
    let missing = CREATE.replace("checkout-00002", "chekcout-00002");
    let cases = [
        ("create, 10 services", &world::webhook(Size::SMALL), Size::SMALL.reviews(CREATE, REVIEWS)),
        ("create, 10000 services", &large, Size::LARGE.reviews(CREATE, REVIEWS)),
        ("update, 10000 services", &large, Size::LARGE.reviews(UPDATE, REVIEWS)),
        ("denial, 100 services around", &large, Size::LARGE.reviews(&missing, REVIEWS)),
        ("denial, 10000 services around", &crowded, Size::CROWDED.reviews(&missing, REVIEWS)),
    ];
    for (name, webhook, reviews) in cases {
        let mut next = reviews.iter().cycle();
        group.bench_function(name, |b| {
            b.iter_batched(
                || request(next.next().unwrap()),
                |request| runtime.block_on(webhook.clone().oneshot(request)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// The time of a watch event while the lock is held.
fn keep_index(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("index");
    let mut index = world::index(Size::LARGE);
    let mut number = 0;
    let mut next = move || {
        number = (number + 7919) % (3 * Size::LARGE.services);
        let (service, round) = (number % Size::LARGE.services, number / Size::LARGE.services);
        (Size::LARGE.namespace(service), world::service_name(service), u16::try_from(round).unwrap())
    };
    // Each event changes the facts of the previous one: the round determines the facts.
    let mut event =
        |group: &mut criterion::BenchmarkGroup<'_, _>, name: &str, apply: fn(&mut Index, &str, &str, u16)| {
            group.bench_function(name, |b| {
                let apply = |(space, service, round): (String, String, u16)| apply(&mut index, &space, &service, round);
                b.iter_batched(&mut next, apply, BatchSize::SmallInput);
            });
        };
    event(&mut group, "slice changed", |index, space, service, round| {
        index.apply_slice(space, &world::slice_name(service, 0), service, world::slice_with(round));
    });
    event(&mut group, "slice unchanged", |index, space, service, _| {
        index.apply_slice(space, &world::slice_name(service, 1), service, world::slice_facts());
    });
    event(&mut group, "slice added and deleted", |index, space, service, _| {
        let name = world::slice_name(service, 9);
        index.apply_slice(space, &name, service, world::slice_facts());
        index.delete_slice(space, &name);
    });
    event(&mut group, "service changed", |index, space, service, round| {
        let mut facts = world::service_facts(service);
        facts.headless = round == 1;
        index.apply_service(space, service, facts);
    });
    let slice = slice_of(100);
    group.throughput(Throughput::Bytes(slice.len().try_into().unwrap()));
    group.bench_function("slice of 100 endpoints decoded", |b| {
        b.iter(|| object(&serde_json::from_slice(black_box(slice.as_bytes())).unwrap(), "").unwrap());
    });
    group.finish();
}

/// The time for which a review holds the lock, and the cost of an event while its picture exists: a copy of the slices
/// of that namespace.
fn pictures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("picture");
    for (name, size) in
        [("100 services in the namespace", Size::LARGE), ("10000 services in the namespace", Size::CROWDED)]
    {
        let index = RefCell::new(world::index(size));
        group.bench_function(format!("taken, {name}"), |b| {
            b.iter(|| index.borrow().picture(black_box(["team-000"])));
        });
        let mut round = 0;
        group.bench_function(format!("slice changed meanwhile, {name}"), |b| {
            b.iter_batched(
                || index.borrow().picture(["team-000"]),
                |picture| {
                    round = (round + 1) % 3;
                    let (service, facts) = (world::service_name(0), world::slice_with(round));
                    index.borrow_mut().apply_slice("team-000", &world::slice_name(&service, 0), &service, facts);
                    picture
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// An EndpointSlice as a watch delivers it.
fn slice_of(endpoints: usize) -> String {
    let endpoint = |number: usize| {
        let pod = format!("checkout-00001-5d9c8b7f6d-{number:05}");
        serde_json::json!({
            "addresses": [format!("10.1.{}.{}", number / 250, number % 250)],
            "conditions": {"ready": true, "serving": true, "terminating": false},
            "nodeName": format!("node-{number:04}"), "zone": "eu-west-1a",
            "targetRef": {"kind": "Pod", "namespace": "team-001", "name": pod, "uid": "6c1f2a1e-5a43-4f0e-9d59-6f0c6b3f7f7a"},
        })
    };
    let slice = serde_json::json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "checkout-00001-x0k2p", "namespace": "team-001", "resourceVersion": "48213",
                     "labels": {"kubernetes.io/service-name": "checkout-00001"}},
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": (0..endpoints).map(endpoint).collect::<Vec<_>>(),
    });
    slice.to_string()
}

/// Measures a small and a large cluster in turns; the large one with few Services, and with other Services each time.
fn promises(runtime: &Runtime) -> bool {
    const ROUNDS: usize = 60;
    let large = world::webhook(Size::LARGE);
    let sides = [
        (world::webhook(Size::SMALL), Size::SMALL.reviews_of_few(CREATE, REVIEWS)),
        (large.clone(), Size::LARGE.reviews_of_few(CREATE, REVIEWS)),
        (large, Size::LARGE.reviews(CREATE, REVIEWS)),
    ];
    let round = || sides.each_ref().map(|(webhook, reviews)| microseconds(runtime, webhook, reviews));
    let rounds: Vec<[f64; 3]> = (0..ROUNDS).map(|_| round()).collect();
    let [small, warm, cold] = [0, 1, 2].map(|side| median(rounds.iter().filter_map(|round| round.get(side)).copied()));
    println!("handler, medians of {ROUNDS} alternating rounds of {REVIEWS} reviews of {} bytes", CREATE.len());
    println!("over 10 Services: {small:.2} µs; over 10,000 Services and 20,000 EndpointSlices: {warm:.2} µs, or");
    let colder = median(rounds.iter().map(|[small, _, cold]| cold / small));
    println!("{cold:.2} µs where each review asks for other Services ({colder:.2} times: the wait for memory)");
    let ratio = median(rounds.iter().map(|[small, warm, _]| warm / small));
    let kept = [
        holds("large to small, the same few Services", ratio, "", Bound::AtMost(1.2)),
        holds("large to small, other Services each time", colder, "", Bound::AtMost(1.2)),
        holds("a review over the large cluster, at worst", cold, " µs", Bound::AtMost(30.0)),
    ];
    kept.into_iter().all(|kept| kept)
}

/// The average time of one review over all `reviews`.
#[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
fn microseconds(runtime: &Runtime, webhook: &Router, reviews: &[String]) -> f64 {
    let requests: Vec<_> = reviews.iter().map(|review| request(review)).collect();
    let answers = Vec::with_capacity(requests.len());
    let (took, answers) = runtime.block_on(async {
        let (started, mut answers) = (Instant::now(), answers);
        for request in requests {
            answers.push(webhook.clone().oneshot(request).await.unwrap());
        }
        (started.elapsed(), answers)
    });
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK), "every review is answered");
    took.as_secs_f64() * 1e6 / reviews.len() as f64
}
