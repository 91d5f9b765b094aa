//! Which controller serves a subject, and how it is run (rulebook 4.1, 4.2).

use serde::Serialize;

use super::{ALL, Assignment, Assignments, ControllerPods, Options, Profile, UNKNOWN};
use crate::engine::model::{Action, Subject};
use crate::engine::view::View;

/// The annotation that names a class; older than `spec.ingressClassName`.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
/// Contour's own annotation, which nobody else reads.
const CONTOUR_ANNOTATION: &str = "projectcontour.io/ingress.class";
/// What stands before the `/` of ingress-nginx's annotations where no option says otherwise.
const ANNOTATIONS_PREFIX: &str = "nginx.ingress.kubernetes.io";

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

/// The controller of a subject: what it does, and how it is run.
#[derive(Clone, Copy, Debug)]
pub struct Controller<'a> {
    /// The profile, and what told it.
    pub identified: Identified,
    /// How it is run.
    pub options: &'a Options,
    /// Where it runs, if the configuration says so.
    pub pods: Option<&'a ControllerPods>,
}

/// A legal shape of an Ingress that looks broken (rulebook 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A canary: the primary serves where it cannot.
    Canary,
    /// It only redirects: its backend may be a dummy.
    Redirect,
}

const REDIRECTS: [&str; 2] = ["permanent-redirect", "temporal-redirect"];

static DEFAULT_OPTIONS: Options =
    Options { allow_external_name: None, allow_empty_services: None, annotations_prefix: None, target_type: None };

impl Controller<'_> {
    /// A controller that runs by its own defaults.
    fn plain(profile: &'static Profile, by: IdentifiedBy) -> Self {
        Self { identified: Identified { profile, by }, options: &DEFAULT_OPTIONS, pods: None }
    }

    /// What it does.
    pub fn profile(&self) -> &'static Profile {
        self.identified.profile
    }

    /// The annotation of `subject` that is called `name` behind this controller's prefix.
    pub fn annotation<'s>(&self, subject: &'s Subject, name: &str) -> Option<&'s str> {
        let prefix = self.options.annotations_prefix.as_deref().unwrap_or(ANNOTATIONS_PREFIX);
        let mut named = subject.annotations.iter();
        let (_, value) = named.find(|(key, _)| key.rsplit_once('/') == Some((prefix, name)))?;
        Some(value)
    }

    /// What the annotations make of `subject`: a legal shape that looks broken, and the most that may come of its
    /// backends (rows 26 and 27); `None` for an ordinary one.
    pub fn shape(&self, subject: &Subject) -> Option<(Shape, Action)> {
        let rules = self.profile().annotations;
        if self.annotation(subject, "canary") == Some("true") {
            Some((Shape::Canary, rules.canary))
        } else if REDIRECTS.iter().any(|redirect| self.annotation(subject, redirect).is_some()) {
            Some((Shape::Redirect, rules.redirect))
        } else {
            None
        }
    }

    /// The key of the annotation called `name`.
    pub fn annotation_key(&self, name: &str) -> String {
        format!("{}/{name}", self.options.annotations_prefix.as_deref().unwrap_or(ANNOTATIONS_PREFIX))
    }

    /// What happens to requests when no endpoint is ready, as the end of a sentence.
    pub fn without_endpoints(&self) -> &'static str {
        // Of the options only this one changes it: the route is kept (measured with Traefik 3.6.12).
        if self.options.allow_empty_services == Some(true) {
            "requests get 503"
        } else {
            self.profile().without_endpoints
        }
    }
}

/// Identifies the controller of `subject`.
///
/// `assignments` win over what the cluster tells; `fallback` counts where nothing else tells it (`--controller`).
pub fn identify<'a>(
    subject: &Subject,
    view: &dyn View,
    assignments: &'a Assignments,
    fallback: Option<&'static Profile>,
) -> Controller<'a> {
    let told = told(subject, view);
    let assigned = class_of(subject, view).and_then(|class| assignments.of_class(class));
    let Some(Assignment { profile, options, pods, .. }) = assigned else {
        return told
            .or_else(|| fallback.map(|profile| Controller::plain(profile, IdentifiedBy::Flag)))
            .unwrap_or_else(|| Controller::plain(&UNKNOWN, IdentifiedBy::None));
    };
    let identified = match (profile, told) {
        (Some(profile), _) => Identified { profile, by: IdentifiedBy::Config },
        (None, Some(told)) => told.identified,
        (None, None) => fallback.map_or(Identified { profile: &UNKNOWN, by: IdentifiedBy::None }, |profile| {
            Identified { profile, by: IdentifiedBy::Flag }
        }),
    };
    Controller { identified, options, pods: pods.as_ref() }
}

/// The name of the class of `subject`, by which the configuration may know it; `None` where two differ.
pub fn class_of<'a>(subject: &'a Subject, view: &'a dyn View) -> Option<&'a str> {
    match (subject.class.as_deref(), subject.annotation(CLASS_ANNOTATION)) {
        (Some(field), Some(annotation)) if field != annotation => None,
        (Some(class), _) | (None, Some(class)) => Some(class),
        (None, None) => match view.default_classes().found()?.as_slice() {
            [only] => Some(only),
            _ => None,
        },
    }
}

/// What the subject and the cluster's classes tell; `None` where they tell nothing, or two things.
fn told<'a>(subject: &Subject, view: &dyn View) -> Option<Controller<'a>> {
    let annotation = subject.annotation(CLASS_ANNOTATION);
    let by_field = subject.class.as_deref().map(|class| by_class(class, view));
    let by_annotation = annotation.map(|class| by_class(class, view).or_else(|| by_annotation(class)));
    let (profile, by) = match (by_field, by_annotation) {
        (Some(field), None) => (field, IdentifiedBy::Class),
        (None, Some(annotation)) => (annotation, IdentifiedBy::Annotation),
        // Both, and controllers disagree on which wins (4.2.1): certain only if they mean the same one.
        (Some(Some(field)), Some(Some(annotation))) if field.id == annotation.id => (Some(field), IdentifiedBy::Class),
        (Some(_), Some(_)) => (None, IdentifiedBy::Class),
        (None, None) if subject.annotation(CONTOUR_ANNOTATION).is_some() => {
            (super::by_id("contour"), IdentifiedBy::Annotation)
        }
        // The API server fills in the default class on creation (2.10); a manifest has not been there yet.
        (None, None) => (by_default(view), IdentifiedBy::DefaultClass),
    };
    profile.map(|profile| Controller::plain(profile, by))
}

/// By the controller of the IngressClass `name`; or by the name itself, for those who look at nothing else.
fn by_class(name: &str, view: &dyn View) -> Option<&'static Profile> {
    let by_controller = view.class(name).found().and_then(|class| {
        ALL.iter()
            .copied()
            .find(|profile| profile.names.controllers.iter().any(|known| means(known, &class.controller)))
    });
    by_controller.or_else(|| ALL.iter().copied().find(|profile| profile.names.classes.contains(&name)))
}

/// Whether `known` stands for `controller`; one that ends with `/` stands for all that begin so.
fn means(known: &str, controller: &str) -> bool {
    if known.ends_with('/') { controller.starts_with(known) } else { controller == known }
}

/// By the default class. The API server takes the newest of several (rulebook 2.10), so that they must agree.
fn by_default(view: &dyn View) -> Option<&'static Profile> {
    let defaults = view.default_classes().found()?;
    let mut profiles = defaults.iter().map(|class| by_class(class, view));
    let first = profiles.next()??;
    profiles.all(|profile| profile.is_some_and(|it| it.id == first.id)).then_some(first)
}

/// By the annotation's own value, which needs no IngressClass.
fn by_annotation(value: &str) -> Option<&'static Profile> {
    ALL.iter().copied().find(|profile| profile.names.annotation.contains(&value))
}
