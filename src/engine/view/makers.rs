//! The objects by which programs create Services, by namespace.

use std::collections::BTreeMap;

use crate::engine::model::{MakerFacts, MakerKind, Makers};

/// See the documentation of the module.
#[derive(Debug, Default)]
pub(super) struct NamespacedMakers {
    by_namespace: BTreeMap<String, Makers>,
    /// Those of a namespace that is not in [`Self::by_namespace`]: what holds for every namespace.
    everywhere: Makers,
}

impl NamespacedMakers {
    /// Adds an object of `namespace`, or replaces the one of the same kind and name.
    pub(super) fn add(&mut self, namespace: String, facts: MakerFacts) {
        if facts.kind.maker.everywhere {
            for makers in self.by_namespace.values_mut().chain([&mut self.everywhere]) {
                makers.add(facts.clone());
            }
        } else {
            let namespace = facts.namespace().map_or(namespace, str::to_owned);
            self.of(namespace).add(facts);
        }
    }

    /// Adds an object of a kind that Backstop does not know.
    pub(super) fn add_other(&mut self, namespace: &str, kind: &str, name: &str) {
        self.of(namespace.to_owned()).add_other(kind, name);
    }

    fn of(&mut self, namespace: String) -> &mut Makers {
        self.by_namespace.entry(namespace).or_insert_with(|| self.everywhere.clone())
    }

    /// Sets the kinds of which objects can be added later.
    pub(super) fn set_served(&mut self, kinds: &[MakerKind]) {
        for makers in self.by_namespace.values_mut().chain([&mut self.everywhere]) {
            makers.set_served(kinds.to_vec());
        }
    }

    /// The objects that create Services in `namespace`.
    pub(super) fn within(&self, namespace: &str) -> &Makers {
        self.by_namespace.get(namespace).unwrap_or(&self.everywhere)
    }
}
