//! Who serves an Ingress: class, class's name, annotations, default class, configuration, flag (rulebook 4.1 to 4.3).

use backstop::engine::controllers::{ALL, Assignment, Assignments, Options, by_id, identify};
use backstop::engine::kinds::Kind;
use backstop::engine::manifest::ingress;
use backstop::engine::view::{Snapshot, Unknown};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::world;

/// IngressClasses `name=controller`, a `*` before the name makes it a default.
fn classes(text: &str) -> Snapshot {
    let documents = text.split_whitespace().map(|class| {
        let (name, controller) = class.split_once('=').unwrap();
        let default = name.starts_with('*').to_string();
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
               "metadata": {"name": name.trim_start_matches('*'),
                            "annotations": {"ingressclass.kubernetes.io/is-default-class": default}},
               "spec": {"controller": controller}})
    });
    let texts: Vec<String> = documents.map(|document| document.to_string()).collect();
    world(&texts.join("\n---\n"))
}

/// What tells the controller of an Ingress with this `field` and these `annotations`: `profile by`.
fn told(known: &str, field: &Value, annotations: &Value, assignments: &Assignments, flag: Option<&str>) -> String {
    let object = json!({"metadata": {"name": "web", "annotations": annotations}, "spec": {"ingressClassName": field}});
    let subject = ingress(&object.to_string(), "shop").unwrap();
    let view = classes(known);
    let fallback = flag.map(|id| by_id(id).unwrap());
    let identified = identify(&subject, &view, assignments, fallback, false).identified;
    format!("{} {}", identified.profile.id, serde_json::to_value(identified.by).unwrap().as_str().unwrap())
}

const CLASS: &str = "kubernetes.io/ingress.class";

#[rstest]
#[case::by_controller("nginx=k8s.io/ingress-nginx", json!("nginx"), json!({}), "ingress-nginx class")]
#[case::whatever_its_name("public=traefik.io/ingress-controller", json!("public"), json!({}), "traefik class")]
#[case::two_are_called_nginx("nginx=nginx.org/ingress-controller", json!("nginx"), json!({}), "nginx-inc class")]
#[case::suffix_of_haproxytech("a=haproxy.org/ingress-controller/a", json!("a"), json!({}), "haproxytech class")]
#[case::suffix_of_haproxy_ingress("a=haproxy-ingress.github.io/controller/a", json!("a"), json!({}), "haproxy-ingress class")]
#[case::eks_auto_mode("alb=eks.amazonaws.com/alb", json!("alb"), json!({}), "aws-alb class")]
#[case::contour_goes_by_name("", json!("contour"), json!({}), "contour class")]
#[case::the_object_wins_over_the_name("kong=k8s.io/ingress-nginx", json!("kong"), json!({}), "ingress-nginx class")]
#[case::foreign("a=example.com/controller", json!("a"), json!({}), "unknown none")]
#[case::class_that_does_not_exist("nginx=k8s.io/ingress-nginx", json!("ngnix"), json!({}), "unknown none")]
#[case::empty_is_a_set_value("*nginx=k8s.io/ingress-nginx", json!(""), json!({}), "unknown none")]
#[case::annotation_value("", json!(null), json!({CLASS: "traefik"}), "traefik annotation")]
#[case::annotation_that_names_a_class("public=k8s.io/ingress-nginx", json!(null), json!({CLASS: "public"}), "ingress-nginx annotation")]
#[case::gke_has_no_class("", json!(null), json!({CLASS: "gce-internal"}), "gce annotation")]
#[case::agic("", json!(null), json!({CLASS: "azure/application-gateway"}), "agic annotation")]
#[case::contours_own("", json!(null), json!({"projectcontour.io/ingress.class": "edge"}), "contour annotation")]
#[case::both_agree("nginx=k8s.io/ingress-nginx", json!("nginx"), json!({CLASS: "nginx"}), "ingress-nginx class")]
#[case::both_disagree("nginx=k8s.io/ingress-nginx traefik=traefik.io/ingress-controller", json!("nginx"), json!({CLASS: "traefik"}), "unknown none")]
#[case::default_class("*nginx=k8s.io/ingress-nginx", json!(null), json!({}), "ingress-nginx default-class")]
#[case::two_defaults_of_one_controller("*a=k8s.io/ingress-nginx *b=k8s.io/ingress-nginx", json!(null), json!({}), "ingress-nginx default-class")]
#[case::two_defaults_that_differ("*a=k8s.io/ingress-nginx *b=traefik.io/ingress-controller", json!(null), json!({}), "unknown none")]
#[case::nothing("nginx=k8s.io/ingress-nginx", json!(null), json!({}), "unknown none")]
fn the_cluster_tells(#[case] known: &str, #[case] field: Value, #[case] annotations: Value, #[case] expected: &str) {
    assert_eq!(told(known, &field, &annotations, &Assignments::default(), None), expected);
}

fn assigned(class: &str, profile: Option<&str>) -> Assignments {
    let profile = profile.map(|id| by_id(id).unwrap());
    Assignments(vec![Assignment { class: class.to_owned(), profile, options: Options::default(), pods: None }])
}

/// The class cannot tell ingress-nginx from Traefik's provider for its classes (trap 36): the configuration can.
#[rstest]
#[case::overrules_the_class(json!("nginx"), json!({}), assigned("nginx", Some("traefik-nginx")), None, "traefik-nginx config")]
#[case::by_the_annotation(json!(null), json!({CLASS: "edge"}), assigned("edge", Some("kong")), None, "kong config")]
#[case::options_alone(json!("nginx"), json!({}), assigned("nginx", None), None, "ingress-nginx class")]
#[case::another_class(json!("nginx"), json!({}), assigned("other", Some("kong")), None, "ingress-nginx class")]
#[case::flag_where_nothing_tells(json!("edge"), json!({}), Assignments::default(), Some("contour"), "contour flag")]
#[case::flag_gives_way_to_the_class(json!("nginx"), json!({}), Assignments::default(), Some("contour"), "ingress-nginx class")]
#[case::flag_and_options(json!("edge"), json!({}), assigned("edge", None), Some("contour"), "contour flag")]
fn the_operator_tells(
    #[case] field: Value,
    #[case] annotations: Value,
    #[case] assignments: Assignments,
    #[case] flag: Option<&str>,
    #[case] expected: &str,
) {
    assert_eq!(told("nginx=k8s.io/ingress-nginx", &field, &annotations, &assignments, flag), expected);
}

/// Classes that could not be looked up leave the controller uncertain: for good, unless `--controller` says it in their
/// place; for a while, whatever it says.
#[rstest]
#[case::seen(None, None, "unknown none", false)]
#[case::forbidden(Some(Unknown::Forbidden), None, "unknown none", true)]
#[case::forbidden_and_said(Some(Unknown::Forbidden), Some("traefik"), "traefik flag", false)]
#[case::not_yet(Some(Unknown::NotSynced), None, "unknown none", true)]
#[case::not_yet_and_said(Some(Unknown::NotSynced), Some("traefik"), "traefik flag", true)]
fn classes_out_of_sight(
    #[case] why: Option<Unknown>,
    #[case] flag: Option<&str>,
    #[case] expected: &str,
    #[case] uncertain: bool,
) {
    let object = json!({"metadata": {"name": "web"}, "spec": {"ingressClassName": "edge"}});
    let subject = ingress(&object.to_string(), "shop").unwrap();
    let mut view = classes("nginx=k8s.io/ingress-nginx");
    if let Some(why) = why {
        view.set_unavailable(Kind::IngressClass, why);
    }
    let assignments = Assignments::default();
    let controller = identify(&subject, &view, &assignments, flag.map(|id| by_id(id).unwrap()), false);
    let by = serde_json::to_value(controller.identified.by).unwrap();
    assert_eq!(format!("{} {}", controller.profile().id, by.as_str().unwrap()), expected);
    assert_eq!(controller.uncertain, uncertain);
}

/// Two profiles that claim the same string would make the answer depend on their order.
#[test]
fn no_two_profiles_claim_the_same_name() {
    for (at, profile) in ALL.iter().enumerate() {
        for other in ALL.iter().skip(at + 1) {
            let (a, b) = (&profile.names, &other.names);
            for (ours, theirs) in [(a.controllers, b.controllers), (a.classes, b.classes), (a.annotation, b.annotation)]
            {
                assert!(ours.iter().all(|name| !theirs.contains(name)), "{} and {}", profile.id, other.id);
            }
        }
    }
    assert_eq!(ALL.last().map(|profile| profile.id), Some("unknown"));
}
