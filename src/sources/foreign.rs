//! Documents that are read and are no objects: the files of other programs, and patches. They say nothing about the
//! cluster.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::Note;
use super::kustomization::is_kustomization;
use crate::engine::manifest::{Head, route_kind};

/// The number of places that a note names.
const SHOWN: usize = 3;

/// A class of documents that are no objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// A patch that a kustomization names.
    Patch,
    /// A list of operations, as JSON Patch (RFC 6902) defines it.
    JsonPatch,
    /// A kustomization without a kind.
    Kustomization,
    /// A kustomization that adds objects which were not read.
    Adding,
    /// An object with a placeholder in a field that is no text.
    Placeholder,
    /// A route of this kind, which Backstop does not judge.
    Route(&'static str),
    /// Anything else, such as the values of a chart, or `package.json`.
    Other,
}

impl Class {
    /// The class of an object that is a route of another kind.
    pub(super) fn of_route(value: &Value) -> Option<Self> {
        let Head { api_version, kind, .. } = Head::of(value);
        let (group, _) = api_version.split_once('/')?;
        route_kind(group, kind).map(Self::Route)
    }

    /// The class of a document of the file `path`.
    pub(super) fn of(path: &Path, value: &Value) -> Self {
        let operation = |item: &Value| item.get("op").is_some() && item.get("path").is_some();
        if value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(operation)) {
            Self::JsonPatch
        } else if is_kustomization(path) {
            Self::Kustomization
        } else {
            Self::Other
        }
    }

    fn about(self) -> String {
        let about = match self {
            Self::Route(kind) => return format!("only Ingresses are judged, not {kind}"),
            Self::Patch => "patches of a kustomization are not applied: check the output of kustomize build instead",
            Self::JsonPatch => "JSON patches are not applied",
            Self::Kustomization => "a kustomization is no object: check the output of kustomize build instead",
            Self::Adding => {
                "a kustomization adds objects that were not read, so that missing objects are unknown: run kustomize build \
                 DIRECTORY | backstop check -f -"
            }
            Self::Placeholder => {
                "objects with placeholders instead of numbers are not judged: replace the placeholders first"
            }
            Self::Other => "documents that are no Kubernetes objects are left out",
        };
        about.to_owned()
    }
}

/// The places of the documents that are no objects.
#[derive(Debug, Default)]
pub(super) struct Foreign(BTreeMap<Class, Vec<String>>);

impl Foreign {
    /// Adds the place of a document: `values.yaml`. The documents of one file have one place.
    pub(super) fn add(&mut self, class: Class, place: String) {
        let places = self.0.entry(class).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }

    /// One note for each class.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        self.0.iter().map(|(class, places)| {
            let mut named = places.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
            if let Some(rest) = places.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
                named = format!("{named} and {rest} more");
            }
            Note::info(format!("{} ({named})", class.about()))
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("p.yaml", json!([{"op": "remove", "path": "/spec"}]), Class::JsonPatch)]
    #[case("a/kustomization.yml", json!({"resources": []}), Class::Kustomization)]
    #[case("list.yaml", json!([]), Class::Other)]
    #[case("package.json", json!({"name": "web"}), Class::Other)]
    fn the_class_of_a_document(#[case] path: &str, #[case] value: Value, #[case] expected: Class) {
        assert_eq!(Class::of(Path::new(path), &value), expected);
    }

    #[test]
    fn routes_of_other_kinds_are_named() {
        let route = |version: &str| Class::of_route(&json!({"apiVersion": version, "kind": "HTTPRoute"}));
        assert_eq!(route("gateway.networking.k8s.io/v1"), Some(Class::Route("HTTPRoute")));
        assert_eq!(route("example.com/v1"), None);
    }

    #[test]
    fn a_note_names_the_first_places() {
        let mut foreign = Foreign::default();
        for place in ["a", "b", "c", "d"] {
            foreign.add(Class::Other, place.to_owned());
        }
        foreign.add(Class::Patch, "p.yaml".to_owned());
        let notes: Vec<String> = foreign.notes().map(|note| note.message).collect();
        assert_eq!(notes.len(), 2);
        assert!(notes[0].ends_with("(p.yaml)"), "{notes:?}");
        assert_eq!(notes[1], "documents that are no Kubernetes objects are left out (a, b, c and 1 more)");
    }
}
