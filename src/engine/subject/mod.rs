//! Subjects: the objects under judgement, in a form that does not depend on their kind.
//!
//! The parts that only one kind of subject has are in the file of that kind. A new kind of subject needs a file of its
//! own, a decoder, and the checks that are only about this kind.

mod annotations;
mod ingress;
mod neighbour;
mod references;
mod writer;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub use annotations::{Annotations, is_boolean, is_true};
pub use ingress::{
    ACTION_PREFIX, ALB_PREFIX, ActionSpec, CLASS_ANNOTATION, DEFAULT_BACKEND, IngressPart, PathlessRule, RULE_PATH,
    RefusedAnnotation, TargetGroup,
};
pub use neighbour::{Hosts, Neighbour, NeighbourClass, hosts_of_targets, service_targets, shared_targets};
pub use references::{PathType, Reference, TargetSet};
pub use writer::{Owner, Writer};

use super::model::{FieldPath, FindingField, Labels, ObjectName, Target};

/// The kind of a subject, as the API writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKind(pub &'static str);

impl SubjectKind {
    /// `networking.k8s.io/v1` Ingress.
    pub const INGRESS: Self = Self("Ingress");
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A place in a subject that a finding is about.
#[derive(Clone, Debug)]
pub struct FoundPlace<'s> {
    /// The path of the field.
    pub field: FieldPath,
    /// The reference that the field belongs to; `None` if the finding is about the subject as a whole.
    pub reference: Option<&'s Reference>,
}

/// An object whose references are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The kind of the object.
    pub kind: SubjectKind,
    /// The namespace and name of the object.
    pub name: ObjectName,
    /// The labels of the object. The configuration may exempt subjects by any of them.
    pub labels: Labels,
    /// The annotations that a judgement reads.
    pub annotations: Annotations,
    /// The distinct targets of the references and of the actions, in the order in which they first occur.
    pub targets: Vec<Target>,
    /// The references, in the order of the object.
    pub references: Vec<Reference>,
    /// The annotations make Argo CD or Helm apply the subject before the other objects of its release (rulebook 7.3.3,
    /// 7.5.5).
    pub early: bool,
    /// The program that writes the subject or creates its Services, if the metadata of the subject show one.
    pub writer: Option<Box<Writer>>,
    /// `metadata.deletionTimestamp` is set (gate G3).
    pub deleting: bool,
    /// The parts that only an Ingress has.
    pub ingress: Option<IngressPart>,
}

impl Subject {
    /// The target of `reference`.
    pub fn target(&self, reference: &Reference) -> Option<&Target> {
        self.targets.get(usize::try_from(reference.target).ok()?)
    }

    /// The reference with this index.
    pub fn reference(&self, index: u32) -> Option<&Reference> {
        self.references.get(usize::try_from(index).ok()?)
    }

    /// `spec.ingressClassName` of an Ingress. An empty string is a set value (rulebook 2.11).
    pub fn class(&self) -> Option<&str> {
        self.ingress.as_ref()?.class.as_deref()
    }

    /// The action that the annotations of an Ingress define under `name`.
    pub fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.ingress.as_ref()?.actions.get(name)
    }

    /// The annotations of an Ingress that the AWS Load Balancer Controller refuses besides actions.
    pub fn refused_annotations(&self) -> &[RefusedAnnotation] {
        self.ingress.as_ref().map_or(&[], |ingress| &ingress.refused)
    }

    /// The Services that the actions of an Ingress forward to, of all actions.
    pub fn target_groups(&self) -> impl Iterator<Item = &TargetGroup> {
        let actions = self.ingress.iter().flat_map(|ingress| ingress.actions.values());
        actions.flat_map(|action| match action {
            ActionSpec::Forward(groups) => groups.as_slice(),
            ActionSpec::Answer | ActionSpec::Refused(_) => &[],
        })
    }

    /// The annotation `key` of an Ingress; `None` for any other subject, on which controllers do not read it.
    pub fn ingress_annotation(&self, key: &str) -> Option<&str> {
        self.ingress.as_ref().and_then(|_| self.annotations.get(key))
    }

    /// Whether an annotation of an Ingress that is called `name` is true, whatever its prefix; never for any other subject.
    pub fn has_true_annotation(&self, name: &str) -> bool {
        self.ingress.is_some() && self.annotations.has_true(name)
    }

    /// Returns an estimate of the heap memory of the subject, in bytes: its lists and texts.
    pub fn heap_bytes(&self) -> usize {
        let target = |target: &Target| size_of::<Target>() + target.heap_bytes();
        let reference = |reference: &Reference| {
            let texts = [reference.host.as_deref(), reference.path.as_deref()];
            size_of::<Reference>() + texts.into_iter().flatten().map(str::len).sum::<usize>()
        };
        self.ingress.as_ref().map_or(0, IngressPart::heap_bytes)
            + self.labels.heap_bytes()
            + self.annotations.heap_bytes()
            + self.writer.as_ref().map_or(0, |writer| writer.heap_bytes())
            + self.targets.iter().map(target).sum::<usize>()
            + self.references.iter().map(reference).sum::<usize>()
    }

    /// The namespaces that a judgement looks at, each once: the namespace of the subject, which holds its mode, and the
    /// namespaces of its targets.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        let own = self.name.namespace.as_str();
        let of_targets = self.targets.iter().filter_map(Target::service).map(|target| &target.namespace);
        // Thousands of targets may share one namespace.
        let mut last: Option<&Arc<str>> = None;
        let distinct =
            of_targets.filter(|namespace| !last.replace(namespace).is_some_and(|it| Arc::ptr_eq(it, namespace)));
        // The set takes no memory if there is no other namespace, which is the rule.
        let others: BTreeSet<&str> =
            distinct.map(|namespace| &**namespace).filter(|namespace| *namespace != own).collect();
        std::iter::once(own).chain(others)
    }

    /// The places that a finding with this field and these references is about: one for each reference, or the one field
    /// with the first of the references.
    pub fn places<'s>(
        &'s self,
        field: &'s FindingField,
        references: &'s [u32],
    ) -> impl Iterator<Item = FoundPlace<'s>> {
        let (part, at) = match field {
            FindingField::Reference(part) => (Some(*part), None),
            FindingField::At(field) => (None, Some(field)),
        };
        let references = references.iter().filter_map(|index| self.reference(*index));
        let of_references = references.clone().filter_map(move |reference| {
            part.map(|part| FoundPlace { field: reference.place.field(part), reference: Some(reference) })
        });
        let mut first = references;
        let of_field = at.map(|field| FoundPlace { field: field.clone(), reference: first.next() });
        of_references.chain(of_field)
    }

    /// Whether the subject is an Ingress with rules: some controllers then ignore its default backend (rulebook 2.5).
    pub fn has_rules(&self) -> bool {
        self.ingress.as_ref().is_some_and(|ingress| ingress.rule_count > 0)
    }
}
