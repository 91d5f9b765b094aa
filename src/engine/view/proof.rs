//! Proofs: the evidence for a denial.

use std::fmt;

/// The proof of a claim about a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// A live read found no such Service.
    NotFound,
    /// A live read found the Service. `resource_version` is its `metadata.resourceVersion`; `None` if the read did not
    /// record it.
    Found {
        /// See the variant.
        resource_version: Option<Box<str>>,
    },
    /// The view is a complete snapshot of the cluster.
    Snapshot,
}

/// The form in the audit annotation `proof`.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "not found",
            Self::Found { resource_version: Some(version) } => version,
            Self::Found { resource_version: None } => "found",
            Self::Snapshot => "snapshot",
        })
    }
}
