//! Neighbours: the parts of a stored Ingress that judgements of other subjects read.
//!
//! An index holds one for each Ingress of a cluster, so a neighbour is small: it has no paths and no field paths, and
//! targets and texts that are only compared are hashes. It takes less memory than the JSON of its Ingress.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock};

use super::{Annotations, CLASS_ANNOTATION, Reference, Subject};
use crate::engine::model::TargetId;

/// The number of targets up to which a neighbour has the hosts of each target. The hosts only make messages more
/// precise.
const WITH_HOSTS: usize = 1000;

/// A text that is only compared. Its key is random, so nobody can choose two texts with the same hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct TextHash(u64);

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl TextHash {
    fn of(text: &str) -> Self {
        Self(KEY.hash_one(text))
    }
}

/// The class that an Ingress names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighbourClass(Named);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// The field and the annotation name different classes.
    Two,
    One(TextHash),
    /// The default class serves the Ingress.
    None,
}

impl NeighbourClass {
    /// The class by `spec.ingressClassName` and by the annotation.
    fn of(field: Option<&str>, annotation: Option<&str>) -> Self {
        Self(match (field, annotation) {
            (Some(field), Some(annotation)) if field != annotation => Named::Two,
            (Some(class), _) | (None, Some(class)) => Named::One(TextHash::of(class)),
            (None, None) => Named::None,
        })
    }

    /// Whether the class is `class`. `default` is the default class; `None` stands for no class, or more than one.
    pub fn is(self, class: Option<&str>, default: Option<&str>) -> bool {
        match self.0 {
            Named::Two => class.is_none(),
            Named::One(named) => class.map(TextHash::of) == Some(named),
            Named::None => class == default,
        }
    }
}

/// The hosts that an Ingress routes to one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// The first one in alphabetical order; `None` if requests of every host lead to the target.
    pub first: Option<Arc<str>>,
    /// The number of distinct hosts.
    pub count: usize,
}

/// See the documentation of the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The name of the Ingress.
    pub name: Box<str>,
    /// Its class.
    pub class: NeighbourClass,
    /// `metadata.deletionTimestamp` is set.
    pub deleting: bool,
    /// The prefixes of the annotations that mark the Ingress as a canary, sorted.
    canaries: Box<[TextHash]>,
    /// The Services and ports that the Ingress refers to, sorted.
    targets: Box<[TargetId]>,
    /// The hosts of each target; empty if the Ingress has more than [`WITH_HOSTS`] targets.
    hosts: Box<[Hosts]>,
}

impl Neighbour {
    /// The neighbour that the Ingress `subject` is for other subjects.
    pub fn of(subject: &Subject) -> Self {
        let targets = service_targets(subject);
        let hosts = if targets.len() > WITH_HOSTS { Vec::new() } else { hosts_of_targets(subject, &targets) };
        Self {
            name: subject.name.name.as_str().into(),
            class: NeighbourClass::of(subject.class(), subject.annotations.get(CLASS_ANNOTATION)),
            deleting: subject.deleting,
            canaries: canaries(&subject.annotations),
            targets: targets.into_iter().map(|(id, _)| id).collect(),
            hosts: hosts.into(),
        }
    }

    /// Whether the Ingress may be a canary: the operator of a controller chooses the prefix of the annotation.
    pub fn may_be_canary(&self) -> bool {
        !self.canaries.is_empty()
    }

    /// Whether the annotation with this prefix marks the Ingress as a canary.
    pub fn is_canary(&self, prefix: &str) -> bool {
        self.may_be_canary() && self.canaries.binary_search(&TextHash::of(prefix)).is_ok()
    }

    /// The Services and ports that the Ingress refers to, sorted.
    pub fn targets(&self) -> &[TargetId] {
        &self.targets
    }

    /// The hosts of the target with this index; `None` if the Ingress has too many targets.
    pub fn hosts(&self, target: usize) -> Option<&Hosts> {
        self.hosts.get(target)
    }
}

fn canaries(annotations: &Annotations) -> Box<[TextHash]> {
    let mut canaries: Vec<TextHash> = annotations.canary_prefixes().map(TextHash::of).collect();
    canaries.sort_unstable();
    canaries.into()
}

/// The Services and ports that the references of `subject` name, sorted, each with its index among the targets of the
/// subject. A Service that only an action forwards to is not one of them.
pub fn service_targets(subject: &Subject) -> Vec<(TargetId, u32)> {
    let mut is_named = vec![false; subject.targets.len()];
    for reference in &subject.references {
        if let Some(named) = usize::try_from(reference.target).ok().and_then(|target| is_named.get_mut(target)) {
            *named = true;
        }
    }
    let named =
        (0..).zip(&subject.targets).zip(is_named).filter(|((_, target), named)| *named && target.service().is_some());
    let mut targets: Vec<(TargetId, u32)> = named.map(|((index, target), _)| (target.id(), index)).collect();
    targets.sort_unstable();
    targets
}

/// The hosts that `subject` routes to each of `targets`, in the order of `targets`.
pub fn hosts_of_targets(subject: &Subject, targets: &[(TargetId, u32)]) -> Vec<Hosts> {
    let mut references: Vec<&Reference> = subject.references.iter().collect();
    let key = |reference: &Reference| (reference.target, reference.host.clone());
    references.sort_unstable_by(|a, b| (a.target, a.host.as_deref()).cmp(&(b.target, b.host.as_deref())));
    references.dedup_by(|a, b| key(a) == key(b));
    let of_target = |target: u32| {
        let from = references.partition_point(|reference| reference.target < target);
        let references = references.get(from..).unwrap_or_default();
        let count = references.partition_point(|reference| reference.target == target);
        Hosts { first: references.first().and_then(|reference| reference.host.clone()), count }
    };
    targets.iter().map(|(_, target)| of_target(*target)).collect()
}

/// The targets that are in both lists, as their indexes in `a` and `b`. Both lists must be sorted. The cost is nearly the
/// length of the shorter list.
pub fn shared_targets(a: &[TargetId], b: &[TargetId]) -> impl Iterator<Item = (usize, usize)> {
    let (mut rest_a, mut rest_b) = (a, b);
    let (all_a, all_b) = (a.len(), b.len());
    std::iter::from_fn(move || {
        loop {
            let (first_a, first_b) = (rest_a.first()?, rest_b.first()?);
            match first_a.cmp(first_b) {
                std::cmp::Ordering::Less => rest_a = since(rest_a, *first_b),
                std::cmp::Ordering::Greater => rest_b = since(rest_b, *first_a),
                std::cmp::Ordering::Equal => {
                    let at = (all_a - rest_a.len(), all_b - rest_b.len());
                    (rest_a, rest_b) = (rest_a.get(1..)?, rest_b.get(1..)?);
                    return Some(at);
                }
            }
        }
    })
}

/// `sorted` without the targets before `from`. The cost is the logarithm of their number.
fn since(sorted: &[TargetId], from: TargetId) -> &[TargetId] {
    let mut step = 1;
    while sorted.get(step).is_some_and(|target| *target < from) {
        step *= 2;
    }
    let near = sorted.get(..step).unwrap_or(sorted);
    sorted.get(near.partition_point(|target| *target < from)..).unwrap_or_default()
}
