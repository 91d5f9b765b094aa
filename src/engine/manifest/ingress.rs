//! `networking.k8s.io/v1` Ingress, decoded without copying what is not kept.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::wire::nullable;
use crate::engine::model::{Backend, Labels, Location, ObjectName, PortRef, Subject, SubjectKind, Target};

/// Why an object could not be decoded: the JSON error, with the kind that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read it as {expected}: {message}")]
pub struct DecodeError {
    /// What the object should have been.
    pub expected: String,
    /// What the decoder says.
    pub message: String,
}

/// Annotations that change what a controller does with an Ingress (rulebook 11.3), or what Backstop does.
const RELEVANT_ANNOTATIONS: [&str; 3] =
    ["kubernetes.io/ingress.class", "projectcontour.io/ingress.class", "nginx.org/mergeable-ingress-type"];
const RELEVANT_PREFIXES: [&str; 4] =
    ["nginx.ingress.kubernetes.io/", "alb.ingress.kubernetes.io/", "traefik.ingress.kubernetes.io/", "backstop.dev/"];
/// Labels that exempt: cert-manager's solvers (rulebook 7.9).
const RELEVANT_LABELS: [&str; 1] = ["acme.cert-manager.io/http01-solver"];

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Ingress<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    spec: Spec<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    namespace: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "nullable")]
    labels: Kept<'a, LabelKeys>,
    #[serde(borrow, deserialize_with = "nullable")]
    annotations: Kept<'a, AnnotationKeys>,
    deletion_timestamp: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    ingress_class_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    default_backend: Option<BackendSpec<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    rules: Vec<Rule<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rule<'a> {
    #[serde(borrow)]
    host: Option<Cow<'a, str>>,
    #[serde(borrow)]
    http: Option<Http<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    paths: Vec<HttpPath<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HttpPath<'a> {
    #[serde(borrow)]
    path: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "nullable")]
    backend: BackendSpec<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BackendSpec<'a> {
    #[serde(borrow)]
    service: Option<ServiceBackend<'a>>,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ServiceBackend<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    name: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "nullable")]
    port: ServicePortRef<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ServicePortRef<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    name: Cow<'a, str>,
    #[serde(deserialize_with = "nullable")]
    number: i32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    kind: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "nullable")]
    name: Cow<'a, str>,
}

/// Decodes an Ingress. `namespace` counts where the object does not say its own.
///
/// # Errors
/// If the text is no JSON, or a field that matters has another type than the API gives it.
pub fn ingress(json: &str, namespace: &str) -> Result<Subject, DecodeError> {
    let wire: Ingress<'_> = serde_json::from_str(json)
        .map_err(|error| DecodeError { expected: "an Ingress".to_owned(), message: error.to_string() })?;
    let name = wire.metadata.name.unwrap_or_default();
    let namespace = wire.metadata.namespace.filter(|own| !own.is_empty()).unwrap_or(Cow::Borrowed(namespace));
    Ok(Subject {
        kind: SubjectKind::Ingress,
        name: ObjectName::new(namespace, name),
        backends: backends(&wire.spec),
        class: wire.spec.ingress_class_name.map(Cow::into_owned),
        annotations: wire.metadata.annotations.pairs,
        labels: wire.metadata.labels.pairs.into_iter().collect::<Labels>(),
        deleting: wire.metadata.deletion_timestamp.is_some(),
    })
}

fn backends(spec: &Spec<'_>) -> Vec<Backend> {
    let default = spec.default_backend.iter().map(|backend| Backend {
        location: Location::DefaultBackend,
        host: None,
        path: None,
        target: target(backend),
    });
    let paths = spec.rules.iter().enumerate().flat_map(|(rule, spec)| {
        let paths = spec.http.iter().flat_map(|http| http.paths.iter()).enumerate();
        paths.map(move |(path, http)| Backend {
            location: Location::Path { rule, path },
            host: spec.host.as_deref().filter(|host| !host.is_empty()).map(str::to_owned),
            path: http.path.as_deref().map(str::to_owned),
            target: target(&http.backend),
        })
    });
    default.chain(paths).collect()
}

fn target(backend: &BackendSpec<'_>) -> Target {
    match (&backend.service, &backend.resource) {
        (Some(service), _) if !service.name.is_empty() => {
            Target::Service { name: service.name.to_string(), port: port(&service.port) }
        }
        (_, Some(resource)) => Target::Resource { kind: resource.kind.to_string(), name: resource.name.to_string() },
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

/// Which keys of a map are worth keeping.
trait Keys {
    fn keeps(key: &str) -> bool;
}

struct LabelKeys;

impl Keys for LabelKeys {
    fn keeps(key: &str) -> bool {
        RELEVANT_LABELS.contains(&key)
    }
}

struct AnnotationKeys;

impl Keys for AnnotationKeys {
    fn keeps(key: &str) -> bool {
        RELEVANT_ANNOTATIONS.contains(&key) || RELEVANT_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
    }
}

/// The pairs of a string map whose keys `K` keeps; the others are skipped unread.
struct Kept<'a, K> {
    pairs: BTreeMap<String, String>,
    borrows: std::marker::PhantomData<(&'a str, K)>,
}

impl<K> Default for Kept<'_, K> {
    fn default() -> Self {
        Self { pairs: BTreeMap::new(), borrows: std::marker::PhantomData }
    }
}

impl<'de: 'a, 'a, K: Keys> Deserialize<'de> for Kept<'a, K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<K>(std::marker::PhantomData<K>);

        impl<'de, K: Keys> Visitor<'de> for Pairs<K> {
            type Value = BTreeMap<String, String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = BTreeMap::new();
                while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
                    if K::keeps(&key) {
                        let value: Option<String> = map.next_value()?;
                        pairs.insert(key.into_owned(), value.unwrap_or_default());
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(pairs)
            }
        }

        let pairs = deserializer.deserialize_map(Pairs::<K>(std::marker::PhantomData))?;
        Ok(Self { pairs, borrows: std::marker::PhantomData })
    }
}

/// A map key, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_wrong_type_is_an_error_and_names_the_kind() {
        let error = ingress(r#"{"spec":{"rules":"none"}}"#, "shop").unwrap_err();
        assert!(error.to_string().starts_with("cannot read it as an Ingress: "), "{error}");
    }
}
