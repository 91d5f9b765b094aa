//! No IngressClass tells who serves the Ingress, or two things disagree on it.

use super::scene::{Scene, Words};
use super::{Check, Docs, Rule};
use crate::engine::controllers::{CLASS_ANNOTATION, ClassUse, IdentifiedBy};
use crate::engine::model::{Action, CheckId, Finding};
use crate::engine::view::Lookup;
use crate::text::near;

const ID: CheckId = CheckId("ingress-class");

const FIELD: &str = "spec.ingressClassName";

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "no IngressClass resolves, or field and annotation disagree",
    action: Action::Warn,
    when: "warn; nothing where no IngressClass is known at all",
    docs: Docs {
        what: "`spec.ingressClassName`, or the annotation `kubernetes.io/ingress.class`, names an IngressClass that \
               does not exist; or there is neither, and no default class; or both are there and differ.",
        why: "Perhaps nobody serves the Ingress: requests get whatever answers for unknown hosts. Where both \
                  are set, controllers disagree on which one counts.",
        example: "spec:\n  ingressClassName: ngnix    # the class is called nginx",
        fix: "Name an IngressClass that exists (`kubectl get ingressclass` lists them). Where both are set, \
                  remove the annotation.",
        options: "`controllers[].profile` says which controller serves a class that no IngressClass tells of; \
                  `--controller` does for all that nothing else tells.",
    },
    rule: Rule::Subject(run),
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let field = scene.subject.class.as_deref();
    let annotation = scene.subject.annotation(CLASS_ANNOTATION);
    let (place, words) = match (field, annotation) {
        (Some(field), Some(annotation)) if field != annotation => (FIELD.to_owned(), disagreement(field, annotation)),
        (Some(class), _) => match missing(scene, class) {
            Some(words) => (FIELD.to_owned(), words),
            None => return Vec::new(),
        },
        // Old controllers go by the annotation alone: it tells all where its value is one that they know.
        (None, Some(_)) if scene.controller.identified.by == IdentifiedBy::Annotation => return Vec::new(),
        (None, Some(class)) => match missing(scene, class) {
            Some(words) => (format!("metadata.annotations[{CLASS_ANNOTATION}]"), words),
            None => return Vec::new(),
        },
        (None, None) => match nobody(scene) {
            Some(words) => (FIELD.to_owned(), words),
            None => return Vec::new(),
        },
    };
    vec![scene.finding(ID, place, Action::Warn, words)]
}

fn disagreement(field: &str, annotation: &str) -> Words {
    Words {
        reason: format!("ingressClassName \"{field}\" and annotation \"{annotation}\" differ; controllers disagree"),
        detail: format!(
            "ingressClassName is \"{field}\" and the annotation {CLASS_ANNOTATION} is \"{annotation}\": some \
             controllers go by the one, some by the other"
        ),
        note: "some controllers go by the one, some by the other".to_owned(),
        help: format!("remove the annotation {CLASS_ANNOTATION}"),
    }
}

/// Whether no object of that name is there, while others are: where none is known at all, nobody may have looked.
fn missing(scene: &Scene<'_>, class: &str) -> Option<Words> {
    let known = scene.view.class_names().found().filter(|known| !known.is_empty())?;
    if goes_without_object(scene, class) || !matches!(scene.view.class(class), Lookup::Absent) {
        return None;
    }
    let near = near(class, known.iter().copied());
    let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
    Some(Words {
        reason: match near {
            Some(_) => format!("IngressClass \"{class}\" does not exist{hint}"),
            None => format!("IngressClass \"{class}\" does not exist; perhaps nobody serves this Ingress"),
        },
        detail: format!(
            "IngressClass \"{class}\" does not exist (known classes: {}), and perhaps nobody serves this Ingress{hint}",
            known.join(", ")
        ),
        note: format!("known classes: {}; perhaps nobody serves this Ingress", known.join(", ")),
        help: match near {
            Some(near) => format!("use the IngressClass \"{near}\" instead"),
            None => "use an IngressClass that exists, or create this one".to_owned(),
        },
    })
}

/// Whether the controller serves the class `class` without an object of that name.
fn goes_without_object(scene: &Scene<'_>, class: &str) -> bool {
    match scene.profile().class {
        ClassUse::Object => false,
        // Its own name, or the one that it is run with, as the configuration says.
        ClassUse::Name => {
            scene.profile().names.classes.contains(&class) || scene.controller.identified.by == IdentifiedBy::Config
        }
        ClassUse::Unused => true,
    }
}

/// No class at all, where there are some and none is the default.
fn nobody(scene: &Scene<'_>) -> Option<Words> {
    let known = scene.view.class_names().found().filter(|known| !known.is_empty())?;
    let told = scene.controller.identified.by != IdentifiedBy::None;
    if told || !scene.view.default_classes().found().is_some_and(|defaults| defaults.is_empty()) {
        return None;
    }
    Some(Words {
        reason: "no ingressClassName, and no default IngressClass; perhaps nobody serves it".to_owned(),
        detail: format!(
            "the Ingress names no class, and no class is the default (known classes: {}); perhaps nobody serves it",
            known.join(", ")
        ),
        note: format!("known classes: {}", known.join(", ")),
        help: "set spec.ingressClassName to the class that is to serve it".to_owned(),
    })
}
