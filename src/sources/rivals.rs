//! Directories of which only one is applied, such as the directories of two environments. An Ingress of one does not get the
//! Services of the other.
//!
//! Two directories are rivals if both have an object of one kind and name, or if their names are names of environments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use super::reader::Manifest;
use crate::engine::kinds::{Identity, Kind, Object};
use crate::engine::model::{ObjectName, Target};
use crate::engine::subject::Subject;
use crate::engine::view::{Lookup, Snapshot, View};

/// Why the Service of another directory proves nothing.
pub(super) const OF_A_RIVAL: &str = "only the directory of another environment has the Service";

/// Names of environments.
const ENVIRONMENTS: [&str; 16] = [
    "dev",
    "development",
    "test",
    "testing",
    "qa",
    "uat",
    "int",
    "integration",
    "sandbox",
    "stage",
    "staging",
    "preprod",
    "preview",
    "prod",
    "production",
    "live",
];

/// Names of directories that are applied together with others.
const SHARED: [&str; 8] = ["base", "bases", "common", "shared", "default", "global", "core", "components"];

/// The names of a directory and of those above it, from the top.
pub(super) type Directory = Vec<String>;

/// Returns the directory of a file.
pub(super) fn directory(file: &str) -> Directory {
    let parent = Path::new(file).parent().unwrap_or(Path::new(""));
    let names = parent.components().filter(|name| *name != Component::CurDir);
    names.map(|name| name.as_os_str().to_string_lossy().into_owned()).collect()
}

/// See the documentation of the module.
#[derive(Debug, Default)]
pub(super) struct Rivals {
    /// The numbers of the groups of objects of one kind and name, by the directories that have them.
    groups: BTreeMap<Directory, BTreeSet<usize>>,
    /// The number of groups.
    count: usize,
    /// The files of the Services that only one directory has.
    alone: BTreeMap<ObjectName, String>,
    /// The numbers of the kustomizations that collect each file: the objects of one kustomization are applied together.
    collected: BTreeMap<String, BTreeSet<usize>>,
}

impl Rivals {
    /// Adds all objects of one kind and name, which `below` does not have yet: the state of the cluster, in which every Ingress
    /// has every Service.
    pub(super) fn add(&mut self, group: &[Manifest], below: &Snapshot) {
        let [first, ..] = group else { return };
        let directories: BTreeSet<Directory> = group.iter().map(|manifest| directory(&manifest.file)).collect();
        let of_application = |it: Identity<'_>| {
            it.kind.is_none_or(|kind| [Kind::Service, Kind::Ingress].contains(&kind) || Kind::WORKLOADS.contains(&kind))
        };
        if directories.len() > 1 && first.object.identity().is_some_and(of_application) {
            for directory in directories {
                self.groups.entry(directory).or_default().insert(self.count);
            }
            self.count += 1;
        } else if let (Object::Service(name, _), 1) = (&first.object, directories.len())
            && matches!(below.service(&name.namespace, &name.name), Lookup::Absent)
        {
            self.alone.insert(name.clone(), first.file.clone());
        }
    }

    /// Sets the numbers of the kustomizations that collect each file.
    pub(super) fn set_collected(&mut self, collected: BTreeMap<String, BTreeSet<usize>>) {
        self.collected = collected;
    }

    /// The Services of `subject`, an Ingress of `file`, that only a rival of the directory has.
    pub(super) fn hidden_services(&self, file: Option<&str>, subject: &Subject) -> BTreeMap<ObjectName, &'static str> {
        let Some(file) = file.filter(|_| !self.alone.is_empty()) else { return BTreeMap::new() };
        let (own, mut known) = (directory(file), BTreeMap::new());
        let services = subject.targets.iter().filter_map(Target::service).filter_map(|target| {
            let name = ObjectName::new(&*target.namespace, &*target.name);
            let other = self.alone.get(&name)?;
            let is_hidden = *known
                .entry(other)
                .or_insert_with(|| !self.are_collected(file, other) && self.are_rivals(&own, &directory(other)));
            is_hidden.then_some((name, OF_A_RIVAL))
        });
        services.collect()
    }

    /// Whether one kustomization collects both files.
    fn are_collected(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.collected.get(one), self.collected.get(other));
        one.zip(other).is_some_and(|(one, other)| !one.is_disjoint(other))
    }

    fn are_rivals(&self, one: &Directory, other: &Directory) -> bool {
        let shared = one.iter().zip(other).take_while(|(a, b)| a == b).count();
        // One of them contains the other.
        let (Some(one_name), Some(other_name)) = (one.get(shared), other.get(shared)) else { return false };
        let is_among = |names: &[&str], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_among(&SHARED, one_name) || is_among(&SHARED, other_name) {
            return false;
        }
        if is_among(&ENVIRONMENTS, one_name) && is_among(&ENVIRONMENTS, other_name) {
            return true;
        }
        let of_one = self.groups_below(one, shared);
        !of_one.is_empty() && !of_one.is_disjoint(&self.groups_below(other, shared))
    }

    /// The groups with an object in `directory`, or in one above it that is deeper than `depth`.
    fn groups_below(&self, directory: &Directory, depth: usize) -> BTreeSet<usize> {
        let paths = (depth + 1..=directory.len()).filter_map(|end| directory.get(..end));
        paths.filter_map(|path| self.groups.get(path)).flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// `groups`: the directories that have an object of one name, each group in one text.
    #[rstest]
    #[case::environments(&[], "envs/dev", "envs/prod", true)]
    #[case::one_environment(&[], "envs/dev", "envs/apps", false)]
    #[case::same(&[], "envs/dev", "envs/dev", false)]
    #[case::below(&["a a/b"], "a", "a/b", false)]
    #[case::one_name(&["envs/a envs/b"], "envs/a", "envs/b", true)]
    #[case::deeper(&["envs/a envs/b"], "envs/a/web", "envs/b/api", true)]
    #[case::of_the_directory_above(&["envs other"], "envs/a", "envs/b", false)]
    #[case::by_kind(&[], "ingresses", "services", false)]
    #[case::base(&["base overlays/x"], "overlays/x", "base", false)]
    #[case::others(&["a c", "b d"], "a", "b", false)]
    fn rivals(#[case] groups: &[&str], #[case] one: &str, #[case] other: &str, #[case] expected: bool) {
        let path = |of: &str| directory(&format!("{of}/x.yaml"));
        let mut rivals = Rivals::default();
        for (at, group) in groups.iter().enumerate() {
            for of in group.split_whitespace() {
                rivals.groups.entry(path(of)).or_default().insert(at);
            }
        }
        assert_eq!(rivals.are_rivals(&path(one), &path(other)), expected);
        assert_eq!(rivals.are_rivals(&path(other), &path(one)), expected);
    }
}
