//! `networking.k8s.io/v1` Ingress, decoded without copies of fields that are not kept.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::action::{ActionManifest, action};
use super::backend_annotation::BackendAnnotations;
use super::json::Json;
use super::mapping::{mapping, optional_mapping};
use super::misfit::DecodeError;
use super::order::early_rule;
use super::rules::{BackendSpec, Rules, service_target};
use super::string_map::{StringMap, string_map};
use super::text::{Name, Text};
use super::tls_hosts::TlsHosts;
use super::wire::nullable;
use super::writer::{Owners, writer};
use crate::engine::model::{Labels, ObjectName, Place, Target, generated_name};
use crate::engine::programs;
use crate::engine::subject::{
    ACTION_PREFIX, ActionSpec, Annotations, DEFAULT_BACKEND, IngressPart, PathType, Reference, Subject, SubjectKind,
    TargetGroup, TargetSet,
};

/// The fields of an Ingress, borrowed from its JSON text. [`Ingress::into_subject`] converts them to a [`Subject`].
#[derive(Debug, Default, Deserialize)]
pub struct Ingress<'a> {
    #[serde(borrow, default, deserialize_with = "mapping")]
    pub(super) metadata: Meta<'a>,
    #[serde(borrow, default, deserialize_with = "mapping")]
    pub(super) spec: Spec<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta<'a> {
    #[serde(borrow)]
    name: Option<Name<'a>>,
    #[serde(borrow)]
    generate_name: Option<Name<'a>>,
    #[serde(borrow)]
    namespace: Option<Name<'a>>,
    #[serde(borrow, default, deserialize_with = "string_map")]
    labels: Vec<(Text<'a>, Text<'a>)>,
    #[serde(borrow, default, deserialize_with = "string_map")]
    annotations: AnnotationFields<'a>,
    #[serde(borrow, default)]
    owner_references: Owners<'a>,
    deletion_timestamp: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec<'a> {
    #[serde(borrow)]
    ingress_class_name: Option<Name<'a>>,
    #[serde(borrow, default, deserialize_with = "optional_mapping")]
    default_backend: Option<BackendSpec<'a>>,
    #[serde(default, deserialize_with = "nullable")]
    rules: Rules,
    #[serde(default, deserialize_with = "nullable")]
    tls: TlsHosts,
}

/// Decodes an Ingress. `namespace` is used if the object does not state its own.
///
/// # Errors
/// If the text is not JSON, or a needed field has a type that differs from the API.
pub fn ingress(json: &str, namespace: &str) -> Result<Subject, DecodeError> {
    Ok(Ingress::read(Json::Text(json))?.into_subject(namespace))
}

impl<'a> Ingress<'a> {
    /// Decodes an Ingress.
    ///
    /// # Errors
    /// As [`ingress`].
    pub fn read(json: Json<'a>) -> Result<Self, DecodeError> {
        json.read("Ingress")
    }

    /// Converts the Ingress to a subject in `namespace`, whatever the object states. If `namespace` is empty, the object
    /// states its own.
    pub fn into_subject_in(mut self, namespace: &str) -> Subject {
        if !namespace.is_empty() {
            self.metadata.namespace = None;
        }
        self.into_subject(namespace)
    }

    /// Converts the Ingress to a subject. `namespace` is used if the object does not state its own.
    pub fn into_subject(self, namespace: &str) -> Subject {
        let Meta { name, generate_name, namespace: own, labels, annotations, owner_references, deletion_timestamp } =
            self.metadata;
        let Spec { ingress_class_name, default_backend, rules, tls } = self.spec;
        let Rules { count: rule_count, pathless: pathless_rules, mut references, mut targets } = rules;
        let namespace: Arc<str> = own.as_deref().filter(|own| !own.is_empty()).unwrap_or(namespace).into();
        // Targets get their namespace at the end, because those of the rules have none yet.
        let none = Arc::default();
        let default_target = default_backend.map(|backend| targets.insert(backend.target(&none)));
        let actions = annotations.actions.into_iter();
        let actions = actions.map(|(name, action)| (name, action_spec(action, &none, &mut targets)));
        let mut actions: BTreeMap<Box<str>, ActionSpec> = actions.collect();
        let mut targets = targets.into_targets();
        if let Some(target) = default_target {
            let reference = Reference {
                place: Place::Field(&DEFAULT_BACKEND, [0; 2]),
                host: None,
                path: None,
                path_type: PathType::default(),
                target,
            };
            references.insert(0, reference);
            move_to_front(target, &mut targets, &mut references, &mut actions);
        }
        let refused = annotations.of_backends.refused(&references, &targets);
        // The index keeps subjects.
        references.shrink_to_fit();
        for target in &mut targets {
            if let Target::Service(service) = target {
                service.namespace = Arc::clone(&namespace);
            }
        }
        let writer = writer(owner_references, &labels, annotations.program);
        let class = ingress_class_name.map(|name| name.to_owned());
        let name = name.as_deref().filter(|name| !name.is_empty()).map(str::to_owned);
        let generated = || generate_name.as_deref().filter(|start| !start.is_empty()).map(generated_name);
        Subject {
            kind: SubjectKind::INGRESS,
            name: ObjectName::new(&*namespace, name.or_else(generated).unwrap_or_default()),
            labels: labels.into_iter().collect::<Labels>(),
            annotations: annotations.relevant,
            targets,
            references,
            early: annotations.early,
            writer,
            deleting: deletion_timestamp.is_some(),
            ingress: Some(IngressPart {
                class,
                actions,
                refused,
                rule_count,
                pathless_rules,
                has_tls: tls.entries > 0,
                tls_hosts: tls.hosts,
            }),
        }
    }
}

/// Moves a target to the front: the default backend comes before the rules, but may be read after them.
fn move_to_front(
    target: u32,
    targets: &mut [Target],
    references: &mut [Reference],
    actions: &mut BTreeMap<Box<str>, ActionSpec>,
) {
    if let Some(up_to) = usize::try_from(target).ok().and_then(|target| targets.get_mut(..=target)) {
        up_to.rotate_right(1);
    }
    let in_references = references.iter_mut().map(|reference| &mut reference.target);
    let in_actions = actions.values_mut().flat_map(|action| match action {
        ActionSpec::Forward(groups) => groups.as_mut_slice(),
        ActionSpec::Answer | ActionSpec::Refused(_) => &mut [],
    });
    for index in in_references.chain(in_actions.map(|group| &mut group.target)) {
        match (*index).cmp(&target) {
            Ordering::Less => *index += 1,
            Ordering::Equal => *index = 0,
            Ordering::Greater => {}
        }
    }
}

fn action_spec(action: ActionManifest, namespace: &Arc<str>, targets: &mut TargetSet) -> ActionSpec {
    match action {
        ActionManifest::Forward(groups) => {
            let groups = groups.into_iter().map(|group| TargetGroup {
                target: targets.insert(service_target(namespace, &group.service, group.port)),
                idle: group.idle,
            });
            ActionSpec::Forward(groups.collect())
        }
        ActionManifest::Answer => ActionSpec::Answer,
        ActionManifest::Refused(why) => ActionSpec::Refused(why),
    }
}

/// Bytes of all annotations of an object, keys and values together: the API server refuses objects with more
/// (`TotalAnnotationSizeLimitB` in its `apimachinery/pkg/api/validation/objectmeta.go`). A value may itself be JSON.
const MOST_ANNOTATIONS: usize = 256 << 10;

/// The annotations that a judgement reads, decoded. All others are skipped.
#[derive(Debug, Default)]
struct AnnotationFields<'a> {
    relevant: Annotations,
    actions: Vec<(Box<str>, ActionManifest)>,
    of_backends: BackendAnnotations,
    early: bool,
    /// The program that one of the annotations marks.
    program: Option<programs::Index>,
    /// Bytes of the relevant annotations.
    size: usize,
    borrows: PhantomData<&'a str>,
}

impl<'de> StringMap<'de> for AnnotationFields<'de> {
    type Skipped = IgnoredAny;

    fn keeps(key: &str) -> bool {
        Annotations::is_relevant(key) || early_rule(key).is_some() || programs::is_annotation(key)
    }

    fn insert(&mut self, key: Text<'de>, value: Text<'de>) -> Result<(), String> {
        if !Annotations::is_relevant(&key) {
            self.early |= early_rule(&key).is_some_and(|is_early| is_early(&value));
            self.program = self.program.into_iter().chain(programs::by_annotation(&key, &value)).min();
            return Ok(());
        }
        self.size = self.size.saturating_add(key.len()).saturating_add(value.len());
        if self.size > MOST_ANNOTATIONS {
            return Err(format!("at most {MOST_ANNOTATIONS} bytes are allowed"));
        }
        self.relevant.insert(&key, &value);
        if let Some(name) = key.strip_prefix(ACTION_PREFIX) {
            self.actions.push((name.into(), action(&value)));
        } else {
            self.of_backends.insert(&key, &value);
        }
        Ok(())
    }

    fn finish(&mut self) {
        self.relevant.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::{Part, PortRef};

    #[test]
    fn decodes_the_needed_fields_and_skips_the_others() {
        let subject = ingress(
            r#"{"metadata":{"name":"web","labels":null,"managedFields":[{"x":1}],
                 "annotations":{"nginx.ingress.kubernetes.io/canary":"true","kubectl.kubernetes.io/last-applied-configuration":"{}"}},
                "spec":{"ingressClassName":"nginx","defaultBackend":{"service":{"name":"all","port":{"name":"http"}}},
                 "rules":[{"host":"a.example","http":{"paths":[
                   {"path":"/","pathType":"Prefix","backend":{"service":{"name":"we\u0062","port":{"number":80}}}},
                   {"backend":{"resource":{"apiGroup":"k","kind":"Bucket","name":"b"}}},
                   {"backend":{}}]}},
                   {"host":"only.example"}]}}"#,
            "shop",
        )
        .unwrap();
        assert_eq!(subject.name.to_string(), "shop/web");
        assert_eq!(subject.class(), Some("nginx"));
        assert_eq!(subject.annotations.get("nginx.ingress.kubernetes.io/canary"), Some("true"));
        let targets: Vec<&Target> =
            subject.references.iter().filter_map(|reference| subject.target(reference)).collect();
        assert_eq!(
            targets,
            [
                &service_target(&"shop".into(), "all", PortRef::Name("http".into())),
                &service_target(&"shop".into(), "web", PortRef::Number(80)),
                &Target::Resource { group: "k".into(), kind: "Bucket".into(), name: "b".into() },
                &Target::Nothing,
            ]
        );
        assert_eq!(
            subject.references[1].place.field(Part::ServiceName).to_string(),
            "spec.rules[0].http.paths[0].backend.service.name"
        );
    }

    /// Files and watches are decoded from values, reviews from text. Both must give the same subject.
    #[test]
    fn a_value_and_its_text_give_the_same_subject() {
        let json = serde_json::json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "web", "labels": {"a": "b"}, "deletionTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"nginx.ingress.kubernetes.io/canary": "true", "argocd.argoproj.io/sync-wave": "-1", "x": "y"}},
            "spec": {"ingressClassName": "nginx", "defaultBackend": {"resource": {"kind": "Bucket", "name": "b"}},
                "rules": [{"host": "a.example", "http": {"paths": [
                    {"path": "/\u{e9}\n", "backend": {"service": {"name": "web", "port": {"number": 80}}}}, {"path": null, "backend": {"resource": {"kind": "K"}}}]}}]},
        });
        let subject = Ingress::read(Json::Tree(&json)).unwrap().into_subject("shop");
        assert_eq!(subject, ingress(&json.to_string(), "shop").unwrap());
        assert!(subject.early && subject.deleting && subject.references.len() == 3, "{subject:?}");
    }

    /// The API server writes the fields in one order; a file may have any order.
    #[test]
    fn the_order_of_fields_makes_no_difference() {
        let backend = |name: &str| format!(r#"{{"service":{{"name":"{name}","port":{{"number":80}}}}}}"#);
        let rule = |name: &str| format!(r#""http":{{"paths":[{{"backend":{}}}]}}"#, backend(name));
        let metadata = r#""metadata":{"namespace":"own","annotations":{"alb.ingress.kubernetes.io/actions.a":
            "{\"type\":\"forward\",\"forwardConfig\":{\"targetGroups\":[{\"serviceName\":\"last\",\"servicePort\":80,\"weight\":1},{\"serviceName\":\"two\",\"servicePort\":80,\"weight\":1}]}}"}}"#;
        for default in ["new", "one", "two"] {
            let default = format!(r#""defaultBackend":{}"#, backend(default));
            let (one, two) = (rule("one"), rule("two"));
            let usual = format!(
                r#"{{{metadata},"spec":{{{default},"rules":[{{"host":"a.example",{one}}},{{"host":"b.example",{two}}}]}}}}"#
            );
            let reversed = format!(
                r#"{{"spec":{{"rules":[{{{one},"host":"a.example"}},{{{two},"host":"b.example"}}],{default}}},{metadata}}}"#
            );
            let subject = ingress(&usual, "shop").unwrap();
            assert_eq!(subject, ingress(&reversed, "shop").unwrap());
            assert_eq!(subject.references[0].target, 0);
            assert_eq!(subject.references[2].host.as_deref(), Some("b.example"));
            let services = subject.targets.iter().filter_map(Target::service);
            assert!(services.clone().all(|target| &*target.namespace == "own"), "{subject:?}");
            let names: Vec<&str> = services.map(|target| &*target.name).collect();
            assert_eq!(names.last(), Some(&"last"), "{names:?}");
            let Some(ActionSpec::Forward(groups)) = subject.action("a") else { panic!("{subject:?}") };
            let named: Vec<&str> = groups.iter().map(|group| names[usize::try_from(group.target).unwrap()]).collect();
            assert_eq!(named, ["last", "two"]);
        }
    }

    #[test]
    fn a_wrong_type_is_an_error_and_names_kind_and_field() {
        for (key, wrong) in [("spec", serde_json::json!({"rules": "none"})), ("metadata", "web".into())] {
            let mut json = serde_json::json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"}});
            json[key] = wrong;
            let error = Ingress::read(Json::Tree(&json)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("cannot read it as an Ingress: {key}")), "{error}");
        }
        let error = ingress(r#"{"spec":{"rules":"none"}}"#, "shop").unwrap_err();
        assert!(error.to_string().starts_with("cannot read it as an Ingress: "), "{error}");
    }

    /// serde would take a list of the values of the fields, and a field that is written twice.
    #[test]
    fn lists_and_repeated_fields_are_errors() {
        let rule = |rule: &str| format!(r#"{{"spec":{{"rules":[{rule}]}}}}"#);
        let backend = |backend: &str| rule(&format!(r#"{{"http":{{"paths":[{{"backend":{backend}}}]}}}}"#));
        for (json, expected) in [
            ("[]".to_owned(), "expected a mapping, found a list"),
            (r#"{"metadata":[]}"#.to_owned(), "metadata: expected a mapping, found a list"),
            (r#"{"spec":["nginx"]}"#.to_owned(), "spec: expected a mapping, found a list"),
            (r#"{"spec":{"defaultBackend":[]}}"#.to_owned(), "spec.defaultBackend: expected a mapping, found a list"),
            (rule("[]"), "spec.rules[0]: expected a mapping, found a list"),
            (rule(r#"{"http":[]}"#), "spec.rules[0].http: expected a mapping, found a list"),
            (rule(r#"{"http":{"paths":[["/"]]}}"#), "spec.rules[0].http.paths[0]: expected a mapping, found a list"),
            (backend("[]"), "spec.rules[0].http.paths[0].backend: expected a mapping, found a list"),
            (
                backend(r#"{"service":{"name":"web","port":["http",80]}}"#),
                "spec.rules[0].http.paths[0].backend.service.port: expected a mapping, found a list",
            ),
            (rule(r#"{"host":"a","host":null}"#), "spec.rules[0]: duplicate field `host`"),
            (rule(r#"{"http":{},"http":null}"#), "spec.rules[0]: duplicate field `http`"),
            (rule(r#"{"http":{"paths":[],"paths":[]}}"#), "spec.rules[0].http: duplicate field `paths`"),
        ] {
            assert_eq!(ingress(&json, "shop").unwrap_err().message, expected, "{json}");
        }
    }
}
