//! The names by which an Ingress selects a controller (rulebook 4.1).

use super::Version;

/// The names by which an Ingress selects a controller.
#[derive(Debug)]
pub struct Names {
    /// Values of `IngressClass.spec.controller`. A value that ends with `/` is a prefix. A value of another profile
    /// that is equal comes before a prefix.
    pub controllers: &'static [&'static str],
    /// Names of classes that may belong to the controller if no IngressClass of that name exists. The field and the
    /// annotation may contain them. Several controllers may have the same name.
    pub classes: &'static [&'static str],
    /// Values of the annotation `kubernetes.io/ingress.class` that select the controller if no IngressClass of that
    /// name exists. They mean nothing in the field.
    pub annotation: &'static [&'static str],
    /// Whether the controller reads the annotation `kubernetes.io/ingress.class`.
    pub annotation_use: AnnotationUse,
    /// The key of an annotation of the controller's own that names a class. No other controller reads it.
    pub own_annotation: Option<&'static str>,
    /// The controller reads `spec.ingressClassName`.
    pub reads_field: bool,
    /// The repositories of the images of the controller, or their ends after a `/` (rulebook 4.2.5).
    pub images: &'static [&'static str],
}

impl Names {
    /// No name selects the controller.
    pub(super) const NONE: Self = Self {
        controllers: &[],
        classes: &[],
        annotation: &[],
        annotation_use: AnnotationUse::Read,
        own_annotation: None,
        reads_field: true,
        images: &[],
    };
}

impl Names {
    /// Whether images of the controller are in `repository`.
    pub(super) fn have_image(&self, repository: &str) -> bool {
        self.images.iter().any(|known| {
            let before = repository.strip_suffix(known);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
    }
}

/// Whether a controller reads the annotation `kubernetes.io/ingress.class`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationUse {
    /// The controller reads the annotation.
    Read,
    /// The controller reads the annotation in versions before this one, and only the field from this version on.
    ReadBefore(Version),
    /// The controller reads only the field.
    Unread,
}

/// How a controller uses IngressClasses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassUse {
    /// The IngressClass must exist.
    Object,
    /// The controller does not start without its IngressClass.
    ObjectToStart,
    /// The controller compares the name of the class only: the IngressClass need not exist.
    Name,
    /// The controller ignores classes.
    Unused,
}
