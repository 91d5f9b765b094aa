//! Backends: the references of a subject.

use std::fmt;

use super::FieldPath;

/// The port a backend asks for: number or name of a Service port (rulebook 2.7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortRef {
    /// `service.port.number`; the API allows 1 to 65535, a file may hold anything.
    Number(i32),
    /// `service.port.name`.
    Name(String),
    /// Neither was given. Not creatable today, but old objects may hold it (rulebook 2.2).
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

/// The port name that makes a backend's Service name the name of an action (rulebook 4.5.1, AWS).
pub const USE_ANNOTATION: &str = "use-annotation";

/// What a backend points at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A Service of the subject's own namespace (rulebook 2.6).
    Service {
        /// The Service's name.
        name: String,
        /// The port asked for.
        port: PortRef,
    },
    /// Any other local object; whether it works is the controller's business (rulebook 4.6).
    Resource {
        /// `kind` of the object.
        kind: String,
        /// `name` of the object.
        name: String,
    },
    /// Neither; only objects from before today's validation can hold it (rulebook 2.2).
    Nothing,
}

/// Where in the subject a backend stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// `spec.defaultBackend`.
    DefaultBackend,
    /// `spec.rules[rule].http.paths[path].backend`.
    Path {
        /// Index into `spec.rules`.
        rule: usize,
        /// Index into that rule's `http.paths`.
        path: usize,
    },
    /// `metadata.annotations[key]`, inside its value.
    Annotation(String),
}

impl Location {
    /// The API path of the backend, or of the field `below` it (`service.name`, say; empty for the backend itself).
    pub fn field(&self, below: &str) -> FieldPath {
        let dot = if below.is_empty() { "" } else { "." };
        FieldPath(match self {
            Self::DefaultBackend => format!("spec.defaultBackend{dot}{below}"),
            Self::Path { rule, path } => format!("spec.rules[{rule}].http.paths[{path}].backend{dot}{below}"),
            // What stands inside an annotation's value has no path of its own.
            Self::Annotation(key) => format!("metadata.annotations[{key}]"),
        })
    }
}

/// One reference of a subject: where it stands, which requests it serves, what it points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Where in the subject it stands.
    pub location: Location,
    /// The rule's host; `None` for every host.
    pub host: Option<String>,
    /// The path; `None` for the default backend or a path left out.
    pub path: Option<String>,
    /// What it points at.
    pub target: Target,
}

impl Backend {
    /// The requests this backend serves, for people: `shop.example/cart`, `*/`, `every other request`.
    pub fn route(&self) -> String {
        match self.location {
            Location::DefaultBackend => "every other request".to_owned(),
            Location::Path { .. } | Location::Annotation(_) => {
                format!("{}{}", self.host.as_deref().unwrap_or("*"), self.path.as_deref().unwrap_or("/"))
            }
        }
    }
}
