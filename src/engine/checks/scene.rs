//! What all checks of one subject share.

use jiff::Timestamp;

use super::Hints;
use crate::engine::controllers::{Controller, Profile, Wanted, endpoints};
use crate::engine::model::{Action, CheckId, Claim, Effect, FieldPath, Finding, Subject};
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

    /// The Service that answers where a rule's own one cannot: that of ingress-nginx's annotation `default-backend`,
    /// if it has an endpoint (row 29; measured for missing Services and wrong ports, too).
    pub fn stand_in(&self) -> Option<&'a str> {
        let rules = self.profile().endpoints;
        let name = self
            .controller
            .annotation(self.subject, DEFAULT_BACKEND)
            .filter(|_| self.profile().annotations.stands_in)?;
        let service = self.view.service(self.namespace(), name).found()?;
        let slices = self.view.slices(self.namespace(), name).found()?;
        let wanted = Wanted::by(rules, service.ports.first()?);
        (endpoints(slices, wanted) == crate::engine::controllers::Endpoints::Ready).then_some(name)
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
