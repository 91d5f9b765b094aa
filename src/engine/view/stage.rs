//! The occasions of a judgement.

/// Where a judgement is made. It decides what a user can do next, and whose permission a failed lookup lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// An API server asks about a request.
    #[default]
    Admission,
    /// Manifests are checked alone.
    Manifests,
    /// Manifests are checked as if they were applied to a saved cluster.
    OverSnapshot,
    /// Manifests are checked as if they were applied to a cluster that the user reads.
    OverCluster,
    /// The objects that a cluster stores are checked.
    Stored,
}
