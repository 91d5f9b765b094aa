//! The question of a review, and one evaluation of it.

use std::sync::Arc;

use jiff::Timestamp;

use super::memory::Share;
use super::review::{Operation, Request, Reviewed};
use crate::engine::evaluate::Settings;
use crate::engine::policy::{Change, Circumstances, Judgement, Obstacle, Occasion, Policy, judge};
use crate::engine::subject::Subject;
use crate::engine::view::{Needs, View};

/// The maximum number of findings of one review. The most severe ones are kept, and the others are counted. Messages
/// show fewer.
const REPORTED: usize = 50;

/// Bytes that the judgement of the smallest subject takes.
const JUDGED: usize = 64 << 10;
/// Bytes that a judgement takes for each reference and for each target. `tests/review_memory` holds them.
const JUDGED_PART: usize = 100;

/// The question of a review.
pub(super) enum Question {
    /// There is nothing to judge.
    None,
    /// The Ingress to judge.
    Ingress(Arc<Asked>),
    /// An Ingress that should be judged but cannot be read.
    Unreadable(Obstacle, String),
}

/// An Ingress under admission.
pub(super) struct Asked {
    pub(super) subject: Subject,
    /// The user, for the log.
    pub(super) user: String,
    /// The stored Ingress that an UPDATE changes. Boxed, because a CREATE has none.
    old: Option<Box<Subject>>,
    occasion: Occasion,
    /// An evaluation may outlast the answer, and then still uses the memory.
    _memory: Option<Share>,
}

/// Reads the question of a request. Objects that are not judged are not decoded.
pub(super) fn question(request: Result<Request<'_>, String>, policy: &Policy, memory: Option<Share>) -> Question {
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
    match read_ingress(request, object, policy, memory) {
        Ok(asked) => Question::Ingress(asked),
        Err(message) => Question::Unreadable(Obstacle::Undecodable, message),
    }
}

fn read_ingress(
    request: Request<'_>,
    object: Reviewed<'_>,
    policy: &Policy,
    mut memory: Option<Share>,
) -> Result<Arc<Asked>, String> {
    let user = &request.user;
    let exempt_user = policy.configuration.exempt.spare_user(user.name(), user.groups());
    let user = user.name().to_owned();
    let namespace = request.namespace.unwrap_or_default();
    // The namespace of the request is authoritative (rulebook 1.1.5).
    let subject = object.into_ingress(&namespace).map_err(|error| error.to_string())?;
    // Without a stored object that can be decoded, new references cannot be distinguished from old ones: the review is
    // not judged.
    let old = match (request.operation, request.old_object) {
        (Operation::Update, Some(old)) => {
            Some(Box::new(old.into_ingress(&namespace).map_err(|error| format!("oldObject: {error}"))?))
        }
        (Operation::Update, None) => return Err("the request carries no oldObject".to_owned()),
        _ => None,
    };
    if let Some(memory) = memory.as_mut().filter(|memory| memory.bytes() > JUDGED) {
        memory.shrink_to([Some(&subject), old.as_deref()].into_iter().flatten().map(judged_memory).sum());
    }
    let dry_run = request.dry_run.unwrap_or_default();
    let occasion = Occasion { dry_run, early: subject.early, exempt_user, draft: None };
    Ok(Arc::new(Asked { subject, user, old, occasion, _memory: memory }))
}

/// The memory in bytes that `subject` takes while it is judged.
pub fn judged_memory(subject: &Subject) -> usize {
    // Messages repeat parts of annotations, and a judgement keeps the resolutions of all targets of actions.
    let parts = subject.references.len() + subject.targets.len() + 2 * subject.target_groups().count();
    JUDGED + subject.heap_bytes() + 2 * subject.annotations.heap_bytes() + parts * JUDGED_PART
}

impl Asked {
    /// What the request changes.
    pub(super) fn change(&self) -> Change<'_> {
        match &self.old {
            Some(old) => Change::update(old, &self.subject),
            None => Change::creation(&self.subject),
        }
    }

    /// The namespaces whose facts a judgement needs.
    pub(super) fn namespaces<'a>(&'a self, policy: &'a Policy) -> Vec<&'a str> {
        self.subject.namespaces().chain(policy.configuration.controllers.namespaces()).collect()
    }

    /// Judges with the facts of `view` at the time `now` and with `units` of work. Returns the judgement, and the live
    /// reads that could change it; `None` if the Ingress is exempt from judgement. A `provisional` judgement is used only
    /// if it needs no live read.
    pub(super) fn judge_with(
        &self,
        change: &Change<'_>,
        view: &dyn View,
        policy: &Policy,
        (now, units, provisional): (Timestamp, usize, bool),
    ) -> Option<(Judgement, Needs)> {
        let circumstances = Circumstances::new(&policy.configuration, &self.subject, change, self.occasion, view);
        let settings = policy.configuration.settings(policy.fallback, Some(now));
        let stored = self.old.is_some();
        judge(&circumstances, Settings { stored, reported: REPORTED, units, provisional, ..settings })
    }
}
