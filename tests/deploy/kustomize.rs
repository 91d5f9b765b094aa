//! The kustomizations are complete, and each overlay changes only the mode.

use std::collections::BTreeMap;
use std::process::Command;

use rstest::rstest;
use serde_json::{Value, json};

use crate::manifests::{base, documents, files, parse, root, strings};

const MODE_ARGUMENT: &str = "/spec/template/spec/containers/0/args/-";

/// The kustomization of a folder in `deploy`.
fn kustomization(folder: &str) -> Value {
    documents(&format!("deploy/{folder}/kustomization.yaml")).remove(0)
}

/// The output of `kubectl kustomize` for a folder in `deploy`, by kind. `KUBECTL` names the program; the default is the
/// one in `PATH`.
fn rendered(folder: &str) -> BTreeMap<String, Value> {
    let kubectl = std::env::var_os("KUBECTL").filter(|path| !path.is_empty()).unwrap_or_else(|| "kubectl".into());
    let output = Command::new(&kubectl).arg("kustomize").arg(root().join("deploy").join(folder)).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot start {}: {error}; `make test` builds a kubectl where there is none", kubectl.display())
    });
    assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
    let objects = parse(&String::from_utf8(output.stdout).unwrap()).unwrap();
    let by_kind = |object: Value| (object["kind"].as_str().unwrap().to_owned(), object);
    objects.into_iter().map(by_kind).collect()
}

#[rstest]
#[case("base")]
#[case("components/cert-manager")]
fn every_file_is_listed_and_every_listed_file_exists(#[case] folder: &str) {
    let kustomization = kustomization(folder);
    let mut listed = strings(&kustomization["resources"]);
    listed.sort_unstable();
    assert_eq!(listed, files(&root().join("deploy").join(folder)));
}

#[test]
fn base_names_the_image_by_the_version_of_the_package() {
    assert_eq!(kustomization("base")["images"], json!([{"name": "backstop", "newTag": env!("CARGO_PKG_VERSION")}]));
}

#[rstest]
#[case("audit")]
#[case("warn")]
fn an_overlay_lowers_the_mode_and_nothing_else(#[case] mode: &str) {
    let kustomization = kustomization(&format!("overlays/{mode}"));
    let keys: Vec<&String> = kustomization.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["apiVersion", "kind", "patches", "resources"]);
    assert_eq!(kustomization["resources"], json!(["../../base"]));

    let patches = kustomization["patches"].as_array().unwrap();
    assert_eq!(patches.len(), 1);
    let patch = patches.first().unwrap();
    assert_eq!(patch["target"], json!({"group": "apps", "version": "v1", "kind": "Deployment", "name": "backstop"}));
    let operations = parse(patch["patch"].as_str().unwrap()).unwrap().remove(0);
    assert_eq!(operations, json!([{"op": "add", "path": MODE_ARGUMENT, "value": format!("--mode={mode}")}]));
    assert_eq!(files(&root().join("deploy/overlays").join(mode)), [""; 0], "nothing beside it");
}

#[test]
fn kubectl_renders_the_base_as_the_files_say() {
    let rendered = rendered("base");
    let kustomization = kustomization("base");
    assert_eq!(rendered.len(), strings(&kustomization["resources"]).len());
    for (kind, mut object) in rendered {
        let labels = object["metadata"]["labels"].as_object_mut().unwrap();
        assert_eq!(labels.remove("app.kubernetes.io/part-of"), Some(json!("backstop")), "{kind}");
        assert_eq!(object, base(&kind), "{kind}");
    }
}

#[rstest]
#[case("audit")]
#[case("warn")]
fn kubectl_renders_an_overlay_as_the_base_with_a_lower_mode(#[case] mode: &str) {
    let (mut expected, rendered) = (rendered("base"), rendered(&format!("overlays/{mode}")));
    let deployment = expected.get_mut("Deployment").unwrap();
    let args = deployment.pointer_mut("/spec/template/spec/containers/0/args").unwrap();
    args.as_array_mut().unwrap().push(json!(format!("--mode={mode}")));
    assert_eq!(rendered, expected);
}
