//! Exemptions: users and subjects whose findings are milder or absent (gate G6, rulebook 1.9 and 4.5).
//!
//! | users and subjects | most severe action |
//! |---|---|
//! | exempt namespaces and labels, solvers of cert-manager | none: not judged |
//! | exempt users and groups | warn: they act as control loops, which would repeat a denied request |
//! | canaries, redirect-only Ingresses | warn, or audit if the controller is known to serve them without their backends |
//! | annotations that may answer by themselves | warn |
//! | Ingresses that the controller rejects as a whole | warn |
//! | Ingresses that are applied before the rest of their release | warn |
//! | Ingresses that another program writes (rulebook 7.14) | warn |
//! | paths of cert-manager's solvers | none: not judged |

use std::collections::BTreeSet;

use crate::engine::model::{Labels, Target};
use crate::engine::subject::Subject;

/// The prefix of the names of cert-manager's solver Services. cert-manager adds paths with such Services to Ingresses
/// of users (rulebook 7.9.1).
const SOLVER_SERVICE_PREFIX: &str = "cm-acme-http-solver-";
/// The label of an Ingress that cert-manager creates for a solver.
const SOLVER_LABEL: &str = "acme.cert-manager.io/http01-solver";

/// The exemptions of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemptions {
    /// Namespaces whose Ingresses are not judged.
    pub namespaces: BTreeSet<String>,
    /// Users whose requests are never denied. Findings are at most warnings.
    pub users: BTreeSet<String>,
    /// Groups whose members' requests are never denied. Findings are at most warnings.
    pub groups: BTreeSet<String>,
    /// Ingresses with any of these labels are not judged.
    pub labels: Labels,
}

/// The default: controllers that write Ingresses as control loops and have the same user names in all clusters
/// (rulebook 1.9.1).
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
    /// Whether requests of `user`, a member of `groups`, are never denied.
    pub fn spare_user<'a>(&self, user: &str, mut groups: impl Iterator<Item = &'a str>) -> bool {
        self.users.contains(user) || groups.any(|group| self.groups.contains(group))
    }

    /// Whether `subject` is not judged, by row 35 or by configuration.
    pub(super) fn spare(&self, subject: &Subject) -> bool {
        let labelled = |(key, value): (&str, &str)| subject.labels.get(key) == Some(value);
        labelled((SOLVER_LABEL, "true"))
            || self.labels.iter().any(labelled)
            || self.namespaces.contains(&subject.name.namespace)
    }
}

/// Whether `target` belongs to a solver of cert-manager, which removes the path within a minute (row 35).
pub(super) fn is_solver(target: &Target) -> bool {
    target.service().is_some_and(|target| target.name.starts_with(SOLVER_SERVICE_PREFIX))
}
