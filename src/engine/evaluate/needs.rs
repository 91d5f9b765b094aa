//! Collects the live reads that the findings of one subject ask for.

use std::collections::BTreeMap;

use crate::engine::checks;
use crate::engine::model::{Action, Claim, Found, Labels, NamePair, ObjectName};
use crate::engine::resolve::{Context, Resolution};
use crate::engine::view::{Lookup, Need, NeedRef, Needs};

/// Collects needs in any order; [`Self::finish`] gives the result.
#[derive(Debug, Default)]
pub(super) struct NeedCollector {
    needs: Needs,
    /// A finding denies unless the mode is milder.
    denies: bool,
    /// Denials that depend on Pods: the Service of each, and its Pods.
    denied_for_pods: BTreeMap<ObjectName, Need>,
    /// The large selectors whose Pods are requested, by their addresses. Thousands of references may request the same
    /// Pods, and equal selectors are compared label by label.
    large_selectors: BTreeMap<usize, Labels>,
}

/// The number of labels from which a selector is large.
const LARGE: usize = 64;

/// A finding that is not confirmed yet.
#[derive(Clone, Copy)]
pub(super) struct Unconfirmed<'f> {
    pub(super) finding: &'f Found<'f>,
    /// The most severe action that the gates allow.
    pub(super) most: Action,
    /// The finding denies only because the configuration says so. It may depend on EndpointSlices and Pods.
    pub(super) by_configuration: bool,
}

/// The reads that could change the result: of the Pods of a Service, and of the Pods of the controller.
fn pods<'a>(resolution: &Resolution<'a>) -> [Option<NeedRef<'a>>; 2] {
    let Lookup::Found(service) = resolution.service else { return [None, None] };
    if resolution.wants_pods() {
        return [Some(NeedRef::Pods(resolution.namespace(), &service.selector)), None];
    }
    checks::wanted_pods(resolution)
}

impl NeedCollector {
    /// Requests the Pods of a Service, and those of the controller, if they could change the result.
    pub(super) fn explain(&mut self, resolution: &Resolution<'_>) {
        let [of_service, of_controller] = pods(resolution);
        if let Some(pods) = of_controller {
            self.needs.add_explanation(pods);
        }
        let Some(pods) = of_service else { return };
        if let NeedRef::Pods(_, selector) = pods
            && selector.len() >= LARGE
            && self.large_selectors.insert(selector.address(), selector.clone()).is_some()
        {
            return;
        }
        self.needs.add_explanation(pods);
    }

    /// Requests the reads that confirm a finding: the Service, the objects that may create it if it is absent, and the
    /// Pods if the finding depends on them. A finding that is only recorded is not confirmed.
    pub(super) fn confirm(
        &mut self,
        context: &Context<'_>,
        resolution: Option<&Resolution<'_>>,
        unconfirmed: Unconfirmed<'_>,
    ) {
        let Unconfirmed { finding, most, by_configuration } = unconfirmed;
        let action = finding.action.min(most);
        if action <= Action::Audit {
            return;
        }
        let denies = action == Action::Deny;
        self.denies |= denies;
        let mut add = |need| if denies { self.needs.add_proof(need) } else { self.needs.add_explanation(need) };
        let unproven = finding.claim.filter(|claim| !context.view.proves(*claim));
        match unproven {
            Some(Claim::Absent(service)) => add(NeedRef::Backend(service)),
            Some(Claim::Service(service)) if by_configuration => add(NeedRef::Backend(service)),
            Some(Claim::Service(service)) => add(NeedRef::Service(service)),
            Some(Claim::View) | None => {}
        }
        if let Some(Claim::Absent(service)) = finding.claim
            && matches!(context.view.makers(service.namespace), Lookup::Unknown(_))
        {
            add(NeedRef::Makers(service.namespace));
        }
        if denies
            && by_configuration
            && let Some(Claim::Service(service)) = finding.claim
            && !self.denied_for_pods.contains_key(&service as &dyn NamePair)
            && let Some([Some(pods), _]) = resolution.map(pods)
        {
            self.needs.add_proof(pods);
            self.denied_for_pods.insert(service.into(), pods.into());
        }
    }

    /// Returns all requested reads. A denial also needs the Namespace, whose labels may have changed the mode a moment
    /// ago, and the Service `substitute`, which may answer instead of the others.
    pub(super) fn finish(mut self, context: &Context<'_>, substitute: Option<&str>) -> Needs {
        let namespace = context.namespace();
        if self.denies && !context.view.proves_namespace(namespace) {
            let substitute = substitute.map(|name| Need::Backend(ObjectName::new(namespace, name)));
            let namespace = Need::Namespace(namespace.to_owned());
            self.needs.add_first_proofs(&substitute.into_iter().chain([namespace]).collect::<Vec<_>>());
        }
        // A denial whose Pods are not read must stay unconfirmed.
        for (service, pods) in self.denied_for_pods {
            if !self.needs.proofs.contains(&pods) {
                self.needs.proofs.remove(&Need::Backend(service));
            }
        }
        self.needs.remove_duplicates();
        self.needs
    }
}
