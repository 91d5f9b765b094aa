//! References, and the set of distinct targets that they share.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use ahash::HashMap;

use super::ingress::{DEFAULT_BACKEND, RULE_PATH};
use crate::engine::model::{Part, Place, Target};

/// How a path of an Ingress is compared with the paths of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathType {
    /// The paths are equal.
    Exact,
    /// The path is a prefix, element by element.
    Prefix,
    /// The controller decides. The type of a path that states none.
    #[default]
    ImplementationSpecific,
}

/// One place in a subject that names a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The place of the reference.
    pub place: Place,
    /// The host of the requests that the reference serves; `None` for every host.
    pub host: Option<Arc<str>>,
    /// The path of the requests; `None` if the subject states no path.
    pub path: Option<Box<str>>,
    /// How the path is compared with the paths of requests.
    pub path_type: PathType,
    /// The index of the target among the targets of the subject.
    pub target: u32,
}

impl Reference {
    /// The requests that the reference serves, for people: `shop.example/cart`, `*/`, `every other request`.
    pub fn requests(&self) -> String {
        match self.place.form().and_then(|form| form.requests) {
            Some(requests) => requests.to_owned(),
            None => format!("{}{}", self.host.as_deref().unwrap_or("*"), self.path.as_deref().unwrap_or("/")),
        }
    }

    /// The path as most controllers read it: a path that is not stated or empty is `/`.
    pub fn path_or_root(&self) -> &str {
        self.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/")
    }

    /// Whether the reference is for every path of its host: it has the path `/`, and not the type Exact.
    pub fn is_root(&self) -> bool {
        self.path_type != PathType::Exact && self.path_or_root() == "/"
    }

    /// The index of the rule of an Ingress that the reference is in; `None` for every other place.
    pub fn rule(&self) -> Option<u32> {
        match &self.place {
            Place::Field(form, [rule, _]) if std::ptr::eq(*form, &raw const RULE_PATH) => Some(*rule),
            Place::Field(..) | Place::Annotation(_) => None,
        }
    }

    /// Whether the reference is the default backend of an Ingress.
    pub fn is_default_backend(&self) -> bool {
        self.place.form().is_some_and(|form| *form == DEFAULT_BACKEND)
    }

    /// The path of the field that holds the reference.
    pub fn field(&self) -> String {
        self.place.field(Part::Whole).0
    }
}

/// The number of targets up to which targets are compared one by one. Most subjects have fewer, and a hash map would
/// cost more.
const COMPARED: usize = 8;

/// Collects distinct targets: each gets the index of its first occurrence.
#[derive(Debug, Default)]
pub struct TargetSet {
    targets: Vec<Target>,
    /// The index of each target by its hash, so that no target is stored twice. A target whose hash is taken by another
    /// one is at the next free number. `None` while there are at most [`COMPARED`] targets.
    indexes: Option<HashMap<u64, u32>>,
}

impl TargetSet {
    /// Returns the index of `target`, and adds `target` if it is new.
    pub fn insert(&mut self, target: Target) -> u32 {
        let next = u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
        if self.targets.len() < COMPARED {
            if let Some(known) = self.targets.iter().position(|known| *known == target) {
                return u32::try_from(known).unwrap_or(u32::MAX);
            }
            self.targets.push(target);
            return next;
        }
        let indexes = self.indexes.get_or_insert_with(|| {
            let mut indexes = HashMap::default();
            for (target, index) in self.targets.iter().zip(0..) {
                place(&self.targets, &mut indexes, target, index);
            }
            indexes
        });
        let index = place(&self.targets, indexes, &target, next);
        if index == next {
            self.targets.push(target);
        }
        index
    }

    /// The targets, each at its index.
    pub fn into_targets(self) -> Vec<Target> {
        self.targets
    }
}

/// The index of `target`: where it is in `targets`, or else `next`, which is added to `indexes`.
fn place(targets: &[Target], indexes: &mut HashMap<u64, u32>, target: &Target, next: u32) -> u32 {
    let mut number = indexes.hasher().hash_one(target);
    loop {
        match indexes.entry(number) {
            Entry::Vacant(free) => return *free.insert(next),
            Entry::Occupied(known) => {
                let index = *known.get();
                if usize::try_from(index).ok().and_then(|index| targets.get(index)) == Some(target) {
                    return index;
                }
                number = number.wrapping_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Equal targets get the same index, and the target at the index is equal, for few targets and for many.
        #[test]
        fn each_distinct_target_has_one_index(numbers in proptest::collection::vec(0..40_u8, 0..80)) {
            let target = |number: &u8| Target::Action(format!("a{number}").into());
            let mut set = TargetSet::default();
            let indexes: Vec<u32> = numbers.iter().map(|number| set.insert(target(number))).collect();
            let targets = set.into_targets();
            for (number, index) in numbers.iter().zip(indexes) {
                prop_assert_eq!(&targets[usize::try_from(index).unwrap()], &target(number));
            }
            let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
            prop_assert_eq!(targets.len(), distinct.len());
        }
    }
}
