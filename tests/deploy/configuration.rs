//! The component that mounts a configuration file.

use std::fs;
use std::path::Path;
use std::process::Command;

use backstop::engine::policy::Configuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::manifests::{base, parse, root, text};

const FILE: &str = "deploy/components/configuration/backstop.yaml";

/// The output of `kubectl kustomize` for the base with a copy of the component, in which `backstop.yaml` contains
/// `file`.
fn rendered(file: &str) -> Vec<Value> {
    let kubectl = std::env::var_os("KUBECTL").filter(|path| !path.is_empty()).unwrap_or_else(|| "kubectl".into());
    let folder = TempDir::new().unwrap();
    let here = folder.path().canonicalize().unwrap();
    // kustomize accepts only relative paths.
    let up = "../".repeat(here.components().count() - 1);
    let base = format!("{up}{}/deploy/base", root().strip_prefix(Path::new("/")).unwrap().display());
    fs::write(here.join("kustomization.yaml"), format!("resources: [{base}]\ncomponents: [configuration]\n")).unwrap();
    fs::create_dir(here.join("configuration")).unwrap();
    let component = text("deploy/components/configuration/kustomization.yaml");
    fs::write(here.join("configuration/kustomization.yaml"), component).unwrap();
    fs::write(here.join("configuration/backstop.yaml"), file).unwrap();
    let output = Command::new(&kubectl).arg("kustomize").arg(&here).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start {}: {error}", kubectl.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    parse(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    objects.iter().find(|object| object["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

#[test]
fn the_file_is_valid_and_contains_the_defaults() {
    let read = backstop::config::parse(text(FILE).as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(json!(read), json!(Configuration::default()));
}

/// The component mounts the directory of the file under a constant name, and adds the argument with its path. It
/// changes nothing else.
#[test]
fn the_component_mounts_the_file() {
    let objects = rendered(&text(FILE));
    let map = of_kind(&objects, "ConfigMap");
    assert_eq!(map["metadata"]["name"], "backstop-configuration");
    assert_eq!(map["metadata"]["namespace"], "backstop");
    assert_eq!(map["data"]["backstop.yaml"], text(FILE));

    let mut expected = base("Deployment");
    let pod = expected.pointer_mut("/spec/template/spec").unwrap();
    let volume = json!({"name": "configuration", "configMap": {"name": "backstop-configuration"}});
    pod["volumes"].as_array_mut().unwrap().push(volume);
    let container = &mut pod["containers"][0];
    let mount = json!({"name": "configuration", "mountPath": "/etc/backstop/configuration", "readOnly": true});
    container["volumeMounts"].as_array_mut().unwrap().push(mount);
    let argument = "--config=/etc/backstop/configuration/backstop.yaml";
    container["args"].as_array_mut().unwrap().push(argument.into());
    assert_eq!(of_kind(&objects, "Deployment")["spec"], expected["spec"]);
}
