//! Checks over a subject and a view: findings, what is unknown, and what a live read could add.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::checks::{self, Case, Scene};
use super::controllers::{Identified, Profile, identify};
use super::model::{Action, Backend, Claim, FieldPath, Finding, PortRef, Subject, Target};
use super::view::{Need, Unknown, View};

/// The port name by which AWS backends refer to an action annotation instead of a Service (rulebook 4.5.1).
const USE_ANNOTATION: &str = "use-annotation";

/// What an evaluation may assume beside the view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// The profile of subjects whose controller cannot be identified otherwise.
    pub fallback: Option<&'static Profile>,
    /// The present; `None` where the view has none, as files.
    pub now: Option<Timestamp>,
}

/// How long Pods may take to start before that is worth a warning (rulebook 6.3).
const GRACE: SignedDuration = SignedDuration::from_mins(2);

/// Something that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The field whose judgement lacks it.
    pub field: FieldPath,
    /// What it is, for people: `Service "web"`.
    pub what: String,
    /// Why it is unknown.
    pub why: Unknown,
}

/// What is known of one subject after one look.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The controller profile, and what told it.
    pub controller: Identified,
    /// What is wrong, in the order of the backends and checks.
    pub findings: Vec<Finding>,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
    /// What a live read could add: confirmations that findings must have, and causes that explain them.
    pub needs: BTreeSet<Need>,
}

/// Judges the backends of `subject` by what `view` knows.
///
/// `cap` tells the worst that may come of a backend: those that are off are left out, and nobody reads anything
/// for those that would only be recorded.
pub fn evaluate(
    subject: &Subject,
    view: &dyn View,
    settings: Settings,
    cap: &dyn Fn(&Backend) -> Action,
) -> Evaluation {
    let controller = identify(subject, view, settings.fallback);
    let mut evaluation = Evaluation { controller, findings: Vec::new(), gaps: Vec::new(), needs: BTreeSet::new() };
    let started_by = settings.now.and_then(|now| now.checked_sub(GRACE).ok());
    let scene = Scene { subject, profile: controller.profile, view, started_by };
    for backend in &subject.backends {
        let cap = cap(backend);
        if let Some(reference) = service(backend).filter(|_| cap > Action::Off) {
            let case = Case::new(scene, backend, reference);
            evaluation.add(&case, cap > Action::Audit);
        }
    }
    evaluation
}

/// The Service reference of a backend that has one.
fn service(backend: &Backend) -> Option<(&str, &PortRef)> {
    match &backend.target {
        // Not a Service but the name of an action, on any controller that knows the word.
        Target::Service { port: PortRef::Name(word), .. } if word == USE_ANNOTATION => None,
        Target::Service { name, port } => Some((name, port)),
        Target::Resource { .. } | Target::Nothing => None,
    }
}

impl Evaluation {
    fn add(&mut self, case: &Case<'_>, worth_reading: bool) {
        if let Some((what, why)) = case.gap() {
            self.gaps.push(Gap { field: case.field("service.name"), what, why });
        }
        let mut needs: BTreeSet<Need> = case.need().into_iter().collect();
        for finding in checks::ALL.iter().filter_map(|check| (check.run)(case)) {
            needs.extend(confirmation(case, &finding));
            self.findings.push(finding);
        }
        if worth_reading {
            self.needs.append(&mut needs);
        }
    }
}

/// What must be read before `finding` may be told as certain: the Service, and for a denial the Namespace too,
/// whose labels may have lowered the mode a moment ago.
fn confirmation(case: &Case<'_>, finding: &Finding) -> impl Iterator<Item = Need> {
    let unproven = finding.claim.as_ref().filter(|claim| !case.view.proves(claim));
    let service = unproven.map(|Claim::Service(service)| Need::Service(service.clone()));
    let namespace = &case.subject.name.namespace;
    let denies = finding.action == Action::Deny && !case.view.proves_namespace(namespace);
    service.into_iter().chain(denies.then(|| Need::Namespace(namespace.clone())))
}
