//! What a review asks, and one look at it.

use jiff::Timestamp;

use super::review::{Operation, Request, Reviewed};
use crate::engine::evaluate::Settings;
use crate::engine::policy::{Change, Circumstances, Judgement, Obstacle, Occasion, Policy, judge};
use crate::engine::subject::Subject;
use crate::engine::view::{Needs, View};

/// How many findings of one review are kept. Messages show fewer; of more, the worst are kept and the others counted.
const REPORTED: usize = 50;

/// What a review asks.
pub(super) enum Question {
    /// Nothing that we judge.
    None,
    /// To judge an Ingress.
    Ingress(Box<Asked>),
    /// Something that we should judge and cannot read.
    Unreadable(Obstacle, String),
}

/// An Ingress under admission.
pub(super) struct Asked {
    pub(super) subject: Subject,
    /// Who asks, for the log.
    pub(super) user: String,
    old: Option<Subject>,
    occasion: Occasion,
}

/// Reads the question of a request; of objects that are not to be judged it makes nothing.
pub(super) fn question(request: Result<Request<'_>, String>, policy: &Policy) -> Question {
    let mut request = match request {
        Ok(request) => request,
        Err(message) => return Question::Unreadable(Obstacle::Undecodable, message),
    };
    if !request.is_ingress() || request.operation == Operation::Other {
        return Question::None;
    }
    let Some(object) = request.object.take() else {
        return Question::Unreadable(Obstacle::NoObject, "the request carries no object".to_owned());
    };
    match asked(request, object, policy) {
        Ok(asked) => Question::Ingress(Box::new(asked)),
        Err(message) => Question::Unreadable(Obstacle::Undecodable, message),
    }
}

fn asked(request: Request<'_>, object: Reviewed<'_>, policy: &Policy) -> Result<Asked, String> {
    let user = &request.user;
    let exempt_user = policy.configuration.exempt.spare_user(user.name(), user.groups());
    let user = user.name().to_owned();
    let namespace = request.namespace.unwrap_or_default();
    let mut subject = object.into_ingress(&namespace).map_err(|error| error.to_string())?;
    // An object that is stored and does not decode is compared with nothing: it could not be judged before either.
    let old = match (request.operation, request.old_object) {
        (Operation::Update, Some(old)) => {
            Some(old.into_ingress(&namespace).map_err(|error| format!("oldObject: {error}"))?)
        }
        // Nobody could tell what is new.
        (Operation::Update, None) => return Err("the request carries no oldObject".to_owned()),
        _ => None,
    };
    if !namespace.is_empty() {
        // The request's namespace is authoritative (rulebook 1.1.5).
        subject.name.namespace = namespace;
    }
    let dry_run = request.dry_run.unwrap_or_default();
    let occasion = Occasion { dry_run, early: subject.early, exempt_user };
    Ok(Asked { subject, user, old, occasion })
}

impl Asked {
    /// What the request changes.
    pub(super) fn change(&self) -> Change<'_> {
        match &self.old {
            Some(old) => Change::update(old, &self.subject),
            None => Change::creation(&self.subject),
        }
    }

    /// The namespaces that a judgement looks at.
    pub(super) fn namespaces<'a>(&'a self, policy: &'a Policy) -> Vec<&'a str> {
        let of_subject = self.subject.namespaces().into_iter();
        of_subject.chain(policy.configuration.controllers.namespaces()).collect()
    }

    /// Judges by what `view` knows `now`, with `units` of work; also what a live read could add. `None` where nothing of it is
    /// to be judged.
    pub(super) fn look(
        &self,
        change: &Change<'_>,
        view: &dyn View,
        policy: &Policy,
        (now, units): (Timestamp, usize),
    ) -> Option<(Judgement, Needs)> {
        let circumstances = Circumstances::new(&policy.configuration, &self.subject, change, self.occasion, view);
        let settings = policy.configuration.settings(policy.fallback, Some(now));
        judge(&circumstances, Settings { stored: self.old.is_some(), reported: REPORTED, units, ..settings })
    }
}
