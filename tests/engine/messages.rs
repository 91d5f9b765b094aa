//! Denials: complete by themselves, with every field, check and next step (rulebook 11.2).

use backstop::engine::policy::Configuration;
use backstop::engine::view::{Need, View as _};
use rstest::rstest;
use serde_json::{Value, json};

use crate::admission::{Lagging, ask_with, ingress, known, nothing, review};
use crate::warnings::lines;
use crate::world::world;

/// A Service that selects nothing, and another Service.
pub const SHOP: &str = "
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

/// A denial is complete by itself: the Ingress, the fault, the field, the consequence, the fix, and similar names.
#[tokio::test]
async fn a_denial_contains_all_that_is_needed() {
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

/// A name in a denial or warning cannot change the text direction or control a terminal.
#[tokio::test]
async fn hidden_characters_are_escaped() {
    for dry_run in [false, true] {
        let mut review = review("CREATE", &ingress(&["w\u{202e}\u{7f}b:80"], &json!({})), &Value::Null);
        review["request"]["dryRun"] = dry_run.into();
        let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
        let response_text = response.to_string();
        assert!(response_text.contains("w\\\\u{202e}\\\\u{7f}b"), "{response_text}");
        assert!(!response_text.contains(['\u{202e}', '\u{7f}']), "{response_text}");
        assert_eq!(lines(&response).is_empty(), !dry_run, "{response_text}");
    }
}

/// References with the same cause are one entry of a denial, in the order of the Ingress. Two ports of a missing
/// Service are two targets with the same cause.
#[tokio::test]
async fn references_with_one_cause_are_refused_together() {
    let ask = async |backends: &[&str]| {
        let review = review("CREATE", &ingress(backends, &json!({})), &Value::Null);
        let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
        response["status"]["message"].as_str().unwrap().to_owned()
    };
    let name = |path: usize| format!("spec.rules[0].http.paths[{path}].backend.service.name");
    let help = "apply the Service first, or run the same apply again; or correct the name";
    assert_eq!(
        ask(&["lost:80", "lost:81", "lost:80"]).await,
        format!(
            "Ingress shop/web: Service \"lost\" does not exist in namespace \"shop\" (3 paths, first shop.example/: requests \
             get 503). To fix it, {help}. [service-not-found] at {}, {}, {}",
            name(0),
            name(2),
            name(1)
        )
    );
    let port = |path: usize| format!("spec.rules[0].http.paths[{path}].backend.service.port.number");
    assert_eq!(
        ask(&["lost:80", "cart:82", "gone:80", "lost:80", "cart:82"]).await,
        format!(
            "Ingress shop/web: refused for 3 reasons:\n\
             - Service \"lost\" does not exist in namespace \"shop\" (2 paths, first shop.example/: requests get 503); to \
             fix it, {help} [service-not-found] at {}, {}\n\
             - Service \"cart\" has no port 82; it has 80 (http), 81 (admin) (2 paths, first shop.example/: requests get \
             503); to fix it, add the missing port to the Service [port-not-found] at {}, {}\n\
             - {}: Service \"gone\" does not exist in namespace \"shop\" (shop.example/: requests get 503); to fix it, {help} \
             [service-not-found]",
            name(0),
            name(3),
            port(1),
            port(4),
            name(2)
        )
    );
    // A default backend has no path. Causes with the same next step name it once.
    let mut object = ingress(&["lost:80", "gone:80"], &json!({}));
    for path in object["spec"]["rules"][0]["http"]["paths"].as_array_mut().unwrap() {
        path["path"] = "/a".into();
    }
    object["spec"]["defaultBackend"] = json!({"service": {"name": "lost", "port": {"number": 80}}});
    let review = review("CREATE", &object, &Value::Null);
    let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
    assert_eq!(
        response["status"]["message"],
        format!(
            "Ingress shop/web: refused for 2 reasons:\n\
             - Service \"lost\" does not exist in namespace \"shop\" (2 backends, first every other request: requests get \
             503) [service-not-found] at spec.defaultBackend.service.name, {}\n\
             - {}: Service \"gone\" does not exist in namespace \"shop\" (shop.example/a: requests get 503) [service-not-found]\n\
             To fix each of them, {help}.",
            name(0),
            name(1)
        )
    );
}

/// Asserts the maximum sizes of a denial and its annotations.
fn assert_bounded(response: &Value) {
    let message = response["status"]["message"].as_str().unwrap();
    assert!(message.len() <= 8 << 10, "{}", message.len());
    for (key, value) in response["auditAnnotations"].as_object().unwrap() {
        assert!(value.as_str().unwrap().len() <= 1100, "{key}: {value}");
    }
    assert!(response["status"]["details"]["causes"].as_array().unwrap().len() <= 16);
    assert!(lines(response).len() <= 5, "{response}");
}

/// With ten thousand missing Services, the denial lists as many as fit, and counts the others.
#[tokio::test]
async fn a_refusal_for_ten_thousand_services_is_bounded() {
    let backends: Vec<String> = (0..10_000).map(|at| format!("lost-{at}:80")).collect();
    let backends: Vec<&str> = backends.iter().map(String::as_str).collect();
    let review = review("CREATE", &ingress(&backends, &json!({})), &Value::Null);
    let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
    assert_bounded(&response);
    let message = response["status"]["message"].as_str().unwrap();
    assert!(message.starts_with("Ingress shop/web: refused for 10000 reasons:\n- "), "{message}");
    let listed = message.matches(" does not exist").count();
    let end = format!(
        "\n- … and {} more\nTo fix each of them, apply the Service first, or run the same apply again; or correct the name.",
        10_000 - listed
    );
    assert!(message.ends_with(&end), "{message}");
    assert!(message.len() > 7 << 10, "nothing is left out that fits: {}", message.len());
    let findings = response["auditAnnotations"]["findings"].as_str().unwrap();
    assert!(findings.ends_with(&format!(" +{}", 10_000 - findings.matches("=deny@").count())), "{findings}");
    assert_eq!(response["auditAnnotations"]["proof"], "snapshot");
}

/// Ten thousand references with one cause do not hide another cause.
#[tokio::test]
async fn a_refusal_for_ten_thousand_references_names_every_cause() {
    let mut backends = vec!["lost:80"; 10_000];
    for others in [&[][..], &["gone:80"]] {
        backends.extend(others);
        let review = review("CREATE", &ingress(&backends, &json!({})), &Value::Null);
        let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
        assert_bounded(&response);
        let message = response["status"]["message"].as_str().unwrap();
        assert!(
            message.contains("Service \"lost\" does not exist in namespace \"shop\" (10000 paths, first "),
            "{message}"
        );
        assert!(message.contains(" more"), "{message}");
        let other = "spec.rules[0].http.paths[10000].backend.service.name: Service \"gone\" does not exist";
        assert_eq!(message.contains(other), !others.is_empty(), "{message}");
        assert_eq!(message.contains("refused for 2 reasons"), !others.is_empty(), "{message}");
        assert!(
            message.contains("[service-not-found] at spec.rules[0].http.paths[0].backend.service.name, "),
            "{message}"
        );
    }
}

/// Host and path of a rule may have any length.
#[tokio::test]
async fn a_refusal_for_an_endless_path_is_bounded() {
    for backends in [&["lost:80"][..], &["lost:80", "gone:80"]] {
        let mut object = ingress(backends, &json!({}));
        object["spec"]["rules"][0]["http"]["paths"][0]["path"] = format!("/{}", "ü".repeat(100_000)).into();
        let review = review("CREATE", &object, &Value::Null);
        let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
        assert_bounded(&response);
        let message = response["status"]["message"].as_str().unwrap();
        assert!(
            message.contains("Service \"lost\" does not exist") && message.contains("[service-not-found]"),
            "{message}"
        );
        assert_eq!(message.contains("\"gone\""), backends.len() > 1, "{message}");
    }
}

/// The annotation `proof` of a denial contains the results of the live reads: each resourceVersion once, or `not
/// found`.
#[rstest]
#[case::absent(&["lost:80", "gone:80"], Some("not found"))]
#[case::wrong_port(&["cart:82"], Some("7"))]
#[case::versions_once(&["cart:82", "lost:80", "card:82", "cart:83"], Some("7,not found,8"))]
#[case::allowed(&["cart:80"], None)]
#[tokio::test]
async fn a_denial_names_its_proofs(#[case] backends: &[&str], #[case] expected: Option<&str>) {
    let facts = live_shop(|name| if name == "cart" { "7".to_owned() } else { "8".to_owned() });
    let review = review("CREATE", &ingress(backends, &json!({})), &Value::Null);
    let response = ask_with(facts, Configuration::default(), &review).await;
    assert_eq!(response["auditAnnotations"]["proof"].as_str(), expected, "{response}");
    assert_eq!(response["allowed"], expected.is_none());
}

/// An index that contains only the class, and live reads of [`SHOP`]. Services whose names begin with `cart` or `card`
/// have the facts of these two, and the resourceVersion from `version`.
fn live_shop(version: impl Fn(&str) -> String + Send + Sync + 'static) -> &'static Lagging {
    let class = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"}});
    let facts = Lagging::new(move |need, live| match need {
        Need::Service(name) | Need::Backend(name) => {
            let known = name.name.get(..4).unwrap_or(&name.name);
            let found = world(SHOP).service("shop", known).map(Clone::clone);
            live.set_service(name.clone(), found.map(|facts| (facts, Some(version(&name.name).into()))));
            let slices = world(SHOP).slices("shop", known).map(<[_]>::to_vec);
            live.slices.insert(name.clone(), slices);
        }
        _ => nothing(need, live),
    });
    Box::leak(Box::new(facts.and_seen(&class)))
}

/// The annotation keeps its maximum length with any number and length of versions.
#[tokio::test]
async fn the_proofs_of_a_denial_are_bounded() {
    let facts = live_shop(|name| format!("{name}-{}", "9".repeat(100)));
    let backends: Vec<String> = (10..30).map(|at| format!("cart{at}:82")).collect();
    let backends: Vec<&str> = backends.iter().map(String::as_str).collect();
    let review = review("CREATE", &ingress(&backends, &json!({})), &Value::Null);
    let response = ask_with(facts, Configuration::default(), &review).await;
    assert_bounded(&response);
    let proofs: Vec<&str> = response["auditAnnotations"]["proof"].as_str().unwrap().split(',').collect();
    assert_eq!(proofs.len(), 9, "{proofs:?}");
    assert!(proofs[8].starts_with("cart18-") && proofs[8].len() == 107, "{proofs:?}");
}
