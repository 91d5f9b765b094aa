//! Reads the manifests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The root of the package.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the package.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The YAML documents of a file of the package.
pub(crate) fn documents(path: &str) -> Vec<Value> {
    parse(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The YAML documents of a text.
pub(crate) fn parse(yaml: &str) -> Result<Vec<Value>, serde_saphyr::Error> {
    serde_saphyr::from_multiple(yaml)
}

/// The one object in `deploy/base` of a kind; its file is named after the kind.
pub(crate) fn base(kind: &str) -> Value {
    let path = format!("deploy/base/{}.yaml", kind.to_lowercase());
    let mut objects = documents(&path);
    assert_eq!(objects.len(), 1, "{path} holds one object");
    let object = objects.remove(0);
    assert_eq!(object["kind"], kind, "{path} is named after its kind");
    object
}

/// The names of the YAML files of a folder, without `kustomization.yaml`, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "kustomization.yaml")
        .collect();
    names.sort();
    names
}

/// The strings of a list.
pub(crate) fn strings(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter().map(|item| item.as_str().expect("a string")).collect()
}
