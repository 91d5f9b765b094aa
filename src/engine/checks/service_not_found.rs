//! The Service does not exist.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Claim, Finding, FindingText, Found, Part, Promise, Target};
use crate::engine::resolve::{Context, Resolution};
use crate::engine::view::Lookup;
use crate::text::{all_near, either};

const ID: CheckId = CheckId("service-not-found");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service does not exist",
    action: Action::Deny,
    when: "deny, if a live read confirms that the Service does not exist; warn on Cilium and Istio, where \
           another cluster may have the Service, and if Flagger will create the Service",
    docs: Docs {
        what: "A backend names a Service that does not exist in the namespace of the Ingress. A backend of an Ingress \
               cannot refer to another namespace.",
        why: "No controller can route the path. ingress-nginx answers 503. Traefik and Contour drop the route: \
              requests get 404, or another route of the host answers them, perhaps of another team. \
              On AWS and GKE the load balancer may no longer be updated.",
        example: "backend:\n  service:\n    name: wbe        # the Service is called web\n    port: {number: 80}",
        fix: "Correct the name (`kubectl get service -n NAMESPACE` lists the Services), or create the Service. If both \
              are new, apply the Service before the Ingress, or run the same apply again: the second run finds the \
              Service.",
        options: "If Flagger is installed, the finding is only a warning for a Service that a Canary creates, and for a \
                  Service with the name of a Deployment or DaemonSet that has no Canary yet. `exempt` excludes \
                  namespaces, labels, users and groups. In a namespace with the label `backstop.dev/mode: warn`, an \
                  Ingress may be created before its Service.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: Some(elaborate),
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    if !matches!(resolution.service, Lookup::Absent) {
        return None;
    }
    let action = resolution.profile().missing_service;
    let makers = resolution.context.view.makers(resolution.namespace()).found();
    let mut finding = match makers.and_then(|makers| makers.promise(resolution.name())) {
        Some(promise) => promised(resolution, promise, action.min(Action::Warn)),
        None => missing(resolution, action),
    };
    finding.claim = Some(Claim::Absent(resolution.service_name()));
    Some(finding)
}

/// The finding if nothing is known to create the Service.
fn missing<'r>(resolution: &'r Resolution<'_>, action: Action) -> Found<'r> {
    let text = move || FindingText {
        reason: format!("Service \"{}\" does not exist", resolution.name()),
        context: format!(" in namespace \"{}\"", resolution.namespace()),
        consequence: resolution.profile().without_backend.into(),
        help: "apply the Service first, or run the same apply again; or correct the name".to_owned(),
        ..FindingText::default()
    };
    resolution.finding(ID, Part::ServiceName, action, text)
}

/// Adds the names of Services that were probably meant. This function compares the name with all names of the
/// namespace.
fn elaborate(context: &Context<'_>, finding: &mut Finding) {
    let Some(target) = finding.target.as_ref().and_then(Target::service) else { return };
    // Flagger will create a promised Service, so its name is not a typing error.
    let makers = context.view.makers(&target.namespace).found();
    let promised = makers.is_some_and(|makers| makers.promise(&target.name).is_some());
    let names = context.view.service_names(&target.namespace);
    // The comparison of two long names takes longer.
    let units_per_name = 1 + target.name.len() / 4;
    if promised || context.meter.spend(names.len().saturating_mul(units_per_name)).is_err() {
        return;
    }
    let near = all_near(&target.name, names);
    if near.is_empty() {
        return;
    }
    let meant = either(&near);
    finding.text.hint = format!("did you mean {meant}?");
    finding.text.help = format!(
        "use {meant} instead; or, if \"{}\" is new, apply the Service first, or run the same apply again",
        target.name
    );
    finding.text.evidence = near.iter().map(|near| format!("Service \"{near}\" exists")).collect();
}

/// The finding if Flagger will create the Service. The guide of Flagger applies the Ingress first, and Helm, Argo CD
/// and Flux apply a Canary last (rulebook 7.12).
fn promised<'r>(resolution: &'r Resolution<'_>, promise: Promise<'r>, action: Action) -> Found<'r> {
    resolution.finding(ID, Part::ServiceName, action, move || promised_text(resolution, promise))
}

fn promised_text(resolution: &Resolution<'_>, promise: Promise<'_>) -> FindingText {
    let (name, namespace) = (resolution.name(), resolution.namespace());
    let (maker, when, brief, help) = match promise {
        Promise::Canary(canary) => {
            let maker = format!("Canary \"{canary}\"");
            let help = format!("if it does not appear, see why: kubectl describe canary {canary} -n {namespace}");
            (maker.clone(), format!("Flagger creates it for {maker}"), " yet: Flagger creates it", help)
        }
        Promise::Workload(kind) => {
            let maker = format!("{kind} \"{name}\"");
            let help = format!("apply the Canary that names {maker}, or create the Service yourself");
            (maker.clone(), format!("Flagger creates it once a Canary names {maker}"), " (Flagger may create it)", help)
        }
    };
    FindingText {
        reason: format!("Service \"{name}\" does not exist"),
        brief: brief.to_owned(),
        context: format!(" in namespace \"{namespace}\" yet; {when}"),
        consequence: format!("{} until then", resolution.profile().without_backend).into(),
        help,
        evidence: vec![format!("{maker} exists")],
        ..FindingText::default()
    }
}
