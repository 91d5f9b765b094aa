//! Warnings: short lines, the most severe first, with whole names (rulebook 1.3, 11.2).

use std::path::Path;

use backstop::engine::policy::Configuration;
use backstop::engine::view::{Lookup, Need, Unknown, View as _};
use rstest::rstest;
use serde_json::{Value, json};

use crate::admission::{Lagging, ask_with, ingress, known, nothing, review};
use crate::messages::SHOP;
use crate::world::world;

/// A configuration that states where controllers run, with mode warn.
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

pub fn lines(response: &Value) -> Vec<&str> {
    response["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// With short names, every warning of every check fits into the 120 characters that the API recommends. That includes
/// dry runs, whose warnings contain an additional remark.
#[tokio::test]
async fn warnings_are_short() {
    let configuration = backstop::config::parse(CONFIGURATION.as_bytes()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks");
    let (mut response_text, mut long) = (0, Vec::new());
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
                    response_text += 1;
                    // The domain of an annotation cannot be shortened.
                    let key = line.strip_prefix("metadata.annotations[").unwrap_or_default();
                    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
                    let bare = line.replacen(domain, "", 1);
                    if bare.chars().count() > 120 {
                        long.push(format!("{} {line}", bare.chars().count()));
                    }
                }
            }
        }
    }
    assert!(response_text > 80, "{response_text}");
    assert!(long.is_empty(), "{long:#?}");
}

/// Warnings about failed lookups are as short, for every kind of object and every reason.
#[rstest]
#[case::service(false)]
#[case::slices(true)]
#[tokio::test]
async fn warnings_about_failed_lookups_are_short(#[case] service_found: bool) {
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
        let kind = if service_found { "EndpointSlices" } else { "Services" };
        let words = match why {
            Unknown::Forbidden => format!("Backstop's ServiceAccount cannot read {kind}"),
            _ => format!("{what} ({why})"),
        };
        assert_eq!(line, format!("spec.rules[0].http.paths[0].backend: not checked: {words} [shop/web]"));
        assert!(line.chars().count() <= 120, "{line}");
    }
}

/// New findings come before old ones; findings of the same action that certainly fail come before uncertain ones. After
/// four warnings, the others are counted.
#[tokio::test]
async fn the_most_severe_finding_comes_first() {
    let annotated = |backends: &[&str], annotations| ingress(backends, &annotations);
    let old = annotated(&["gone:80", "lost:80"], json!({}));
    let new = annotated(
        &["gone:80", "lost:80", "cart:80", "new:80", "newer:80"],
        json!({"nginx.ingress.kubernetes.io/permanent-redirect": "https://shop.example",
               "nginx.ingress.kubernetes.io/default-backend": "sorry"}),
    );
    // For a redirect on Traefik, findings are at most warnings.
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

/// An Ingress `namespace/name` with one path to `service`, in a dry run, so that a missing Service is a warning.
async fn warned(namespace: &str, name: &str, service: &str) -> String {
    let mut object = ingress(&[&format!("{service}:80")], &json!({}));
    object["metadata"]["name"] = name.into();
    object["metadata"]["namespace"] = namespace.into();
    let mut review = review("CREATE", &object, &Value::Null);
    review["request"]["dryRun"] = true.into();
    review["request"]["namespace"] = namespace.into();
    let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
    let [line] = lines(&response)[..] else { panic!("{response}") };
    line.to_owned()
}

/// A name of any length is whole, and makes its warning longer: the other words are the same as with short names.
#[tokio::test]
async fn names_are_never_shortened() {
    let long = |length: usize| "n".repeat(length);
    for (namespace, name, service) in [
        ("shop".to_owned(), "web".to_owned(), "gone".to_owned()),
        (long(63), "web".to_owned(), "gone".to_owned()),
        ("shop".to_owned(), long(253), "gone".to_owned()),
        ("shop".to_owned(), "web".to_owned(), long(63)),
        (long(63), long(253), long(63)),
    ] {
        assert_eq!(
            warned(&namespace, &name, &service).await,
            format!(
                "spec.rules[0].http.paths[0].backend: Service \"{service}\" does not exist (dry run: may follow) \
                 [{namespace}/{name}] [service-not-found]"
            )
        );
    }
}

/// Four lines with the longest names stay below the length from which the API server cuts warnings (rulebook 1.3.3).
#[tokio::test]
async fn no_warning_is_cut_by_the_api_server() {
    let (namespace, name) = ("n".repeat(63), "w".repeat(253));
    let services: Vec<String> = (10..20).map(|at| format!("{}{at}:80", "s".repeat(61))).collect();
    let mut object = ingress(&services.iter().map(String::as_str).collect::<Vec<_>>(), &json!({}));
    object["metadata"]["name"] = name.as_str().into();
    object["metadata"]["namespace"] = namespace.as_str().into();
    let mut review = review("CREATE", &object, &Value::Null);
    review["request"]["dryRun"] = true.into();
    review["request"]["namespace"] = namespace.as_str().into();
    let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
    let lines = lines(&response);
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[..4].iter().all(|line| line.ends_with(&format!("[{namespace}/{name}] [service-not-found]"))));
    assert!(lines.iter().map(|line| line.chars().count()).sum::<usize>() <= 4096);
}

/// References with one cause share a line, whatever port they name: the place of a finding about a missing Service is the
/// Service.
#[tokio::test]
async fn references_with_one_cause_share_a_warning() {
    let mut review =
        review("CREATE", &ingress(&["lost:80", "lost:81", "gone:80", "lost:82"], &json!({})), &Value::Null);
    review["request"]["dryRun"] = true.into();
    let response = ask_with(known(world(SHOP)), Configuration::default(), &review).await;
    assert_eq!(
        lines(&response),
        [
            "spec.rules[0].http.paths[0].backend and 2 more: Service \"lost\" does not exist (dry run: may follow) [shop/web]",
            "spec.rules[0].http.paths[2].backend: Service \"gone\" does not exist (dry run: may follow) [shop/web] [service-not-found]",
        ]
    );
}

/// Without permission nothing of a kind is checked, so that one line is enough for all references.
#[tokio::test]
async fn a_missing_permission_is_one_warning() {
    let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(|need, live| match need {
        Need::Service(name) | Need::Backend(name) => {
            drop(live.services.insert(name.clone(), Lookup::Unknown(Unknown::Forbidden)));
        }
        _ => nothing(need, live),
    })));
    let review = review("CREATE", &ingress(&["web:80", "cart:80", "api:80"], &json!({})), &Value::Null);
    let response = ask_with(facts, Configuration::default(), &review).await;
    let expected = "spec.rules[0].http.paths[0].backend and 2 more: not checked: Backstop's ServiceAccount cannot read Services \
                    [shop/web]";
    assert_eq!(lines(&response), [expected]);
}
