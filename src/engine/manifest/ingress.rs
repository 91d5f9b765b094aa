//! `networking.k8s.io/v1` Ingress, decoded without copying what is not kept.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::action::actions;
use super::misfit::DecodeError;
use super::order::order;
use super::wire::nullable;
use crate::engine::model::{Backend, Labels, Location, ObjectName, PortRef, Subject, SubjectKind, Target};

/// Annotations that change what a controller does with an Ingress (rulebook 11.3), or what Backstop does.
const RELEVANT_ANNOTATIONS: [&str; 3] =
    ["kubernetes.io/ingress.class", "projectcontour.io/ingress.class", "nginx.org/mergeable-ingress-type"];
const RELEVANT_PREFIXES: [&str; 4] =
    ["nginx.ingress.kubernetes.io/", "alb.ingress.kubernetes.io/", "traefik.ingress.kubernetes.io/", "backstop.dev/"];
/// Names behind the `/` that count whatever stands before it: the prefix of ingress-nginx can be changed, and others
/// use the same names.
const RELEVANT_NAMES: [&str; 13] = [
    "app-root",
    "canary",
    "configuration-snippet",
    "default-backend",
    "location-snippets",
    "permanent-redirect",
    "redirect-to",
    "request-redirect",
    "server-snippet",
    "server-snippets",
    "service-upstream",
    "temporal-redirect",
    "use-cluster-ip",
];

/// A string, borrowed where it has no escapes. (serde borrows a bare `Cow`, but not one inside an `Option`.)
#[derive(Debug, Default, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl From<Text<'_>> for Box<str> {
    fn from(text: Text<'_>) -> Self {
        text.0.into()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// An Ingress as the API writes it, borrowed from its JSON text: one step before a [`Subject`].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ingress<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub(super) metadata: Meta<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    pub(super) spec: Spec<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Meta<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    labels: Pairs<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    annotations: Annotations<'a>,
    deletion_timestamp: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Spec<'a> {
    #[serde(borrow)]
    ingress_class_name: Option<Text<'a>>,
    #[serde(borrow)]
    default_backend: Option<BackendSpec<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    rules: Vec<Rule<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rule<'a> {
    #[serde(borrow)]
    host: Option<Text<'a>>,
    #[serde(borrow)]
    http: Option<Http<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Http<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    paths: Vec<HttpPath<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HttpPath<'a> {
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    backend: BackendSpec<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BackendSpec<'a> {
    #[serde(borrow)]
    service: Option<ServiceBackend<'a>>,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ServiceBackend<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    name: Text<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    port: ServicePortRef<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ServicePortRef<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    name: Text<'a>,
    #[serde(deserialize_with = "nullable")]
    number: i32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    kind: Text<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    name: Text<'a>,
}

/// Decodes an Ingress. `namespace` counts where the object does not say its own.
///
/// # Errors
/// If the text is no JSON, or a field that matters has another type than the API gives it.
pub fn ingress(json: &str, namespace: &str) -> Result<Subject, DecodeError> {
    match serde_json::from_str::<Ingress<'_>>(json) {
        Ok(wire) => Ok(wire.into_subject(namespace)),
        Err(error) => Err(match serde_json::from_str::<Value>(json) {
            Ok(value) => DecodeError::of::<Ingress<'_>>(&value, "", "Ingress"),
            Err(_) => DecodeError::syntax(&error, "Ingress"),
        }),
    }
}

impl Ingress<'_> {
    /// Converts the Ingress to a subject. `namespace` is used if the object does not state its own.
    pub fn into_subject(self, namespace: &str) -> Subject {
        let own = self.metadata.namespace.as_deref().filter(|own| !own.is_empty());
        Subject {
            kind: SubjectKind::Ingress,
            name: ObjectName::new(own.unwrap_or(namespace), self.metadata.name.as_deref().unwrap_or_default()),
            ruled: !self.spec.rules.is_empty(),
            backends: backends(&self.spec),
            actions: actions(&self.metadata.annotations.kept),
            class: self.spec.ingress_class_name.map(|name| name.0.into_owned()),
            early: self.metadata.annotations.early,
            annotations: self.metadata.annotations.kept,
            labels: self.metadata.labels.0.into_iter().collect::<Labels>(),
            deleting: self.metadata.deletion_timestamp.is_some(),
        }
    }
}

fn backends(spec: &Spec<'_>) -> Vec<Backend> {
    let paths = |rule: &Rule<'_>| rule.http.as_ref().map_or(0, |http| http.paths.len());
    let count = usize::from(spec.default_backend.is_some()) + spec.rules.iter().map(paths).sum::<usize>();
    let mut backends = Vec::with_capacity(count);
    backends.extend(spec.default_backend.iter().map(|backend| Backend {
        location: Location::DefaultBackend,
        host: None,
        path: None,
        target: target(backend),
    }));
    for (rule, spec) in spec.rules.iter().enumerate() {
        let paths = spec.http.iter().flat_map(|http| http.paths.iter()).enumerate();
        backends.extend(paths.map(|(path, http)| Backend {
            location: Location::Path { rule, path },
            host: spec.host.as_deref().filter(|host| !host.is_empty()).map(str::to_owned),
            path: http.path.as_deref().map(str::to_owned),
            target: target(&http.backend),
        }));
    }
    backends
}

fn target(backend: &BackendSpec<'_>) -> Target {
    match (&backend.service, &backend.resource) {
        (Some(service), _) if !service.name.is_empty() => {
            Target::Service { name: service.name.to_owned(), port: port(&service.port) }
        }
        (_, Some(resource)) => Target::Resource { kind: resource.kind.to_owned(), name: resource.name.to_owned() },
        _ => Target::Nothing,
    }
}

fn port(port: &ServicePortRef<'_>) -> PortRef {
    match (&*port.name, port.number) {
        ("", 0) => PortRef::Unset,
        ("", number) => PortRef::Number(number),
        (name, _) => PortRef::Name(name.to_owned()),
    }
}

/// All pairs of a string map, which are few: configuration says which labels matter.
#[derive(Debug, Default)]
struct Pairs<'a>(Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()? {
                    pairs.push((key, value.unwrap_or_default()));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}

/// The annotations that are worth keeping, and what the others say that matters; most are skipped unread.
#[derive(Debug, Default)]
struct Annotations<'a> {
    kept: BTreeMap<String, String>,
    early: bool,
    borrows: PhantomData<&'a str>,
}

/// Whether a judgement reads the annotation `key`.
fn is_relevant(key: &str) -> bool {
    let name = || key.rsplit_once('/').map_or("", |(_, name)| name);
    RELEVANT_ANNOTATIONS.contains(&key)
        || RELEVANT_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || RELEVANT_NAMES.contains(&name())
}

impl<'de: 'a, 'a> Deserialize<'de> for Annotations<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnnotationsVisitor;

        impl<'de> Visitor<'de> for AnnotationsVisitor {
            type Value = Annotations<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut annotations = Annotations::default();
                while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
                    if is_relevant(&key) {
                        let value: Option<String> = map.next_value()?;
                        annotations.kept.insert(key.into_owned(), value.unwrap_or_default());
                    } else if let Some(is_early) = order(&key) {
                        let value: Option<Text<'de>> = map.next_value()?;
                        annotations.early |= is_early(&value.unwrap_or_default());
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(annotations)
            }
        }

        deserializer.deserialize_map(AnnotationsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::manifest::{Object, object};

    #[test]
    fn reads_what_matters_and_skips_the_rest() {
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
        assert_eq!(subject.class.as_deref(), Some("nginx"));
        assert_eq!(subject.annotations.len(), 1);
        let targets: Vec<&Target> = subject.backends.iter().map(|backend| &backend.target).collect();
        assert_eq!(
            targets,
            [
                &Target::Service { name: "all".into(), port: PortRef::Name("http".into()) },
                &Target::Service { name: "web".into(), port: PortRef::Number(80) },
                &Target::Resource { kind: "Bucket".into(), name: "b".into() },
                &Target::Nothing,
            ]
        );
        assert_eq!(
            subject.backends[1].location.field("service.name").to_string(),
            "spec.rules[0].http.paths[0].backend.service.name"
        );
    }

    /// Files and watches come as values, reviews as text: both are read alike.
    #[test]
    fn a_value_is_read_as_its_text_is() {
        let json = serde_json::json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "web", "labels": {"a": "b"}, "deletionTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"nginx.ingress.kubernetes.io/canary": "true", "argocd.argoproj.io/sync-wave": "-1", "x": "y"}},
            "spec": {"ingressClassName": "nginx", "defaultBackend": {"resource": {"kind": "Bucket", "name": "b"}},
                "rules": [{"host": "a.example", "http": {"paths": [
                    {"path": "/\u{e9}\n", "backend": {"service": {"name": "web", "port": {"number": 80}}}}, {"path": null, "backend": {"resource": {"kind": "K"}}}]}}]},
        });
        let Ok(Object::Ingress(subject)) = object(&json, "shop") else { panic!("it is an Ingress") };
        assert_eq!(subject, ingress(&json.to_string(), "shop").unwrap());
        assert!(subject.early && subject.deleting && subject.backends.len() == 3, "{subject:?}");
    }

    #[test]
    fn a_wrong_type_is_an_error_and_names_kind_and_field() {
        for (key, wrong) in [("spec", serde_json::json!({"rules": "none"})), ("metadata", "web".into())] {
            let mut json = serde_json::json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"}});
            json[key] = wrong;
            let error = object(&json, "shop").unwrap_err().to_string();
            assert!(error.starts_with(&format!("cannot read it as an Ingress: {key}")), "{error}");
        }
        let error = ingress(r#"{"spec":{"rules":"none"}}"#, "shop").unwrap_err();
        assert!(error.to_string().starts_with("cannot read it as an Ingress: "), "{error}");
    }
}
