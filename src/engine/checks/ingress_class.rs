//! The Ingress has no IngressClass that exists, its field and its annotation select different controllers, or the
//! controller does not read the one that is set.

use super::{Applies, Check, Docs, Rule, SubjectFindings};
use crate::engine::controllers::{AnnotationUse, ClassUse, IdentifiedBy, select_alike};
use crate::engine::model::{Action, CheckId, FieldPath, FindingText, Found, annotation_field};
use crate::engine::resolve::Context;
use crate::engine::subject::CLASS_ANNOTATION;
use crate::engine::view::Lookup;
use crate::text::near;

const ID: CheckId = CheckId("ingress-class");

const FIELD: &str = "spec.ingressClassName";
const PERHAPS_UNSERVED: &str = "perhaps no controller serves this Ingress";

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "no IngressClass is found, or the field and the annotation disagree",
    action: Action::Warn,
    when: "warn; nothing if no IngressClass is known",
    docs: Docs {
        what: "The field `spec.ingressClassName` or the annotation `kubernetes.io/ingress.class` names an IngressClass \
               that does not exist. Or the Ingress has neither, and there is no default IngressClass. Or the Ingress has \
               both, and they select different controllers. Or it has only the one of the two that its controller does \
               not read.",
        why: "Perhaps no controller serves the Ingress, and requests get the answer for unknown hosts. If the field and \
              the annotation differ, some controllers use the field and others the annotation.",
        example: "spec:\n  ingressClassName: ngnix    # the class is called nginx",
        fix: "Name an IngressClass that exists (`kubectl get ingressclass` lists them). If both the field and the \
              annotation are set, remove the annotation. If only the annotation is set, set the field instead.",
        options: "`controllers[].profile` states which controller serves a class if no IngressClass identifies it. \
                  `--controller` sets the controller of all Ingresses whose controller nothing else identifies.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::Subject(run),
    elaborate: None,
};

fn run<'r>(context: &'r Context<'_>) -> SubjectFindings<'r> {
    let field = context.subject.class();
    let annotation = context.subject.annotations.get(CLASS_ANNOTATION);
    let by_field = || FieldPath(FIELD.to_owned());
    let found = match (field, annotation) {
        (Some(field), Some(annotation)) if field != annotation && !select_alike(field, annotation, context.view) => {
            Some((by_field(), disagreement(field, annotation)))
        }
        (Some(class), annotation) => {
            let text = unread_field(context, annotation).or_else(|| missing(context, class));
            text.map(|text| (by_field(), text))
        }
        (None, Some(class)) => by_annotation(context, class).map(|text| (annotation_field(CLASS_ANNOTATION), text)),
        (None, None) => unserved(context).map(|text| (by_field(), text)),
    };
    Box::new(found.into_iter().map(|(field, text)| Found::about_subject(ID, field, Action::Warn, || text)))
}

fn disagreement(field: &str, annotation: &str) -> FindingText {
    FindingText {
        reason: format!("ingressClassName \"{field}\" and annotation \"{annotation}\" differ"),
        brief: "; controllers disagree".to_owned(),
        context: format!(": some controllers read the field, some the annotation {CLASS_ANNOTATION}"),
        help: format!("remove the annotation {CLASS_ANNOTATION}"),
        ..FindingText::default()
    }
}

/// The text for an Ingress that has only the annotation. `None` if its controller reads the annotation: a value that
/// belongs to a controller needs no IngressClass.
fn by_annotation(context: &Context<'_>, class: &str) -> Option<FindingText> {
    let (title, version) = (context.profile().title, context.controller.identified.candidates.version());
    let reads = match context.profile().names.annotation_use {
        AnnotationUse::ReadBefore(first) if version.is_some_and(|version| version.is_before(first)) => {
            AnnotationUse::Read
        }
        reads => reads,
    };
    let reason = match reads {
        AnnotationUse::Read if context.controller.identified.by == IdentifiedBy::Annotation => return None,
        AnnotationUse::Read => return missing(context, class),
        AnnotationUse::ReadBefore(version) => format!("{title} has not read this annotation since version {version}"),
        AnnotationUse::Unread => format!("{title} does not read this annotation"),
    };
    Some(unread(reason, "spec.ingressClassName", &format!("the annotation {CLASS_ANNOTATION}")))
}

/// The text for an Ingress that has only the field. `None` if its controller reads the field.
fn unread_field(context: &Context<'_>, annotation: Option<&str>) -> Option<FindingText> {
    let by_class = context.controller.identified.by == IdentifiedBy::Class;
    if context.profile().names.reads_field || annotation.is_some() || !by_class {
        return None;
    }
    let reason = format!("{} does not read spec.ingressClassName", context.profile().title);
    Some(unread(reason, &format!("the annotation {CLASS_ANNOTATION}"), "spec.ingressClassName"))
}

/// The text for an Ingress that names its class where the controller does not look.
fn unread(reason: String, read: &str, unread: &str) -> FindingText {
    FindingText {
        reason,
        brief: format!("; {PERHAPS_UNSERVED}"),
        context: format!("; it reads {read}; {PERHAPS_UNSERVED}"),
        help: format!("set {read} instead of {unread}"),
        ..FindingText::default()
    }
}

/// The text for a class that does not exist. `None` if no IngressClass is known at all, because the classes may not
/// have been read. If the cluster may have others, only a class with a similar name counts.
fn missing(context: &Context<'_>, class: &str) -> Option<FindingText> {
    let known = context.view.class_names().found().filter(|known| !known.is_empty())?;
    if needs_no_ingress_class(context, class) || !matches!(context.view.class(class), Lookup::Absent) {
        return None;
    }
    context.meter.spend(known.len()).ok()?;
    let near = near(class, known.iter().copied());
    if near.is_none() && !context.view.has_all_classes() {
        return None;
    }
    Some(FindingText {
        reason: format!("IngressClass \"{class}\" does not exist"),
        brief: if near.is_some() { String::new() } else { format!("; {PERHAPS_UNSERVED}") },
        context: format!("; the known classes are {}; {PERHAPS_UNSERVED}", listed(&known)),
        hint: near.map(|near| format!("did you mean \"{near}\"?")).unwrap_or_default(),
        help: match near {
            Some(near) => format!("use the IngressClass \"{near}\" instead"),
            None => "use an IngressClass that exists, or create this one".to_owned(),
        },
        ..FindingText::default()
    })
}

/// Whether the controller serves Ingresses of `class` without an IngressClass of that name.
fn needs_no_ingress_class(context: &Context<'_>, class: &str) -> bool {
    match context.profile().class {
        ClassUse::Object | ClassUse::ObjectToStart => false,
        // The default name of the class, or the name that the configuration of Backstop states.
        ClassUse::Name => {
            context.profile().names.classes.contains(&class) || context.controller.identified.by == IdentifiedBy::Config
        }
        ClassUse::Unused => true,
    }
}

/// The text for an Ingress without a class, if IngressClasses exist and none is the default.
fn unserved(context: &Context<'_>) -> Option<FindingText> {
    let known = context.view.class_names().found().filter(|known| !known.is_empty())?;
    let identified = context.controller.identified.by != IdentifiedBy::None;
    if identified
        || !context.view.has_all_classes()
        || !context.view.default_classes().found().is_some_and(|defaults| defaults.is_empty())
    {
        return None;
    }
    Some(FindingText {
        reason: "no ingressClassName, and no default IngressClass".to_owned(),
        brief: format!("; {PERHAPS_UNSERVED}"),
        context: format!("; the known classes are {}; {PERHAPS_UNSERVED}", listed(&known)),
        help: "set spec.ingressClassName".to_owned(),
        ..FindingText::default()
    })
}

/// The first names, and the number of the others.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 16;
    match names.get(SHOWN..) {
        None | Some([]) => names.join(", "),
        Some(rest) => {
            format!("{} and {} more", names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", "), rest.len())
        }
    }
}
