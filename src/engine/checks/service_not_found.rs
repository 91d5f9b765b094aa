//! The Service does not exist.

use super::case::Words;
use super::{Case, Check, Docs};
use crate::engine::model::{CheckId, Finding};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("service-not-found");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service does not exist",
    action: crate::engine::model::Action::Deny,
    when: "deny, once a live read has confirmed that the Service is absent",
    docs: Docs {
        what: "A backend names a Service that does not exist in the Ingress's namespace. Ingress backends \
               cannot reach into other namespaces.",
        why: "No controller can route the path. ingress-nginx answers 503; Traefik and Contour drop the route, \
              so that requests get 404 or reach whatever else matches the host.",
        example: "backend:\n  service:\n    name: wbe        # the Service is called web\n    port: {number: 80}",
        fix: "Correct the name, or create the Service first. Where both are new, apply the Service before the \
              Ingress, or run the same apply again.",
    },
    run,
};

/// How far a name may be from the one asked for to be suggested: one slip in a short name, two in a longer one.
fn near<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    let limit = if wanted.chars().count() < 6 { 1 } else { 2 };
    let distances = names.iter().map(|name| (strsim::osa_distance(wanted, name), *name));
    distances.filter(|(distance, _)| *distance <= limit).min().map(|(_, name)| name)
}

fn run(case: &Case<'_>) -> Option<Finding> {
    if !matches!(case.service, Lookup::Absent) {
        return None;
    }
    let (name, namespace) = (case.name, &case.subject.name.namespace);
    let names = case.view.service_names(namespace);
    let near = near(name, &names);
    let reason = match near {
        Some(near) => format!("Service \"{name}\" does not exist; did you mean \"{near}\"?"),
        None => format!("Service \"{name}\" does not exist"),
    };
    let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
    let detail = format!(
        "backend Service \"{name}\" does not exist in namespace \"{namespace}\" ({}: {}){hint}",
        case.backend.route(),
        case.profile.without_backend,
    );
    let help = match near {
        Some(near) => format!(
            "name \"{near}\" instead; or, if \"{name}\" is new, apply the Service first, or in the same run again"
        ),
        None => "apply the Service first, or in the same run again; or correct the name".to_owned(),
    };
    let words = Words { reason, detail, help };
    let mut finding = case.finding(ID, "service.name", case.profile.missing_service, words);
    finding.claim = Some(case.claim());
    finding.evidence = near.map(|near| format!("Service \"{near}\" exists")).into_iter().collect();
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn only_slips_are_suggested() {
        assert_eq!(near("chekcout", &["cart", "checkout", "web"]), Some("checkout"));
        assert_eq!(near("wbe", &["cart", "web"]), Some("web"));
        assert_eq!(near("web", &["cart", "api"]), None);
    }
}
