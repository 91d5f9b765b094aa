//! The live reads of one review, and the evaluations that follow them.
//!
//! The first evaluation knows the index alone. Proofs and explanations are then read at the same time. A denial is
//! answered as soon as it is proven. Anything else waits for the explanations, and for the Pods of Services that the
//! index had not seen. So a review is evaluated at most three times, and never to confirm the same thing twice.

use std::collections::BTreeSet;

use futures::future::{OptionFuture, join};
use jiff::Timestamp;
use tokio::time::Instant;

use super::handler::Facts;
use super::question::Asked;
use crate::engine::policy::{Change, Judgement, Policy, Verdict};
use crate::engine::view::{LiveFacts, Need, Needs, Overlay, Purpose};

/// A review that is judged with live reads.
pub(super) struct Rounds<'r, F> {
    pub(super) facts: &'r F,
    pub(super) asked: &'r Asked,
    pub(super) change: &'r Change<'r>,
    pub(super) policy: &'r Policy,
    /// The namespaces that the review concerns.
    pub(super) namespaces: &'r [&'r str],
    pub(super) deadline: Instant,
}

impl<F: Facts> Rounds<'_, F> {
    /// Reads `needs` and judges the review. `None` if nothing of the review is to be judged.
    pub(super) async fn judgement(self, needs: Needs) -> Option<Judgement> {
        let explanations = self.read(needs.explanations.clone(), Purpose::Explanation);
        let proofs = self.read(needs.proofs.clone(), Purpose::Proof);
        let (first, rest) = if proofs.is_some() { (proofs, explanations) } else { (explanations, None) };
        let mut live = OptionFuture::from(first).await.unwrap_or_default();
        let (judgement, second) = self.evaluate(&live)?;
        let proven = second.proofs.iter().all(|need| !matches!(need, Need::Pods(..)) || live.answers(need));
        let pods = second.further_pods(&needs);
        let further = self.read(pods.proofs.into_iter().chain(pods.explanations).collect(), Purpose::Explanation);
        let nothing_left = rest.is_none() && further.is_none();
        if nothing_left || (judgement.verdict == Verdict::Deny && proven) {
            return Some(judgement);
        }
        drop(judgement);
        let (rest, further) = join(OptionFuture::from(rest), OptionFuture::from(further)).await;
        rest.into_iter().chain(further).for_each(|more| live.add(more));
        self.evaluate(&live).map(|(judgement, _)| judgement)
    }

    fn read(&self, needs: BTreeSet<Need>, purpose: Purpose) -> Option<impl Future<Output = LiveFacts> + Send> {
        (!needs.is_empty()).then(|| self.facts.read(needs, purpose, self.deadline))
    }

    fn evaluate(&self, live: &LiveFacts) -> Option<(Judgement, Needs)> {
        let view = self.facts.picture(self.namespaces);
        self.asked.look(self.change, &Overlay::new(&*view, live), self.policy, Timestamp::now())
    }
}
