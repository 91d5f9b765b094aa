//! Shapes of Ingresses and Services that look broken and are legal.

use backstop::engine::controllers::ALL;
use rstest::rstest;
use serde_json::{Value, json};

use super::{
    AWS, NGINX, NODE_PORTS, PORTS, READY, SLICE_PORTS, TRAEFIK, class, configuration, create, create_annotated, expect,
    expect_silence, healthy, review_outcome, review_outcome_with, service, slice, to,
};
use crate::admission::review;

const ACTION: &str = "alb.ingress.kubernetes.io/actions.fwd";

/// On AWS, with the port name `use-annotation`, the Service name is the name of an action, for which no Service exists.
/// The annotation names the Services. Argo Rollouts may add the annotation later (rulebook 4.5.1).
#[rstest]
#[case::redirect(AWS, json!({ACTION: "{\"type\":\"redirect\",\"redirectConfig\":{\"statusCode\":\"HTTP_301\"}}"}), "pass")]
#[case::missing(AWS, json!({}), "warn")]
#[case::to_nothing(AWS, json!({ACTION: "{\"type\":\"forward\",\"forwardConfig\":{\"targetGroups\":[{\"serviceName\":\"gone\",\"servicePort\":\"80\"}]}}"}), "deny")]
#[case::elsewhere(NGINX, json!({}), "warn")]
#[case::unknown_controller("example.com/unheard-of", json!({}), "pass")]
#[tokio::test]
async fn trap_11_an_action_is_not_taken_for_a_missing_service(
    #[case] controller: &str,
    #[case] annotations: Value,
    #[case] expected: &str,
) {
    let outcome = review_outcome(&class(controller), &create_annotated(to("fwd", "use-annotation"), annotations)).await;
    expect(&outcome, expected, &[]);
}

/// Some controllers also match the number or name of a targetPort. With them such a reference works (rulebook 4.4).
#[rstest]
#[case::ingress_nginx(NGINX, json!(8080), "pass")]
#[case::haproxy_ingress("haproxy-ingress.github.io/controller", json!(8080), "pass")]
#[case::agic("azure/application-gateway", json!(8080), "pass")]
#[case::kong_by_name("ingress-controllers.konghq.com/kong", json!("web-port"), "pass")]
#[case::kong_by_number("ingress-controllers.konghq.com/kong", json!(8080), "deny")]
#[case::traefik(TRAEFIK, json!(8080), "deny")]
#[tokio::test]
async fn trap_12_a_target_port_is_not_wrong_where_it_works(
    #[case] controller: &str,
    #[case] port: Value,
    #[case] expected: &str,
) {
    let target = if port.is_number() { "8080" } else { "web-port" };
    let spec = format!("{{selector: {{app: web}}, ports: [{{name: http, port: 80, targetPort: {target}}}]}}");
    let objects = class(controller) + &service("web", &spec) + &slice("web-1", "web", SLICE_PORTS, READY);
    expect(&review_outcome(&objects, &create(to("web", port))).await, expected, &[]);
}

/// F5's controller compares port names, and two empty names are equal: with an unnamed port every number works
/// (rulebook 4.4.4). With a named port, a wrong number has no backend.
#[rstest]
#[case::unnamed("{selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}", "[{name: '', port: 8080}]", "pass")]
#[case::named(PORTS, SLICE_PORTS, "deny")]
#[tokio::test]
async fn trap_13_any_number_matches_an_unnamed_port_of_nginx_inc(
    #[case] spec: &str,
    #[case] ports: &str,
    #[case] expected: &str,
) {
    let objects = class("nginx.org/ingress-controller") + &service("web", spec) + &slice("web-1", "web", ports, READY);
    expect(&review_outcome(&objects, &create(to("web", 81))).await, expected, &[]);
}

/// Between rollouts, the Service of a canary has no Pods or does not exist. The primary answers (rulebook 4.5.4).
#[rstest]
#[case::missing("")]
#[case::empty(&(service("web", PORTS) + &slice("web-1", "web", "[]", "[]")))]
#[tokio::test]
async fn trap_14_a_canary_may_be_empty(#[case] objects: &str) {
    let canary = json!({"nginx.ingress.kubernetes.io/canary": "true"});
    expect_silence(&review_outcome(&(class(NGINX) + objects), &create_annotated(to("web", 80), canary)).await);
}

/// The backend of an Ingress that only redirects never gets a request (rulebook 4.5.2).
#[rstest]
#[case("nginx.ingress.kubernetes.io/permanent-redirect")]
#[case("nginx.ingress.kubernetes.io/temporal-redirect")]
#[tokio::test]
async fn trap_15_the_dummy_backend_of_a_redirect_is_not_denied(#[case] annotation: &str) {
    let redirect = json!({annotation: "https://shop.example"});
    expect_silence(&review_outcome(&class(NGINX), &create_annotated(to("dummy", 80), redirect)).await);
}

/// An ExternalName Service need not declare its ports: ingress-nginx and Kong serve any number (rulebook 4.4.3, 4.7).
#[rstest]
#[case::without_ports("{type: ExternalName, externalName: pay.example}")]
#[case::other_port("{type: ExternalName, externalName: pay.example, ports: [{port: 443}]}")]
#[tokio::test]
async fn trap_16_an_external_name_needs_no_declared_port(#[case] spec: &str) {
    for controller in [NGINX, "ingress-controllers.konghq.com/kong"] {
        let objects = class(controller) + &service("web", spec);
        assert_eq!(review_outcome(&objects, &create(to("web", 80))).await, "pass", "{controller}");
    }
}

/// Whether a resource backend works depends on the controller, and there is no Service. No controller profile may cause
/// a panic or a denial (rulebook 4.6).
#[tokio::test]
async fn trap_25_a_resource_backend_is_neither_refused_nor_a_crash() {
    let bucket = json!({"resource": {"apiGroup": "example.com", "kind": "Bucket", "name": "assets"}});
    for profile in ALL {
        let configuration =
            configuration(&format!("controllers: [{{match: {{ingressClass: public}}, profile: {}}}]", profile.id));
        let outcome = review_outcome_with(configuration, &class("example.com/any"), &create(bucket.clone())).await;
        assert!(!outcome.starts_with("deny"), "{}: {outcome}", profile.id);
    }
    expect(&review_outcome(&class(NGINX), &create(bucket)).await, "warn", &["Bucket"]);
}

/// The controller of an Ingress without a class, or with the class of an unknown controller, is unknown. How it matches
/// ports is unknown too. GKE serves Ingresses without a class (rulebook 4.1, 4.2.2).
#[tokio::test]
async fn trap_26_the_behaviour_of_an_unknown_controller_is_unknown() {
    let mut classless = create(to("web", 8080));
    classless["request"]["object"]["spec"]["ingressClassName"].take();
    for (objects, review) in [
        (healthy(), classless.clone()),
        (class("example.com/unheard-of") + &healthy(), create(to("web", 8080))),
        (class(NGINX).replace("public", "other") + &healthy(), create(to("web", 8080))),
    ] {
        expect(&review_outcome(&objects, &review).await, "warn", &["use port 80"]);
    }
    classless["request"]["object"]["spec"]["rules"][0]["http"]["paths"][0]["backend"] = to("web", 80);
    assert_eq!(review_outcome(&healthy(), &classless).await, "pass");
    classless["request"]["object"]["metadata"]["annotations"] = json!({"kubernetes.io/ingress.class": "gce"});
    let objects = class(NGINX) + &service("web", NODE_PORTS) + &slice("web-1", "web", SLICE_PORTS, READY);
    assert_eq!(review_outcome(&objects, &classless).await, "pass");
}

/// A ClusterIP Service works if the load balancer sends requests to Pods. Annotations, flags and class parameters
/// decide that. So the finding is at most a warning, and absent if an annotation or the configuration selects Pods
/// (rulebook 4.8, 4.9).
#[tokio::test]
async fn trap_27_a_cluster_ip_may_be_right_behind_a_cloud_load_balancer() {
    let ready = slice(
        "web-1",
        "web",
        SLICE_PORTS,
        "[{addresses: [10.0.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: web-0}}]",
    );
    let aws = class(AWS) + &service("web", PORTS) + &ready;
    expect(&review_outcome(&aws, &create(to("web", 80))).await, "warn", &["ClusterIP"]);
    let ip = json!({"alb.ingress.kubernetes.io/target-type": "ip"});
    assert_eq!(review_outcome(&aws, &create_annotated(to("web", 80), ip)).await, "pass");
    let flag = configuration("controllers: [{match: {ingressClass: public}, options: {targetType: ip}}]");
    assert_eq!(review_outcome_with(flag, &aws, &create(to("web", 80))).await, "pass");
    let mut gke = create_annotated(to("web", 80), json!({"kubernetes.io/ingress.class": "gce"}));
    gke["request"]["object"]["spec"]["ingressClassName"].take();
    let plain = service("web", PORTS) + &ready;
    expect(&review_outcome(&plain, &gke).await, "warn", &["ClusterIP"]);
    let neg = plain.replace(
        "metadata: {name: web, namespace: shop}",
        "metadata: {name: web, namespace: shop, annotations: {cloud.google.com/neg: '{\"ingress\": true}'}}",
    );
    assert_eq!(review_outcome(&neg, &gke).await, "pass");
}

/// The creation of an `HTTPRoute` whose backend does not exist.
pub(super) fn route() -> Value {
    let object = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"rules": [
        {"backendRefs": [{"name": "gone", "port": 80, "weight": 0}, {"kind": "Bucket", "name": "assets"}]},
        {"filters": [{"type": "RequestRedirect"}]},
        {"filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "gone"}}}]},
    ]}});
    let mut review = review("CREATE", &object, &Value::Null);
    review["request"]["resource"] =
        json!({"group": "gateway.networking.k8s.io", "version": "v1", "resource": "httproutes"});
    review
}

/// Rules with weight 0, with filters only or with a broken mirror work. Routes are not judged (rulebook 9.4, 9.5).
#[tokio::test]
async fn trap_29_routes_of_the_gateway_api_are_left_alone() {
    assert_eq!(review_outcome(&class(NGINX), &route()).await, "pass");
}
