//! Sources: where manifests, the state of a cluster and the configuration come from.
//!
//! | module | reads |
//! |---|---|
//! | `load` | all that `backstop check` evaluates: manifests over a snapshot, a cluster, or nothing |
//! | `reader` | manifests and snapshots from files and standard input |
//! | `kustomization` | which of the files are patches, and which belong to a kustomization that changes or adds objects |
//! | `foreign` | notes about documents that are no objects |
//! | `nearest` | objects of one name in several directories |
//! | `rivals` | directories of which only one is applied |
//! | `saved` | the kinds and the time of a snapshot |
//! | `cluster` | the state of a cluster, once |
//! | `facts` | the state of a cluster while the webhook serves, or a snapshot |
//! | `configuration` | the configuration file, once or again whenever it changes |
//!
//! Nothing is printed here: messages for the user are returned as [`Note`]s, errors as [`SourceError`] and
//! [`crate::report::ErrorReport`].

mod cluster;
pub mod configuration;
mod facts;
pub mod files;
mod foreign;
mod kustomization;
mod load;
mod nearest;
mod reader;
mod rivals;
mod saved;

pub use cluster::ClusterSource;
pub use configuration::{ConfigurationError, FollowedPolicy, InvalidConfiguration, Overrides};
pub use facts::FactSource;
pub use load::{Loaded, Selection, SourcedSubject, load, snapshot};
pub use nearest::NearestView;

/// A message for the user about what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How important the message is.
    pub level: NoteLevel,
    /// The message.
    pub message: String,
}

/// The importance of a [`Note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteLevel {
    /// A detail, such as the size of a file.
    Detail,
    /// What was done with a file that is read in an unexpected way.
    Info,
    /// Probably a mistake, or something that is missing.
    Warning,
}

impl Note {
    fn detail(message: String) -> Self {
        Self { level: NoteLevel::Detail, message }
    }

    fn info(message: String) -> Self {
        Self { level: NoteLevel::Info, message }
    }

    fn warning(message: String) -> Self {
        Self { level: NoteLevel::Warning, message }
    }
}

/// The reason why the sources cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The named manifests hold no object.
    #[error("there is no Kubernetes object in {0}: nothing to check")]
    NoManifest(String),
    /// The snapshot holds no object.
    #[error("there is no Kubernetes object in {0}: write one with kubectl get … -o json")]
    EmptySnapshot(String),
    /// The directory holds no manifest.
    #[error("there is no *.yaml, *.yml or *.json file in {0}: name a file or another directory")]
    EmptyDirectory(String),
    /// A part of the snapshot cannot be read.
    #[error("{0}")]
    UnreadableSnapshot(crate::report::ErrorReport),
    /// The namespace to judge does not exist.
    #[error("the namespace \"{name}\" does not exist: {hint}")]
    NoNamespace {
        /// Its name.
        name: String,
        /// The next step.
        hint: String,
    },
    /// The way to the cluster cannot be used.
    #[error(transparent)]
    Connect(#[from] crate::cluster::ConnectError),
    /// The cluster cannot be listed.
    #[error("the API server at {server}: {reason}")]
    Cluster {
        /// The URL of the API server.
        server: String,
        /// The reason.
        reason: crate::cluster::ClusterError,
    },
    /// The asynchronous runtime cannot be started.
    #[error("cannot start the runtime: {0}")]
    Runtime(#[from] std::io::Error),
}
