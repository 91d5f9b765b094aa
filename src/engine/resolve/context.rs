//! The context that all checks of one subject share.

use jiff::{SignedDuration, Timestamp};

use super::Meter;
use super::endpoints::{Endpoints, Wanted, endpoints};
use crate::engine::controllers::{Controller, DefaultBackendAnswers, Profile};
use crate::engine::model::ServiceKind;
use crate::engine::subject::Subject;
use crate::engine::view::{Lookup, View};

/// The current time, and how long Pods may take to start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The current time.
    pub now: Timestamp,
    /// The age up to which an unready Pod counts as starting.
    pub grace: SignedDuration,
}

/// The subject under judgement, its controller, and the known facts of the cluster.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The controller of the subject.
    pub controller: Controller<'a>,
    /// The known facts of the cluster. Lookups of Pods and workloads are paid from the budget.
    pub view: &'a dyn View,
    /// The clock; `None` if the view has no current time, such as files.
    pub clock: Option<Clock>,
    /// The budget of the evaluation.
    pub meter: &'a Meter,
}

/// A subject, the known facts of the cluster and a budget, without a controller: several controllers may cause one
/// finding.
#[derive(Clone, Copy)]
pub struct Background<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The known facts of the cluster. Lookups of Pods and workloads are paid from the budget.
    pub view: &'a dyn View,
    /// The budget.
    pub meter: &'a Meter,
}

/// The Service that answers if the Service of a rule cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substitute<'a> {
    /// No Service answers.
    None,
    /// This Service may answer.
    Possible(&'a str),
    /// This Service answers.
    Certain(&'a str),
}

/// The annotation of ingress-nginx that names the default backend Service, without the prefix.
pub const DEFAULT_BACKEND: &str = "default-backend";

impl<'a> Context<'a> {
    /// The profile of the controller.
    pub fn profile(&self) -> &'static Profile {
        self.controller.profile()
    }

    /// The namespace of the subject.
    pub fn namespace(&self) -> &'a str {
        &self.subject.name.namespace
    }

    /// The Service of the annotation `default-backend`, if the controller may use it instead of the Service of a rule.
    pub fn default_backend(&self) -> Option<&'a str> {
        let may_answer = self.profile().annotations.default_backend_answers != DefaultBackendAnswers::No;
        self.controller.annotation(self.subject, DEFAULT_BACKEND).filter(|name| may_answer && !name.is_empty())
    }

    /// The Service that answers if the Service of a rule cannot. It must have a ready endpoint (row 29; also measured
    /// for missing Services and wrong ports).
    pub fn substitute(&self) -> Substitute<'a> {
        let Some(name) = self.default_backend() else { return Substitute::None };
        let answers = self.profile().annotations.default_backend_answers;
        let ready = match (self.view.service(self.namespace(), name), self.view.slices(self.namespace(), name)) {
            (Lookup::Unknown(_), _) | (Lookup::Found(_), Lookup::Unknown(_)) => return Substitute::Possible(name),
            (Lookup::Absent, _) | (_, Lookup::Absent) => false,
            (Lookup::Found(service), Lookup::Found(slices)) => match (&service.kind, service.ports.first()) {
                (ServiceKind::ExternalName(_), _) if answers == DefaultBackendAnswers::NoEndpoints => false,
                // The controller resolves the external name. Backstop cannot know whether the name resolves.
                (ServiceKind::ExternalName(_), _) => return Substitute::Possible(name),
                (_, None) => false,
                (_, Some(port)) => {
                    let rules = self.profile().endpoints;
                    endpoints(slices, Wanted { rules, service, port }) == Endpoints::Ready
                }
            },
        };
        match answers {
            _ if !ready => Substitute::None,
            DefaultBackendAnswers::Yes | DefaultBackendAnswers::NoEndpoints => Substitute::Certain(name),
            DefaultBackendAnswers::Maybe => Substitute::Possible(name),
            DefaultBackendAnswers::No => Substitute::None,
        }
    }
}
