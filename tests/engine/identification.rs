//! Identification of the controller of an Ingress: by class, name of the class, annotations, default class,
//! configuration or flag (rulebook 4.1 to 4.3).

use backstop::engine::controllers::{
    ALL, Assignment, Assignments, Candidates, ControllerPods, Identified, Options, Profile, by_id, identify,
};
use backstop::engine::kinds::Kind;
use backstop::engine::manifest::ingress;
use backstop::engine::model::{Labels, PodFacts};
use backstop::engine::view::{ListFacts, LiveFacts, Lookup, Overlay, Snapshot, Unknown, View};
use rstest::rstest;
use serde_json::{Value, json};

use crate::index::available;
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

/// The profile of an Ingress with this `field` and these `annotations`, or its candidates, and what identified it:
/// `ingress-nginx class`.
fn profile_and_source(
    known: &str,
    field: &Value,
    annotations: &Value,
    assignments: &Assignments,
    flag: Option<&str>,
) -> String {
    let object = json!({"metadata": {"name": "web", "annotations": annotations}, "spec": {"ingressClassName": field}});
    let subject = ingress(&object.to_string(), "shop").unwrap();
    let view = classes(known);
    let fallback = flag.map(candidates);
    shown(identify(&subject, &view, assignments, fallback, false).identified)
}

/// The profile or the candidates, and what identified them.
fn shown(identified: Identified) -> String {
    let candidates: Vec<String> = identified.candidates.iter().map(Profile::id_with_version).collect();
    let profile = if candidates.is_empty() { identified.profile.id.to_owned() } else { candidates.join("|") };
    format!("{profile} {}", serde_json::to_value(identified.by).unwrap().as_str().unwrap())
}

/// The candidates of `traefik-nginx@3.7`.
fn candidates(text: &str) -> Candidates {
    let (id, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, version.parse().ok()));
    Candidates::from(by_id(id).unwrap()).with_version(version)
}

const CLASS: &str = "kubernetes.io/ingress.class";

#[rstest]
#[case::by_controller("nginx=k8s.io/ingress-nginx", json!("nginx"), json!({}), "ingress-nginx class")]
#[case::class_name_does_not_matter("public=traefik.io/ingress-controller", json!("public"), json!({}), "traefik class")]
#[case::another_controller_with_the_class_nginx("nginx=nginx.org/ingress-controller", json!("nginx"), json!({}), "nginx-inc class")]
#[case::suffix_of_haproxytech("a=haproxy.org/ingress-controller/a", json!("a"), json!({}), "haproxytech class")]
#[case::suffix_of_haproxy_ingress("a=haproxy-ingress.github.io/controller/a", json!("a"), json!({}), "haproxy-ingress class")]
#[case::eks_auto_mode("alb=eks.amazonaws.com/alb", json!("alb"), json!({}), "aws-alb class")]
#[case::contour_goes_by_name("", json!("contour"), json!({}), "contour class")]
#[case::the_object_wins_over_the_name("kong=k8s.io/ingress-nginx", json!("kong"), json!({}), "ingress-nginx class")]
#[case::an_unknown_controller_wins_over_the_name("kong=example.com/edge", json!("kong"), json!({}), "unknown none")]
#[case::an_unknown_controller_wins_over_the_value("nginx=example.com/edge", json!(null), json!({CLASS: "nginx"}), "unknown none")]
#[case::another_ingress_nginx("a=k8s.io/internal", json!("a"), json!({}), "ingress-nginx class")]
#[case::aks("a=approuting.kubernetes.azure.com/a", json!("a"), json!({}), "ingress-nginx class")]
#[case::rke2("a=rke2.cattle.io/ingress-nginx-migration", json!("a"), json!({}), "traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14 class")]
#[case::a_value_of_the_annotation_in_the_field("", json!("gce"), json!({}), "gce class")]
#[case::the_field_is_no_value_of_the_annotation("", json!("azure/application-gateway"), json!({}), "unknown none")]
#[case::aws_without_its_class("", json!("alb"), json!({}), "aws-alb class")]
#[case::alb_of_another_controller("alb=ingress.k8s.alibabacloud/alb", json!("alb"), json!({}), "unknown none")]
#[case::istio_beside_another_class("a=example.com/a", json!("istio"), json!({}), "istio class")]
#[case::application_gateway_beside_another_class("a=example.com/a", json!("azure-application-gateway"), json!({}), "agic class")]
#[case::openshift_by_name("", json!("openshift-default"), json!({}), "openshift class")]
#[case::unknown_controller("a=example.com/controller", json!("a"), json!({}), "unknown none")]
#[case::class_that_does_not_exist("nginx=k8s.io/ingress-nginx", json!("ngnix"), json!({}), "unknown none")]
#[case::empty_is_a_set_value("*nginx=k8s.io/ingress-nginx", json!(""), json!({}), "unknown none")]
#[case::annotation_value("", json!(null), json!({CLASS: "traefik"}), "traefik annotation")]
#[case::annotation_that_names_a_class("public=k8s.io/ingress-nginx", json!(null), json!({CLASS: "public"}), "ingress-nginx annotation")]
#[case::gke_has_no_class("", json!(null), json!({CLASS: "gce-internal"}), "gce annotation")]
#[case::agic("", json!(null), json!({CLASS: "azure/application-gateway"}), "agic annotation")]
#[case::contours_own("", json!(null), json!({"projectcontour.io/ingress.class": "edge"}), "contour annotation")]
#[case::both_agree("nginx=k8s.io/ingress-nginx", json!("nginx"), json!({CLASS: "nginx"}), "ingress-nginx class")]
#[case::both_agree_without_a_class("", json!("traefik"), json!({CLASS: "traefik"}), "traefik class")]
#[case::both_select_the_same("a=traefik.io/ingress-controller", json!("a"), json!({CLASS: "traefik"}), "traefik class")]
#[case::both_disagree("nginx=k8s.io/ingress-nginx traefik=traefik.io/ingress-controller", json!("nginx"), json!({CLASS: "traefik"}), "ingress-nginx|traefik class")]
#[case::one_of_both_is_unknown("a=example.com/a traefik=traefik.io/ingress-controller", json!("a"), json!({CLASS: "traefik"}), "unknown none")]
#[case::the_field_nginx("", json!("nginx"), json!({}), "ingress-nginx|traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14|nginx-inc class")]
#[case::the_annotation_nginx("", json!(null), json!({CLASS: "nginx"}), "ingress-nginx|traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14|nginx-inc annotation")]
#[case::f5_does_not_start_without_its_class("a=example.com/a", json!("nginx"), json!({}), "ingress-nginx|traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14 class")]
#[case::haproxy("", json!("haproxy"), json!({}), "haproxytech|haproxy-ingress class")]
#[case::the_field_chooses("a=k8s.io/ingress-nginx", json!("a"), json!({CLASS: "nginx"}), "ingress-nginx class")]
#[case::default_class("*nginx=k8s.io/ingress-nginx", json!(null), json!({}), "ingress-nginx default-class")]
#[case::two_defaults_of_one_controller("*a=k8s.io/ingress-nginx *b=k8s.io/ingress-nginx", json!(null), json!({}), "ingress-nginx default-class")]
#[case::two_defaults_that_differ("*a=k8s.io/ingress-nginx *b=traefik.io/ingress-controller", json!(null), json!({}), "ingress-nginx|traefik default-class")]
#[case::a_default_of_an_unknown_controller("*a=k8s.io/ingress-nginx *b=example.com/b", json!(null), json!({}), "unknown none")]
#[case::nothing("nginx=k8s.io/ingress-nginx", json!(null), json!({}), "unknown none")]
fn classes_and_annotations_identify_the_controller(
    #[case] known: &str,
    #[case] field: Value,
    #[case] annotations: Value,
    #[case] expected: &str,
) {
    assert_eq!(profile_and_source(known, &field, &annotations, &Assignments::default(), None), expected);
}

fn assigned(class: &str, profile: Option<&str>) -> Assignments {
    assigned_version(class, profile, None)
}

fn assigned_version(class: &str, profile: Option<&str>, version: Option<&str>) -> Assignments {
    let profile = profile.map(|id| by_id(id).unwrap());
    let options = Options { version: version.map(|version| version.parse().unwrap()), ..Options::default() };
    Assignments(vec![Assignment { class: class.to_owned(), profile, options, pods: None }])
}

/// ingress-nginx and Traefik's provider for its classes have the same class (trap 36). The configuration distinguishes
/// them.
#[rstest]
#[case::overrules_the_class(json!("nginx"), json!({}), assigned("nginx", Some("traefik-nginx")), None, "traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14 config")]
#[case::of_a_version(json!("nginx"), json!({}), assigned_version("nginx", Some("traefik-nginx"), Some("3.6.12")), None, "traefik-nginx@3.6.14 config")]
#[case::version_alone(json!("other"), json!({CLASS: "nginx"}), assigned_version("nginx", None, Some("3.7")), None, "unknown none")]
#[case::version_of_the_class(json!("migration"), json!({}), assigned_version("migration", None, Some("3.7")), None, "traefik-nginx@3.7 class")]
#[case::flag_with_a_version(json!("migration"), json!({}), Assignments::default(), Some("traefik-nginx@3.6"), "traefik-nginx@3.6|traefik-nginx@3.6.14 class")]
#[case::flag_with_a_version_of_another(json!("migration"), json!({}), Assignments::default(), Some("traefik@3.6"), "traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14 class")]
#[case::by_the_annotation(json!(null), json!({CLASS: "edge"}), assigned("edge", Some("kong")), None, "kong config")]
#[case::options_alone(json!("nginx"), json!({}), assigned("nginx", None), None, "ingress-nginx class")]
#[case::another_class(json!("nginx"), json!({}), assigned("other", Some("kong")), None, "ingress-nginx class")]
#[case::flag_without_a_known_class(json!("edge"), json!({}), Assignments::default(), Some("contour"), "contour flag")]
#[case::flag_gives_way_to_the_class(json!("nginx"), json!({}), Assignments::default(), Some("contour"), "ingress-nginx class")]
#[case::flag_among_candidates(json!("haproxy"), json!({}), Assignments::default(), Some("haproxytech"), "haproxytech flag")]
#[case::flag_beside_candidates(json!("haproxy"), json!({}), Assignments::default(), Some("contour"), "contour flag")]
#[case::flag_and_options(json!("edge"), json!({}), assigned("edge", None), Some("contour"), "contour flag")]
fn the_configuration_and_the_flag_identify_the_controller(
    #[case] field: Value,
    #[case] annotations: Value,
    #[case] assignments: Assignments,
    #[case] flag: Option<&str>,
    #[case] expected: &str,
) {
    let known = "nginx=k8s.io/ingress-nginx migration=rke2.cattle.io/ingress-nginx-migration";
    assert_eq!(profile_and_source(known, &field, &annotations, &assignments, flag), expected);
}

/// The images of the Pods that the configuration names tell which controller runs, and its version (rulebook 4.2.5).
#[rstest]
#[case::ingress_nginx("nginx", &["registry.k8s.io/ingress-nginx/controller:v1.11.2@sha256:abc"], "ingress-nginx class")]
#[case::f5("nginx", &["nginx/nginx-ingress:5.5.4-alpine"], "nginx-inc class")]
#[case::a_version_of_traefik("nginx", &["docker.io/traefik:v3.7.13"], "traefik-nginx@3.7 class")]
#[case::two_versions_of_traefik("nginx", &["traefik:v3.7.13", "traefik:v3.6.12"], "traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14 class")]
#[case::a_port_of_a_registry("nginx", &["registry:5000/traefik"], "traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14 class")]
#[case::beside_a_sidecar("nginx", &["istio/proxyv2:1.25.0", "traefik:v3.6.14"], "traefik-nginx@3.6.14 class")]
#[case::an_image_of_another_name("haproxy", &["example.com/edge:1"], "haproxytech|haproxy-ingress class")]
#[case::an_image_of_another_controller("haproxy", &["traefik:v3.7.13"], "haproxytech|haproxy-ingress class")]
#[case::a_class_that_nothing_identifies("edge", &["kong/kubernetes-ingress-controller:3.5"], "kong config")]
#[case::a_name_that_only_ends_alike("nginx", &["example.com/not-traefik:v3.7.13"], "ingress-nginx|traefik-nginx@3.7|traefik-nginx@3.6|traefik-nginx@3.6.14|nginx-inc class")]
fn images_identify_the_controller(#[case] class: &str, #[case] images: &[&str], #[case] expected: &str) {
    let containers: Vec<Value> = images.iter().map(|image| json!({"name": "main", "image": image})).collect();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "edge-0", "namespace": "edge", "labels": {"app": "edge"}},
        "spec": {"containers": containers}});
    let object = json!({"metadata": {"name": "web"}, "spec": {"ingressClassName": class}});
    let subject = ingress(&object.to_string(), "shop").unwrap();
    let pods = ControllerPods {
        namespace: "edge".into(),
        selector: [("app", "edge")].into_iter().collect(),
        host_network: false,
    };
    let assignments = Assignments(vec![Assignment { pods: Some(pods), ..assigned(class, None).0.remove(0) }]);
    assert_eq!(shown(identify(&subject, &world(&pod.to_string()), &assignments, None, false).identified), expected);
}

/// A live read of the Pods of a controller explains a warning. It must not change who serves the Ingress.
#[test]
fn live_reads_do_not_identify_the_controller() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "edge-0", "namespace": "edge", "labels": {"app": "edge"}},
        "spec": {"containers": [{"name": "main", "image": "nginx/nginx-ingress:5.5.4"}]}});
    let selector: Labels = [("app", "edge")].into_iter().collect();
    let with_pod = world(&pod.to_string());
    let read: ListFacts<PodFacts> = with_pod.pods("edge", &selector).found().unwrap().into_iter().cloned().collect();
    let mut live = LiveFacts::default();
    live.pods.insert(("edge".to_owned(), selector.clone()), Lookup::Found(read));
    let (index, pods) = (available(), ControllerPods { namespace: "edge".into(), selector, host_network: false });
    let picture = index.picture(["shop"]);
    let assignments = Assignments(vec![Assignment { pods: Some(pods), ..assigned("nginx", None).0.remove(0) }]);
    let object = json!({"metadata": {"name": "web"}, "spec": {"ingressClassName": "nginx"}});
    let subject = ingress(&object.to_string(), "shop").unwrap();
    let candidates = |view: &dyn View| {
        identify(&subject, view, &assignments, None, false)
            .identified
            .candidates
            .iter()
            .map(|it| it.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(candidates(&with_pod), ["nginx-inc"]);
    assert_eq!(candidates(&Overlay::new(&picture, &live)), candidates(&picture));
}

/// Manifests may bring the class of one controller, and the cluster has the classes of the others.
#[test]
fn a_class_among_manifests_does_not_exclude_a_controller() {
    let object = json!({"metadata": {"name": "web"}, "spec": {"ingressClassName": "nginx"}});
    let subject = ingress(&object.to_string(), "shop").unwrap();
    let may_be_f5 = |view: &Snapshot| {
        let candidates = identify(&subject, view, &Assignments::default(), None, false).identified.candidates;
        candidates.iter().any(|profile| profile.id == "nginx-inc")
    };
    let mut view = classes("a=example.com/a");
    assert!(!may_be_f5(&view), "F5's controller does not start without its class");
    view.set_classes_elsewhere();
    assert!(may_be_f5(&view));
}

/// If classes could not be looked up, the controller is uncertain. If Backstop can never read them, `--controller`
/// makes it certain. If they are only unknown for a while, `--controller` does not.
#[rstest]
#[case::known(None, None, "unknown none", false)]
#[case::forbidden(Some(Unknown::Forbidden), None, "unknown none", true)]
#[case::forbidden_with_flag(Some(Unknown::Forbidden), Some("traefik"), "traefik flag", false)]
#[case::not_yet(Some(Unknown::NotSynced), None, "unknown none", true)]
#[case::not_yet_with_flag(Some(Unknown::NotSynced), Some("traefik"), "traefik flag", true)]
fn classes_that_could_not_be_looked_up(
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
    let controller = identify(&subject, &view, &assignments, flag.map(|id| by_id(id).unwrap().into()), false);
    let by = serde_json::to_value(controller.identified.by).unwrap();
    assert_eq!(format!("{} {}", controller.profile().id, by.as_str().unwrap()), expected);
    assert_eq!(controller.uncertain, uncertain);
}

/// An IngressClass tells which controller owns it.
#[test]
fn no_two_profiles_own_the_same_class() {
    for (at, profile) in ALL.iter().enumerate() {
        for other in ALL.iter().skip(at + 1) {
            let (ours, theirs) = (profile.names.controllers, other.names.controllers);
            assert!(ours.iter().all(|name| !theirs.contains(name)), "{} and {}", profile.id, other.id);
        }
    }
    assert_eq!(ALL.last().map(|profile| profile.id), Some("unknown"));
}
