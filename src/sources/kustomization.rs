//! Kustomizations among the files: which files are patches, and which objects the patches change.
//!
//! A patch has the kind and the name of the object that it changes, so it looks like an object. Only `kustomize build`
//! can apply it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files;
use crate::engine::kinds::documents;

/// The names of the file of a kustomization.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The largest kustomization that is read, in MiB.
const MAX_MIB: u64 = 16;

/// The patches of the kustomizations.
#[derive(Debug, Default)]
pub(super) struct Patches {
    /// The files, as absolute paths without links.
    files: BTreeSet<PathBuf>,
    /// The kinds and names of the objects that the patches change. Without a name, every object of the kind.
    changed: BTreeSet<(String, Option<String>)>,
}

/// Whether the file is a kustomization.
pub(super) fn is_kustomization(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.iter().any(|own| name == *own))
}

impl Patches {
    /// Reads the kustomizations among `paths`. One that cannot be read has no patches: reading it as a manifest reports
    /// the error.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut patches = Self::default();
        for path in paths.iter().filter(|path| is_kustomization(path)) {
            let directory = path.parent().unwrap_or(Path::new(""));
            let Ok(bytes) = files::read(path, MAX_MIB) else { continue };
            for document in documents(&bytes).into_iter().flatten() {
                patches.add_kustomization(directory, &document.value);
            }
        }
        patches
    }

    /// Whether the file is a patch. `path` has no links.
    pub(super) fn contains(&self, path: &Path) -> bool {
        self.files.contains(path)
    }

    /// Notes the object that a patch changes: a part of the object, or a list of operations, whose target the
    /// kustomization names.
    pub(super) fn add_patch(&mut self, patch: &Value) {
        let text = |pointer: &str| patch.pointer(pointer).and_then(Value::as_str);
        if let Some(kind) = text("/kind") {
            self.changed.insert((kind.to_owned(), text("/metadata/name").map(str::to_owned)));
        }
    }

    /// Whether a patch changes the object of this kind and name, or may change it.
    pub(super) fn change(&self, kind: &str, name: &str) -> bool {
        let of_kind = |name: Option<&str>| self.changed.contains(&(kind.to_owned(), name.map(str::to_owned)));
        of_kind(None) || of_kind(Some(name))
    }

    /// The names of the objects of `kind` that patches change. Without a name, every object of the kind.
    pub(super) fn changed(&self, kind: &str) -> impl Iterator<Item = Option<&str>> {
        let of_kind = self.changed.iter().filter(move |(changed, _)| changed == kind);
        of_kind.map(|(_, name)| name.as_deref())
    }

    fn add_kustomization(&mut self, directory: &Path, kustomization: &Value) {
        let entries = |field: &str| kustomization.get(field).and_then(Value::as_array).into_iter().flatten();
        for patch in entries("patches").chain(entries("patchesJson6902")) {
            if let Some(target) = patch.get("target") {
                self.add_target(target);
            }
            if let Some(path) = patch.get("path").and_then(Value::as_str) {
                self.add_file(directory, path);
            }
            if let Some(text) = patch.get("patch").and_then(Value::as_str) {
                self.add_text(text);
            }
        }
        for patch in entries("patchesStrategicMerge").filter_map(Value::as_str) {
            // The patch itself, or the path of a file.
            if patch.contains('\n') { self.add_text(patch) } else { self.add_file(directory, patch) }
        }
    }

    /// Notes the objects that a selector of kustomize selects. Kinds and names are regular expressions.
    fn add_target(&mut self, target: &Value) {
        let plain = |field: &str| {
            let text = target.get(field).and_then(Value::as_str)?;
            let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            is_plain.then(|| text.to_owned())
        };
        match plain("kind") {
            Some(kind) => self.changed.extend([(kind, plain("name"))]),
            None => self.changed.extend(["Service", "Ingress"].map(|kind| (kind.to_owned(), plain("name")))),
        }
    }

    fn add_file(&mut self, directory: &Path, path: &str) {
        self.files.extend(fs::canonicalize(directory.join(path)));
    }

    fn add_text(&mut self, text: &str) {
        for document in documents(text.as_bytes()).into_iter().flatten() {
            self.add_patch(&document.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patches(kustomization: &Value) -> Patches {
        let mut patches = Patches::default();
        patches.add_kustomization(Path::new("no-such-directory"), kustomization);
        patches
    }

    #[test]
    fn the_target_of_a_patch_is_changed() {
        let one = patches(&json!({"patches": [{"path": "p.yaml", "target": {"kind": "Service", "name": "web"}}]}));
        assert!(one.change("Service", "web"));
        assert!(!one.change("Service", "api") && !one.change("Ingress", "web"));
        let all = patches(&json!({"patchesJson6902": [{"target": {"kind": "Service", "name": "web-.*"}}]}));
        assert!(all.change("Service", "api"));
        let any = patches(&json!({"patches": [{"target": {"labelSelector": "app=web"}}]}));
        assert!(any.change("Service", "web") && any.change("Ingress", "web") && !any.change("Deployment", "web"));
    }

    #[test]
    fn a_patch_may_stand_in_the_kustomization() {
        let patch = "kind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n";
        for kustomization in [json!({"patches": [{"patch": patch}]}), json!({"patchesStrategicMerge": [patch]})] {
            assert!(patches(&kustomization).change("Service", "web"));
        }
        let operations = json!({"patches": [{"patch": "- {op: remove, path: /spec}\n", "target": {"kind": "Job"}}]});
        assert!(patches(&operations).change("Job", "migrate"));
    }
}
