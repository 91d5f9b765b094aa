//! Which controller serves a subject, and with which options (rulebook 4.1, 4.2).

use serde::Serialize;

use super::{ALL, Assignment, Assignments, ControllerPods, Names, Options, Profile, UNKNOWN};
use crate::engine::subject::{CLASS_ANNOTATION, Subject};
use crate::engine::view::{Lookup, Unknown, View};

/// The annotation that names a class of Contour. No other controller reads it.
const CONTOUR_ANNOTATION: &str = "projectcontour.io/ingress.class";
/// The default prefix of ingress-nginx's annotations: the part before the `/`.
const ANNOTATIONS_PREFIX: &str = "nginx.ingress.kubernetes.io";

/// What identified the controller of a subject.
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

/// A controller profile, and what identified it.
#[derive(Clone, Copy, Debug)]
pub struct Identified {
    /// The profile; `unknown` if nothing identified the controller, or if two sources disagree.
    pub profile: &'static Profile,
    /// What identified the controller.
    pub by: IdentifiedBy,
}

/// The controller of a subject: its profile and its options.
#[derive(Clone, Copy, Debug)]
pub struct Controller<'a> {
    /// The profile, and what identified it.
    pub identified: Identified,
    /// The options that the controller runs with.
    pub options: &'a Options,
    /// The Pods of the controller, if the configuration names them.
    pub pods: Option<&'a ControllerPods>,
    /// An IngressClass that identifies the controller could not be looked up, so another controller may serve the
    /// subject (gate G5).
    pub uncertain: bool,
}

static DEFAULT_OPTIONS: Options =
    Options { allow_external_name: None, allow_empty_services: None, annotations_prefix: None, target_type: None };

impl Controller<'_> {
    /// Returns a controller that runs with its default options.
    fn with_default_options(profile: &'static Profile, by: IdentifiedBy) -> Self {
        Self { identified: Identified { profile, by }, options: &DEFAULT_OPTIONS, pods: None, uncertain: false }
    }

    /// The profile of the controller.
    pub fn profile(&self) -> &'static Profile {
        self.identified.profile
    }

    /// The value of the annotation `<prefix>/<name>` of `subject`, with the prefix of this controller. Controllers read such
    /// annotations on Ingresses only.
    pub fn annotation<'s>(&self, subject: &'s Subject, name: &str) -> Option<&'s str> {
        subject.ingress.as_ref()?;
        subject.annotations.with_prefix(self.annotations_prefix(), name)
    }

    /// The prefix of the annotations of this controller.
    pub fn annotations_prefix(&self) -> &str {
        self.options.annotations_prefix.as_deref().unwrap_or(ANNOTATIONS_PREFIX)
    }

    /// The key `<prefix>/<name>` of an annotation of this controller.
    pub fn annotation_key(&self, name: &str) -> String {
        format!("{}/{name}", self.annotations_prefix())
    }

    /// What happens to requests when no endpoint is ready, as the end of a sentence.
    pub fn without_endpoints(&self) -> &'static str {
        // No other option changes the answer. With this one the route is kept (measured with Traefik 3.6.12).
        if self.options.allow_empty_services == Some(true) {
            "requests get 503"
        } else {
            self.profile().without_endpoints
        }
    }
}

/// Identifies the controller of `subject`.
///
/// The `assignments` of the configuration take precedence over the IngressClasses of the cluster. The `fallback`
/// (`--controller`) is used if nothing else identifies the controller. A `stored` object no longer gets the default class
/// (rulebook 2.10). Only an Ingress has a class: only `fallback` identifies the controller of any other subject.
pub fn identify<'a>(
    subject: &Subject,
    view: &dyn View,
    assignments: &'a Assignments,
    fallback: Option<&'static Profile>,
    stored: bool,
) -> Controller<'a> {
    let fallback = fallback.map(|profile| Controller::with_default_options(profile, IdentifiedBy::Flag));
    if subject.ingress.is_none() {
        return fallback.unwrap_or_else(|| Controller::with_default_options(&UNKNOWN, IdentifiedBy::None));
    }
    let classless = subject.class().is_none() && subject.annotations.get(CLASS_ANNOTATION).is_none();
    let by_class = controller_by_class(subject, view, stored);
    let class = class_of(subject, view).filter(|_| !(classless && stored));
    let assigned = class.and_then(|class| assignments.of_class(class));
    // If Backstop can never read the classes, the user's `--controller` is certain.
    let permanent = |why: &Unknown| matches!(why, Unknown::Partial | Unknown::Forbidden);
    let unread = unread_class(subject, view, stored).filter(|why| fallback.is_none() || !permanent(why));
    let uncertain = unread.is_some();
    let controller = if uncertain { fallback.or(by_class) } else { by_class.or(fallback) };
    let controller = controller.unwrap_or_else(|| Controller::with_default_options(&UNKNOWN, IdentifiedBy::None));
    let Some(Assignment { profile, options, pods, .. }) = assigned else {
        return Controller { uncertain, ..controller };
    };
    match profile {
        Some(profile) => {
            let identified = Identified { profile, by: IdentifiedBy::Config };
            Controller { identified, options, pods: pods.as_ref(), uncertain: false }
        }
        None => Controller { identified: controller.identified, options, pods: pods.as_ref(), uncertain },
    }
}

/// Returns why the class that `subject` names, or the default class, could not be looked up; `None` if it could.
fn unread_class(subject: &Subject, view: &dyn View, stored: bool) -> Option<Unknown> {
    let unknown = |class: &str| if let Lookup::Unknown(why) = view.class(class) { Some(why) } else { None };
    match (subject.class(), subject.annotations.get(CLASS_ANNOTATION)) {
        (None, None) => match view.default_classes() {
            Lookup::Unknown(why) if !stored => Some(why),
            _ => None,
        },
        (field, annotation) => field.and_then(unknown).or_else(|| annotation.and_then(unknown)),
    }
}

/// The name of the class of `subject`, which the configuration may refer to. `None` if the field and the annotation
/// name different classes, or if the subject names none and there is not exactly one default class.
pub fn class_of<'a>(subject: &'a Subject, view: &'a dyn View) -> Option<&'a str> {
    match (subject.class(), subject.annotations.get(CLASS_ANNOTATION)) {
        (Some(field), Some(annotation)) if field != annotation => None,
        (Some(class), _) | (None, Some(class)) => Some(class),
        (None, None) => default_class(view),
    }
}

/// The name of the default class; `None` if there is not exactly one.
pub fn default_class(view: &dyn View) -> Option<&str> {
    match view.default_classes().found()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Identifies the controller by the class of the subject and by the IngressClasses of the cluster. `None` if they
/// identify no controller, or two.
fn controller_by_class<'a>(subject: &Subject, view: &dyn View, stored: bool) -> Option<Controller<'a>> {
    let annotation = subject.annotations.get(CLASS_ANNOTATION);
    let (profile, by) = match (subject.class(), annotation) {
        // The values that work without an IngressClass in the annotation include those that work in the field.
        (Some(field), Some(annotation)) if field == annotation => {
            (by_annotation(annotation, view), IdentifiedBy::Class)
        }
        // Controllers disagree on whether the field or the annotation takes precedence (rulebook 4.2.1), so both must
        // select the same controller.
        (Some(field), Some(annotation)) => {
            let (field, annotation) = (by_field(field, view), by_annotation(annotation, view));
            (field.filter(|field| annotation.is_some_and(|annotation| annotation.id == field.id)), IdentifiedBy::Class)
        }
        (Some(field), None) => (by_field(field, view), IdentifiedBy::Class),
        (None, Some(annotation)) => (by_annotation(annotation, view), IdentifiedBy::Annotation),
        (None, None) if subject.annotations.get(CONTOUR_ANNOTATION).is_some() => {
            (super::by_id("contour"), IdentifiedBy::Annotation)
        }
        // The API server sets the default class on creation (rulebook 2.10). A manifest has not passed the API server
        // yet.
        (None, None) => (by_default(view).filter(|_| !stored), IdentifiedBy::DefaultClass),
    };
    profile.map(|profile| Controller::with_default_options(profile, by))
}

/// Whether `field` and the different value `annotation` select the same controller, and `annotation` is not the name of
/// an IngressClass.
pub fn select_alike(field: &str, annotation: &str, view: &dyn View) -> bool {
    let names_a_class = matches!(view.class(annotation), Lookup::Found(_));
    let by_field = by_field(field, view).filter(|_| !names_a_class);
    by_field.is_some_and(|field| by_annotation(annotation, view).is_some_and(|annotation| annotation.id == field.id))
}

/// The profile that `spec.ingressClassName: name` selects.
fn by_field(name: &str, view: &dyn View) -> Option<&'static Profile> {
    by_class(name, view, |names| names.classes.contains(&name))
}

/// The profile that the annotation `kubernetes.io/ingress.class: value` selects.
fn by_annotation(value: &str, view: &dyn View) -> Option<&'static Profile> {
    by_class(value, view, |names| names.classes.contains(&value) || names.annotation.contains(&value))
}

/// The profile by the `spec.controller` of the IngressClass `name`. If no such IngressClass is known, the first profile
/// whose names are `usual`. The names do not count if the IngressClass exists: an unknown controller may own it
/// (rulebook 4.2.3).
fn by_class(name: &str, view: &dyn View, usual: impl Fn(&Names) -> bool) -> Option<&'static Profile> {
    match view.class(name) {
        Lookup::Found(class) => owner(&class.controller),
        Lookup::Absent | Lookup::Unknown(_) => ALL.iter().copied().find(|profile| usual(&profile.names)),
    }
}

/// The profile that owns the IngressClasses of `controller`.
fn owner(controller: &str) -> Option<&'static Profile> {
    let owned = |matches: fn(&str, &str) -> bool| {
        let owns = |profile: &&Profile| profile.names.controllers.iter().any(|pattern| matches(pattern, controller));
        ALL.iter().copied().find(owns)
    };
    let begins = |prefix: &str, controller: &str| prefix.ends_with('/') && controller.starts_with(prefix);
    owned(|name, controller| name == controller).or_else(|| owned(begins))
}

/// The profile by the default class. The API server takes the newest of several default classes (rulebook 2.10), and a
/// manifest does not show which one is the newest. So all must belong to the same controller.
fn by_default(view: &dyn View) -> Option<&'static Profile> {
    let defaults = view.default_classes().found()?;
    let mut profiles = defaults.iter().map(|class| by_field(class, view));
    let first = profiles.next()??;
    profiles.all(|profile| profile.is_some_and(|profile| profile.id == first.id)).then_some(first)
}
