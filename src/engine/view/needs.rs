//! The live reads that an evaluation needs.

use std::collections::BTreeSet;

use crate::engine::model::{Labels, NameRef, ObjectName};

/// A live read that a judgement needs.
///
/// The order of the variants is the order of importance: if a request exceeds the maximum of reads, the first ones are
/// read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The Namespace of this name. Its labels decide the mode.
    Namespace(String),
    /// The objects by which programs create Services in this namespace.
    Makers(String),
    /// A Service that the index does not contain. If the Service is absent, the read is repeated; if it exists, its
    /// EndpointSlices are read, too.
    Backend(ObjectName),
    /// The Service alone.
    Service(ObjectName),
    /// The Pods of a namespace that the selector selects, and the workloads whose Pod template it matches.
    Pods(String, Labels),
}

/// A [`Need`] that borrows its parts. Thousands may be asked for, and only those that are kept are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NeedRef<'a> {
    /// See [`Need::Namespace`].
    Namespace(&'a str),
    /// See [`Need::Makers`].
    Makers(&'a str),
    /// See [`Need::Backend`].
    Backend(NameRef<'a>),
    /// See [`Need::Service`].
    Service(NameRef<'a>),
    /// See [`Need::Pods`].
    Pods(&'a str, &'a Labels),
}

impl Need {
    /// Borrows the parts. The order is the same.
    pub fn as_ref(&self) -> NeedRef<'_> {
        match self {
            Self::Namespace(name) => NeedRef::Namespace(name),
            Self::Makers(namespace) => NeedRef::Makers(namespace),
            Self::Backend(name) => NeedRef::Backend(name.as_ref()),
            Self::Service(name) => NeedRef::Service(name.as_ref()),
            Self::Pods(namespace, selector) => NeedRef::Pods(namespace, selector),
        }
    }
}

impl From<NeedRef<'_>> for Need {
    fn from(need: NeedRef<'_>) -> Self {
        match need {
            NeedRef::Namespace(name) => Self::Namespace(name.to_owned()),
            NeedRef::Makers(namespace) => Self::Makers(namespace.to_owned()),
            NeedRef::Backend(name) => Self::Backend(name.into()),
            NeedRef::Service(name) => Self::Service(name.into()),
            NeedRef::Pods(namespace, selector) => Self::Pods(namespace.to_owned(), selector.clone()),
        }
    }
}

/// The purpose of a live read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It decides whether the request is denied.
    Proof,
    /// It makes a warning more precise.
    Explanation,
}

/// The live reads that a judgement needs, by purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Reads that decide whether the request is denied. A denial waits for these reads only.
    pub proofs: BTreeSet<Need>,
    /// Reads that only make a warning more precise.
    pub explanations: BTreeSet<Need>,
}

impl Needs {
    /// The maximum number of proofs of one request. References beyond it stay unconfirmed, so that they are not denied:
    /// one Ingress with thousands of paths must not cause thousands of reads.
    pub const MAX_PROOFS: usize = 32;
    /// The maximum number of explanations of one request.
    pub const MAX_EXPLANATIONS: usize = 32;

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.proofs.is_empty() && self.explanations.is_empty()
    }

    /// Adds a proof. If the maximum is reached, the least important proof is dropped.
    pub fn add_proof(&mut self, need: NeedRef<'_>) {
        add(&mut self.proofs, need, Self::MAX_PROOFS);
    }

    /// Adds proofs, up to the maximum, that are kept regardless of their place in the order of importance.
    pub fn add_first_proofs(&mut self, first: &[Need]) {
        let mut others = std::mem::take(&mut self.proofs);
        for need in first {
            self.add_proof(need.as_ref());
        }
        while let Some(next) = others.pop_first().filter(|_| self.proofs.len() < Self::MAX_PROOFS) {
            self.add_proof(next.as_ref());
        }
    }

    /// Adds an explanation. If the maximum is reached, the least important explanation is dropped.
    pub fn add_explanation(&mut self, need: NeedRef<'_>) {
        add(&mut self.explanations, need, Self::MAX_EXPLANATIONS);
    }

    /// Removes every explanation that a proof reads anyway.
    pub fn remove_duplicates(&mut self) {
        let proofs = &self.proofs;
        self.explanations.retain(|need| !reads(proofs, need));
    }

    /// The reads of Pods among these needs of a second evaluation that are not in `read`: the Pods of Services that the
    /// index did not contain. Nothing else is read a second time.
    #[must_use]
    pub fn further_pods(self, read: &Self) -> Self {
        let unread = |need: &Need| {
            matches!(need, Need::Pods(..)) && ![&read.proofs, &read.explanations].iter().any(|it| it.contains(need))
        };
        let room = Self::MAX_EXPLANATIONS.saturating_sub(read.explanations.len());
        Self {
            proofs: self.proofs.into_iter().filter(unread).collect(),
            explanations: self.explanations.into_iter().filter(unread).take(room).collect(),
        }
    }

    /// Keeps only the reads of Pods. They explain unready backends, and confirm no denial.
    pub fn keep_only_pods(&mut self) {
        for needs in [&mut self.proofs, &mut self.explanations] {
            needs.retain(|need| matches!(need, Need::Pods(..)));
        }
    }
}

/// Adds `need` to `needs`, and keeps at most `max` of them. A [`Need::Backend`] replaces the [`Need::Service`] of the
/// same name.
fn add(needs: &mut BTreeSet<Need>, need: NeedRef<'_>, max: usize) {
    let comes_last = needs.last().is_some_and(|last| last.as_ref() < need);
    if needs.len() >= max && comes_last {
        return;
    }
    let need = Need::from(need);
    if reads(needs, &need) {
        return;
    }
    if let Need::Backend(name) = &need {
        needs.remove(&Need::Service(name.clone()));
    }
    needs.insert(need);
    if needs.len() > max {
        needs.pop_last();
    }
}

/// Whether one of `needs` includes `need`.
fn reads(needs: &BTreeSet<Need>, need: &Need) -> bool {
    let with_more = if let Need::Service(name) = need { Some(Need::Backend(name.clone())) } else { None };
    needs.contains(need) || with_more.is_some_and(|need| needs.contains(&need))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize) -> ObjectName {
        ObjectName::new("shop", format!("s{number:05}"))
    }

    #[test]
    fn absences_are_read_before_wrong_ports_in_any_order_of_arrival() {
        for absent_first in [true, false] {
            let mut needs = Needs::default();
            if absent_first {
                needs.add_proof(NeedRef::Backend(name(99_999).as_ref()));
            }
            for number in 0..10_000 {
                needs.add_proof(NeedRef::Service(name(number).as_ref()));
            }
            if !absent_first {
                needs.add_proof(NeedRef::Backend(name(99_999).as_ref()));
            }
            assert_eq!(needs.proofs.len(), Needs::MAX_PROOFS);
            assert!(needs.proofs.contains(&Need::Backend(name(99_999))));
        }
    }

    #[test]
    fn explanations_take_nothing_from_proofs() {
        let mut needs = Needs::default();
        for number in 0..10_000 {
            needs.add_explanation(NeedRef::Backend(name(number).as_ref()));
        }
        needs.add_proof(NeedRef::Service(name(99_999).as_ref()));
        assert_eq!((needs.proofs.len(), needs.explanations.len()), (1, Needs::MAX_EXPLANATIONS));
    }

    #[test]
    fn a_first_proof_stays_where_others_fill_the_budget() {
        let mut needs = Needs::default();
        for number in 0..10_000 {
            needs.add_proof(NeedRef::Backend(name(number).as_ref()));
        }
        let first = vec![Need::Backend(name(99_999)), Need::Service(name(88_888))];
        needs.add_first_proofs(&first);
        assert_eq!(needs.proofs.len(), Needs::MAX_PROOFS);
        assert!(first.iter().all(|need| needs.proofs.contains(need)));
        assert!(needs.proofs.contains(&Need::Backend(name(0))));
    }

    #[test]
    fn only_pods_that_were_not_read_are_read_later() {
        let pods = |at: usize| Need::Pods("shop".to_owned(), [("app", at.to_string())].into_iter().collect());
        let set = |range: std::ops::Range<usize>| range.map(pods).collect::<BTreeSet<_>>();
        let first_of = |set: BTreeSet<Need>, count| set.into_iter().take(count).collect::<BTreeSet<_>>();
        let read = Needs { proofs: set(0..2), explanations: set(2..30) };
        let mut second = Needs { proofs: set(0..3), explanations: set(20..40) };
        second.add_proof(NeedRef::Backend(name(1).as_ref()));
        // The budget has four explanations left.
        assert_eq!(
            second.further_pods(&read),
            Needs { proofs: BTreeSet::new(), explanations: first_of(set(30..40), 4) }
        );
        let second = Needs { proofs: set(40..41), explanations: set(0..1) };
        assert_eq!(second.further_pods(&read), Needs { proofs: set(40..41), explanations: BTreeSet::new() });
    }

    #[test]
    fn no_service_is_read_twice() {
        let (service, backend) = (Need::Service(name(1)), Need::Backend(name(1)));
        for order in [[&service, &backend], [&backend, &service]] {
            let mut needs = Needs::default();
            for need in order {
                needs.add_proof(need.as_ref());
            }
            assert_eq!(needs.proofs, BTreeSet::from([backend.clone()]));
            needs.add_explanation(service.as_ref());
            needs.add_explanation(backend.as_ref());
            needs.remove_duplicates();
            assert!(needs.explanations.is_empty());
        }
    }
}
