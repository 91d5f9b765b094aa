//! Shapes of an Ingress that look broken and are legal (rulebook 4.5).

use super::Controller;
use crate::engine::model::Action;
use crate::engine::subject::Subject;

/// A shape of an Ingress that looks broken and is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The Ingress is a canary: its primary Ingress answers if the canary cannot.
    Canary,
    /// The Ingress only redirects: its backend may be a dummy.
    Redirect(Redirect),
    /// An annotation of the Ingress may answer before the backend gets the request.
    Answer,
}

/// An annotation that redirects every path of an Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The part of the key after the `/`, or the whole key.
    pub name: &'static str,
    /// The parts of the key before the `/`; an empty one stands for a key without a `/`.
    pub prefixes: Prefixes,
    /// The values that redirect.
    pub value: RedirectValue,
    /// What the controller needs besides the annotation.
    pub needs: RedirectNeeds,
    /// The annotation also redirects the requests of `spec.defaultBackend`.
    pub default_backend: bool,
    /// The most severe action for the backends that get no requests (row 27).
    pub most: Action,
}

/// The prefixes of the annotations of a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefixes {
    /// The prefix that the operator of the controller may configure (rulebook 11.3).
    Configured,
    /// Each of these.
    Fixed(&'static [&'static str]),
}

/// The values of an annotation that redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectValue {
    /// All but the empty one.
    Any,
    /// Those that begin with `http`. The controller ignores the annotation otherwise.
    Http,
}

/// What a controller needs for a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectNeeds {
    /// Nothing.
    Nothing,
    /// The Service and its port. Endpoints are not needed.
    Port,
}

impl Redirect {
    /// The annotations of ingress-nginx (rulebook 4.5.2), for a controller on which the backends get no action that is
    /// more severe than `most`. `temporal` are the values of the temporal redirect that it accepts.
    pub(super) const fn of_ingress_nginx(most: Action, temporal: RedirectValue) -> [Self; 2] {
        let permanent = Self {
            name: "permanent-redirect",
            prefixes: Prefixes::Configured,
            value: RedirectValue::Any,
            needs: RedirectNeeds::Nothing,
            default_backend: true,
            most,
        };
        [permanent, Self { name: "temporal-redirect", value: temporal, ..permanent }]
    }

    fn is_set(&self, controller: &Controller<'_>, subject: &Subject) -> bool {
        let redirects = |target: Option<&str>| {
            target.is_some_and(|target| match self.value {
                RedirectValue::Any => !target.trim().is_empty(),
                RedirectValue::Http => target.starts_with("http"),
            })
        };
        match self.prefixes {
            Prefixes::Configured => redirects(controller.annotation(subject, self.name)),
            Prefixes::Fixed(prefixes) => {
                prefixes.iter().any(|prefix| redirects(subject.annotations.with_prefix(prefix, self.name)))
            }
        }
    }
}

impl Controller<'_> {
    /// Returns the shape of `subject` by its annotations, and the most severe action that a finding about its references
    /// may have (rows 26 and 27); `None` for an ordinary subject, and for one that is no Ingress.
    pub fn shape(&self, subject: &Subject) -> Option<(Shape, Action)> {
        subject.ingress.as_ref()?;
        let rules = self.profile().annotations;
        if self.annotation(subject, "canary").is_some_and(|value| rules.canary_values.is_true(value)) {
            Some((Shape::Canary, rules.canary))
        } else if let Some(redirect) = rules.redirects.iter().find(|redirect| redirect.is_set(self, subject)) {
            Some((Shape::Redirect(*redirect), redirect.most))
        } else if rules.answering.iter().any(|name| subject.annotations.may_answer(name)) {
            Some((Shape::Answer, Action::Warn))
        } else {
            None
        }
    }
}
