//! Who and what is spared (gate G6, rulebook 1.9 and 4.5).
//!
//! | what | how far findings go |
//! |---|---|
//! | exempt namespaces and labels, cert-manager's solvers | nothing is judged |
//! | exempt users and groups | warnings: they act as control loops, and a refusal would only be tried again |
//! | canaries, redirect-only Ingresses | warnings, or records where the controller is known to serve them all the same |
//! | annotations that may answer by themselves | warnings |
//! | Ingresses that are applied before the rest of their release | warnings |
//! | paths of cert-manager's solvers | nothing is judged |

use std::collections::BTreeSet;

use crate::engine::model::{Labels, Target};
use crate::engine::subject::Subject;

/// How the Services of cert-manager's solvers begin (rulebook 7.9.1); it edits them into the Ingresses of others.
const SOLVER_SERVICE: &str = "cm-acme-http-solver-";
const SOLVER: &str = "acme.cert-manager.io/http01-solver";

/// What the configuration file spares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemptions {
    /// Namespaces whose Ingresses are not judged.
    pub namespaces: BTreeSet<String>,
    /// Users whose requests are warned of at most.
    pub users: BTreeSet<String>,
    /// Groups whose members' requests are warned of at most.
    pub groups: BTreeSet<String>,
    /// Ingresses that carry any of these labels are not judged.
    pub labels: Labels,
}

/// The controllers that write Ingresses as control loops and are the same everywhere (rulebook 1.9.1).
impl Default for Exemptions {
    fn default() -> Self {
        Self {
            namespaces: BTreeSet::new(),
            users: BTreeSet::from(["system:serviceaccount:cert-manager:cert-manager".to_owned()]),
            groups: BTreeSet::from(["system:serviceaccounts:kube-system".to_owned()]),
            labels: Labels::default(),
        }
    }
}

impl Exemptions {
    /// Whether requests of this user, who is in these groups, are warned of at most.
    pub fn spare_user<'a>(&self, user: &str, mut groups: impl Iterator<Item = &'a str>) -> bool {
        self.users.contains(user) || groups.any(|group| self.groups.contains(group))
    }

    /// Whether `subject` is not judged at all (row 35, and by configuration).
    pub(super) fn spare(&self, subject: &Subject) -> bool {
        let labelled = |(key, value): (&str, &str)| subject.labels.get(key) == Some(value);
        labelled((SOLVER, "true"))
            || self.labels.iter().any(labelled)
            || self.namespaces.contains(&subject.name.namespace)
    }
}

/// Whether `target` belongs to a solver of cert-manager, which removes the path within a minute (row 35).
pub(super) fn is_solver(target: &Target) -> bool {
    target.service().is_some_and(|target| target.name.starts_with(SOLVER_SERVICE))
}
