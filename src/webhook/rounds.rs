//! The evaluations of one review, and the live reads between them.
//!
//! The first evaluation uses only the index. Then proofs and explanations are read at the same time. The webhook
//! answers a denial as soon as it is proven. Other responses wait for the explanations, and for the Pods of Services
//! that the index did not contain. So a review is evaluated at most three times, and no fact is confirmed twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{OptionFuture, join};
use jiff::Timestamp;
use tokio::time::Instant;

use super::facts::Facts;
use super::question::Asked;
use super::workers::{Evaluated, Late, Workers};
use crate::engine::policy::{Judgement, Policy, Verdict};
use crate::engine::view::{LiveFacts, Need, Needs, Overlay, Purpose};

/// The time between the last live read and the deadline: for the last evaluation of a large review and its answer.
const LAST_EVALUATION: Duration = Duration::from_millis(200);

/// A review that is judged.
pub(super) struct Rounds<F> {
    pub(super) facts: Arc<F>,
    pub(super) workers: Arc<Workers>,
    pub(super) asked: Arc<Asked>,
    pub(super) policy: Arc<Policy>,
    /// Bytes of the body.
    pub(super) size: usize,
    pub(super) deadline: Instant,
}

impl<F: Facts> Rounds<F> {
    /// Judges the review by the index, and with live reads if the index does not suffice. `None` if nothing of the review
    /// is to be judged.
    ///
    /// # Errors
    /// [`Late`] if an evaluation has no result by the deadline.
    pub(super) async fn judgement(&self) -> Result<Option<Judgement>, Late> {
        let needs = match self.evaluate(None).await? {
            None => return Ok(None),
            Some((judgement, needs)) if needs.is_empty() => return Ok(Some(judgement)),
            // The findings are freed here: thousands of them must not wait for the API server.
            Some((_, needs)) => needs,
        };
        // Boxed, because it is large and rare: the future of every request would be as large.
        Box::pin(self.read_and_judge(needs)).await
    }

    async fn read_and_judge(&self, needs: Needs) -> Result<Option<Judgement>, Late> {
        let explanations = self.read(needs.explanations.clone(), Purpose::Explanation);
        let proofs = self.read(needs.proofs.clone(), Purpose::Proof);
        let (first, rest) = if proofs.is_some() { (proofs, explanations) } else { (explanations, None) };
        let mut live = Arc::new(OptionFuture::from(first).await.unwrap_or_default());
        let Some((judgement, second)) = self.evaluate(Some(Arc::clone(&live))).await? else { return Ok(None) };
        let proven = !second.proofs.iter().any(|need| live.lacks_pods(need));
        let pods = second.further_pods(&needs);
        let further = self.read(pods.proofs.into_iter().chain(pods.explanations).collect(), Purpose::Explanation);
        let nothing_left = rest.is_none() && further.is_none();
        if nothing_left || (judgement.verdict == Verdict::Deny && proven) {
            return Ok(Some(judgement));
        }
        drop(judgement);
        let (rest, further) = join(OptionFuture::from(rest), OptionFuture::from(further)).await;
        rest.into_iter().chain(further).for_each(|more| Arc::make_mut(&mut live).add(more));
        Ok(self.evaluate(Some(live)).await?.map(|(judgement, _)| judgement))
    }

    fn read(&self, needs: BTreeSet<Need>, purpose: Purpose) -> Option<impl Future<Output = LiveFacts> + Send> {
        let deadline = self.deadline.checked_sub(LAST_EVALUATION).unwrap_or(self.deadline);
        (!needs.is_empty()).then(|| self.facts.read(needs, purpose, deadline))
    }

    async fn evaluate(&self, live: Option<Arc<LiveFacts>>) -> Result<Option<(Judgement, Needs)>, Late> {
        let (facts, asked, policy) = (Arc::clone(&self.facts), Arc::clone(&self.asked), Arc::clone(&self.policy));
        let evaluation = move |units| {
            let view = facts.picture(&asked.namespaces(&policy));
            let (change, look) = (asked.change(), (Timestamp::now(), units, live.is_none()));
            let result = match &live {
                Some(live) => asked.judge_with(&change, &Overlay::new(&*view, live), &policy, look),
                None => asked.judge_with(&change, &*view, &policy, look),
            };
            let complete = result.as_ref().is_none_or(|(judgement, _)| judgement.complete);
            Evaluated { result, complete }
        };
        self.workers.evaluate(self.size, self.deadline, evaluation).await
    }
}
