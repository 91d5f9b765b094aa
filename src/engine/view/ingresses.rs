//! The Ingresses of one namespace, as neighbours.
//!
//! Ingresses by target would take more memory than the neighbours. A change would have to copy them while a picture uses
//! them, and an Ingress may have thousands of targets. So a lookup compares targets: with those of the canaries, which
//! are few, or with those of all Ingresses, which only the judgement of a canary needs.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ahash::HashSet;

use super::{Lookup, Unknown};
use crate::engine::model::TargetId;
use crate::engine::subject::{Neighbour, shared_targets};

/// The approximate maximum number of comparisons of one lookup. Beyond it the result is unknown. Only a very large canary in a
/// namespace with hundreds of thousands of targets exceeds it.
const MOST_COMPARISONS: usize = 2_000_000;

/// Which Ingresses a lookup is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// Ingresses that may be canaries.
    Canaries,
    /// All Ingresses.
    All,
}

/// See the documentation of the module. A change copies one pointer for each Ingress if a picture uses the value.
#[derive(Clone, Debug, Default)]
pub(super) struct Ingresses {
    all: HashSet<ByName>,
    canaries: HashSet<ByName>,
}

/// An Ingress that is found by its name.
#[derive(Clone, Debug)]
struct ByName(Arc<Neighbour>);

impl Borrow<str> for ByName {
    fn borrow(&self) -> &str {
        &self.0.name
    }
}

impl Hash for ByName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl PartialEq for ByName {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for ByName {}

impl Ingresses {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|ingress| &*ingress.0.name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Arc<Neighbour>> {
        self.all.get(name).map(|ingress| &ingress.0)
    }

    /// The Ingresses that refer to at least one of `targets`, in any order. `targets` must be sorted.
    pub(super) fn with_targets(&self, targets: &[TargetId], among: Among) -> Lookup<Vec<&Neighbour>> {
        let ingresses = match among {
            Among::Canaries => &self.canaries,
            Among::All => &self.all,
        };
        let ingresses = ingresses.iter().map(|ingress| &*ingress.0);
        let mut costs = ingresses.clone().map(|ingress| comparisons(targets.len(), ingress.targets().len()));
        if costs.try_fold(MOST_COMPARISONS, usize::checked_sub).is_none() {
            return Lookup::Unknown(Unknown::TooLarge);
        }
        let refers = |ingress: &&Neighbour| shared_targets(targets, ingress.targets()).next().is_some();
        Lookup::Found(ingresses.filter(refers).collect())
    }

    /// Adds or changes an Ingress.
    pub(super) fn apply(&mut self, ingress: Arc<Neighbour>) {
        if ingress.may_be_canary() {
            self.canaries.replace(ByName(Arc::clone(&ingress)));
        } else {
            self.canaries.remove(&*ingress.name);
        }
        self.all.replace(ByName(ingress));
    }

    /// Deletes the Ingress `name`.
    pub(super) fn delete(&mut self, name: &str) {
        self.all.remove(name);
        self.canaries.remove(name);
    }
}

/// The approximate number of comparisons for two sorted lists: each element of the shorter list is searched in the longer one.
fn comparisons(a: usize, b: usize) -> usize {
    let (shorter, longer) = (a.min(b), a.max(b));
    let each = longer.checked_div(shorter).map_or(0, |ratio| ratio.ilog2() + 1);
    shorter.saturating_mul(usize::try_from(each).unwrap_or(usize::MAX)).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::manifest::ingress;

    fn neighbour(name: &str, services: usize) -> Arc<Neighbour> {
        let path =
            |at| serde_json::json!({"backend": {"service": {"name": format!("{name}-{at}"), "port": {"number": 80}}}});
        let paths: Vec<_> = (0..services).map(path).collect();
        let json = serde_json::json!({"metadata": {"name": name}, "spec": {"rules": [{"http": {"paths": paths}}]}});
        Arc::new(Neighbour::of(&ingress(&json.to_string(), "shop").unwrap()))
    }

    /// A lookup that would compare too much is unknown, and never empty.
    #[test]
    fn a_lookup_is_bounded() {
        let (many, mut ingresses) = (neighbour("many", 20_000), Ingresses::default());
        ingresses.apply(Arc::clone(&many));
        let copies = MOST_COMPARISONS / many.targets().len();
        for at in 0..copies {
            let found = ingresses.with_targets(many.targets(), Among::All).found().map(|found| found.len());
            assert_eq!(found, Some(at + 1).filter(|_| at + 1 < copies), "{at}");
            let mut copy = (*many).clone();
            copy.name = format!("copy-{at}").into();
            ingresses.apply(Arc::new(copy));
        }
        assert_eq!(ingresses.with_targets(many.targets(), Among::All), Lookup::Unknown(Unknown::TooLarge));
        assert_eq!(ingresses.with_targets(many.targets(), Among::Canaries), Lookup::Found(vec![]));
    }

    /// Each element of the shorter list is compared with a few elements of the longer one.
    #[test]
    fn the_cost_of_a_comparison_follows_the_shorter_list() {
        for (a, b, expected) in [(0, 20_000, 1), (1, 1, 2), (1, 20_000, 16), (20_000, 1, 16), (20_000, 20_000, 20_001)]
        {
            assert_eq!(comparisons(a, b), expected, "{a} {b}");
        }
    }
}
