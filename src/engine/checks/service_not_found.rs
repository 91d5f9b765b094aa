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
    let most = if wanted.len() < 6 { 1 } else { 2 };
    let slips = names.iter().filter_map(|name| Some((slips(wanted.as_bytes(), name.as_bytes(), most)?, *name)));
    slips.min().map(|(_, name)| name)
}

/// How many characters have to be put in, left out, replaced or swapped with the next one to make `b` of `a`; `None`
/// if more than `most`. The optimal string alignment distance, given up early: a namespace may hold thousands of
/// names, and nearly all of them are far off.
fn slips(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same..)?, b.get(same..)?);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    if a.is_empty() || b.is_empty() {
        return Some(a.len() + b.len());
    }
    let rest = most.checked_sub(1)?;
    let swapped = matches!((a, b), ([a0, a1, ..], [b0, b1, ..]) if a0 == b1 && a1 == b0);
    let ways = [Some((1, 1)), Some((1, 0)), Some((0, 1)), swapped.then_some((2, 2))];
    let fewest =
        ways.into_iter().flatten().filter_map(|(of_a, of_b)| slips(a.get(of_a..)?, b.get(of_b..)?, rest)).min();
    fewest.map(|fewest| fewest + 1)
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
    use proptest::prelude::*;

    use super::{near, slips};

    proptest! {
        #[test]
        fn slips_are_the_distance_up_to_a_bound(a in "[abc]{0,7}", b in "[abc]{0,7}", most in 0..4_usize) {
            let distance = strsim::osa_distance(&a, &b);
            prop_assert_eq!(slips(a.as_bytes(), b.as_bytes(), most), Some(distance).filter(|distance| *distance <= most));
        }
    }

    #[test]
    fn only_slips_are_suggested() {
        assert_eq!(near("chekcout", &["cart", "checkout", "web"]), Some("checkout"));
        assert_eq!(near("wbe", &["cart", "web"]), Some("web"));
        assert_eq!(near("web", &["cart", "api"]), None);
    }
}
