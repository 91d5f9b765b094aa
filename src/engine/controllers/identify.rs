//! Which controller serves a subject, and with which options (rulebook 4.1, 4.2).

use serde::Serialize;

use super::{ALL, Assignment, Assignments, Candidates, ClassUse, ControllerPods, Options, Profile, Version};
use crate::engine::subject::{CLASS_ANNOTATION, Subject};
use crate::engine::view::{Lookup, Unknown, View};

/// The default prefix of ingress-nginx's annotations: the part before the `/`.
const ANNOTATIONS_PREFIX: &str = "nginx.ingress.kubernetes.io";

/// What identified the controller of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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

/// The profiles of the controllers that may serve a subject, and what identified them.
#[derive(Clone, Copy, Debug)]
pub struct Identified {
    /// The only candidate; `unknown` if there are several or none.
    pub profile: &'static Profile,
    /// The profiles of the controllers that may serve the subject; none if nothing identified the controller.
    pub candidates: Candidates,
    /// What identified the candidates.
    pub by: IdentifiedBy,
}

impl Identified {
    /// Candidates, and what identified them.
    pub fn new(candidates: Candidates, by: IdentifiedBy) -> Self {
        let by = if candidates.is_empty() { IdentifiedBy::None } else { by };
        Self { profile: candidates.profile(), candidates, by }
    }

    /// The candidates that `flag` (`--controller`) leaves. If there is only one controller, the flag may state its version.
    fn reduced(self, flag: Self) -> Self {
        let common = self.candidates.common(flag.candidates);
        match (self.candidates.only(), common.is_empty()) {
            (Some(_), true) => self,
            (Some(_), false) => Self::new(common, self.by),
            (None, true) => flag,
            (None, false) => Self::new(common, IdentifiedBy::Flag),
        }
    }

    /// The candidates that are among `running`, those whose images run in the Pods that the configuration names.
    fn narrowed(self, running: Candidates) -> Self {
        let common = self.candidates.common(running);
        match (self.candidates.is_empty(), common.is_empty()) {
            (true, _) => Self::new(running, IdentifiedBy::Config),
            (false, true) => self,
            (false, false) => Self::new(common, self.by),
        }
    }
}

/// The controller of a subject: its profile and its options.
#[derive(Clone, Copy, Debug)]
pub struct Controller<'a> {
    /// The candidates, and what identified them.
    pub identified: Identified,
    /// The profile that a judgement assumes: one of the candidates.
    profile: &'static Profile,
    /// The options that the controller runs with.
    pub options: &'a Options,
    /// The Pods of the controller, if the configuration names them.
    pub pods: Option<&'a ControllerPods>,
    /// An IngressClass that identifies the controller could not be looked up, so another controller may serve the
    /// subject (gate G5).
    pub uncertain: bool,
}

static DEFAULT_OPTIONS: Options = Options::DEFAULT;

impl<'a> Controller<'a> {
    /// Returns a controller that runs with its default options.
    pub fn new(identified: Identified) -> Self {
        Self { identified, profile: identified.profile, options: &DEFAULT_OPTIONS, pods: None, uncertain: false }
    }

    /// The profile that a judgement assumes; `unknown` if there is not exactly one candidate, see [`Self::candidates`].
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// The controller under each of its candidates. Empty if there are none.
    pub fn candidates(self) -> impl Iterator<Item = Controller<'a>> {
        self.identified.candidates.iter().map(move |profile| Controller { profile, ..self })
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
        // No other option changes the answer. With this one the route is kept (measured with Traefik).
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
/// (`--controller`) is used if nothing else identifies the controller, or to choose among several candidates. A `stored`
/// object no longer gets the default class (rulebook 2.10). Only an Ingress has a class: only `fallback` identifies the
/// controller of any other subject.
pub fn identify<'a>(
    subject: &Subject,
    view: &dyn View,
    assignments: &'a Assignments,
    fallback: Option<Candidates>,
    stored: bool,
) -> Controller<'a> {
    let fallback = fallback.map(|candidates| Identified::new(candidates, IdentifiedBy::Flag));
    let unknown = || Identified::new(Candidates::default(), IdentifiedBy::None);
    if subject.ingress.is_none() {
        return Controller::new(fallback.unwrap_or_else(unknown));
    }
    let classless = subject.class().is_none() && subject.annotations.get(CLASS_ANNOTATION).is_none();
    let by_class = Some(identified_by_class(subject, view, stored)).filter(|it| !it.candidates.is_empty());
    let class = class_of(subject, view).filter(|_| !(classless && stored));
    let assigned = class.and_then(|class| assignments.of_class(class));
    // If Backstop can never read the classes, the user's `--controller` is certain.
    let permanent = |why: &Unknown| matches!(why, Unknown::Partial | Unknown::Placeholder | Unknown::Forbidden);
    let unread = unread_class(subject, view, stored).filter(|why| fallback.is_none() || !permanent(why));
    let uncertain = unread.is_some();
    let identified = match (by_class, fallback) {
        (Some(by_class), Some(flag)) if !uncertain => by_class.reduced(flag),
        (by_class, flag) => flag.or(by_class).unwrap_or_else(unknown),
    };
    let Some(Assignment { profile, options, pods, .. }) = assigned else {
        return Controller { uncertain, ..Controller::new(identified) };
    };
    let (identified, uncertain) = match profile {
        Some(profile) => (Identified::new((*profile).into(), IdentifiedBy::Config), false),
        None => (identified, uncertain),
    };
    let identified = match pods {
        Some(pods) => identified.narrowed(running(view, pods)),
        None => identified,
    };
    let candidates = identified.candidates.with_version(options.version);
    let identified = Identified { candidates, ..identified };
    Controller { options, pods: pods.as_ref(), uncertain, ..Controller::new(identified) }
}

/// The number of Pods of a controller whose images are compared.
const COMPARED: usize = 16;

/// The controllers whose images run in `pods`, and their version if all Pods have the same (rulebook 4.2.5). Empty if the
/// Pods are not known.
fn running(view: &dyn View, pods: &ControllerPods) -> Candidates {
    let pods = view.listed_pods(&pods.namespace, &pods.selector).found().unwrap_or_default();
    let images =
        pods.iter().take(COMPARED).flat_map(|pod| pod.spec.containers.iter().map(|container| &*container.image));
    let images = images.filter_map(|image| {
        let (repository, tag) = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((image, ""));
        let owners = Candidates::of(|profile| profile.names.have_image(repository));
        let version = tag.split('-').next().and_then(|version| version.parse::<Version>().ok());
        (!owners.is_empty()).then_some((owners, version))
    });
    let all = images
        .reduce(|(owners, version), (others, other)| (owners.or(others), version.filter(|it| Some(*it) == other)));
    let (owners, version) = all.unwrap_or_default();
    owners.with_version(version)
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

/// The candidates by the class of the subject and by the IngressClasses of the cluster, and what identified them.
fn identified_by_class(subject: &Subject, view: &dyn View, stored: bool) -> Identified {
    let annotation = subject.annotations.get(CLASS_ANNOTATION);
    let (candidates, by) = match (subject.class(), annotation) {
        // The values that work without an IngressClass in the annotation include those that work in the field.
        (Some(field), Some(annotation)) if field == annotation => {
            (by_annotation(annotation, view), IdentifiedBy::Class)
        }
        (Some(field), Some(annotation)) => {
            (by_field(field, view).selected_with(by_annotation(annotation, view)), IdentifiedBy::Class)
        }
        (Some(field), None) => (by_field(field, view), IdentifiedBy::Class),
        (None, Some(annotation)) => (by_annotation(annotation, view), IdentifiedBy::Annotation),
        (None, None) if ALL.iter().any(|profile| has_own_annotation(profile, subject)) => {
            (Candidates::of(|profile| has_own_annotation(profile, subject)), IdentifiedBy::Annotation)
        }
        // The API server sets the default class on creation (rulebook 2.10). A manifest has not passed the API server
        // yet.
        (None, None) if stored => (Candidates::default(), IdentifiedBy::None),
        (None, None) => (by_default(view), IdentifiedBy::DefaultClass),
    };
    Identified::new(candidates, by)
}

/// Whether `field` and the different value `annotation` select the same controllers, and `annotation` is not the name of
/// an IngressClass.
pub fn select_alike(field: &str, annotation: &str, view: &dyn View) -> bool {
    let names_a_class = matches!(view.class(annotation), Lookup::Found(_));
    !names_a_class && !by_field(field, view).common(by_annotation(annotation, view)).is_empty()
}

/// Whether `subject` has the annotation that only this controller reads.
fn has_own_annotation(profile: &Profile, subject: &Subject) -> bool {
    profile.names.own_annotation.is_some_and(|key| subject.annotations.get(key).is_some())
}

/// The profiles that `spec.ingressClassName: name` selects.
fn by_field(name: &str, view: &dyn View) -> Candidates {
    by_class(name, view, |profile| profile.names.classes.contains(&name))
}

/// The profiles that the annotation `kubernetes.io/ingress.class: value` selects.
fn by_annotation(value: &str, view: &dyn View) -> Candidates {
    by_class(value, view, |profile| profile.names.classes.contains(&value) || profile.names.annotation.contains(&value))
}

/// The profiles by the `spec.controller` of the IngressClass `name`. If no such IngressClass is known, the profiles whose
/// names are `usual`. The names do not count if the IngressClass exists: an unknown controller may own it
/// (rulebook 4.2.3).
fn by_class(name: &str, view: &dyn View, usual: impl Fn(&'static Profile) -> bool) -> Candidates {
    match view.class(name) {
        Lookup::Found(class) => owners(&class.controller),
        Lookup::Unknown(_) => Candidates::of(usual),
        Lookup::Absent => {
            let runs = |profile: &Profile| profile.class != ClassUse::ObjectToStart || !classes_are_known(view);
            Candidates::of(|profile| usual(profile) && runs(profile))
        }
    }
}

/// Whether the IngressClasses of the cluster are known. Manifests have some of them at most.
fn classes_are_known(view: &dyn View) -> bool {
    view.has_all_classes() && view.class_names().found().is_some_and(|known| !known.is_empty())
}

/// The profiles that own the IngressClasses of `controller`.
fn owners(controller: &str) -> Candidates {
    let owned = |matches: fn(&str, &str) -> bool| {
        Candidates::of(|profile| profile.names.controllers.iter().any(|pattern| matches(pattern, controller)))
    };
    let equal = owned(|name, controller| name == controller);
    if !equal.is_empty() {
        return equal;
    }
    owned(|prefix, controller| prefix.ends_with('/') && controller.starts_with(prefix))
}

/// The candidates by the default class. The API server takes the newest of several default classes (rulebook 2.10), and a
/// manifest does not show which one is the newest.
fn by_default(view: &dyn View) -> Candidates {
    let defaults = view.default_classes().found().unwrap_or_default();
    defaults.iter().map(|class| by_field(class, view)).reduce(Candidates::or).unwrap_or_default()
}
