//! The table of programs: each row has a source, a situation of the real world, and a place in the documentation
//! (rulebook 7.14 and 7.15).

use std::collections::BTreeSet;
use std::path::Path;

use backstop::engine::kinds::{Object, documents, object};
use backstop::engine::programs;
use rstest::rstest;
use serde_json::{Value, json};

use crate::admission::{ask_with, ingress, review, shop};

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The objects of all situations about programs and charts in `tests/real_world`.
fn situations() -> Vec<Object> {
    let folders = ["programs", "charts"].map(|folder| root().join("tests/real_world").join(folder));
    let files = folders.into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let texts = files.map(|file| text(&file.unwrap().path()));
    let objects = texts.flat_map(|text| documents(text.as_bytes()));
    // Some situations are about an object that cannot be decoded.
    objects.filter_map(|document| object(&document.unwrap().value, "default").ok()).collect()
}

#[test]
fn every_program_has_a_source_and_a_situation() {
    let mut shown = BTreeSet::new();
    for object in situations() {
        match object {
            Object::Ingress(subject) => {
                shown.extend(subject.writer.as_ref().and_then(|writer| writer.program).map(|program| program.name));
            }
            Object::Maker(_, facts, _) => drop(shown.insert(facts.kind.program.name)),
            _ => {}
        }
    }
    for program in programs::all() {
        assert!(program.source.contains('/') && program.source.contains(", "), "{}: {}", program.name, program.source);
        assert!(!program.marks.is_empty() || !program.makers.is_empty(), "nothing shows {}", program.name);
        assert!(shown.contains(program.name), "no file of tests/real_world shows {}", program.name);
    }
}

/// The page of the configuration names each program.
#[test]
fn every_program_is_documented() {
    let page = text(&root().join("docs/configuration.md"));
    for program in programs::all() {
        let name = program.name.trim_start_matches("the ").trim_end_matches(" operator");
        assert!(page.contains(name), "docs/configuration.md does not name {name}");
    }
}

/// The answer to the creation of an Ingress with this metadata and a backend: `deny`, or the warning.
async fn answer(backend: &str, metadata: Value) -> String {
    let mut object = ingress(&[backend], &json!({}));
    let Value::Object(fields) = metadata else { panic!("no metadata") };
    object["metadata"].as_object_mut().unwrap().extend(fields);
    let response = ask_with(
        shop(None),
        backstop::engine::policy::Configuration::default(),
        &review("CREATE", &object, &Value::Null),
    )
    .await;
    if response["allowed"] == false {
        return "deny".to_owned();
    }
    response["warnings"][0].as_str().unwrap_or("no warning").to_owned()
}

fn owner(extra: Value) -> Value {
    let mut owner = json!({"apiVersion": "shop.example/v1", "kind": "Shop", "name": "main", "uid": "1"});
    let Value::Object(extra) = extra else { panic!("no fields") };
    owner.as_object_mut().unwrap().extend(extra);
    owner
}

/// Any owner limits every finding to a warning, and the warning names the owner. A mark of another value, or of another key,
/// changes nothing (gate G9).
#[rstest]
#[case::no_owner("gone:80", json!({}), "deny")]
#[case::empty("gone:80", json!({"ownerReferences": []}), "deny")]
#[case::null("gone:80", json!({"ownerReferences": null}), "deny")]
#[case::owner("gone:80", json!({"ownerReferences": [owner(json!({}))]}), "; Shop \"main\" owns the Ingress")]
#[case::controller("gone:80", json!({"ownerReferences": [owner(json!({"name": "other"})), owner(json!({"controller": true}))]}), "; Shop \"main\" controls the Ingress")]
#[case::of_the_core("gone:80", json!({"ownerReferences": [owner(json!({"apiVersion": "v1"}))]}), "; Shop \"main\" owns the Ingress")]
#[case::of_a_program("gone:80", json!({"ownerReferences": [owner(json!({"apiVersion": "ray.io/v1"}))]}), " yet: KubeRay creates it")]
#[case::of_a_similar_group("gone:80", json!({"ownerReferences": [owner(json!({"apiVersion": "x-ray.io/v1"}))]}), "; Shop \"main\" owns the Ingress")]
#[case::services_first("gone:80", json!({"ownerReferences": [owner(json!({"apiVersion": "kafka.strimzi.io/v1"}))]}), "; Strimzi creates it first")]
#[case::wrong_port("web:81", json!({"ownerReferences": [owner(json!({}))]}), "Service \"web\" has no port 81")]
#[case::label("gone:80", json!({"labels": {"kro.run/owned": "true"}}), " yet: kro may apply it")]
#[case::label_with_another_value("gone:80", json!({"labels": {"kro.run/owned": "false"}}), "deny")]
#[case::value_with_a_suffix("gone:80", json!({"labels": {"app.kubernetes.io/managed-by": "spinnaker-shop"}}), " yet: Spinnaker may apply it")]
#[case::helm("gone:80", json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}), "deny")]
#[case::annotation("gone:80", json!({"annotations": {"moniker.spinnaker.io/application": "shop"}}), " yet: Spinnaker may apply it")]
#[case::owner_and_label("gone:80", json!({"ownerReferences": [owner(json!({}))], "labels": {"crossplane.io/composite": "web"}}), " yet: Crossplane creates it")]
#[case::rancher("ingress-0123456789abcdef0123456789abcdef:80", json!({"annotations": {"field.cattle.io/ingressState": "{}"}}), "does not exist yet: ")]
#[case::rancher_another_name("ingress-0123456789ABCDEF0123456789abcdef:80", json!({"annotations": {"field.cattle.io/ingressState": "{}"}}), "deny")]
#[case::rancher_without_targets("ingress-0123456789abcdef0123456789abcdef:80", json!({"annotations": {"field.cattle.io/ingressState": ""}}), "deny")]
#[case::rancher_wrong_port("web:81", json!({"annotations": {"field.cattle.io/ingressState": "{}"}}), "deny")]
#[tokio::test]
async fn who_writes_the_ingress(#[case] backend: &str, #[case] metadata: Value, #[case] expected: &str) {
    let answer = answer(backend, metadata).await;
    assert!(answer.contains(expected), "{answer}");
    assert_eq!(answer == "deny", expected == "deny", "{answer}");
}

/// An Ingress may list thousands of owners. The owner that controls it counts, or else the first one.
#[test]
fn owners_are_read_one_by_one() {
    let of = |owners: Value| {
        let json = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "ownerReferences": owners}});
        let decoded = object(&json, "shop");
        let from_text = backstop::engine::manifest::ingress(&json.to_string(), "shop");
        decoded.map_err(|unusable| unusable.to_string()).map(|object| {
            let Object::Ingress(subject) = object else { panic!("{object:?}") };
            assert_eq!(*subject, from_text.unwrap());
            subject
                .writer
                .as_ref()
                .and_then(|writer| writer.owner.as_ref())
                .map(|owner| (owner.name.to_string(), owner.controls))
        })
    };
    let many: Vec<Value> =
        (0..5000).map(|at| owner(json!({"name": format!("n{at}"), "controller": at == 4000}))).collect();
    assert_eq!(of(many.into()), Ok(Some(("n4000".to_owned(), true))));
    assert_eq!(of(json!([null, owner(json!({"controller": null}))])), Ok(Some(("main".to_owned(), false))));
    for (owners, field) in [
        (json!({}), "metadata.ownerReferences"),
        (json!([7]), "metadata.ownerReferences[0]"),
        (json!([{"kind": 7}]), "metadata.ownerReferences[0].kind"),
    ] {
        let error = of(owners).unwrap_err();
        assert!(error.contains(field), "{error}");
    }
}

/// Flux applies the Ingress together with custom resources, and the Services of a `HelmRelease` appear later. Only a missing
/// Service is milder, and only if the API server serves a kind that can create it (rulebook 7.15).
#[rstest]
#[case::flux("kustomize.toolkit.fluxcd.io/name: apps", &[("helm.toolkit.fluxcd.io", "HelmRelease")], "gone", 80, "warn")]
#[case::not_served("kustomize.toolkit.fluxcd.io/name: apps", &[], "gone", 80, "deny")]
#[case::another_form("kustomize.toolkit.fluxcd.io/name: apps", &[("temporal.io", "TemporalCluster")], "gone", 80, "deny")]
#[case::of_a_chart("helm.toolkit.fluxcd.io/name: apps", &[("helm.toolkit.fluxcd.io", "HelmRelease")], "gone", 80, "deny")]
#[case::nobody("app: web", &[("helm.toolkit.fluxcd.io", "HelmRelease")], "gone", 80, "deny")]
#[case::wrong_port("kustomize.toolkit.fluxcd.io/name: apps", &[("helm.toolkit.fluxcd.io", "HelmRelease")], "web", 81, "deny")]
fn what_flux_applies_in_one_step(
    #[case] label: &str,
    #[case] served: &[(&str, &str)],
    #[case] service: &str,
    #[case] port: u16,
    #[case] expected: &str,
) {
    let mut world = crate::world::world(&format!(
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: traefik}}\n\
         spec: {{controller: traefik.io/ingress-controller}}\n\
         ---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{ports: [{{port: 80}}], selector: {{app: web}}}}\n\
         ---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web, namespace: shop, labels: {{{label}}}}}\n\
         spec: {{ingressClassName: traefik, rules: [{{http: {{paths: [{{path: /, pathType: Prefix, \
         backend: {{service: {{name: {service}, port: {{number: {port}}}}}}}}}]}}}}]}}\n"
    ));
    let kinds: Vec<_> = served.iter().map(|(group, kind)| programs::maker(group, kind).unwrap()).collect();
    world.set_served(&kinds);
    let judgement = crate::world::judged(&world);
    assert_eq!(judgement.verdict.as_str(), expected, "{judgement:?}");
    let later = judgement.findings.iter().any(|judged| judged.finding.text.brief == ": a HelmRelease");
    assert_eq!(later, expected == "warn");
}
