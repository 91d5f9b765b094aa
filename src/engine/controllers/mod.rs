//! Ingress controllers: what each does with a backend, and how a subject's controller is identified.

/// What told the controller of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
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
