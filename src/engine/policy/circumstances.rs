//! The circumstances of a judgement, and the gates that follow from them (rulebook 11.1).

use super::exempt::is_solver;
use super::{Change, Configuration, Mode};
use crate::engine::controllers::{Controller, Shape};
use crate::engine::evaluate::{Gate, Gates};
use crate::engine::manifest::mode_label;
use crate::engine::model::{Action, Target};
use crate::engine::subject::Subject;
use crate::engine::view::{Lookup, View};

/// The reason where nothing will be stored.
pub(super) const DRY_RUN: &str = "dry run: may follow";

/// What is known of a request beside its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// Nothing will be stored: what is missing may come with the same apply (gate G2).
    pub dry_run: bool,
    /// The object comes before others of its release, which the view does not show yet.
    pub early: bool,
    /// The user is exempt, as [`Exemptions::spare_user`](super::Exemptions::spare_user) says (gate G6).
    pub exempt_user: bool,
}

/// The circumstances of a judgement: what is judged, where, and how far findings may go.
#[derive(Clone)]
pub struct Circumstances<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) subject: &'a Subject,
    change: &'a Change<'a>,
    pub(super) occasion: Occasion,
    /// The smaller of the mode of the cluster and that of the namespace.
    pub(super) mode: Mode,
    /// The labels of the namespace could be read, so that [`Self::mode`] is certain.
    pub(super) mode_known: bool,
    /// What the label of the namespace says instead of a mode.
    pub(super) malformed_mode: Option<&'a str>,
    pub(super) view: &'a dyn View,
}

impl<'a> Circumstances<'a> {
    /// The circumstances of `subject`, with the mode of its namespace from `view`.
    ///
    /// A label that is no mode counts as none: the mode of the cluster holds, and a warning says so.
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

    /// Whether a judgement can have no result: it is switched off, or the object is not to be judged.
    pub(super) fn passes_untouched(&self) -> bool {
        self.mode == Mode::Off
            || self.subject.deleting
            || self.configuration.exempt.spare(self.subject)
            || (self.change.is_none() && !self.reinterprets())
    }

    /// Whether an old reference may mean something else now, or has not been judged before.
    fn reinterprets(&self) -> bool {
        self.change.reinterprets() || self.change.old().is_some_and(|old| self.configuration.exempt.spare(old))
    }

    /// The gates for findings about the subject and about each of its distinct targets, were the mode `enforce`.
    pub(super) fn gates(&self, controller: &Controller<'_>) -> Gates {
        let shape = controller.shape(self.subject);
        // Row 3: nothing is reported again, unless what changed may have changed its meaning (gate G1).
        let again = if self.reinterprets() { Action::Warn } else { Action::Audit };
        let again = closed(true, again, "the reference was there before");
        let request = [
            closed(self.occasion.dry_run, Action::Warn, DRY_RUN),
            closed(self.occasion.early, Action::Warn, "its annotations have it applied before the rest of its release"),
            closed(controller.uncertain, Action::Warn, "its IngressClass could not be looked up"),
            closed(self.occasion.exempt_user, Action::Warn, "the user is exempt"),
        ];
        let request = strictest(request);
        let stored = if self.change.old().is_some() { again } else { Gate::OPEN };
        let subject = strictest([stored, request]);
        let spare = shape.map_or(Gate::OPEN, |(shape, most)| Gate { most, why: Some(why_spared(shape)) });
        let target = |target: &Target| {
            let solver = closed(is_solver(target), Action::Off, "it belongs to cert-manager");
            let known = if self.change.had(target) { again } else { Gate::OPEN };
            strictest([solver, known, request, spare])
        };
        Gates {
            subject,
            targets: self.subject.targets.iter().map(target).collect(),
            spared: shape.is_some_and(|(_, most)| most <= Action::Audit),
        }
    }
}

/// A gate that is closed above `most` if `condition` holds.
fn closed(condition: bool, most: Action, why: &'static str) -> Gate {
    if condition { Gate { most, why: Some(why) } } else { Gate::OPEN }
}

/// The strictest of these gates; of equally strict ones the first.
fn strictest<const N: usize>(gates: [Gate; N]) -> Gate {
    gates.into_iter().min_by_key(|gate| gate.most).unwrap_or(Gate::OPEN)
}

/// Why a legal shape is spared, for people.
fn why_spared(shape: Shape) -> &'static str {
    match shape {
        Shape::Canary => "it is a canary: the primary serves while the backend of the canary does not",
        Shape::Redirect => "it only redirects, so that its backend may be a dummy",
        Shape::Answer => "its annotations may answer before a backend is asked",
    }
}
