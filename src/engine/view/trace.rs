//! A trace: a view that records what was looked up in it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Among, Elsewhere, Key, Lookup, Proof, Stage, View};
use crate::engine::kinds::Kind;
use crate::engine::model::{
    Claim, ClassFacts, Labels, Makers, NameRef, NamespaceFacts, NetworkPolicies, ObjectName, PodFacts, ServiceFacts,
    SliceFacts, TargetId, WorkloadFacts,
};
use crate::engine::subject::Neighbour;

/// Returns the same results as the wrapped view, and records the key of each lookup.
pub struct Trace<'a> {
    view: &'a dyn View,
    keys: RefCell<BTreeSet<Key>>,
}

impl<'a> Trace<'a> {
    /// Wraps `view`.
    pub fn new(view: &'a dyn View) -> Self {
        Self { view, keys: RefCell::default() }
    }

    /// The keys of the lookups, and the availability of their kinds. As long as none of these keys changes, the same
    /// lookups have the same results.
    pub fn into_keys(self) -> BTreeSet<Key> {
        let mut keys = self.keys.into_inner();
        let kinds: BTreeSet<Kind> = keys.iter().flat_map(Key::kinds).copied().collect();
        keys.extend(kinds.into_iter().map(Key::Available));
        keys
    }

    fn record(&self, key: Key) {
        self.keys.borrow_mut().insert(key);
    }
}

impl View for Trace<'_> {
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts> {
        self.record(Key::Service(namespace.into(), name.into()));
        self.view.service(namespace, name)
    }

    fn makers(&self, namespace: &str) -> Lookup<&Makers> {
        self.record(Key::Makers(namespace.into()));
        self.view.makers(namespace)
    }

    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        self.record(Key::Slices(namespace.into(), service.into()));
        self.view.slices(namespace, service)
    }

    fn class(&self, name: &str) -> Lookup<&ClassFacts> {
        self.record(Key::Class(name.into()));
        self.view.class(name)
    }

    fn default_classes(&self) -> Lookup<Vec<&str>> {
        self.record(Key::ClassList);
        self.view.default_classes()
    }

    fn class_names(&self) -> Lookup<Vec<&str>> {
        self.record(Key::ClassList);
        self.view.class_names()
    }

    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts> {
        self.record(Key::Namespace(name.into()));
        self.view.namespace(name)
    }

    fn ingresses_with_targets(&self, namespace: &str, targets: &[TargetId], among: Among) -> Lookup<Vec<&Neighbour>> {
        let namespace_of_keys: Arc<str> = namespace.into();
        self.keys.borrow_mut().extend(targets.iter().map(|target| Key::Users(Arc::clone(&namespace_of_keys), *target)));
        self.view.ingresses_with_targets(namespace, targets, among)
    }

    fn network_policies(&self, namespace: &str) -> Lookup<&NetworkPolicies> {
        self.record(Key::Policies(namespace.into()));
        self.view.network_policies(namespace)
    }

    fn pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        self.record(Key::Pods(namespace.into(), selector.clone()));
        self.view.pods(namespace, selector)
    }

    fn listed_pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        self.view.listed_pods(namespace, selector)
    }

    fn workloads(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&WorkloadFacts>> {
        self.record(Key::Workloads(namespace.into(), selector.clone()));
        self.view.workloads(namespace, selector)
    }

    fn selection_cost(&self, namespace: &str, selector: &Labels) -> usize {
        self.view.selection_cost(namespace, selector)
    }

    fn elsewhere(&self, subject: &ObjectName, service: &str) -> Option<Elsewhere<'_>> {
        self.view.elsewhere(subject, service)
    }

    fn stage(&self) -> Stage {
        self.view.stage()
    }

    fn has_all_classes(&self) -> bool {
        self.view.has_all_classes()
    }

    fn may_hide_pods(&self, namespace: &str, selector: &Labels) -> bool {
        self.view.may_hide_pods(namespace, selector)
    }

    fn hiding_cost(&self, namespace: &str, selector: &Labels) -> usize {
        self.view.hiding_cost(namespace, selector)
    }

    fn service_names(&self, namespace: &str) -> Vec<&str> {
        self.record(Key::ServiceNames(namespace.into()));
        self.view.service_names(namespace)
    }

    /// A proof about a Service depends on the Service that was read, so its key is recorded.
    fn proof(&self, claim: Claim<NameRef<'_>>) -> Option<Proof> {
        if let Claim::Absent(service) | Claim::Service(service) = claim {
            self.record(Key::Service(service.namespace.into(), service.name.into()));
        }
        self.view.proof(claim)
    }

    fn proves_namespace(&self, name: &str) -> bool {
        self.record(Key::Namespace(name.into()));
        self.view.proves_namespace(name)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::engine::model::{PortRef, ServiceTarget, Target};
    use crate::engine::view::Snapshot;

    const WEB: NameRef<'_> = NameRef { namespace: "shop", name: "web" };

    fn web() -> Target {
        Target::Service(ServiceTarget { namespace: "shop".into(), name: "web".into(), port: PortRef::Number(80) })
    }

    fn app() -> Labels {
        [("app", "web")].into_iter().collect()
    }

    /// Each lookup, its key, and the kinds whose availability decides whether it can be answered.
    #[rstest]
    #[case::service(|view: &Trace<'_>| { view.service("shop", "web"); }, Key::Service("shop".into(), "web".into()), &[Kind::Service])]
    #[case::slices(|view: &Trace<'_>| { view.slices("shop", "web"); }, Key::Slices("shop".into(), "web".into()), &[Kind::EndpointSlice])]
    #[case::service_names(|view: &Trace<'_>| { view.service_names("shop"); }, Key::ServiceNames("shop".into()), &[Kind::Service])]
    #[case::class(|view: &Trace<'_>| { view.class("nginx"); }, Key::Class("nginx".into()), &[Kind::IngressClass])]
    #[case::default_classes(|view: &Trace<'_>| { view.default_classes(); }, Key::ClassList, &[Kind::IngressClass])]
    #[case::class_names(|view: &Trace<'_>| { view.class_names(); }, Key::ClassList, &[Kind::IngressClass])]
    #[case::namespace(|view: &Trace<'_>| { view.namespace("shop"); }, Key::Namespace("shop".into()), &[Kind::Namespace])]
    #[case::users(|view: &Trace<'_>| { view.ingresses_with_targets("shop", &[web().id()], Among::All); }, Key::Users("shop".into(), web().id()), &[Kind::Ingress])]
    #[case::policies(|view: &Trace<'_>| { view.network_policies("shop"); }, Key::Policies("shop".into()), &[Kind::NetworkPolicy])]
    #[case::pods(|view: &Trace<'_>| { view.pods("shop", &app()); }, Key::Pods("shop".into(), app()), &[Kind::Pod])]
    #[case::workloads(|view: &Trace<'_>| { view.workloads("shop", &app()); }, Key::Workloads("shop".into(), app()), &Kind::WORKLOADS)]
    #[case::makers(|view: &Trace<'_>| { view.makers("shop"); }, Key::Makers("shop".into()), &[Kind::Canary, Kind::Deployment, Kind::DaemonSet])]
    #[case::proof(|view: &Trace<'_>| { view.proof(Claim::Absent(WEB)); }, Key::Service("shop".into(), "web".into()), &[Kind::Service])]
    #[case::proof_of_more(|view: &Trace<'_>| { view.proof(Claim::Service(WEB)); }, Key::Service("shop".into(), "web".into()), &[Kind::Service])]
    #[case::proof_of_namespace(|view: &Trace<'_>| { view.proves_namespace("shop"); }, Key::Namespace("shop".into()), &[Kind::Namespace])]
    fn a_lookup_is_recorded(#[case] look: fn(&Trace<'_>), #[case] key: Key, #[case] kinds: &[Kind]) {
        let view = Snapshot::complete();
        let trace = Trace::new(&view);
        look(&trace);
        let available = kinds.iter().map(|kind| Key::Available(*kind));
        assert_eq!(trace.into_keys(), available.chain([key]).collect());
    }
}
