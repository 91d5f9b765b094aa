//! What people read at admission: short lines, the worst first, and a refusal that stands by itself (rulebook 11.2).

use std::path::Path;

use backstop::engine::policy::Configuration;
use backstop::engine::view::{Lookup, Need, Unknown, View as _};
use rstest::rstest;
use serde_json::{Value, json};

use crate::admission::{Lagging, ask_with, ingress, known, review};
use crate::world::world;

/// Where controllers run, for the check that needs it; findings are told and nobody is refused.
const CONFIGURATION: &str = "
apiVersion: backstop.dev/v1
kind: Configuration
mode: warn
controllers:
- {match: {ingressClass: nginx}, pods: {namespace: ingress-nginx, selector: {app.kubernetes.io/name: ingress-nginx}}}
";

/// The creation of the Ingress under judgement in a fixture.
fn creation(yaml: &str) -> Value {
    let objects: Vec<Value> = serde_saphyr::from_multiple(yaml).unwrap();
    let mut ingresses: Vec<Value> = objects.into_iter().filter(|object| object["kind"] == "Ingress").collect();
    if ingresses.len() > 1 {
        ingresses.retain(|object| object["metadata"]["name"] == "web" && object["metadata"]["namespace"] == "shop");
    }
    let object = ingresses.remove(0);
    let mut review = review("CREATE", &object, &Value::Null);
    review["request"]["namespace"] = object["metadata"]["namespace"].clone();
    review
}

fn lines(response: &Value) -> Vec<&str> {
    response["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Where names are short, every warning of every check fits into the 120 characters that the API asks for; in a dry
/// run, too, where it says one thing more.
#[tokio::test]
async fn warnings_are_short() {
    let configuration = backstop::config::parse(CONFIGURATION.as_bytes()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks");
    let (mut told, mut long) = (0, Vec::new());
    for check in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(check.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if !path.file_name().unwrap().to_str().unwrap().starts_with("fail-") {
                continue;
            }
            let yaml = std::fs::read_to_string(&path).unwrap();
            for dry_run in [false, true] {
                let mut review = creation(&yaml);
                review["request"]["dryRun"] = dry_run.into();
                let mode = backstop::engine::policy::Mode::Enforce;
                let configuration =
                    if dry_run { Configuration { mode, ..configuration.clone() } } else { configuration.clone() };
                let response = ask_with(known(world(&yaml)), configuration, &review).await;
                for line in lines(&response) {
                    told += 1;
                    // The domain of an annotation is a name that nobody can shorten.
                    let domains = ["alb.ingress.kubernetes.io/", "nginx.ingress.kubernetes.io/", "kubernetes.io/"];
                    let bare = domains.iter().fold(line.to_owned(), |line, domain| line.replace(domain, ""));
                    if bare.chars().count() > 120 {
                        long.push(format!("{} {line}", bare.chars().count()));
                    }
                }
            }
        }
    }
    assert!(told > 80, "{told}");
    assert!(long.is_empty(), "{long:#?}");
}

/// What could not be looked up is told as shortly, whatever it is and why.
#[rstest]
#[case::service(false)]
#[case::slices(true)]
#[tokio::test]
async fn gaps_are_told_in_short(#[case] service_found: bool) {
    for why in [
        Unknown::NotSynced,
        Unknown::Forbidden,
        Unknown::Timeout,
        Unknown::Failed,
        Unknown::Undecodable,
        Unknown::TooLarge,
    ] {
        let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(move |need, live| {
            if let Need::Service(name) | Need::Backend(name) = need {
                let cart = self::world(SHOP).service("shop", "cart").map(Clone::clone);
                live.services.insert(name.clone(), if service_found { cart } else { Lookup::Unknown(why) });
                live.slices.insert(name.clone(), Lookup::Unknown(why));
            }
        })));
        let review = review("CREATE", &ingress(&["web:80"], &json!({})), &Value::Null);
        let response = ask_with(facts, Configuration::default(), &review).await;
        let [line] = lines(&response)[..] else { panic!("{response}") };
        let what = if service_found { "EndpointSlices of \"web\"" } else { "Service \"web\"" };
        assert_eq!(line, format!("spec.rules[0].http.paths[0].backend: not checked: {what} ({why}) [shop/web]"));
        assert!(line.chars().count() <= 120, "{line}");
    }
}

/// A Service that selects nothing, and one beside it.
const SHOP: &str = "
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80}, {name: admin, port: 81}]}
---
apiVersion: v1
kind: Service
metadata: {name: card, namespace: shop}
spec: {selector: {app: card}, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: []
endpoints: []
";

/// What the request brings comes before what was there; where that is as bad, what fails before what may; and of more
/// than four the rest is counted.
#[tokio::test]
async fn the_worst_is_told_first() {
    let annotated = |backends: &[&str], annotations| ingress(backends, &annotations);
    let old = annotated(&["gone:80", "lost:80"], json!({}));
    let new = annotated(
        &["gone:80", "lost:80", "cart:80", "new:80", "newer:80"],
        json!({"nginx.ingress.kubernetes.io/permanent-redirect": "https://shop.example",
               "nginx.ingress.kubernetes.io/default-backend": "sorry"}),
    );
    // A redirect on Traefik is worth warnings only.
    let world = SHOP.replace("k8s.io/ingress-nginx", "traefik.io/ingress-controller");
    let response = ask_with(known(self::world(&world)), Configuration::default(), &review("UPDATE", &new, &old)).await;
    assert_eq!(
        lines(&response),
        [
            "spec.rules[0].http.paths[2].backend: Service \"cart\" selects no Pod and no workload (app=cart) [shop/web] [no-endpoints]",
            "spec.rules[0].http.paths[3].backend: Service \"new\" does not exist [shop/web] [service-not-found]",
            "spec.rules[0].http.paths[4].backend: Service \"newer\" does not exist [shop/web] [service-not-found]",
            "spec.rules[0].http.paths[0].backend: Service \"gone\" does not exist [shop/web] [service-not-found]",
            "… and 1 more [shop/web]",
        ]
    );
}

/// A refusal stands by itself: which Ingress, what, where, what comes of it, what to do, and the names that are near.
#[tokio::test]
async fn a_refusal_says_all_that_is_needed() {
    for (controller, consequence) in [
        ("k8s.io/ingress-nginx", "requests get 503"),
        (
            "traefik.io/ingress-controller",
            "the route is dropped: requests get 404, or whatever else matches the host answers",
        ),
    ] {
        let world = SHOP.replace("k8s.io/ingress-nginx", controller);
        let review = review("CREATE", &ingress(&["carr:80"], &json!({})), &Value::Null);
        let response = ask_with(known(self::world(&world)), Configuration::default(), &review).await;
        assert_eq!(
            response["status"]["message"].as_str().unwrap(),
            format!(
                "Ingress shop/web: spec.rules[0].http.paths[0].backend.service.name: Service \"carr\" does not exist in \
                 namespace \"shop\" (shop.example/: {consequence}); did you mean \"card\" or \"cart\"? To fix it, use \
                 \"card\" or \"cart\" instead; or, if \"carr\" is new, apply the Service first, or run the same apply \
                 again. [service-not-found]"
            )
        );
    }
}

/// A name cannot turn the reading direction round or command a terminal, in a refusal or in a warning.
#[tokio::test]
async fn hidden_characters_are_shown() {
    for dry_run in [false, true] {
        let mut review = review("CREATE", &ingress(&["w\u{202e}\u{7f}b:80"], &json!({})), &Value::Null);
        review["request"]["dryRun"] = dry_run.into();
        let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
        let told = response.to_string();
        assert!(told.contains("w\\\\u{202e}\\\\u{7f}b"), "{told}");
        assert!(!told.contains(['\u{202e}', '\u{7f}']), "{told}");
        assert_eq!(lines(&response).is_empty(), !dry_run, "{told}");
    }
}
