//! The view of one evaluation: it pays for lookups of Pods and workloads, and does those that cost much once.
//!
//! A selector may have forty thousand labels, and ten thousand references may lead to its Service.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Meter;
use crate::engine::model::{
    Claim, ClassFacts, Labels, Makers, NameRef, NamespaceFacts, NetworkPolicies, ObjectName, PodFacts, ServiceFacts,
    SliceFacts, TargetId, WorkloadFacts,
};
use crate::engine::subject::Neighbour;
use crate::engine::view::{Among, Elsewhere, Lookup, Proof, Stage, View};

/// The cost of a lookup from which its result is kept. Cheaper lookups are done again, which needs no memory.
const KEPT_FROM: usize = 64;

/// See the documentation of the module.
pub struct MeteredView<'v> {
    view: &'v dyn View,
    meter: &'v Meter,
    pods: Selections<'v, PodFacts>,
    workloads: Selections<'v, WorkloadFacts>,
}

/// The results of lookups, by the address of the selector.
type Selections<'v, T> = RefCell<BTreeMap<usize, Selection<'v, T>>>;

/// The result of a lookup.
struct Selection<'v, T> {
    namespace: Box<str>,
    /// A copy, so that no other selector gets the address.
    _selector: Labels,
    found: Lookup<Vec<&'v T>>,
}

impl<'v> MeteredView<'v> {
    /// Wraps `view`. Its lookups are paid from `meter`.
    pub fn new(view: &'v dyn View, meter: &'v Meter) -> Self {
        Self { view, meter, pods: RefCell::default(), workloads: RefCell::default() }
    }

    /// The result of `find`, which compares `selector` with objects of `namespace`, or the result that is kept. Each found
    /// object is paid each time. A result that cannot be paid is unknown.
    fn select<T>(
        &self,
        kept: &Selections<'v, T>,
        (namespace, selector): (&str, &Labels),
        find: impl FnOnce() -> Lookup<Vec<&'v T>>,
    ) -> Lookup<Vec<&'v T>> {
        let address = selector.address();
        if let Some(known) = kept.borrow().get(&address).filter(|known| *known.namespace == *namespace) {
            return self.paid(known.found.as_ref().map(Vec::as_slice)).map(<[_]>::to_vec);
        }
        let cost = selector.len().saturating_add(self.view.selection_cost(namespace, selector));
        let found = match self.meter.spend(cost) {
            Ok(()) => find(),
            Err(why) => Lookup::Unknown(why),
        };
        let found = match self.paid(found.as_ref().map(Vec::as_slice)) {
            Lookup::Unknown(why) => Lookup::Unknown(why),
            Lookup::Found(_) | Lookup::Absent => found,
        };
        if cost >= KEPT_FROM {
            let selection =
                Selection { namespace: namespace.into(), _selector: selector.clone(), found: found.clone() };
            kept.borrow_mut().insert(address, selection);
        }
        found
    }

    fn paid<'f, T>(&self, found: Lookup<&'f [T]>) -> Lookup<&'f [T]> {
        found.and_then(|found| match self.meter.spend(found.len()) {
            Ok(()) => Lookup::Found(found),
            Err(why) => Lookup::Unknown(why),
        })
    }
}

impl View for MeteredView<'_> {
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts> {
        self.view.service(namespace, name)
    }

    fn makers(&self, namespace: &str) -> Lookup<&Makers> {
        self.view.makers(namespace)
    }

    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        self.view.slices(namespace, service)
    }

    fn class(&self, name: &str) -> Lookup<&ClassFacts> {
        self.view.class(name)
    }

    fn default_classes(&self) -> Lookup<Vec<&str>> {
        self.view.default_classes()
    }

    fn class_names(&self) -> Lookup<Vec<&str>> {
        self.view.class_names()
    }

    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts> {
        self.view.namespace(name)
    }

    fn ingresses_with_targets(&self, namespace: &str, targets: &[TargetId], among: Among) -> Lookup<Vec<&Neighbour>> {
        self.view.ingresses_with_targets(namespace, targets, among)
    }

    fn network_policies(&self, namespace: &str) -> Lookup<&NetworkPolicies> {
        self.view.network_policies(namespace)
    }

    fn pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        self.select(&self.pods, (namespace, selector), || self.view.pods(namespace, selector))
    }

    fn workloads(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&WorkloadFacts>> {
        self.select(&self.workloads, (namespace, selector), || self.view.workloads(namespace, selector))
    }

    fn selection_cost(&self, namespace: &str, selector: &Labels) -> usize {
        self.view.selection_cost(namespace, selector)
    }

    fn elsewhere(&self, subject: &ObjectName, service: &str) -> Option<Elsewhere<'_>> {
        self.meter.spend(self.view.elsewhere_cost()).ok()?;
        self.view.elsewhere(subject, service)
    }

    fn elsewhere_cost(&self) -> usize {
        self.view.elsewhere_cost()
    }

    fn stage(&self) -> Stage {
        self.view.stage()
    }

    fn has_all_classes(&self) -> bool {
        self.view.has_all_classes()
    }

    fn may_hide_pods(&self, namespace: &str, selector: &Labels) -> bool {
        // Beyond the budget, nothing is known about other Pods.
        let is_paid = self.meter.spend(self.hiding_cost(namespace, selector)).is_ok();
        !is_paid || self.view.may_hide_pods(namespace, selector)
    }

    fn hiding_cost(&self, namespace: &str, selector: &Labels) -> usize {
        self.view.hiding_cost(namespace, selector)
    }

    fn service_names(&self, namespace: &str) -> Vec<&str> {
        self.view.service_names(namespace)
    }

    fn proof(&self, claim: Claim<NameRef<'_>>) -> Option<Proof> {
        self.view.proof(claim)
    }

    fn proves_namespace(&self, name: &str) -> bool {
        self.view.proves_namespace(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kinds::Object;
    use crate::engine::model::{CustomFacts, PodSpecFacts, PodState};
    use crate::engine::resolve::MOST_UNITS;
    use crate::engine::view::{Snapshot, Unknown};

    /// A Pod with so many labels.
    fn with_pod(labels: &Labels) -> Snapshot {
        let (name, labels) = ("web-1".to_owned(), labels.clone());
        let spec = PodSpecFacts::default();
        let mut view = Snapshot::complete();
        view.insert(Object::Pod("shop".into(), PodFacts { name, labels, created: None, state: PodState::Ready, spec }));
        view
    }

    fn labels(count: usize) -> Labels {
        (0..count).map(|at| (format!("l{at:05}"), "v")).collect()
    }

    #[test]
    fn a_large_selector_is_paid_once() {
        let selector = labels(10_000);
        let snapshot = with_pod(&selector);
        let meter = Meter::new(MOST_UNITS);
        let view = MeteredView::new(&snapshot, &meter);
        for _ in 0..10_000 {
            assert_eq!(view.pods("shop", &selector).map(|pods| pods.len()), Lookup::Found(1));
            assert_eq!(view.workloads("shop", &selector).map(|found| found.len()), Lookup::Found(0));
        }
        assert_eq!(view.pods("other", &selector).map(|pods| pods.len()), Lookup::Found(0), "of its own namespace");
    }

    /// A custom resource with many templates may have Pods that no template shows. What cannot be paid is not searched.
    #[test]
    fn hidden_pods_are_searched_only_if_that_can_be_paid() {
        let selector = labels(10);
        let mut snapshot = with_pod(&selector);
        let scaler = CustomFacts {
            kind: "ScaledObject".to_owned(),
            group: "keda.sh".to_owned(),
            name: "web".to_owned(),
            templates: Vec::new(),
            is_expanded: false,
            scales: None,
        };
        snapshot.insert(Object::Custom("shop".into(), scaler));
        for (units, expected) in [(10, true), (11, false)] {
            let meter = Meter::new(units);
            assert_eq!(MeteredView::new(&snapshot, &meter).may_hide_pods("shop", &selector), expected);
            assert_eq!(meter.is_exhausted(), expected);
        }
    }

    #[test]
    fn what_cannot_be_paid_is_unknown() {
        let selector = labels(1000);
        let snapshot = with_pod(&selector);
        for (units, expected) in [(1999, Lookup::Unknown(Unknown::TooLarge)), (4000, Lookup::Found(1))] {
            let meter = Meter::new(units);
            let view = MeteredView::new(&snapshot, &meter);
            for _ in 0..2 {
                assert_eq!(view.pods("shop", &selector).map(|pods| pods.len()), expected);
            }
        }
    }
}
