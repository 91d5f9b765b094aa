//! Objects of one kind and name in several directories, such as the Services of two environments.
//!
//! They are never applied together, so the last one does not replace the others. An Ingress is judged with the ones
//! nearest to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::Note;
use super::reader::Manifest;
use super::rivals::{Directory, Rivals, directory};
use crate::engine::kinds::{Kind, Object};
use crate::engine::subject::Subject;
use crate::engine::view::Snapshot;

/// The reason if the file of an Ingress does not decide which of several objects of one name is meant.
const UNDECIDED: &str = "several directories have a Service of this name";

/// The objects of one kind and name, by directory, at least two different ones.
#[derive(Debug)]
struct Group {
    objects: BTreeMap<Directory, Object>,
    /// The directory of the object that the view has; `None` for none yet.
    chosen: Option<Directory>,
}

/// A snapshot whose objects depend on the file of the Ingress that is judged.
#[derive(Debug)]
pub struct NearestView {
    /// All objects, with those of [`Self::same`] that are nearest to [`Self::place`].
    view: Snapshot,
    /// By the namespace of the objects; empty for objects of the cluster.
    same: BTreeMap<String, Vec<Group>>,
    /// The directory and the namespace that the view is for; `None` for none yet.
    place: Option<(Directory, String)>,
    /// The files to whose objects a kustomization adds others that were not read.
    not_rendered: BTreeSet<String>,
    rivals: Rivals,
}

impl NearestView {
    /// A view that is the same for all directories.
    pub(super) fn of(view: Snapshot) -> Self {
        Self { view, same: BTreeMap::new(), place: None, not_rendered: BTreeSet::new(), rivals: Rivals::default() }
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
            nearest.rivals.add(&group, &nearest.view);
            let files: BTreeSet<String> = group.iter().map(Manifest::place).collect();
            // In one directory, the last object replaces the others.
            let mut objects: BTreeMap<Directory, Object> = BTreeMap::new();
            for Manifest { file, object, .. } in group {
                objects.insert(directory(&file), object);
            }
            let mut each = objects.values();
            let first = each.next();
            if first.is_some() && each.any(|object| Some(object) != first) {
                places.push(format!("{identity} in {}", files.into_iter().collect::<Vec<_>>().join(" and ")));
                let namespace = first.and_then(Object::identity).map_or("", |identity| identity.namespace).to_owned();
                nearest.same.entry(namespace).or_default().push(Group { objects, chosen: None });
            } else if let Some((_, object)) = objects.pop_last() {
                nearest.view.insert(object);
            }
        }
        notes.extend(note(&places));
        nearest
    }

    /// The same view, with the files to whose objects a kustomization adds others that were not read, and the numbers of the
    /// kustomizations that collect each file.
    pub(super) fn with_kustomizations(
        mut self,
        not_rendered: BTreeSet<String>,
        collected: BTreeMap<String, BTreeSet<usize>>,
    ) -> Self {
        self.rivals.set_collected(collected);
        Self { not_rendered, ..self }
    }

    /// The view for `subject`, an Ingress of `file`; for one that no file holds, `None`.
    pub fn near(&mut self, file: Option<&str>, subject: &Subject) -> &Snapshot {
        self.view.set_not_rendered(file.is_some_and(|file| self.not_rendered.contains(file)));
        self.view.doubtful_services().set_hidden(self.rivals.hidden_services(file, subject));
        let place = (file.map(directory).unwrap_or_default(), subject.name.namespace.clone());
        if !self.same.is_empty() && self.place.as_ref() != Some(&place) {
            self.view.doubtful_services().settle(UNDECIDED);
            let (directory, namespace) = &place;
            for namespace in BTreeSet::from(["", namespace.as_str()]) {
                for group in self.same.get_mut(namespace).into_iter().flatten() {
                    group.settle(directory, &mut self.view);
                }
            }
            self.place = Some(place);
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

impl Group {
    /// Puts the object that an Ingress in `directory` means into `view`.
    fn settle(&mut self, directory: &Directory, view: &mut Snapshot) {
        let Some((nearest, decided)) = nearest(&self.objects, directory) else { return };
        let Some(object) = self.objects.get(nearest) else { return };
        if let (Object::Service(name, _), false) = (object, decided) {
            view.doubtful_services().dispute((Some(&name.namespace), Some(&name.name)), UNDECIDED);
        }
        if self.chosen.as_ref() != Some(nearest) {
            view.insert(object.clone());
            self.chosen = Some(nearest.clone());
        }
    }
}

/// Returns the directory of the object that an Ingress in `directory` means, and whether the directories decide that: the
/// object is in the same directory, in one above it, or alone below it. Otherwise the result is the one with which it shares
/// most of its path, and of several the last one. `None` if there are no objects.
fn nearest<'c>(objects: &'c BTreeMap<Directory, Object>, directory: &Directory) -> Option<(&'c Directory, bool)> {
    let of = |found: Option<(&'c Directory, &'c Object)>| found.map(|(of, _)| of);
    let above = (0..=directory.len()).rev().find_map(|depth| of(objects.get_key_value(directory.get(..depth)?)));
    if let Some(above) = above {
        return Some((above, true));
    }
    let from_here = || objects.range::<[String], _>((Bound::Included(directory.as_slice()), Bound::Unbounded));
    let mut below = from_here().take_while(|(of, _)| of.starts_with(directory));
    if let (Some((alone, _)), None) = (below.next(), below.next()) {
        return Some((alone, true));
    }
    // The directories are sorted, so the ones that share most are beside the place of this one.
    let before = objects.range::<[String], _>((Bound::Unbounded, Bound::Excluded(directory.as_slice()))).next_back();
    let shared = |of: &Directory| of.iter().zip(directory).take_while(|(a, b)| a == b).count();
    let most = of(before).into_iter().chain(of(from_here().next())).map(shared).max()?;
    of(last_below(objects, directory.get(..most)?)).map(|closest| (closest, false))
}

/// The last object in or below `directory`.
fn last_below<'c>(
    objects: &'c BTreeMap<Directory, Object>,
    directory: &[String],
) -> Option<(&'c Directory, &'c Object)> {
    let Some((name, above)) = directory.split_last() else { return objects.last_key_value() };
    // The first name after all directories below this one.
    let mut end = above.to_vec();
    end.push(format!("{name}\0"));
    objects.range::<[String], _>((Bound::Unbounded, Bound::Excluded(end.as_slice()))).next_back()
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
    #[case::shares_more(&["app/x/a", "app/y", "web"], "app/x/b/web.yaml", ("app/x/a", false))]
    #[case::the_last_that_shares(&["app/a", "app/z", "web"], "app/m/web.yaml", ("app/z", false))]
    #[case::a_name_that_begins_alike(&["shop", "shop-2"], "shop-2/web.yaml", ("shop-2", true))]
    fn the_nearest_object(#[case] candidates: &[&str], #[case] file: &str, #[case] expected: (&str, bool)) {
        let candidates: BTreeMap<Directory, Object> =
            candidates.iter().map(|of| (directory(&format!("./{of}/x.yaml")), object(of))).collect();
        let found = nearest(&candidates, &directory(file)).unwrap();
        assert_eq!((&candidates[found.0], found.1), (&object(expected.0), expected.1));
    }

    /// The same as a comparison with every directory.
    #[test]
    fn the_nearest_object_is_found_without_a_comparison_with_all() {
        let all: Vec<Directory> =
            ["", "a", "a/b", "a/b/c", "a/d", "ab", "b/c", "b/d/e"].map(|of| directory(&format!("{of}/x"))).to_vec();
        for chosen in 1..1_u32 << all.len() {
            let has = |at: usize| chosen & (1 << at) != 0;
            let chosen = all.iter().enumerate().filter(|(at, _)| has(*at));
            let objects: BTreeMap<Directory, Object> = chosen.map(|(_, of)| (of.clone(), object("web"))).collect();
            for place in &all {
                let shared = |of: &Directory| of.iter().zip(place).take_while(|(a, b)| a == b).count();
                let above = objects.keys().rev().filter(|of| place.starts_with(of)).max_by_key(|of| of.len());
                let below: Vec<&Directory> = objects.keys().filter(|of| of.starts_with(place)).collect();
                let expected = match (above, &below[..]) {
                    (Some(above), _) => (above, true),
                    (None, [alone]) => (*alone, true),
                    _ => (objects.keys().max_by_key(|of| shared(of)).unwrap(), false),
                };
                assert_eq!(nearest(&objects, place), Some(expected), "{place:?} of {:?}", objects.keys());
            }
        }
    }

    #[test]
    fn one_note_is_about_all_objects() {
        assert_eq!(note(&[]), None);
        let message = |count: usize| note(&vec!["Service shop/web in a and b".to_owned(); count]).unwrap().message;
        assert!(message(1).starts_with("Service shop/web in a and b: an Ingress"), "{}", message(1));
        assert!(message(3).contains("(and 2 objects more)"), "{}", message(3));
    }
}
