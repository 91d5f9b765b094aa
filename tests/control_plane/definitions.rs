//! Definitions of custom resources. The tests install only the definition of a program, and do its work themselves.

use std::time::Duration;

use crate::harness::{World, eventually};
use crate::manifests::file;

/// A kind of custom resources: API group, version, kind, plural name.
pub(crate) type Definition<'a> = (&'a str, &'a str, &'a str, &'a str);

fn definition((group, version, kind, plural): Definition<'_>) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: {kind}, listKind: {kind}List, plural: {plural}, singular: {}}}
  versions:
    - name: {version}
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
",
        kind.to_lowercase()
    )
}

/// Installs the definitions, and waits until the API server serves them.
pub(crate) fn install(world: &World, definitions: &[Definition<'_>]) {
    let texts: Vec<String> = definitions.iter().map(|it| definition(*it)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    std::fs::write(world.plane.folder.join("definitions.yaml"), file(&texts)).expect("it is written");
    world.kubectl(&["create", "-f", "definitions.yaml"]).done();
    // The API server lists the API group a moment after the definition exists.
    for (group, _, kind, plural) in definitions {
        eventually(kind, Duration::from_secs(20), || {
            world.kubectl(&["get", &format!("{plural}.{group}"), "-A"]).result()?;
            let groups = world.kubectl(&["get", "--raw=/apis"]).result()?;
            if groups.contains(&format!("\"{group}\"")) { Ok(()) } else { Err(groups) }
        });
    }
}
