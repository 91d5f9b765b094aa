//! Objects of one kind and name in several directories, such as the Services of two environments.
//!
//! They are never applied together, so the last one does not replace the others. An Ingress is judged with the ones
//! nearest to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Note;
use super::reader::Manifest;
use crate::engine::kinds::{Kind, Object};
use crate::engine::view::Snapshot;

/// The reason if the file of an Ingress does not decide which of several objects of one name is meant.
const UNDECIDED: &str = "several directories have a Service of this name";

/// The names of a directory and of those above it, from the top.
type Directory = Vec<String>;

/// Returns the directory of a file.
fn directory(file: &str) -> Directory {
    let parent = Path::new(file).parent().unwrap_or(Path::new(""));
    let names = parent.components().filter(|name| *name != std::path::Component::CurDir);
    names.map(|name| name.as_os_str().to_string_lossy().into_owned()).collect()
}

/// A snapshot whose objects depend on the directory of the Ingress that is judged.
#[derive(Debug)]
pub struct NearestView {
    /// All objects, with those of [`Self::same`] that are nearest to [`Self::directory`].
    view: Snapshot,
    /// The objects of one kind and name, by directory. Each has at least two different ones.
    same: Vec<BTreeMap<Directory, Object>>,
    /// The directory that the view is for; `None` for none yet.
    directory: Option<Directory>,
}

impl NearestView {
    /// A view that is the same for all directories.
    pub(super) fn of(view: Snapshot) -> Self {
        Self { view, same: Vec::new(), directory: None }
    }

    /// Inserts the manifests into `view`, and adds a note about the objects that several directories have.
    pub(super) fn lay_over(manifests: Vec<Manifest>, view: Snapshot, notes: &mut Vec<Note>) -> Self {
        let mut nearest = Self::of(view);
        let mut groups: BTreeMap<(Option<Kind>, String), Vec<Manifest>> = BTreeMap::new();
        for manifest in manifests {
            match manifest.object.identity() {
                Some(identity) if !identity.is_generated() => {
                    let group = groups.entry((identity.kind, identity.to_string())).or_default();
                    group.push(manifest);
                }
                _ => nearest.view.insert(manifest.object),
            }
        }
        let mut places = Vec::new();
        for ((_, identity), group) in groups {
            let files: BTreeSet<String> = group.iter().map(Manifest::place).collect();
            // In one directory, the last object replaces the others.
            let mut by_directory: BTreeMap<Directory, Object> = BTreeMap::new();
            for Manifest { file, object, .. } in group {
                by_directory.insert(directory(&file), object);
            }
            let mut objects = by_directory.values();
            let first = objects.next();
            if first.is_some() && objects.any(|object| Some(object) != first) {
                places.push(format!("{identity} in {}", files.into_iter().collect::<Vec<_>>().join(" and ")));
                nearest.same.push(by_directory);
            } else if let Some((_, object)) = by_directory.pop_last() {
                nearest.view.insert(object);
            }
        }
        notes.extend(note(&places));
        nearest
    }

    /// The view for an Ingress of `file`; for one that no file holds, `None`.
    pub fn near(&mut self, file: Option<&str>) -> &Snapshot {
        let directory = file.map(directory).unwrap_or_default();
        if !self.same.is_empty() && self.directory.as_ref() != Some(&directory) {
            self.view.settle_services(UNDECIDED);
            for candidates in &self.same {
                let (object, decided) = nearest(candidates, &directory);
                if let (Object::Service(name, _), false) = (object, decided) {
                    self.view.dispute_service(Some(&name.name), UNDECIDED);
                }
                self.view.insert(object.clone());
            }
            self.directory = Some(directory);
        }
        &self.view
    }

    /// The snapshot, if no manifest lies over it.
    pub(super) fn into_snapshot(self) -> Snapshot {
        self.view
    }

    /// The snapshot, to add what is the same for all directories.
    pub(super) fn view_mut(&mut self) -> &mut Snapshot {
        &mut self.view
    }
}

/// Returns the object that an Ingress in `directory` means, and whether the directories decide that: the object is in the
/// same directory, in one above it, or alone below it. Otherwise the result is the one with which it shares most of its
/// path, and of several the last one.
fn nearest<'c>(candidates: &'c BTreeMap<Directory, Object>, directory: &Directory) -> (&'c Object, bool) {
    let above = (0..=directory.len()).rev().find_map(|depth| candidates.get(directory.get(..depth)?));
    let mut below = candidates.iter().filter(|(of, _)| of.starts_with(directory));
    match (above, below.next(), below.next()) {
        (Some(object), ..) | (None, Some((_, object)), None) => (object, true),
        _ => {
            let shared = |of: &Directory| of.iter().zip(directory).take_while(|(a, b)| a == b).count();
            let closest = candidates.iter().max_by_key(|(of, _)| shared(of));
            (closest.map_or(&Object::Other, |(_, object)| object), false)
        }
    }
}

/// One note about all objects that several directories have.
fn note(places: &[String]) -> Option<Note> {
    let first = places.first()?;
    let others = match places.len() {
        1 => String::new(),
        2 => " (and 1 object more)".to_owned(),
        count => format!(" (and {} objects more)", count - 1),
    };
    Some(Note::info(format!("{first}{others}: an Ingress is judged with the objects nearest to it")))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::engine::model::{ObjectName, ServiceFacts};

    fn object(name: &str) -> Object {
        Object::Service(ObjectName::new("shop", name), ServiceFacts::default())
    }

    /// `candidates`: the directories that have an object of the name.
    #[rstest]
    #[case::same_directory(&["a", "b"], "a/web.yaml", ("a", true))]
    #[case::above(&["", "a/b/c"], "a/b/web.yaml", ("", true))]
    #[case::nearest_above(&["", "a"], "a/b/web.yaml", ("a", true))]
    #[case::alone_below(&["a/x", "b"], "a/web.yaml", ("a/x", true))]
    #[case::two_below(&["a/x", "a/y"], "a/web.yaml", ("a/y", false))]
    #[case::beside(&["base", "overlays/staging"], "overlays/production/web.yaml", ("overlays/staging", false))]
    #[case::apart(&["a", "b"], "c/web.yaml", ("b", false))]
    #[case::a_name_that_begins_alike(&["shop", "shop-2"], "shop-2/web.yaml", ("shop-2", true))]
    fn the_nearest_object(#[case] candidates: &[&str], #[case] file: &str, #[case] expected: (&str, bool)) {
        let candidates: BTreeMap<Directory, Object> =
            candidates.iter().map(|of| (directory(&format!("./{of}/x.yaml")), object(of))).collect();
        assert_eq!(nearest(&candidates, &directory(file)), (&object(expected.0), expected.1));
    }

    #[test]
    fn one_note_is_about_all_objects() {
        assert_eq!(note(&[]), None);
        let message = |count: usize| note(&vec!["Service shop/web in a and b".to_owned(); count]).unwrap().message;
        assert!(message(1).starts_with("Service shop/web in a and b: an Ingress"), "{}", message(1));
        assert!(message(3).contains("(and 2 objects more)"), "{}", message(3));
    }
}
