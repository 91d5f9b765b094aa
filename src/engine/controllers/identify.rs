//! Which controller serves a subject (rulebook 4.1, 4.2).

use serde::Serialize;

use super::{ALL, Profile, UNKNOWN};
use crate::engine::model::Subject;
use crate::engine::view::{Lookup, View};

const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// What told the controller of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentifiedBy {
    /// `spec.ingressClassName` and its IngressClass.
    Class,
    /// An annotation that names a class.
    Annotation,
    /// The default IngressClass.
    DefaultClass,
    /// `--controller`.
    Flag,
    /// The configuration file.
    Config,
    /// Nothing: the profile is `unknown`.
    None,
}

/// A controller profile, and what told it.
#[derive(Clone, Copy, Debug)]
pub struct Identified {
    /// The profile; `unknown` where nothing told it, or two things disagree.
    pub profile: &'static Profile,
    /// What told it.
    pub by: IdentifiedBy,
}

impl Identified {
    const NONE: Self = Self { profile: &UNKNOWN, by: IdentifiedBy::None };
}

/// Identifies the controller of `subject`; `fallback` counts where nothing else tells it (`--controller`).
pub fn identify(subject: &Subject, view: &dyn View, fallback: Option<&'static Profile>) -> Identified {
    match told(subject, view) {
        Some(identified) => identified,
        None => fallback.map_or(Identified::NONE, |profile| Identified { profile, by: IdentifiedBy::Flag }),
    }
}

/// What the subject and the cluster's classes tell; `None` where they tell nothing.
fn told(subject: &Subject, view: &dyn View) -> Option<Identified> {
    let annotation = subject.annotation(CLASS_ANNOTATION);
    let by_field = subject.class.as_deref().map(|class| by_class(class, view));
    let by_annotation = annotation.map(|class| by_class(class, view).or_else(|| by_annotation(class)));
    let (profile, by) = match (by_field, by_annotation) {
        (Some(field), None) => (field, IdentifiedBy::Class),
        (None, Some(annotation)) => (annotation, IdentifiedBy::Annotation),
        // Both, and controllers disagree on which wins (4.2.1): certain only if they mean the same one.
        (Some(Some(field)), Some(Some(annotation))) if field.id == annotation.id => (Some(field), IdentifiedBy::Class),
        (Some(_), Some(_)) => (None, IdentifiedBy::Class),
        // The API server fills in the default class on creation (2.10); a manifest has not been there yet.
        (None, None) => match view.default_class() {
            Lookup::Found(class) => (by_class(class, view), IdentifiedBy::DefaultClass),
            Lookup::Absent | Lookup::Unknown(_) => (None, IdentifiedBy::None),
        },
    };
    profile.map(|profile| Identified { profile, by })
}

/// By the controller of the IngressClass `name`.
fn by_class(name: &str, view: &dyn View) -> Option<&'static Profile> {
    let class = view.class(name).found()?;
    ALL.iter().copied().find(|profile| profile.names.controllers.contains(&&*class.controller))
}

/// By the annotation's own value, which needs no IngressClass.
fn by_annotation(value: &str) -> Option<&'static Profile> {
    ALL.iter().copied().find(|profile| profile.names.annotation.contains(&value))
}
