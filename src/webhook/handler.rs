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

use super::question::{Asked, Question, question};
use super::response;
use super::review::{Envelope, Operation, Response, read_review};
use super::rounds::Rounds;
use crate::engine::policy::{Change, Judgement, Policy, Verdict};
use crate::engine::view::{LiveFacts, Need, Purpose, View};
use crate::telemetry::metrics::Metrics;

/// The time for an answer if the request names none (gate G8, rulebook 1.6.1).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// The most that the API allows a webhook (rulebook 1.6.1); a client that claims to grant more is no API server.
const MAX_TIMEOUT: Duration = Duration::from_secs(30);
/// The API server rounds its `?timeout=` up to whole seconds (rulebook 1.6.3), so up to one of them is not ours.
const ROUNDING: Duration = Duration::from_secs(1);

/// Where facts come from.
pub trait Facts: Send + Sync + 'static {
    /// A consistent view of `namespaces` as they are now. Whoever holds it holds no lock.
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

/// Routes `POST /validate`. Its body must be bounded by whoever serves it.
pub fn router<F: Facts>(admission: Admission<F>) -> Router {
    Router::new().route("/validate", post(validate::<F>)).with_state(Arc::new(admission))
}

async fn validate<F: Facts>(
    State(admission): State<Arc<Admission<F>>>,
    // The whole request, because axum's extractors for query and headers copy them.
    request: HttpRequest,
) -> HttpResponse {
    let received = Instant::now();
    let (head, body) = request.into_parts();
    if !is_json(&head.headers) {
        return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the AdmissionReview as application/json");
    }
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    // One policy from here to the answer, whatever is read from its file meanwhile.
    let policy = admission.policy.load_full();
    let call = match read_review(&body) {
        Ok(envelope) => Call::new(envelope, &policy, received),
        Err(error) => {
            tracing::warn!(%error, bytes = body.len(), "a request that is no review");
            return refusal(StatusCode::BAD_REQUEST, &error.to_string());
        }
    };
    // The body is freed here: it must not wait for the API server.
    drop(body);
    let deadline = received + budget(head.uri.query());
    let response = admission.answer(call, &policy, deadline).await;
    ([(header::CONTENT_TYPE, "application/json")], response.to_review()).into_response()
}

/// What is kept of a review while it is answered.
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

impl<F: Facts> Admission<F> {
    async fn answer(&self, call: Call, policy: &Policy, deadline: Instant) -> Response {
        let Call { uid, operation, dry_run, question, received } = call;
        let (response, verdict) = match question {
            Question::None => (response::pass(uid), Verdict::Pass),
            Question::Unreadable(trouble, why) => {
                tracing::warn!(uid, why, "a review that cannot be judged is allowed");
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
        self.metrics.request(operation.as_str(), verdict, dry_run, received.elapsed());
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
            let view = self.facts.picture(&namespaces);
            asked.look(change, &*view, policy, Timestamp::now())?
        };
        let needs = match first {
            (judgement, needs) if needs.is_empty() => return Some(judgement),
            // The findings are freed here: thousands of them must not wait for the API server.
            (_, needs) => needs,
        };
        let rounds = Rounds { facts: &self.facts, asked, change, policy, namespaces: &namespaces, deadline };
        // Boxed, because it is large and rare: the future of every request would be as large.
        Box::pin(rounds.judgement(needs)).await
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
                ingress = %asked.subject.name,
                user = asked.user,
                dry_run,
                verdict = %judgement.verdict,
                enforced = would_deny.then_some("deny"),
                findings = judgement.counts.values().sum::<usize>(),
                check = worst.map(|judged| judged.finding.check.0),
                worst = worst.map(|judged| judged.finding.sentence(None)),
                softened = worst.and_then(|judged| judged.softened),
                gap = judgement.gaps.first().map(|gap| format!("{}: {}", gap.what, gap.why)),
                "judged"
            );
        }
    }
}

/// An answer that is no AdmissionReview, because none could be given.
fn refusal(status: StatusCode, why: &str) -> HttpResponse {
    (status, format!("{why}\n")).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// How long we may take, from the query's `timeout`: what the API server grants less what it rounded up.
fn budget(query: Option<&str>) -> Duration {
    let pairs = query.unwrap_or_default().split('&');
    let timeout = pairs.filter_map(|pair| pair.strip_prefix("timeout=")).find_map(go_duration);
    let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT).min(MAX_TIMEOUT);
    timeout.checked_sub(ROUNDING).filter(|rest| !rest.is_zero()).unwrap_or(timeout / 2)
}

/// Reads what Go prints as a duration: `10s`, `1m30s`, `500ms`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_end)?;
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::granted("timeout=10s", 9_000)]
    #[case::most("timeout=30s", 29_000)]
    #[case::minutes("a=b&timeout=0m8s", 7_000)]
    #[case::more_than_the_api_grants("timeout=1m0s", 29_000)]
    #[case::more_than_the_clock_holds("timeout=4000000000000000h", 29_000)]
    #[case::short("timeout=1s", 500)]
    #[case::milliseconds("timeout=500ms", 250)]
    #[case::nonsense("timeout=soon", 4_000)]
    #[case::absent("", 4_000)]
    #[case::overflow("timeout=99999999999999999999h", 4_000)]
    fn budgets(#[case] query: &str, #[case] milliseconds: u64) {
        assert_eq!(budget(Some(query)), Duration::from_millis(milliseconds));
    }
}
