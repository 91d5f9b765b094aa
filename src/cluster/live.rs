//! Live reads: the present state of the few objects that a judgement needs.
//!
//! Proofs and explanations have separate clients and permits, so that explanations do not delay proofs. Concurrent
//! callers share one read of a Service, of the Pods of a selector, or of the workloads of a namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, join, join_all};
use kube::Client;
use tokio::time::Instant;

use super::explanations::{NamespaceWorkloads, SelectedPods};
use super::flight::Flights;
use super::reads::{LiveObserver, Reads};
use crate::engine::model::Labels;
use crate::engine::view::{LiveFacts, Lookup, Need, Purpose, Unknown};

/// Reads facts from the API server. Clones share the reads in progress.
#[derive(Clone)]
pub struct Live(Arc<Lanes>);

struct Lanes {
    proofs: Flights<Need, LiveFacts>,
    /// All reads for explanations, except Pods and workloads.
    confirmations: Flights<Need, LiveFacts>,
    /// By namespace and selector.
    pods: Flights<(String, Labels), SelectedPods>,
    /// By namespace.
    workloads: Flights<String, NamespaceWorkloads>,
}

/// The two clients of live reads. They should not retry.
pub struct LiveClients {
    /// For [`Purpose::Proof`].
    pub proofs: Client,
    /// For [`Purpose::Explanation`].
    pub explanations: Client,
}

impl Live {
    /// Reads through `clients`, and reports each call to `observer`.
    pub fn new(clients: LiveClients, observer: Arc<dyn LiveObserver>) -> Self {
        let proofs = Arc::new(Reads::new(clients.proofs, Purpose::Proof, Arc::clone(&observer)));
        let explanations = Arc::new(Reads::new(clients.explanations, Purpose::Explanation, observer));
        let (for_pods, for_workloads) = (Arc::clone(&explanations), Arc::clone(&explanations));
        let pods = Flights::new(move |(namespace, selector): (String, Labels), progress| {
            let reads = Arc::clone(&for_pods);
            async move { drop(progress.send_replace(reads.pods(&namespace, &selector).await)) }.boxed()
        });
        let workloads = Flights::new(move |namespace: String, progress| {
            let reads = Arc::clone(&for_workloads);
            async move { drop(progress.send_replace(reads.workloads(&namespace).await)) }.boxed()
        });
        Self(Arc::new(Lanes { proofs: answering(proofs), confirmations: answering(explanations), pods, workloads }))
    }

    /// Starts to read `needs` at the call, not at the first poll, and returns the results by `deadline`. Facts that
    /// were not read by then are unknown. The function never fails, and never takes longer.
    ///
    /// Pods are read with the client and the permits of explanations, for both purposes.
    pub fn read(
        &self,
        needs: BTreeSet<Need>,
        purpose: Purpose,
        deadline: Instant,
    ) -> impl Future<Output = LiveFacts> + Send + use<> {
        let flights = match purpose {
            Purpose::Proof => &self.0.proofs,
            Purpose::Explanation => &self.0.confirmations,
        };
        let (mut answers, mut explanations) = (Vec::new(), Vec::new());
        let mut namespaces: BTreeMap<String, OfNamespace> = BTreeMap::new();
        for need in needs {
            if let Need::Pods(namespace, selector) = need {
                let shared =
                    namespaces.entry(namespace.clone()).or_insert_with(|| self.namespace(&namespace, deadline));
                let key = (namespace, selector);
                let pods = self.0.pods.join(key.clone(), Lookup::Unknown(Unknown::Timeout), deadline);
                explanations.push(explanation(key, pods, shared.clone()));
            } else {
                let unknown = unknown(&need);
                answers.push(flights.join(need, unknown, deadline));
            }
        }
        async move {
            let (answers, explanations) = join(join_all(answers), join_all(explanations)).await;
            let mut facts = LiveFacts::default();
            answers.into_iter().chain(explanations).for_each(|more| facts.add(more));
            facts
        }
    }

    /// The reads that all Pod reads of one caller in one namespace share.
    fn namespace(&self, namespace: &str, deadline: Instant) -> OfNamespace {
        let workloads = self.0.workloads.join(namespace.to_owned(), NamespaceWorkloads::unread(), deadline);
        let (lanes, all) = (Arc::clone(&self.0), (namespace.to_owned(), Labels::default()));
        let pods = async move { lanes.pods.join(all, Lookup::Unknown(Unknown::Timeout), deadline).await };
        OfNamespace { workloads: workloads.boxed().shared(), all_pods: pods.boxed().shared() }
    }
}

/// Creates reads with `reads` that callers share.
fn answering(reads: Arc<Reads>) -> Flights<Need, LiveFacts> {
    Flights::new(move |need, progress| {
        let reads = Arc::clone(&reads);
        async move { reads.answer(need, &progress).await }.boxed()
    })
}

/// The reads of a namespace that do not depend on a selector.
#[derive(Clone)]
struct OfNamespace {
    workloads: Shared<BoxFuture<'static, NamespaceWorkloads>>,
    /// The first Pods of the namespace. This read starts when it is first awaited.
    all_pods: Shared<BoxFuture<'static, SelectedPods>>,
}

/// The Pods that a selector selects, and the workloads whose Pods it would select. If there are none, all Pods and
/// workloads: labels that almost match explain a selector that matches none (rulebook 6.2).
async fn explanation(
    key: (String, Labels),
    pods: impl Future<Output = SelectedPods>,
    shared: OfNamespace,
) -> LiveFacts {
    let (pods, workloads) = join(pods, shared.workloads).await;
    let matching = workloads.matching(&key.1);
    let none = matches!(&pods, Lookup::Found(pods) if pods.is_empty())
        && !matches!(&matching, Lookup::Found(workloads) if !workloads.is_empty());
    let mut facts = LiveFacts::default();
    if none {
        let all = (key.0.clone(), Labels::default());
        facts.pods.insert(all.clone(), shared.all_pods.await);
        facts.workloads.insert(all, workloads.matching(&Labels::default()));
    }
    facts.pods.insert(key.clone(), pods);
    facts.workloads.insert(key, matching);
    facts
}

/// The result of `need`, which is not about Pods, before the read.
fn unknown(need: &Need) -> LiveFacts {
    let mut facts = LiveFacts::default();
    match need {
        Need::Namespace(name) => {
            facts.namespaces.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Makers(namespace) => {
            facts.makers.insert(namespace.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Service(name) => {
            facts.services.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Backend(name) => {
            facts.services.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
            facts.slices.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Pods(..) => {}
    }
    facts
}
