//! Targets: what the references of a subject point to.

use std::fmt;
use std::sync::{Arc, LazyLock};

use ahash::RandomState;

use super::NameRef;

/// The port that a reference names: the number or the name of a Service port (rulebook 2.7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortRef {
    /// `service.port.number`. The API server accepts 1 to 65535; a file may hold any number.
    Number(i32),
    /// `service.port.name`.
    Name(Box<str>),
    /// Neither number nor name. The API server refuses such objects today, but a stored object may be older
    /// (rulebook 2.2).
    Unset,
}

impl fmt::Display for PortRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "\"{name}\""),
            Self::Unset => f.write_str("(none)"),
        }
    }
}

/// With this port name, the Service name of a backend is the name of an action (rulebook 4.5.1, AWS).
pub const USE_ANNOTATION: &str = "use-annotation";

/// What a reference points to. Many references of a subject may share one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A port of a Service.
    Service(ServiceTarget),
    /// An action that an annotation defines, by its name (rulebook 4.5.1, AWS).
    Action(Box<str>),
    /// Any other object in the namespace of the subject. The controller decides whether it works (rulebook 4.6).
    Resource {
        /// `apiGroup` of the object; empty for the core.
        group: Box<str>,
        /// `kind` of the object.
        kind: Box<str>,
        /// `name` of the object.
        name: Box<str>,
    },
    /// No target. Only objects that were stored before the API server validated backends can have such a reference
    /// (rulebook 2.2).
    Nothing,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceTarget {
    /// The namespace of the Service.
    pub namespace: Arc<str>,
    /// The name of the Service.
    pub name: Box<str>,
    /// The port of the Service.
    pub port: PortRef,
}

impl ServiceTarget {
    /// Namespace and name of the Service.
    pub fn service_name(&self) -> NameRef<'_> {
        NameRef { namespace: &self.namespace, name: &self.name }
    }
}

/// The identity of a target: a hash, so that it takes 8 bytes however long the names are. Its key is random and differs
/// between processes, so nobody can choose two targets with the same identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(u64);

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Target {
    /// The identity of the target. Targets are compared as they are written: the number and the name of one port are two
    /// targets.
    pub fn id(&self) -> TargetId {
        TargetId(KEY.hash_one(self))
    }

    /// The bytes of the texts of the target.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Service(ServiceTarget { name, port, .. }) => {
                let port = if let PortRef::Name(port) = port { port.len() } else { 0 };
                name.len() + port
            }
            Self::Action(name) => name.len(),
            Self::Resource { group, kind, name } => group.len() + kind.len() + name.len(),
            Self::Nothing => 0,
        }
    }

    /// The Service and port, if the target is a Service.
    pub fn service(&self) -> Option<&ServiceTarget> {
        if let Self::Service(target) = self { Some(target) } else { None }
    }
}
