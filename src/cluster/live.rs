//! Live reads: what the API server says now about the few things that a judgement asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::join_all;
use kube::Client;
use tokio::time::Instant;

use super::flight::Flights;
use super::reads::{LiveObserver, Reads};
use crate::engine::view::{LiveFacts, Lookup, Need, Unknown};

/// Reads facts from the API server. Clones share what is in flight.
#[derive(Clone)]
pub struct Live {
    flights: Arc<Flights<Need, LiveFacts>>,
}

impl Live {
    /// Reads through `client`, which should not retry by itself, and tells `observer` of each call.
    pub fn new(client: Client, observer: Arc<dyn LiveObserver>) -> Self {
        let reads = Arc::new(Reads::new(client, observer));
        let work = move |need, progress| {
            let reads = Arc::clone(&reads);
            async move { reads.answer(need, &progress).await }.boxed()
        };
        Self { flights: Arc::new(Flights::new(Arc::new(work))) }
    }

    /// Answers all of `needs` as far as the API server does so by `deadline`. Whatever is missing is unknown: this never
    /// fails, and never takes longer.
    pub async fn read(&self, needs: &[Need], deadline: Instant) -> LiveFacts {
        let needs: BTreeSet<&Need> = needs.iter().collect();
        let reads = needs.into_iter().map(|need| self.flights.join(need.clone(), unknown(need), deadline));
        let mut facts = LiveFacts::default();
        for answer in join_all(reads).await {
            merge(&mut facts, answer);
        }
        facts
    }
}

/// The answer to `need` as long as nothing was learnt.
fn unknown(need: &Need) -> LiveFacts {
    let mut facts = LiveFacts::default();
    match need {
        Need::Service(name) => {
            facts.services.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Backend(name) => {
            facts.services.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
            facts.slices.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Namespace(name) => {
            facts.namespaces.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Makers(namespace) => {
            facts.makers.insert(namespace.clone(), Lookup::Unknown(Unknown::Timeout));
        }
        Need::Pods(namespace, selector) => {
            let key = (namespace.clone(), selector.clone());
            facts.pods.insert(key.clone(), Lookup::Unknown(Unknown::Timeout));
            facts.workloads.insert(key, Lookup::Unknown(Unknown::Timeout));
        }
    }
    facts
}

/// Adds answers to `facts`. Two needs may touch the same Pods: what one of them learnt wins over "unknown".
fn merge(facts: &mut LiveFacts, more: LiveFacts) {
    fn each<K: Ord, V>(facts: &mut BTreeMap<K, Lookup<V>>, more: BTreeMap<K, Lookup<V>>) {
        for (key, value) in more {
            if !matches!(value, Lookup::Unknown(_)) || !facts.contains_key(&key) {
                facts.insert(key, value);
            }
        }
    }
    each(&mut facts.services, more.services);
    each(&mut facts.makers, more.makers);
    each(&mut facts.slices, more.slices);
    each(&mut facts.namespaces, more.namespaces);
    each(&mut facts.pods, more.pods);
    each(&mut facts.workloads, more.workloads);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::Labels;

    /// Two Services with one selector read the same Pods, and one of the reads may be cut off.
    #[test]
    fn what_was_learnt_wins_over_what_was_not() {
        let key = ("shop".to_owned(), Labels::default());
        let need = Need::Pods(key.0.clone(), key.1.clone());
        let mut learnt = LiveFacts::default();
        learnt.pods.insert(key.clone(), Lookup::Found(Vec::new()));
        for answers in [[learnt.clone(), unknown(&need)], [unknown(&need), learnt]] {
            let mut facts = LiveFacts::default();
            for answer in answers {
                merge(&mut facts, answer);
            }
            assert_eq!(facts.pods[&key], Lookup::Found(Vec::new()));
            assert_eq!(facts.workloads[&key], Lookup::Unknown(Unknown::Timeout));
        }
    }
}
