//! Which controller serves a subject, and how it is run (rulebook 4.1, 4.2).

use serde::Serialize;

use super::{ALL, Assignment, Assignments, ControllerPods, Options, Profile, UNKNOWN};
use crate::engine::subject::Subject;
use crate::engine::view::{Lookup, Unknown, View};

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
    /// What would tell it could not be looked up: it may be another one (gate G5).
    pub uncertain: bool,
}

static DEFAULT_OPTIONS: Options =
    Options { allow_external_name: None, allow_empty_services: None, annotations_prefix: None, target_type: None };

impl Controller<'_> {
    /// A controller that runs by its own defaults.
    fn plain(profile: &'static Profile, by: IdentifiedBy) -> Self {
        Self { identified: Identified { profile, by }, options: &DEFAULT_OPTIONS, pods: None, uncertain: false }
    }

    /// What it does.
    pub fn profile(&self) -> &'static Profile {
        self.identified.profile
    }

    /// The annotation of `subject` that is called `name` behind this controller's prefix. Controllers read such annotations
    /// on Ingresses only.
    pub fn annotation<'s>(&self, subject: &'s Subject, name: &str) -> Option<&'s str> {
        subject.ingress.as_ref()?;
        subject.annotations.with_prefix(self.annotations_prefix(), name)
    }

    fn annotations_prefix(&self) -> &str {
        self.options.annotations_prefix.as_deref().unwrap_or(ANNOTATIONS_PREFIX)
    }

    /// The key of the annotation called `name`.
    pub fn annotation_key(&self, name: &str) -> String {
        format!("{}/{name}", self.annotations_prefix())
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
/// `assignments` win over what the cluster tells; `fallback` counts where nothing else tells it (`--controller`). An
/// object that is `stored` gets no default class any more (rulebook 2.10). Only an Ingress has a class: of any other subject
/// `fallback` alone tells the controller.
pub fn identify<'a>(
    subject: &Subject,
    view: &dyn View,
    assignments: &'a Assignments,
    fallback: Option<&'static Profile>,
    stored: bool,
) -> Controller<'a> {
    let fallback = fallback.map(|profile| Controller::plain(profile, IdentifiedBy::Flag));
    if subject.ingress.is_none() {
        return fallback.unwrap_or_else(|| Controller::plain(&UNKNOWN, IdentifiedBy::None));
    }
    let classless = subject.class().is_none() && subject.annotations.get(CLASS_ANNOTATION).is_none();
    let told = told(subject, view, stored);
    let class = class_of(subject, view).filter(|_| !(classless && stored));
    let assigned = class.and_then(|class| assignments.of_class(class));
    // Where the classes are out of reach for good, what the user says in their place is certain.
    let for_good = |why: &Unknown| matches!(why, Unknown::Partial | Unknown::Forbidden);
    let unread = unread(subject, view, stored).filter(|why| fallback.is_none() || !for_good(why));
    let uncertain = unread.is_some();
    let told = if uncertain { fallback.or(told) } else { told.or(fallback) };
    let told = told.unwrap_or_else(|| Controller::plain(&UNKNOWN, IdentifiedBy::None));
    let Some(Assignment { profile, options, pods, .. }) = assigned else { return Controller { uncertain, ..told } };
    match profile {
        Some(profile) => {
            let identified = Identified { profile, by: IdentifiedBy::Config };
            Controller { identified, options, pods: pods.as_ref(), uncertain: false }
        }
        None => Controller { identified: told.identified, options, pods: pods.as_ref(), uncertain },
    }
}

/// Why the classes that `subject` names, or the default one, are not known.
fn unread(subject: &Subject, view: &dyn View, stored: bool) -> Option<Unknown> {
    let unknown = |class: &str| if let Lookup::Unknown(why) = view.class(class) { Some(why) } else { None };
    match (subject.class(), subject.annotations.get(CLASS_ANNOTATION)) {
        (None, None) => match view.default_classes() {
            Lookup::Unknown(why) if !stored => Some(why),
            _ => None,
        },
        (field, annotation) => field.and_then(unknown).or_else(|| annotation.and_then(unknown)),
    }
}

/// The name of the class of `subject`, by which the configuration may know it; `None` where two differ.
pub fn class_of<'a>(subject: &'a Subject, view: &'a dyn View) -> Option<&'a str> {
    match (subject.class(), subject.annotations.get(CLASS_ANNOTATION)) {
        (Some(field), Some(annotation)) if field != annotation => None,
        (Some(class), _) | (None, Some(class)) => Some(class),
        (None, None) => match view.default_classes().found()?.as_slice() {
            [only] => Some(only),
            _ => None,
        },
    }
}

/// What the subject and the cluster's classes tell; `None` where they tell nothing, or two things.
fn told<'a>(subject: &Subject, view: &dyn View, stored: bool) -> Option<Controller<'a>> {
    let annotation = subject.annotations.get(CLASS_ANNOTATION);
    let by_field = subject.class().map(|class| by_class(class, view));
    let by_annotation = annotation.map(|class| by_class(class, view).or_else(|| by_annotation(class)));
    let (profile, by) = match (by_field, by_annotation) {
        (Some(field), None) => (field, IdentifiedBy::Class),
        (None, Some(annotation)) => (annotation, IdentifiedBy::Annotation),
        // Both, and controllers disagree on which wins (rulebook 4.2.1): certain only if they mean the same one.
        (Some(Some(field)), Some(Some(annotation))) if field.id == annotation.id => (Some(field), IdentifiedBy::Class),
        (Some(_), Some(_)) => (None, IdentifiedBy::Class),
        (None, None) if subject.annotations.get(CONTOUR_ANNOTATION).is_some() => {
            (super::by_id("contour"), IdentifiedBy::Annotation)
        }
        // The API server fills in the default class on creation (rulebook 2.10); a manifest has not been there yet.
        (None, None) => (by_default(view).filter(|_| !stored), IdentifiedBy::DefaultClass),
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
