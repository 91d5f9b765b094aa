//! Kustomizations among the files: which files are patches, what the patches change, and which files belong to a kustomization
//! that changes its objects or adds others.
//!
//! A patch has the kind and the name of the object that it changes, so it looks like an object. Only `kustomize build`
//! can apply it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::files;
use crate::engine::kinds::{Kind, documents};
use crate::engine::manifest::{KustomizationFacts, PatchTarget, kustomization_facts, patched_object};
use crate::engine::model::Target;
use crate::engine::subject::Subject;

/// The names of the file of a kustomization.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The largest kustomization or patch that is read, in MiB.
const MAX_MIB: u64 = 16;

/// The number of steps from kustomizations to their files that are followed. Beyond it, every file counts as part of a
/// kustomization that adds objects.
const MOST_STEPS: usize = 1_000_000;

/// Why a finding about an Ingress that a patch changes is a warning at most.
const PATCHED: &str = "a patch of a kustomization changes it";
/// Why nothing is certain about an Ingress whose backends have the prefix or the suffix of a kustomization.
const RENAMED: &str = "a kustomization changes the names of its objects";
/// Why nothing is certain about an Ingress whose kustomization has objects of several namespaces.
const MOVED: &str = "a kustomization moves its objects into one namespace";

/// The kustomizations, and what they do with the files.
#[derive(Debug, Default)]
pub(super) struct Kustomizations {
    /// The files with patches, as absolute paths without links.
    patches: BTreeSet<PathBuf>,
    /// The objects that the patches change.
    changed: BTreeSet<PatchTarget>,
    /// Their kinds and names. Without a kind or a name, the objects of every kind or name.
    changed_names: BTreeSet<(Option<String>, Option<String>)>,
    /// What happens to the objects of each file.
    effects: BTreeMap<PathBuf, Effects>,
    /// The files of each kustomization that sets the namespace of its objects.
    moved: Vec<Vec<PathBuf>>,
    /// The kustomizations that add objects which were not read.
    adding: Vec<PathBuf>,
    /// Every file may belong to a kustomization that adds objects.
    too_many: bool,
}

/// What kustomizations do with the objects of a file.
#[derive(Debug, Default)]
struct Effects {
    /// They add objects that were not read.
    adds_objects: bool,
    /// Why an object of the file may change.
    changes: Option<&'static str>,
    /// Their prefixes and suffixes of names.
    affixes: Vec<(String, String)>,
    /// Their numbers.
    collected_by: BTreeSet<usize>,
}

/// A kustomization, and where its resources are.
struct Node {
    facts: KustomizationFacts,
    /// The files among its resources that are read.
    files: Vec<PathBuf>,
    /// The indexes of the kustomizations among its resources.
    below: Vec<usize>,
    /// It has resources that are not read, or in no file.
    adds_objects: bool,
}

/// Whether the file is a kustomization.
pub(super) fn is_kustomization(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.iter().any(|own| name == *own))
}

impl Kustomizations {
    /// Reads the kustomizations among `paths`, the files that are read. One that cannot be read has no effect: reading it as a
    /// manifest reports the error.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut all = Self::default();
        let mut found: Vec<(&Path, PathBuf, KustomizationFacts)> = Vec::new();
        for path in paths.iter().filter(|path| is_kustomization(path)) {
            let Ok(bytes) = files::read(path, MAX_MIB) else { continue };
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let directory = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
            let documents = documents(&bytes).into_iter().flatten();
            found.extend(
                documents.map(|document| (path.as_path(), directory.clone(), kustomization_facts(&document.value))),
            );
        }
        if found.is_empty() {
            return all;
        }
        for (_, directory, facts) in &found {
            all.add_patches(directory, facts);
        }
        let read: BTreeSet<PathBuf> = paths.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        let places: BTreeMap<PathBuf, usize> =
            found.iter().enumerate().map(|(at, (_, directory, _))| (directory.clone(), at)).collect();
        let paths: Vec<PathBuf> = found.iter().map(|(path, ..)| (*path).to_owned()).collect();
        let nodes = found.into_iter().map(|(_, directory, facts)| Node::new(&directory, facts, &read, &places));
        all.follow(&nodes.collect::<Vec<_>>(), &paths);
        all
    }

    /// Whether the file is a patch. `path` has no links.
    pub(super) fn is_patch(&self, path: &Path) -> bool {
        self.patches.contains(path)
    }

    /// The Services that patches change. Without a namespace or a name, those of every namespace or name.
    pub(super) fn changed_services(&self) -> impl Iterator<Item = &PatchTarget> {
        self.changed.iter().filter(|target| target.kind.as_deref().is_none_or(|kind| kind == Kind::Service.name()))
    }

    /// The kustomizations that add objects which were not read.
    pub(super) fn adding(&self) -> &[PathBuf] {
        &self.adding
    }

    /// Whether a kustomization adds objects that were not read to those of the file. `path` has no links.
    pub(super) fn adds_objects(&self, path: &Path) -> bool {
        self.too_many || self.effects.get(path).is_some_and(|effects| effects.adds_objects)
    }

    /// The numbers of the kustomizations that collect the file. `path` has no links.
    pub(super) fn collect(&self, path: &Path) -> Option<&BTreeSet<usize>> {
        self.effects.get(path).map(|effects| &effects.collected_by)
    }

    /// Notes the namespaces of the objects of each file: a kustomization changes them if they differ.
    pub(super) fn note_namespaces(&mut self, namespaces: &BTreeMap<PathBuf, BTreeSet<String>>) {
        for files in std::mem::take(&mut self.moved) {
            let of_files = || files.iter().filter_map(|file| namespaces.get(file)).flatten();
            if of_files().any(|namespace| Some(namespace) != of_files().next()) {
                for file in files {
                    self.effects.entry(file).or_default().changes.get_or_insert(MOVED);
                }
            }
        }
    }

    /// Why a subject of the file may change before it is applied; `None` if it does not. `path` has no links.
    pub(super) fn draft(&self, path: &Path, subject: &Subject) -> Option<&'static str> {
        if self.patches_object(subject.kind.0, &subject.name.name) {
            return Some(PATCHED);
        }
        let effects = self.effects.get(path)?;
        let renamed = |(prefix, suffix): &(String, String)| {
            let has_affix = |name: &str| {
                !prefix.is_empty() && name.starts_with(prefix) || !suffix.is_empty() && name.ends_with(suffix)
            };
            subject.targets.iter().filter_map(Target::service).any(|target| has_affix(&target.name))
        };
        effects.changes.or_else(|| effects.affixes.iter().any(renamed).then_some(RENAMED))
    }

    /// Whether a patch changes the object of this kind and name, or may change it.
    fn patches_object(&self, kind: &str, name: &str) -> bool {
        let is_changed = |kind: Option<&str>, name: Option<&str>| {
            self.changed_names.contains(&(kind.map(str::to_owned), name.map(str::to_owned)))
        };
        !self.changed_names.is_empty()
            && [Some(kind), None].into_iter().any(|kind| is_changed(kind, Some(name)) || is_changed(kind, None))
    }

    fn add_target(&mut self, target: PatchTarget) {
        self.changed_names.insert((target.kind.clone(), target.name.clone()));
        self.changed.insert(target);
    }

    fn add_patches(&mut self, directory: &Path, facts: &KustomizationFacts) {
        for patch in &facts.patches {
            if let Some(target) = patch.target.clone() {
                self.add_target(target);
            }
            if let Some(path) = patch.path.as_ref().and_then(|path| fs::canonicalize(directory.join(path)).ok()) {
                if let Ok(bytes) = files::read(&path, MAX_MIB) {
                    self.add_patch(&bytes);
                }
                self.patches.insert(path);
            }
            if let Some(text) = &patch.text {
                self.add_patch(text.as_bytes());
            }
        }
    }

    fn add_patch(&mut self, bytes: &[u8]) {
        for document in documents(bytes).into_iter().flatten() {
            if let Some(target) = patched_object(&document.value) {
                self.add_target(target);
            }
        }
    }

    /// Adds the effects of each kustomization to the files that it reaches.
    fn follow(&mut self, nodes: &[Node], paths: &[PathBuf]) {
        let mut steps = 0;
        let included: BTreeSet<usize> = nodes.iter().flat_map(|node| node.below.iter().copied()).collect();
        for (start, path) in paths.iter().enumerate() {
            let Some((reached, cost)) = reached(nodes, start, MOST_STEPS - steps) else {
                self.too_many = true;
                return;
            };
            steps += cost;
            let of_reached = || reached.iter().filter_map(|at| nodes.get(*at));
            let adds_objects = of_reached().any(|node| node.adds_objects);
            let Some(KustomizationFacts { changes, namespace, prefix, suffix, is_component, .. }) =
                nodes.get(start).map(|node| &node.facts)
            else {
                continue;
            };
            // Nobody applies a component alone.
            let is_part = *is_component && !included.contains(&start);
            if adds_objects || is_part {
                self.adding.push(path.clone());
            }
            let affix = (!prefix.is_empty() || !suffix.is_empty()).then(|| (prefix.clone(), suffix.clone()));
            let files: Vec<&PathBuf> = of_reached().flat_map(|node| &node.files).collect();
            for file in &files {
                let effects = self.effects.entry((*file).clone()).or_default();
                effects.adds_objects |= adds_objects || is_part;
                effects.changes = effects.changes.or(*changes);
                effects.affixes.extend(affix.clone());
                effects.collected_by.insert(start);
            }
            if namespace.is_some() {
                self.moved.push(files.into_iter().cloned().collect());
            }
        }
    }
}

impl Node {
    fn new(
        directory: &Path,
        facts: KustomizationFacts,
        read: &BTreeSet<PathBuf>,
        places: &BTreeMap<PathBuf, usize>,
    ) -> Self {
        let (mut files, mut below, mut adds_objects) = (Vec::new(), Vec::new(), facts.adds_objects);
        for resource in &facts.resources {
            let path = fs::canonicalize(directory.join(resource)).ok();
            match path {
                Some(path) if read.contains(&path) => files.push(path),
                Some(path) if places.contains_key(&path) => below.extend(places.get(&path)),
                // A URL, or a file that was not read.
                _ => adds_objects = true,
            }
        }
        Self { facts, files, below, adds_objects }
    }
}

/// The kustomizations that the one at `start` includes, with itself, and the number of steps to them and their files. `None` if
/// there are more than `most` steps.
fn reached(nodes: &[Node], start: usize, most: usize) -> Option<(BTreeSet<usize>, usize)> {
    let (mut reached, mut next, mut steps) = (BTreeSet::new(), vec![start], 0);
    while let Some(at) = next.pop() {
        steps += 1;
        if !reached.insert(at) {
            continue;
        }
        if let Some(node) = nodes.get(at) {
            steps += node.files.len();
            next.extend(&node.below);
        }
        if steps > most {
            return None;
        }
    }
    Some((reached, steps))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn patched(kustomization: &Value) -> Kustomizations {
        let mut all = Kustomizations::default();
        all.add_patches(Path::new("no-such-directory"), &kustomization_facts(kustomization));
        all
    }

    #[test]
    fn the_target_of_a_patch_is_changed() {
        let one = patched(&json!({"patches": [{"path": "p.yaml", "target": {"kind": "Service", "name": "web"}}]}));
        assert!(one.patches_object("Service", "web"));
        assert!(!one.patches_object("Service", "api") && !one.patches_object("Ingress", "web"));
        let all = patched(&json!({"patchesJson6902": [{"target": {"kind": "Service", "name": "web-.*"}}]}));
        assert!(all.patches_object("Service", "api"));
        let any = patched(&json!({"patches": [{"target": {"labelSelector": "app=web"}}]}));
        assert!(any.patches_object("Service", "web") && any.patches_object("Ingress", "web"));
        assert_eq!(any.changed_services().count(), 1);
    }

    #[test]
    fn a_patch_may_stand_in_the_kustomization() {
        let patch = "kind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n";
        for kustomization in [json!({"patches": [{"patch": patch}]}), json!({"patchesStrategicMerge": [patch]})] {
            assert!(patched(&kustomization).patches_object("Service", "web"));
        }
        let operations = json!({"patches": [{"patch": "- {op: remove, path: /spec}\n", "target": {"kind": "Job"}}]});
        assert!(patched(&operations).patches_object("Job", "migrate"));
    }

    /// Each kustomization collects the next one.
    #[test]
    fn a_chain_of_kustomizations_ends() {
        let node = |below: usize| Node {
            facts: KustomizationFacts::default(),
            files: vec![PathBuf::from(format!("{below}.yaml"))],
            below: vec![below],
            adds_objects: false,
        };
        let circle: Vec<Node> = (0..3000).map(|at| node((at + 1) % 3000)).collect();
        let paths: Vec<PathBuf> = (0..3000).map(|at| PathBuf::from(format!("{at}/kustomization.yaml"))).collect();
        let mut all = Kustomizations::default();
        all.follow(&circle, &paths);
        assert!(all.adds_objects(Path::new("any.yaml")), "it is too much work to follow");
        let mut few = Kustomizations::default();
        few.follow(&[node(1), node(0)], &paths[..2]);
        assert!(!few.adds_objects(Path::new("0.yaml")) && few.adding().is_empty());
    }
}
