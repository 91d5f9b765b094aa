//! The Service does not exist.

use super::scene::Words;
use super::{Case, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Claim, Finding, ObjectName, Promise};
use crate::engine::view::Lookup;
use crate::text::either;

const ID: CheckId = CheckId("service-not-found");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service does not exist",
    action: Action::Deny,
    when: "deny, once a live read has confirmed that the Service is absent; warn on Cilium and Istio, where \
                  another cluster may have it, and where Flagger is to make the Service",
    docs: Docs {
        what: "A backend names a Service that does not exist in the Ingress's namespace. Ingress backends \
               cannot reach into other namespaces.",
        why: "No controller can route the path. ingress-nginx answers 503. Traefik and Contour drop the route: \
                  requests get 404, or reach whatever else matches the host, which may be somebody else's backend. \
                  On AWS and GKE the load balancer may not be updated any more.",
        example: "backend:\n  service:\n    name: wbe        # the Service is called web\n    port: {number: 80}",
        fix: "Correct the name (`kubectl get service -n NAMESPACE` lists them), or create the Service. Where \
                  both are new, apply the Service before the Ingress, or run the same apply again: the second run \
                  finds it.",
        options: "Where Flagger is installed, a Service that a Canary asks for, or that is called as a Deployment or \
                  DaemonSet without a Canary, is warned of only. `exempt` spares namespaces, labels, users and groups. The label `backstop.dev/mode: warn` of a \
                  namespace lets an Ingress come before its Service.",
    },
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    if !matches!(case.service, Lookup::Absent) {
        return None;
    }
    let by_nature = case.profile().missing_service;
    let makers = case.scene.view.makers(case.scene.namespace()).found();
    let mut finding = match makers.and_then(|makers| makers.promise(case.name)) {
        Some(promise) => promised(case, promise, by_nature.min(Action::Warn)),
        None => missing(case, by_nature),
    };
    finding.claim = Some(Claim::Absent(ObjectName::new(case.scene.namespace(), case.name)));
    Some(finding)
}

/// Nobody is known to make it.
fn missing(case: &Case<'_>, action: Action) -> Finding {
    let (name, namespace) = (case.name, case.scene.namespace());
    let near = case.scene.hints.near(name, || case.scene.view.service_names(namespace));
    let meant = either(&near);
    let hint = if near.is_empty() { String::new() } else { format!("; did you mean {meant}?") };
    let reason = format!("Service \"{name}\" does not exist{hint}");
    let detail = format!(
        "backend Service \"{name}\" does not exist in namespace \"{namespace}\" ({}: {}){hint}",
        case.backend.route(),
        case.profile().without_backend,
    );
    let help = if near.is_empty() {
        "apply the Service first, or run the same apply again; or correct the name".to_owned()
    } else {
        format!("use {meant} instead; or, if \"{name}\" is new, apply the Service first, or run the same apply again")
    };
    let words = Words { reason, detail, note: case.profile().without_backend.to_owned(), help };
    let mut finding = case.finding(ID, "service.name", action, words);
    finding.evidence = near.iter().map(|near| format!("Service \"{near}\" exists")).collect();
    finding
}

/// Flagger makes it: its guide has the Ingress first, and Helm, Argo CD and Flux send a Canary last (rulebook 7.12).
fn promised(case: &Case<'_>, promise: Promise<'_>, action: Action) -> Finding {
    let (name, namespace) = (case.name, case.scene.namespace());
    let (maker, when, how_sure, help) = match promise {
        Promise::Canary(canary) => {
            let maker = format!("Canary \"{canary}\"");
            let help = format!("if it does not come, ask why: kubectl describe canary {canary} -n {namespace}");
            (maker.clone(), format!("Flagger makes it for {maker}"), "yet: Flagger is to make it", help)
        }
        Promise::Workload(kind) => {
            let maker = format!("{kind} \"{name}\"");
            let help = format!("apply the Canary that names {maker}, or the Service where Flagger is not to make it");
            (maker.clone(), format!("Flagger makes it once a Canary names {maker}"), "(Flagger may make it)", help)
        }
    };
    let until = format!("{} until then", case.profile().without_backend);
    let words = Words {
        reason: format!("Service \"{name}\" does not exist {how_sure}"),
        detail: format!(
            "backend Service \"{name}\" does not exist in namespace \"{namespace}\" yet; {when} ({}: {until})",
            case.backend.route()
        ),
        note: format!("{when}; {until}"),
        help,
    };
    let mut finding = case.finding(ID, "service.name", action, words);
    finding.evidence = vec![format!("{maker} exists")];
    finding
}
