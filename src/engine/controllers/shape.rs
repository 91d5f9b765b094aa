//! Shapes of an Ingress that look broken and are legal (rulebook 4.5).

use super::Controller;
use crate::engine::model::Action;
use crate::engine::subject::{Subject, is_true};

/// A shape of an Ingress that looks broken and is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The Ingress is a canary: its primary Ingress answers if the canary cannot.
    Canary,
    /// The Ingress only redirects: its backend may be a dummy.
    Redirect,
    /// An annotation of the Ingress may answer before the backend gets the request.
    Answer,
}

/// The annotations of ingress-nginx that redirect every path.
const REDIRECTS: [&str; 2] = ["permanent-redirect", "temporal-redirect"];

impl Controller<'_> {
    /// Returns the shape of `subject` by its annotations, and the most severe action that a finding about its references
    /// may have (rows 26 and 27); `None` for an ordinary subject, and for one that is no Ingress.
    pub fn shape(&self, subject: &Subject) -> Option<(Shape, Action)> {
        subject.ingress.as_ref()?;
        let rules = self.profile().annotations;
        let redirects = |name: &&str| self.annotation(subject, name).is_some_and(|target| !target.trim().is_empty());
        if self.annotation(subject, "canary").is_some_and(is_true) {
            Some((Shape::Canary, rules.canary))
        } else if REDIRECTS.iter().any(redirects) {
            Some((Shape::Redirect, rules.redirect))
        } else if rules.answering.iter().any(|name| subject.annotations.may_answer(name)) {
            Some((Shape::Answer, Action::Warn))
        } else {
            None
        }
    }
}
