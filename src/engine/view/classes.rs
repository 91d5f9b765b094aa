//! The IngressClasses of a cluster, shared between an index and the pictures taken of it.

use std::collections::BTreeSet;

use ahash::HashMap;

use super::Lookup;
use super::availability::Availability;
use crate::engine::kinds::Kind;
use crate::engine::model::ClassFacts;

/// The IngressClasses by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    all: HashMap<Box<str>, ClassFacts>,
    /// The names of the default classes. The list is short, and every judgement of an Ingress without a class needs it.
    defaults: BTreeSet<Box<str>>,
}

impl Classes {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, name: &str) -> Option<&ClassFacts> {
        self.all.get(name)
    }

    /// The names, in any order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(|name| &**name)
    }

    pub(super) fn apply(&mut self, name: &str, facts: ClassFacts) {
        if facts.is_default {
            self.defaults.insert(name.into());
        } else {
            self.defaults.remove(name);
        }
        self.all.insert(name.into(), facts);
    }

    pub(super) fn delete(&mut self, name: &str) {
        self.all.remove(name);
        self.defaults.remove(name);
    }
}

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

    /// The names of the default classes, sorted.
    pub(super) fn defaults(self) -> Lookup<Vec<&'a str>> {
        self.available(|classes| classes.defaults.iter().map(|name| &**name).collect())
    }

    /// All names, sorted.
    pub(super) fn names(self) -> Lookup<Vec<&'a str>> {
        self.available(|classes| {
            let mut names: Vec<&str> = classes.names().collect();
            names.sort_unstable();
            names
        })
    }

    fn available<T>(self, find: impl FnOnce(&'a Classes) -> T) -> Lookup<T> {
        match self.availability.reason(Kind::IngressClass) {
            Some(why) => Lookup::Unknown(why),
            None => Lookup::Found(find(self.classes)),
        }
    }
}
