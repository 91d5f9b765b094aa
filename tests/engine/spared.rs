//! References that look broken and must not be denied: something else answers, or the controller is unknown
//! (rulebook 4.2 and 4.5).

use std::sync::Arc;

use backstop::engine::kinds::Kind;
use backstop::engine::model::NamespaceFacts;
use backstop::engine::policy::Configuration;
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Purpose, Unknown, View};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::admission::{ask_with, ingress, known, nothing, review};
use crate::world::world;

const NGINX: &str = "k8s.io/ingress-nginx";
const RENAMED: &str = "k8s.io/internal-ingress-nginx";

/// A world with the class `nginx` of this controller, the Service `web` on port 80, and a default backend that is
/// ready.
fn objects(controller: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: nginx}}
spec: {{controller: {controller}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{ports: [{{port: 80, targetPort: 8080}}], selector: {{app: web}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: sorry, namespace: shop}}
spec: {{ports: [{{port: 80}}], selector: {{app: sorry}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: alias, namespace: shop}}
spec: {{type: ExternalName, externalName: sorry.example, ports: [{{port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: sorry-1, namespace: shop, labels: {{kubernetes.io/service-name: sorry}}}}
addressType: IPv4
ports: [{{name: '', port: 80}}]
endpoints: [{{addresses: [10.0.0.1]}}]
"
    )
}

fn verdict(response: &Value) -> &str {
    match (&response["allowed"], &response["warnings"], &response["auditAnnotations"]["findings"]) {
        (Value::Bool(false), ..) => "deny",
        (_, Value::Array(warnings), _) if !warnings.is_empty() => "warn",
        (_, _, Value::String(_)) => "audit",
        _ => "pass",
    }
}

/// The creation of an Ingress with this annotation, to a Service that does not exist.
#[rstest]
#[case::nothing_else(NGINX, "example.com/team", "shop", "deny")]
#[case::canary(NGINX, "nginx.ingress.kubernetes.io/canary", "true", "audit")]
#[case::canary_as_go_reads_it(NGINX, "nginx.ingress.kubernetes.io/canary", "True", "audit")]
#[case::canary_as_a_digit(NGINX, "nginx.ingress.kubernetes.io/canary", "1", "audit")]
#[case::no_canary(NGINX, "nginx.ingress.kubernetes.io/canary", "yes", "deny")]
#[case::redirect(NGINX, "nginx.ingress.kubernetes.io/permanent-redirect", "https://x.example", "audit")]
#[case::redirect_to_nowhere(NGINX, "nginx.ingress.kubernetes.io/permanent-redirect", "", "deny")]
#[case::snippet_that_answers(
    NGINX,
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "return 301 https://x.example;",
    "warn"
)]
#[case::server_snippet_that_answers(
    NGINX,
    "nginx.ingress.kubernetes.io/server-snippet",
    "location /x { return 200; }",
    "warn"
)]
#[case::snippet_that_does_not(
    NGINX,
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "more_set_headers 'X: y';",
    "deny"
)]
#[case::snippet_of_another_controller(
    "traefik.io/ingress-controller",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "return 301 /;",
    "deny"
)]
#[case::snippet_of_f5(
    "nginx.org/ingress-controller",
    "nginx.org/location-snippets",
    "return 301 https://x.example;",
    "warn"
)]
#[case::snippet_on_an_unknown_controller(
    RENAMED,
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "return 301 /;",
    "warn"
)]
#[case::redirect_of_haproxy_ingress(
    "haproxy-ingress.github.io/controller",
    "haproxy-ingress.github.io/redirect-to",
    "https://x.example/",
    "audit"
)]
#[case::redirect_of_haproxytech("haproxy.org/ingress-controller", "haproxy.org/request-redirect", "x.example", "deny")]
#[case::default_backend(NGINX, "nginx.ingress.kubernetes.io/default-backend", "sorry", "warn")]
#[case::default_backend_on_an_unknown_controller(
    RENAMED,
    "nginx.ingress.kubernetes.io/default-backend",
    "sorry",
    "warn"
)]
#[case::default_backend_elsewhere(NGINX, "nginx.ingress.kubernetes.io/default-backend", "alias", "warn")]
#[case::default_backend_without_endpoints(NGINX, "nginx.ingress.kubernetes.io/default-backend", "web", "deny")]
#[case::default_backend_of_no_use(
    "traefik.io/ingress-controller",
    "nginx.ingress.kubernetes.io/default-backend",
    "sorry",
    "deny"
)]
#[tokio::test]
async fn annotations_that_answer(
    #[case] controller: &str,
    #[case] key: &str,
    #[case] value: &str,
    #[case] expected: &str,
) {
    let review = review("CREATE", &ingress(&["gone:80"], &json!({key: value})), &Value::Null);
    let response = ask_with(known(world(&objects(controller))), Configuration::default(), &review).await;
    assert_eq!(verdict(&response), expected, "{response}");
}

/// The API server sets the default class of new objects only. A stored object without a class is served by controllers
/// that need no class, if at all (rulebook 2.10 and 4.2.2). Traefik would drop the route to a targetPort; others would
/// not.
#[rstest]
#[case::new("CREATE", "deny")]
#[case::stored("UPDATE", "warn")]
#[tokio::test]
async fn a_default_class_is_for_new_objects(#[case] operation: &str, #[case] expected: &str) {
    let class = "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: edge, annotations: {\
                 ingressclass.kubernetes.io/is-default-class: 'true'}}\nspec: {controller: traefik.io/ingress-controller}\n";
    let classless = |backends: &[&str]| {
        let mut object = ingress(backends, &json!({}));
        object["spec"]["ingressClassName"].take();
        object
    };
    let old = if operation == "UPDATE" { classless(&["web:80"]) } else { Value::Null };
    let review = review(operation, &classless(&["web:80", "web:8080"]), &old);
    let response = ask_with(known(world(&(objects(NGINX) + class))), Configuration::default(), &review).await;
    assert_eq!(verdict(&response), expected, "{response}");
}

/// A cluster in which one kind is unavailable, with live reads that find no Service and a healthy default backend.
struct Blind(Kind);

impl backstop::webhook::Facts for Blind {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_available(kind, if kind == self.0 { Err(Unknown::NotSynced) } else { Ok(()) });
        }
        index.apply_namespace("shop", NamespaceFacts::default());
        Arc::new(index.picture(namespaces.iter().copied()))
    }

    async fn read(&self, needs: BTreeSet<Need>, _: Purpose, _: tokio::time::Instant) -> LiveFacts {
        let mut live = LiveFacts::default();
        for need in &needs {
            match need {
                Need::Service(name) | Need::Backend(name) if name.name == "sorry" => {
                    let world = world(&objects(NGINX));
                    live.services.insert(name.clone(), world.service("shop", "sorry").map(Clone::clone));
                    live.slices.insert(name.clone(), Lookup::Unknown(Unknown::Timeout));
                }
                _ => nothing(need, &mut live),
            }
        }
        live
    }
}

/// If facts that identify the controller or the default backend are unknown, no request is denied.
#[rstest]
#[case::all_is_known(Kind::NetworkPolicy, Some("nginx"), json!({}), "deny")]
#[case::no_class_is_asked_for(Kind::NetworkPolicy, None, json!({}), "deny")]
#[case::the_class_is_not(Kind::IngressClass, Some("nginx"), json!({}), "warn")]
#[case::the_default_class_is_not(Kind::IngressClass, None, json!({}), "warn")]
#[case::a_class_that_only_the_annotation_names(Kind::IngressClass, None, json!({"kubernetes.io/ingress.class": "traefik"}), "warn")]
#[case::the_default_backend_is_not(Kind::NetworkPolicy, Some("nginx"), json!({"nginx.ingress.kubernetes.io/default-backend": "sorry"}), "warn")]
#[tokio::test]
async fn unknown_facts_cause_no_denial(
    #[case] blind: Kind,
    #[case] class: Option<&str>,
    #[case] annotations: Value,
    #[case] expected: &str,
) {
    let mut object = ingress(&["gone:80"], &annotations);
    object["spec"]["ingressClassName"] = json!(class);
    let review = review("CREATE", &object, &Value::Null);
    let response = ask_with(Blind(blind), Configuration::default(), &review).await;
    assert_eq!(verdict(&response), expected, "{response}");
}
