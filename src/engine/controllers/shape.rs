//! Legal shapes of an Ingress that look broken (rulebook 4.5).

use super::Controller;
use crate::engine::model::Action;
use crate::engine::subject::{Subject, is_true};

/// A legal shape of an Ingress that looks broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It is a canary: the primary serves where the canary cannot.
    Canary,
    /// It only redirects: its backend may be a dummy.
    Redirect,
    /// Its annotations may answer before a backend is asked.
    Answer,
}

/// The redirects of ingress-nginx that hold for every path.
const REDIRECTS: [&str; 2] = ["permanent-redirect", "temporal-redirect"];

impl Controller<'_> {
    /// The shape that the annotations give `subject`, and the most severe action that a finding about its references may
    /// have (rows 26 and 27); `None` for an ordinary subject, and for one that is no Ingress.
    pub fn shape(&self, subject: &Subject) -> Option<(Shape, Action)> {
        subject.ingress.as_ref()?;
        let rules = self.profile().annotations;
        let redirects = |name: &&str| self.annotation(subject, name).is_some_and(|target| !target.trim().is_empty());
        if self.annotation(subject, "canary").is_some_and(is_true) {
            Some((Shape::Canary, rules.canary))
        } else if REDIRECTS.iter().any(redirects) {
            Some((Shape::Redirect, rules.redirect))
        } else if rules.answers.iter().any(|name| subject.annotations.may_answer(name)) {
            Some((Shape::Answer, Action::Warn))
        } else {
            None
        }
    }
}
