//! The IngressClasses of a cluster, shared between an index and the pictures taken of it.

use ahash::HashMap;

use super::availability::Availability;
use super::{Kind, Lookup};
use crate::engine::model::ClassFacts;

/// The IngressClasses by name.
pub(super) type Classes = HashMap<Box<str>, ClassFacts>;

/// Answers lookups of IngressClasses.
#[derive(Clone, Copy)]
pub(super) struct ClassesView<'a> {
    pub(super) classes: &'a Classes,
    pub(super) availability: &'a Availability,
}

impl<'a> ClassesView<'a> {
    pub(super) fn class(self, name: &str) -> Lookup<&'a ClassFacts> {
        self.available(|classes| classes.get(name)).and_then(Lookup::known)
    }

    /// The names of the classes that are a default, sorted.
    pub(super) fn defaults(self) -> Lookup<Vec<&'a str>> {
        self.available(|classes| sorted(classes.iter().filter(|(_, class)| class.is_default).map(|(name, _)| name)))
    }

    /// All names, sorted.
    pub(super) fn names(self) -> Lookup<Vec<&'a str>> {
        self.available(|classes| sorted(classes.keys()))
    }

    fn available<T>(self, find: impl FnOnce(&'a Classes) -> T) -> Lookup<T> {
        match self.availability.reason(Kind::IngressClasses) {
            Some(why) => Lookup::Unknown(why),
            None => Lookup::Found(find(self.classes)),
        }
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a Box<str>>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.map(|name| &**name).collect();
    names.sort_unstable();
    names
}
