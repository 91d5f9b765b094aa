//! The Service does not exist.

use super::near::{all_near, either};
use super::scene::Words;
use super::{Case, Check, Docs, Rule};
use crate::engine::model::{CheckId, Finding};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("service-not-found");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service does not exist",
    action: crate::engine::model::Action::Deny,
    when: "deny, once a live read has confirmed that the Service is absent; warn on Cilium and Istio, where \
                  another cluster may have it",
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
        options: "`exempt` spares namespaces, labels, users and groups. The label `backstop.dev/mode: warn` of a \
                  namespace lets an Ingress come before its Service.",
    },
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    if !matches!(case.service, Lookup::Absent) {
        return None;
    }
    let (name, namespace) = (case.name, case.scene.namespace());
    let names = case.scene.view.service_names(namespace);
    let near = all_near(name, &names);
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
    let mut finding = case.finding(ID, "service.name", case.profile().missing_service, words);
    finding.claim = Some(case.claim());
    finding.evidence = near.iter().map(|near| format!("Service \"{near}\" exists")).collect();
    Some(finding)
}
