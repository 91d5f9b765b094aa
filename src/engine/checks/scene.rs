//! What all checks of one subject share.

use jiff::Timestamp;

use super::Hints;
use crate::engine::controllers::{Controller, Endpoints, Profile, StandsIn, Wanted, endpoints};
use crate::engine::model::{
    Action, Backend, CheckId, Claim, Effect, FieldPath, Finding, Location, ServiceKind, Subject,
};
use crate::engine::view::{Lookup, View};

/// A subject, who will serve it, and what is known.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The object under judgement.
    pub subject: &'a Subject,
    /// The controller that will serve it.
    pub controller: Controller<'a>,
    /// The cluster, as far as it is known.
    pub view: &'a dyn View,
    /// What was probably meant by the names of Services that do not exist.
    pub hints: &'a Hints,
    /// Pods made before this moment had time to start; `None` where the view has no present, as files.
    pub started_by: Option<Timestamp>,
}

/// Who answers where a rule's own Service cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandIn<'a> {
    /// Nobody.
    Nobody,
    /// This Service, as far as can be told.
    Perhaps(&'a str),
    /// This Service.
    Certain(&'a str),
}

/// The annotation of ingress-nginx that names a Service to answer for others, behind the prefix.
pub(super) const DEFAULT_BACKEND: &str = "default-backend";

impl<'a> Scene<'a> {
    /// What the controller does.
    pub fn profile(&self) -> &'static Profile {
        self.controller.profile()
    }

    /// The namespace of the subject, and so of all that it refers to (rulebook 2.6).
    pub fn namespace(&self) -> &'a str {
        &self.subject.name.namespace
    }

    /// The Service that may answer where a rule's own one cannot: that of ingress-nginx's annotation `default-backend`.
    pub fn default_backend(&self) -> Option<&'a str> {
        let stands_in = self.profile().annotations.stands_in != StandsIn::No;
        self.controller.annotation(self.subject, DEFAULT_BACKEND).filter(|name| stands_in && !name.is_empty())
    }

    /// Whether the default backend answers where a rule's own Service cannot: it does so if it has an endpoint (row 29;
    /// measured for missing Services and wrong ports, too).
    pub fn stand_in(&self) -> StandIn<'a> {
        let Some(name) = self.default_backend() else { return StandIn::Nobody };
        let ready = match (self.view.service(self.namespace(), name), self.view.slices(self.namespace(), name)) {
            (Lookup::Unknown(_), _) | (Lookup::Found(_), Lookup::Unknown(_)) => return StandIn::Perhaps(name),
            (Lookup::Absent, _) | (_, Lookup::Absent) => false,
            (Lookup::Found(service), Lookup::Found(slices)) => match (&service.kind, service.ports.first()) {
                // It is resolved like any other, and whether it can be is not to be seen.
                (ServiceKind::ExternalName(_), _) => return StandIn::Perhaps(name),
                (_, None) => false,
                (_, Some(port)) => endpoints(slices, Wanted::by(self.profile().endpoints, port)) == Endpoints::Ready,
            },
        };
        match self.profile().annotations.stands_in {
            _ if !ready => StandIn::Nobody,
            StandsIn::Yes => StandIn::Certain(name),
            StandsIn::Maybe => StandIn::Perhaps(name),
            StandsIn::No => StandIn::Nobody,
        }
    }

    /// Whether the controller does not use `backend`, however it is (rulebook 2.5).
    pub fn leaves_unused(&self, backend: &Backend) -> bool {
        self.profile().default_backend_alone && self.subject.ruled && backend.location == Location::DefaultBackend
    }

    /// A finding about the subject as a whole. It rests on the whole picture, which only a complete one proves.
    pub fn finding(&self, check: CheckId, field: String, action: Action, words: Words) -> Finding {
        Finding {
            check,
            field: FieldPath(field),
            backend: None,
            effect: Effect::Unsure,
            action,
            claim: Some(Claim::Picture),
            reason: words.reason,
            detail: words.detail,
            note: words.note,
            help: words.help,
            evidence: Vec::new(),
        }
    }

    /// Whether the Service `name` is known to be absent.
    pub fn lacks(&self, name: &str) -> bool {
        matches!(self.view.service(self.namespace(), name), Lookup::Absent)
    }
}

/// How many labels of a selector are told. It may have thousands, and thousands of paths may lead to its Service.
pub(super) const LABELS_TOLD: usize = 8;

/// The texts of a finding.
pub struct Words {
    /// See [`Finding::reason`].
    pub reason: String,
    /// See [`Finding::detail`].
    pub detail: String,
    /// See [`Finding::note`].
    pub note: String,
    /// See [`Finding::help`].
    pub help: String,
}
