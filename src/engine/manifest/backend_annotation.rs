//! Annotations in JSON that the AWS Load Balancer Controller reads for a backend besides its action: conditions,
//! transforms, and the validation of JSON Web Tokens (rulebook 4.5.5).

mod conditions;
mod jwt_validation;
mod transforms;

use std::collections::BTreeMap;

use ahash::HashMap;

use super::go_json;
use crate::engine::model::Target;
use crate::engine::subject::{ALB_PREFIX, Reference, RefusedAnnotation};
use conditions::conditions;
use jwt_validation::jwt_validation;
use transforms::transforms;

/// With this annotation, a path of the type `ImplementationSpecific` is a pattern.
const PATHS_ARE_PATTERNS: &str = "alb.ingress.kubernetes.io/use-regex-path-match";

/// The annotations that may stop the controller.
#[derive(Debug, Default)]
pub(super) struct BackendAnnotations {
    /// By key.
    suspect: BTreeMap<Box<str>, Suspect>,
    /// A path may be a pattern.
    paths_may_be_patterns: bool,
}

/// An annotation that the controller refuses, or refuses beside some references.
#[derive(Debug)]
struct Suspect {
    /// The Service name of the backends for which the controller reads the annotation; `None` for every backend.
    backend: Option<Box<str>>,
    fault: AnnotationFault,
}

#[derive(Debug)]
enum AnnotationFault {
    /// The controller refuses the annotation, for this reason.
    Refused(String),
    /// The annotation has patterns for the host, for the path, or for both. A rule that states a value for the same
    /// is refused.
    Patterns(Patterns),
}

/// What conditions compare with patterns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Patterns {
    host: bool,
    path: bool,
}

/// What the references to the backends of one name state.
#[derive(Clone, Copy, Debug, Default)]
struct Stated {
    host: bool,
    path: bool,
}

impl BackendAnnotations {
    /// Examines an annotation of an Ingress.
    pub(super) fn insert(&mut self, key: &str, json: &str) {
        self.paths_may_be_patterns |= key == PATHS_ARE_PATTERNS && json != "false";
        let Some(suffix) = key.strip_prefix(ALB_PREFIX) else { return };
        let (backend, fault) = if let Some(name) = suffix.strip_prefix("conditions.") {
            (Some(name.into()), conditions(json))
        } else if let Some(name) = suffix.strip_prefix("transforms.") {
            (Some(name.into()), transforms(json).map(AnnotationFault::Refused))
        } else if suffix == "jwt-validation" {
            (None, jwt_validation(json).map(AnnotationFault::Refused))
        } else {
            return;
        };
        if let Some(fault) = fault {
            self.suspect.insert(key.into(), Suspect { backend, fault });
        }
    }

    /// The annotations that the controller refuses beside these references, sorted by key.
    pub(super) fn refused(self, references: &[Reference], targets: &[Target]) -> Vec<RefusedAnnotation> {
        if self.suspect.is_empty() {
            return Vec::new();
        }
        let mut backends: HashMap<&str, Stated> = HashMap::default();
        for reference in references {
            let target = usize::try_from(reference.target).ok().and_then(|target| targets.get(target));
            let Some(name) = target.and_then(backend_name) else { continue };
            let stated = backends.entry(name).or_default();
            stated.host |= reference.host.is_some();
            stated.path |= reference.path.as_deref().is_some_and(|path| !path.is_empty());
        }
        let refused = self.suspect.into_iter().filter_map(|(key, Suspect { backend, fault })| {
            let stated = match backend {
                Some(name) => backends.get(&*name).copied(),
                None => (!backends.is_empty()).then_some(Stated::default()),
            }?;
            let why = match fault {
                AnnotationFault::Refused(why) => why,
                AnnotationFault::Patterns(Patterns { host: true, .. }) if stated.host => {
                    "it has patterns for the host, and a rule states the host".to_owned()
                }
                AnnotationFault::Patterns(Patterns { path: true, .. })
                    if stated.path && !self.paths_may_be_patterns =>
                {
                    "it has patterns for the path, and a rule states the path".to_owned()
                }
                AnnotationFault::Patterns(_) => return None,
            };
            Some(RefusedAnnotation { key, why })
        });
        refused.collect()
    }
}

/// The name by which annotations belong to a backend.
fn backend_name(target: &Target) -> Option<&str> {
    match target {
        Target::Service(service) => Some(&service.name),
        Target::Action(name) => Some(name),
        Target::Resource { .. } | Target::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::engine::manifest::ingress;

    const HOST_PATTERN: &str = r#"[{"field":"host-header","hostHeaderConfig":{"regexValues":["^a"]}}]"#;
    const PATH_PATTERN: &str = r#"[{"field":"path-pattern","pathPatternConfig":{"regexValues":["^/a"]}}]"#;
    const HOST_VALUE_AND_PATTERN: &str = r#"[{"field":"host-header","hostHeaderConfig":{"values":["a"]}},
        {"field":"host-header","hostHeaderConfig":{"regexValues":["^a"]}}]"#;

    /// Why the annotations of an Ingress with one path are refused.
    fn refused(annotations: &[(&str, &str)], host: Option<&str>, backend: &str) -> Vec<String> {
        let key = |name: &str| format!("alb.ingress.kubernetes.io/{name}");
        let annotations: serde_json::Value = annotations.iter().map(|(name, value)| (key(name), *value)).collect();
        let backend: serde_json::Value = serde_json::from_str(backend).unwrap();
        let json = serde_json::json!({
            "metadata": {"name": "web", "annotations": annotations},
            "spec": {"rules": [{"host": host, "http": {"paths": [{"path": "/", "backend": backend}]}}]},
        });
        let subject = ingress(&json.to_string(), "shop").unwrap();
        subject.refused_annotations().iter().map(|it| it.why.clone()).collect()
    }

    const WEB: &str = r#"{"service":{"name":"web","port":{"number":80}}}"#;
    const ACTION: &str = r#"{"service":{"name":"web","port":{"name":"use-annotation"}}}"#;
    const RESOURCE: &str = r#"{"resource":{"kind":"Bucket","name":"web"}}"#;

    #[rstest]
    #[case::pattern_beside_the_host(&[("conditions.web", HOST_PATTERN)], Some("a.example"), "it has patterns for the host, and a rule states the host")]
    #[case::pattern_without_a_host(&[("conditions.web", HOST_PATTERN)], None, "")]
    #[case::value_and_pattern(&[("conditions.web", HOST_VALUE_AND_PATTERN)], None, "it has both values and patterns")]
    #[case::path_pattern(&[("conditions.web", PATH_PATTERN)], None, "it has patterns for the path, and a rule states the path")]
    #[case::the_path_may_be_a_pattern(&[("conditions.web", PATH_PATTERN), ("use-regex-path-match", "true")], None, "")]
    #[case::another_backend(&[("conditions.api", "{"), ("transforms.api", "{")], None, "")]
    #[case::claim_without_values(
        &[("jwt-validation", r#"{"jwksEndpoint":"a","issuer":"b","additionalClaims":[{"format":"single-string","name":"c"}]}"#)],
        None,
        "additionalClaims[0] needs format, name and values"
    )]
    #[case::sorted(
        &[("transforms.web", r#"[{"type":"x"}]"#), ("conditions.web", r#"[null, {"field":"source-ip"}]"#)],
        None,
        "[1].sourceIPConfig is missing, [0].type is neither url-rewrite nor host-header-rewrite"
    )]
    fn annotations_that_are_refused(
        #[case] annotations: &[(&str, &str)],
        #[case] host: Option<&str>,
        #[case] expected: &str,
    ) {
        assert_eq!(refused(annotations, host, WEB).join(", "), expected);
        assert_eq!(refused(annotations, host, ACTION).join(", "), expected);
        assert_eq!(refused(annotations, host, RESOURCE), Vec::<String>::new());
    }

    /// Keys that the settings of a field do not know are ignored.
    #[test]
    fn the_settings_of_other_fields_are_decoded_and_not_examined() {
        let other = r#"[{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"],"regexValues":7},
            "hostHeaderConfig":{"httpHeaderName":7}}]"#;
        assert_eq!(refused(&[("conditions.web", other)], None, WEB), Vec::<String>::new());
        let misfit = r#"[{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"]},"httpHeaderConfig":{"httpHeaderName":7}}]"#;
        let expected = "[0].httpHeaderConfig.httpHeaderName: expected a text, found 7; put it in quotes";
        assert_eq!(refused(&[("conditions.web", misfit)], None, WEB), [expected]);
    }
}
