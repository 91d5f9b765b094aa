//! The HTTP handler of `POST /validate`.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;

use super::deadline::budget;
use super::facts::Facts;
use super::memory::{Memory, NoMemory, SMALL, Share, Weights};
use super::question::{Asked, Question, question};
use super::response;
use super::review::{Envelope, EnvelopeError, Operation, Response, beginning, read_review, without_objects};
use super::rounds::Rounds;
use super::workers::{Late, Workers};
use crate::engine::policy::{Judgement, Obstacle, Policy, Verdict};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::{Beginning, ReceivedAt, Throttle};

/// The shortest time between two log messages about malformed requests. Otherwise every client that reaches the port
/// could fill the disk.
const COMPLAINTS: Duration = Duration::from_mins(1);
/// The warning for a review that was not judged by its deadline.
const LATE: &str =
    "other large requests kept the webhook busy until the deadline; apply the object again to have it checked";
/// What the user reads of a review that takes more memory than one may have.
const TOO_LARGE: &str = "the Ingress is too large to be checked; split it into several";

/// The parts that the handler needs.
pub struct Admission<F> {
    /// The source of the facts.
    pub facts: F,
    /// The policy for all reviews. A change replaces it as a whole.
    pub policy: Arc<ArcSwap<Policy>>,
    /// The metrics of requests and findings.
    pub metrics: Metrics,
}

/// Routes `POST /validate`. The server must limit the size of the body.
pub fn router<F: Facts>(admission: Admission<F>) -> Router {
    let Admission { facts, policy, metrics } = admission;
    let handler = Handler {
        facts: Arc::new(facts),
        policy,
        metrics,
        workers: Arc::new(Workers::new()),
        memory: Memory::new(),
        malformed: Throttle::new(COMPLAINTS),
        unreadable: Throttle::new(COMPLAINTS),
    };
    Router::new().route("/validate", post(validate::<F>)).with_state(Arc::new(handler))
}

/// Answers reviews.
struct Handler<F> {
    facts: Arc<F>,
    policy: Arc<ArcSwap<Policy>>,
    metrics: Metrics,
    workers: Arc<Workers>,
    memory: Memory,
    /// Limits the log messages about requests without an AdmissionReview.
    malformed: Throttle,
    /// Limits the log messages about reviews that cannot be judged.
    unreadable: Throttle,
}

async fn validate<F: Facts>(
    State(handler): State<Arc<Handler<F>>>,
    // The handler takes the whole request, because the extractors of axum would copy the query and the headers.
    request: HttpRequest,
) -> HttpResponse {
    let (head, body) = request.into_parts();
    let received = head.extensions.get::<ReceivedAt>().map_or_else(Instant::now, |received| received.0);
    let deadline = received + budget(head.uri.query());
    if !is_json(&head.headers) {
        return handler.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the AdmissionReview as application/json");
    }
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return handler.refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    // One policy applies until the answer, even if the configuration is reloaded meanwhile.
    let policy = handler.policy.load_full();
    let arrival = Arrival { size: body.len(), received, deadline };
    if let Some(Beginning { of }) = head.extensions.get() {
        let arrival = Arrival { size: *of, ..arrival };
        return Box::pin(handler.answer_undecoded(&body, Undecoded::TooLarge, arrival, policy)).await;
    }
    match handler.decode(body.clone(), &policy, arrival).await {
        Ok(Ok(call)) => {
            drop(body);
            handler.answer(call, policy, arrival).await.into_response()
        }
        Ok(Err(error)) => handler.refuse(StatusCode::BAD_REQUEST, &error.to_string()),
        // Boxed, because it is large and rare: the future of every request would be as large.
        Err(undecoded) => Box::pin(handler.answer_undecoded(&body, undecoded, arrival, policy)).await,
    }
}

/// How and when a review arrived.
#[derive(Clone, Copy)]
struct Arrival {
    /// Bytes of the body.
    size: usize,
    received: Instant,
    /// When the answer is due.
    deadline: Instant,
}

/// Why a review is not decoded.
#[derive(Clone, Copy)]
enum Undecoded {
    /// It needs more memory than a review may have.
    TooLarge,
    /// Other large reviews used the memory or the workers until the deadline.
    Late,
}

impl From<NoMemory> for Undecoded {
    fn from(why: NoMemory) -> Self {
        match why {
            NoMemory::TooLarge => Self::TooLarge,
            NoMemory::Late => Self::Late,
        }
    }
}

impl From<Late> for Undecoded {
    fn from(_: Late) -> Self {
        Self::Late
    }
}

impl IntoResponse for Response {
    fn into_response(self) -> HttpResponse {
        ([(header::CONTENT_TYPE, "application/json")], self.to_review()).into_response()
    }
}

/// The parts of a review that are kept while it is answered.
struct Call {
    uid: String,
    operation: Operation,
    dry_run: bool,
    question: Question,
}

impl Call {
    fn new(Envelope { uid, request }: Envelope<'_>, policy: &Policy, memory: Option<Share>) -> Self {
        let known = request.as_ref().ok();
        let operation = known.map_or(Operation::Other, |request| request.operation);
        let dry_run = known.and_then(|request| request.dry_run).unwrap_or_default();
        Self { uid, operation, dry_run, question: question(request, policy, memory) }
    }
}

impl<F: Facts> Handler<F> {
    /// Answers a request without an AdmissionReview.
    fn refuse(&self, status: StatusCode, why: &str) -> HttpResponse {
        self.metrics.malformed_request();
        if let Some(held_back) = self.malformed.pass(std::time::Instant::now()) {
            tracing::warn!(
                why = beginning(why),
                status = status.as_u16(),
                held_back,
                "a request holds no AdmissionReview"
            );
        }
        (status, format!("{why}\n")).into_response()
    }

    /// Decodes a review as soon as there are memory and a worker for it.
    async fn decode(
        &self,
        body: Bytes,
        policy: &Arc<Policy>,
        arrival: Arrival,
    ) -> Result<Result<Call, EnvelopeError>, Undecoded> {
        let Arrival { size, deadline, .. } = arrival;
        // A review that is small whatever it contains is not weighed, which saves a pass over the body.
        let need = match Weights::REVIEW.at_most(body.len()) {
            most if most <= SMALL => most,
            _ => {
                let weighed = body.clone();
                self.workers.run(size, deadline, move || Weights::REVIEW.of(&weighed)).await?
            }
        };
        let memory = self.memory.take(need, deadline).await?;
        let policy = Arc::clone(policy);
        let decode = move || read_review(&body).map(|envelope| Call::new(envelope, &policy, Some(memory)));
        Ok(self.workers.run(size, deadline, decode).await?)
    }

    /// Answers a review that is not decoded, by the beginning of its `body`.
    async fn answer_undecoded(
        &self,
        body: &[u8],
        why: Undecoded,
        arrival: Arrival,
        policy: Arc<Policy>,
    ) -> HttpResponse {
        let (obstacle, text) = match why {
            Undecoded::TooLarge => (Obstacle::TooLarge, TOO_LARGE),
            Undecoded::Late => (Obstacle::Late, LATE),
        };
        let review = without_objects(body).unwrap_or_default();
        let Ok(envelope) = read_review(&review) else {
            // Without the uid of the request, no review can be answered.
            return match why {
                Undecoded::TooLarge => self.refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body takes too much memory"),
                Undecoded::Late => {
                    self.log_skipped("", LATE);
                    (StatusCode::SERVICE_UNAVAILABLE, format!("{LATE}\n")).into_response()
                }
            };
        };
        let mut call = Call::new(envelope, &policy, None);
        if !matches!(call.question, Question::None) {
            call.question = Question::Unreadable(obstacle, text.to_owned());
        }
        self.answer(call, policy, arrival).await.into_response()
    }

    async fn answer(&self, call: Call, policy: Arc<Policy>, arrival: Arrival) -> Response {
        let Call { uid, operation, dry_run, question } = call;
        let Arrival { size, received, deadline } = arrival;
        let (response, verdict) = match question {
            Question::None => (response::pass(uid), Verdict::Pass),
            Question::Unreadable(obstacle, why) => (self.skip(uid, obstacle, &why), Verdict::Unknown),
            Question::Ingress(asked) => {
                let (facts, workers) = (Arc::clone(&self.facts), Arc::clone(&self.workers));
                let rounds = Rounds { facts, workers, asked, policy, size, deadline };
                match self.judged(&uid, rounds, dry_run).await {
                    Ok(answered) => answered,
                    Err(Late) => (self.skip(uid, Obstacle::Late, LATE), Verdict::Unknown),
                }
            }
        };
        self.metrics.request(operation.as_str(), verdict, dry_run, received.elapsed());
        response
    }

    /// The answer to a review that is allowed because it cannot be judged.
    fn skip(&self, uid: String, obstacle: Obstacle, why: &str) -> Response {
        self.log_skipped(&uid, why);
        response::unreadable(uid, obstacle, why)
    }

    fn log_skipped(&self, uid: &str, why: &str) {
        if let Some(held_back) = self.unreadable.pass(std::time::Instant::now()) {
            tracing::warn!(uid = beginning(uid), why = beginning(why), held_back, "a review could not be judged");
        }
    }

    /// The answer to a review that is judged.
    async fn judged(&self, uid: &str, rounds: Rounds<F>, dry_run: bool) -> Result<(Response, Verdict), Late> {
        let Some(judgement) = rounds.judgement().await? else {
            return Ok((response::pass(uid.to_owned()), Verdict::Pass));
        };
        self.record(&rounds.asked, dry_run, &judgement);
        let verdict = judgement.verdict;
        let (asked, uid) = (Arc::clone(&rounds.asked), uid.to_owned());
        let compose = move || response::judged(uid, &asked.subject, &asked.change(), &judgement);
        Ok((self.workers.run(rounds.size, rounds.deadline, compose).await?, verdict))
    }

    fn record(&self, asked: &Asked, dry_run: bool, judgement: &Judgement) {
        for ((check, action), count) in &judgement.counts {
            self.metrics.findings(check.0, *action, *count);
        }
        let would_deny = judgement.would_deny;
        if would_deny {
            self.metrics.would_deny();
        }
        if judgement.verdict > Verdict::Pass {
            let worst = judgement.findings.iter().max_by_key(|judged| (judged.action, judged.enforced));
            tracing::info!(
                ingress = %beginning(&asked.subject.name.to_string()),
                user = beginning(&asked.user),
                dry_run,
                verdict = %judgement.verdict,
                enforced = would_deny.then_some("deny"),
                findings = judgement.counts.values().sum::<usize>(),
                check = worst.map(|judged| judged.finding.check.0),
                worst = worst.map(|judged| beginning(&judged.finding.sentence(None)).to_owned()),
                softened = worst.and_then(|judged| judged.softened.as_deref()),
                gap = judgement.gaps.first().map(|gap| format!("{}: {}", beginning(&gap.what), gap.why)),
                "judged"
            );
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
