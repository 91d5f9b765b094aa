//! The HTTP handler of `POST /validate`.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use tokio::time::Instant;

use super::deadline::budget;
use super::question::{Asked, Question, question};
use super::response;
use super::review::{Envelope, Operation, Response, read_review};
use super::rounds::Rounds;
use crate::engine::policy::{Change, Judgement, Policy, Verdict};
use crate::engine::view::{LiveFacts, Need, Purpose, View};
use crate::telemetry::Throttle;
use crate::telemetry::metrics::Metrics;

/// How often the log may tell of requests that cannot be read: whoever reaches the port could fill the disk.
const COMPLAINTS: Duration = Duration::from_mins(1);
/// Bytes of a logged value that comes from a request.
const LOGGED: usize = 512;

/// Where facts come from.
pub trait Facts: Send + Sync + 'static {
    /// A consistent view of `namespaces` as they are now. The view holds no lock.
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync>;

    /// Starts to read `needs` from the API server, and answers by `deadline`. What was not read by then is unknown.
    fn read(
        &self,
        needs: BTreeSet<Need>,
        purpose: Purpose,
        deadline: Instant,
    ) -> impl Future<Output = LiveFacts> + Send;
}

/// What the handler needs.
pub struct Admission<F> {
    /// Where facts come from.
    pub facts: F,
    /// What holds for every review, replaced as a whole when it changes.
    pub policy: Arc<ArcSwap<Policy>>,
    /// Where requests and findings are counted.
    pub metrics: Metrics,
}

/// Routes `POST /validate`. The server must bound the body.
pub fn router<F: Facts>(admission: Admission<F>) -> Router {
    let (malformed, unreadable) = (Throttle::new(COMPLAINTS), Throttle::new(COMPLAINTS));
    Router::new().route("/validate", post(validate::<F>)).with_state(Arc::new(Handler {
        admission,
        malformed,
        unreadable,
    }))
}

/// Answers reviews.
struct Handler<F> {
    admission: Admission<F>,
    /// Bounds the log lines about requests that hold no AdmissionReview.
    malformed: Throttle,
    /// Bounds the log lines about reviews that cannot be judged.
    unreadable: Throttle,
}

async fn validate<F: Facts>(
    State(handler): State<Arc<Handler<F>>>,
    // The whole request, because axum's extractors for query and headers copy them.
    request: HttpRequest,
) -> HttpResponse {
    let received = Instant::now();
    let (head, body) = request.into_parts();
    if !is_json(&head.headers) {
        return handler.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the AdmissionReview as application/json");
    }
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return handler.refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    // One policy from here to the answer, whatever is read from its file meanwhile.
    let policy = handler.admission.policy.load_full();
    let call = match read_review(&body) {
        Ok(envelope) => Call::new(envelope, &policy, received),
        Err(error) => return handler.refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    // The body is freed here: it must not wait for the API server.
    drop(body);
    let deadline = received + budget(head.uri.query());
    let response = handler.answer(call, &policy, deadline).await;
    ([(header::CONTENT_TYPE, "application/json")], response.to_review()).into_response()
}

/// The parts of a review that are kept while it is answered.
struct Call {
    uid: String,
    operation: Operation,
    dry_run: bool,
    question: Question,
    received: Instant,
}

impl Call {
    fn new(Envelope { uid, request }: Envelope<'_>, policy: &Policy, received: Instant) -> Self {
        let known = request.as_ref().ok();
        let operation = known.map_or(Operation::Other, |request| request.operation);
        let dry_run = known.and_then(|request| request.dry_run).unwrap_or_default();
        Self { uid, operation, dry_run, question: question(request, policy), received }
    }
}

impl<F: Facts> Handler<F> {
    /// Answers a request that holds no AdmissionReview.
    fn refuse(&self, status: StatusCode, why: &str) -> HttpResponse {
        self.admission.metrics.malformed_request();
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

    async fn answer(&self, call: Call, policy: &Policy, deadline: Instant) -> Response {
        let Call { uid, operation, dry_run, question, received } = call;
        let (response, verdict) = match question {
            Question::None => (response::pass(uid), Verdict::Pass),
            Question::Unreadable(trouble, why) => {
                if let Some(held_back) = self.unreadable.pass(std::time::Instant::now()) {
                    let (uid, why) = (beginning(&uid), beginning(&why));
                    tracing::warn!(uid, why, held_back, "a review that cannot be judged is allowed");
                }
                (response::unreadable(uid, trouble, &why), Verdict::Unknown)
            }
            Question::Ingress(asked) => {
                let change = asked.change();
                match self.judgement(&asked, &change, policy, deadline).await {
                    None => (response::pass(uid), Verdict::Pass),
                    Some(judgement) => {
                        self.record(&asked, dry_run, &judgement);
                        (response::judged(uid, &asked.subject, &change, &judgement), judgement.verdict)
                    }
                }
            }
        };
        self.admission.metrics.request(operation.as_str(), verdict, dry_run, received.elapsed());
        response
    }

    /// Judges the review by the index, and with live reads if the index does not suffice. `None` if nothing of the
    /// review is to be judged.
    async fn judgement(
        &self,
        asked: &Asked,
        change: &Change<'_>,
        policy: &Policy,
        deadline: Instant,
    ) -> Option<Judgement> {
        let namespaces = asked.namespaces(policy);
        let first = {
            let view = self.admission.facts.picture(&namespaces);
            asked.look(change, &*view, policy, Timestamp::now())?
        };
        let needs = match first {
            (judgement, needs) if needs.is_empty() => return Some(judgement),
            // The findings are freed here: thousands of them must not wait for the API server.
            (_, needs) => needs,
        };
        let facts = &self.admission.facts;
        let rounds = Rounds { facts, asked, change, policy, namespaces: &namespaces, deadline };
        // Boxed, because it is large and rare: the future of every request would be as large.
        Box::pin(rounds.judgement(needs)).await
    }

    fn record(&self, asked: &Asked, dry_run: bool, judgement: &Judgement) {
        for ((check, action), count) in &judgement.counts {
            self.admission.metrics.findings(check.0, *action, *count);
        }
        let would_deny = judgement.would_deny;
        if would_deny {
            self.admission.metrics.would_deny();
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
                softened = worst.and_then(|judged| judged.softened),
                gap = judgement.gaps.first().map(|gap| format!("{}: {}", beginning(&gap.what), gap.why)),
                "judged"
            );
        }
    }
}

/// The beginning of a value that comes from a request, for the log. A name may be megabytes long here: the API server
/// validates the object only later.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LOGGED)).unwrap_or(text)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
