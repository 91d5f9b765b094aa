//! The subject: the object under judgement.

use std::collections::BTreeMap;
use std::fmt;

use super::{Backend, Labels, ObjectName};

/// The kind of a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// `networking.k8s.io/v1` Ingress.
    #[default]
    Ingress,
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ingress => f.write_str("Ingress"),
        }
    }
}

/// An object whose backends are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its namespace and name.
    pub name: ObjectName,
    /// `spec.ingressClassName`; an empty string is a set value (rulebook 2.11).
    pub class: Option<String>,
    /// The annotations that change what a controller does (rulebook 11.3); the others are left out.
    pub annotations: BTreeMap<String, String>,
    /// Its labels: configuration may exempt by any of them.
    pub labels: Labels,
    /// Its backends, in the order of the object.
    pub backends: Vec<Backend>,
    /// `metadata.deletionTimestamp` is set.
    pub deleting: bool,
}

impl Subject {
    /// The annotation `key`, if it is set and relevant.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// Whether an annotation called `canary`, whatever stands before its `/`, says that ingress-nginx is to take it for
    /// the alternative of another Ingress (rulebook 4.5.4). The prefix is for each controller's operator to choose.
    pub fn is_canary(&self) -> bool {
        let canary = |(key, value): (&String, &String)| key.ends_with("/canary") && value == "true";
        self.annotations.iter().any(canary)
    }
}
