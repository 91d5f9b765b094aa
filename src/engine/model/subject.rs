//! The subject: the object under judgement.

use std::collections::BTreeMap;
use std::fmt;

use super::{Backend, Labels, ObjectName, Target};

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

/// A Service that an action forwards to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// The Service and its port.
    pub target: Target,
    /// Its weight is 0: it gets no requests, and must exist all the same (by reading).
    pub idle: bool,
}

/// What an action does that stands in an annotation (rulebook 4.5.1, AWS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionSpec {
    /// It forwards to these Services; none where it forwards to target groups outside the cluster only.
    Forward(Vec<TargetGroup>),
    /// It answers by itself: a redirect or a fixed response.
    Answer,
    /// It cannot be read, for this reason.
    Unreadable(String),
}

/// Whether an annotation says yes, as Go's `strconv.ParseBool` reads it, by which controllers do.
pub fn is_true(value: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True"].contains(&value)
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
    /// The actions that its annotations define, by the name that backends use.
    pub actions: BTreeMap<String, ActionSpec>,
    /// Its labels: configuration may exempt by any of them.
    pub labels: Labels,
    /// It has rules: some controllers then leave its default backend alone (rulebook 2.5).
    pub ruled: bool,
    /// Its backends, in the order of the object.
    pub backends: Vec<Backend>,
    /// Its own annotations have Argo CD or Helm apply it before the other objects of its release (rulebook 7.3.3, 7.5.5).
    pub early: bool,
    /// `metadata.deletionTimestamp` is set (gate G3).
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
        self.annotations.iter().any(|(key, value)| key.ends_with("/canary") && is_true(value))
    }

    /// The annotation that is called `name` behind whatever prefix.
    pub fn annotation_named(&self, name: &str) -> Option<&str> {
        let mut named = self.annotations.iter();
        named.find(|(key, _)| key.rsplit_once('/').is_some_and(|(_, it)| it == name)).map(|(_, value)| value.as_str())
    }
}
