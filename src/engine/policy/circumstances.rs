//! The circumstances of a judgement, and the gates that follow from them (rulebook 11.1).

use std::borrow::Cow;

use super::exempt::is_solver;
use super::{Change, Configuration, Mode};
use crate::engine::controllers::{Controller, RedirectNeeds, Shape};
use crate::engine::evaluate::{Gate, Gates, Spared};
use crate::engine::manifest::mode_label;
use crate::engine::model::{Action, Target};
use crate::engine::subject::{Reference, Subject};
use crate::engine::view::{Lookup, View};

/// The reason for a dry run, which stores nothing.
pub(super) const DRY_RUN: &str = "dry run: may follow";
/// The reason for a milder action if the stored object has the same reference.
const WAS_THERE: &str = "the reference was there before";
/// The reason if a program writes the subject. [`Circumstances::reason`] names the program.
const WRITTEN: &str = "another program writes it";

/// The facts of a request besides its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// The request is a dry run: the same apply may create the missing object later (gate G2).
    pub dry_run: bool,
    /// A deployment tool applies the object before other objects of its release, which do not exist yet.
    pub early: bool,
    /// Why the object may change before it is applied, as a clause for people; `None` if it does not.
    pub draft: Option<&'static str>,
    /// The user is exempt by [`Exemptions::spare_user`](super::Exemptions::spare_user) (gate G6).
    pub exempt_user: bool,
}

/// The circumstances of a judgement: the subject, the request, the configuration, and the most severe actions.
#[derive(Clone)]
pub struct Circumstances<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) subject: &'a Subject,
    change: &'a Change<'a>,
    pub(super) occasion: Occasion,
    /// The milder of the mode of the cluster and the mode of the namespace.
    pub(super) mode: Mode,
    /// The view proves the labels of the namespace, so [`Self::mode`] is certain.
    pub(super) mode_known: bool,
    /// The value of the label of the namespace if it is not a mode.
    pub(super) malformed_mode: Option<&'a str>,
    pub(super) view: &'a dyn View,
}

impl<'a> Circumstances<'a> {
    /// The circumstances of `subject`, with the mode of its namespace from `view`.
    ///
    /// If the value of the label is not a mode, the mode of the cluster applies, and a warning reports the value.
    pub fn new(
        configuration: &'a Configuration,
        subject: &'a Subject,
        change: &'a Change<'a>,
        occasion: Occasion,
        view: &'a dyn View,
    ) -> Self {
        let mode = configuration.mode;
        let namespace = view.namespace(&subject.name.namespace);
        let label = match namespace {
            Lookup::Found(facts) => mode_label(facts),
            Lookup::Absent | Lookup::Unknown(_) => None,
        };
        let own = label.map(str::parse::<Mode>);
        let malformed_mode = label.filter(|_| matches!(own, Some(Err(_))));
        let mode = own.and_then(Result::ok).map_or(mode, |own| own.min(mode));
        let mode_known = !matches!(namespace, Lookup::Unknown(_)) && view.proves_namespace(&subject.name.namespace);
        Self { configuration, subject, change, occasion, mode, mode_known, malformed_mode, view }
    }

    /// Whether the subject is not judged: the mode is off, or the subject is being deleted, exempt or unchanged.
    pub(super) fn passes_untouched(&self) -> bool {
        self.mode == Mode::Off
            || self.subject.deleting
            || self.configuration.exempt.spare(self.subject)
            || (self.change.is_none() && !self.reinterprets())
    }

    /// Whether an old reference may have another meaning now, or has not been judged before.
    fn reinterprets(&self) -> bool {
        self.change.reinterprets() || self.change.old().is_some_and(|old| self.configuration.exempt.spare(old))
    }

    /// The gates for findings about the subject and about each of its distinct targets, without the mode.
    pub(super) fn gates(&self, controller: &Controller<'_>) -> Gates {
        let shape = controller.shape(self.subject);
        // Row 3: a reference that existed before is not reported again, unless the update may have changed its meaning
        // (gate G1).
        let most_again = if self.reinterprets() { Action::Warn } else { Action::Audit };
        let mut request = Gate::OPEN;
        request.limit(self.occasion.dry_run, Action::Warn, DRY_RUN);
        request.limit(
            self.occasion.early,
            Action::Warn,
            "its annotations make deployment tools apply it before the rest of its release",
        );
        if let Some(why) = self.occasion.draft {
            request.limit(true, Action::Warn, why);
        }
        request.limit(controller.uncertain, Action::Warn, "its IngressClass could not be looked up");
        request.limit(self.occasion.exempt_user, Action::Warn, "the user is exempt");
        let rejected = controller.rejects(self.subject);
        request.limit(rejected, Action::Warn, "the controller rejects the whole Ingress");
        // A program may create the backends after the subject, or in the same step, and repeats a denied request forever
        // (gate G9).
        let is_written = self.subject.writer.as_ref().is_some_and(|writer| writer.writes_subject());
        request.limit(is_written, Action::Warn, WRITTEN);
        request.limit(
            controller.profile().looks_elsewhere(self.subject),
            Action::Warn,
            "its annotation names another namespace for the Services",
        );
        let mut subject = Gate::OPEN;
        subject.limit(self.change.old().is_some(), most_again, WAS_THERE);
        subject.limit_to(&request);
        let spared = shape.map(|(shape, most)| self.spared(shape, most));
        let gate = |(index, target): (u32, &Target), was_there: bool| {
            let mut gate = Gate::OPEN;
            gate.limit(is_solver(target), Action::Off, "it belongs to cert-manager");
            gate.limit(was_there, most_again, WAS_THERE);
            gate.limit_to(&request);
            if let (Some((shape, most)), Some(spared)) = (shape, spared) {
                gate.limit(spared.except != Some(index) && !spared.needs_port, most, why_spared(shape));
            }
            gate
        };
        let targets = || (0..).zip(&self.subject.targets);
        let profile = controller.profile();
        let unused = profile.unused(self.subject);
        let unused_targets = targets().take(if unused.is_empty() { 0 } else { usize::MAX });
        Gates {
            subject,
            targets: targets().map(|it| gate(it, self.change.had(it.1, profile))).collect(),
            unused_targets: unused_targets.map(|it| gate(it, self.change.named(it.1))).collect(),
            unused,
            spared: spared.filter(|spared| spared.most <= Action::Audit),
            rejected,
        }
    }

    /// The backends of a subject with this shape that get no requests.
    fn spared(&self, shape: Shape, most: Action) -> Spared {
        let (needs_port, default_backend) = match shape {
            Shape::Redirect(redirect) => (redirect.needs == RedirectNeeds::Port, redirect.default_backend),
            Shape::Canary | Shape::Answer => (false, true),
        };
        let default = self.subject.references.first().filter(|first| !default_backend && first.is_default_backend());
        Spared { except: default.map(|reference: &Reference| reference.target), needs_port, most }
    }

    /// The reason of a gate, for people.
    pub(super) fn reason(&self, why: &'static str) -> Cow<'static, str> {
        match &self.subject.writer {
            Some(writer) if why == WRITTEN => {
                format!("{}: a denial may stop the program", writer.describe(self.subject.kind.0)).into()
            }
            _ => why.into(),
        }
    }
}

/// Why findings about a subject of this shape are milder, for people.
fn why_spared(shape: Shape) -> &'static str {
    match shape {
        Shape::Canary => "it is a canary: the primary answers if the backend of the canary cannot",
        Shape::Redirect(_) => "it only redirects, so its backend may be a dummy",
        Shape::Answer => "its annotations may answer before a backend gets the request",
    }
}
