//! `spec.rules` and the backends of an Ingress.
//!
//! An Ingress may have tens of thousands of paths. Each becomes a reference as soon as it is read, so that neither the
//! text nor a decoded form of all paths has to be kept beside the references.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::mapping::{mapping, optional_mapping};
use super::text::{Name, Text};
use super::wire::nullable;
use crate::engine::model::{Place, PortRef, ServiceTarget, Target, USE_ANNOTATION};
use crate::engine::subject::{PathType, PathlessRule, RULE_PATH, Reference, TargetSet};

/// The references of all rules.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The number of rules.
    pub(super) count: usize,
    /// The rules without paths.
    pub(super) pathless: Vec<PathlessRule>,
    /// The references, in the order of the object.
    pub(super) references: Vec<Reference>,
    /// The targets of the references. They lack the namespace, which the object may state after its rules.
    pub(super) targets: TargetSet,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum RuleField {
    Host,
    Http,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum HttpField {
    Paths,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum PathField {
    Path,
    PathType,
    Backend,
    #[serde(other)]
    Other,
}

/// The backend of a path. `null` is a backend without fields.
#[derive(Deserialize)]
#[serde(transparent)]
struct PathBackend<'a>(#[serde(borrow, deserialize_with = "mapping")] BackendSpec<'a>);

/// A backend of a path, or the default backend.
#[derive(Debug, Default, Deserialize)]
pub(super) struct BackendSpec<'a> {
    #[serde(borrow, default, deserialize_with = "optional_mapping")]
    service: Option<ServiceBackend<'a>>,
    #[serde(borrow, default, deserialize_with = "optional_mapping")]
    resource: Option<Resource<'a>>,
}

#[derive(Debug, Default, Deserialize)]
struct ServiceBackend<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    name: Name<'a>,
    #[serde(borrow, default, deserialize_with = "mapping")]
    port: ServicePortRef<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct ServicePortRef<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    name: Name<'a>,
    #[serde(default, deserialize_with = "nullable")]
    number: i32,
}

#[derive(Debug, Default, Deserialize)]
struct Resource<'a> {
    #[serde(rename = "apiGroup", borrow, default, deserialize_with = "nullable")]
    group: Name<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    kind: Name<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    name: Name<'a>,
}

impl BackendSpec<'_> {
    /// The target of the backend. A Service is in `namespace`: an Ingress cannot refer to another namespace (rulebook
    /// 2.6).
    pub(super) fn target(&self, namespace: &Arc<str>) -> Target {
        match (&self.service, &self.resource) {
            (Some(service), _) if !service.name.is_empty() => match port(&service.port) {
                PortRef::Name(name) if *name == *USE_ANNOTATION => Target::Action((*service.name).into()),
                port => service_target(namespace, &service.name, port),
            },
            (_, Some(Resource { group, kind, name })) => {
                Target::Resource { group: (**group).into(), kind: (**kind).into(), name: (**name).into() }
            }
            _ => Target::Nothing,
        }
    }
}

/// A port of the Service `name`.
pub(super) fn service_target(namespace: &Arc<str>, name: &str, port: PortRef) -> Target {
    Target::Service(ServiceTarget { namespace: Arc::clone(namespace), name: name.into(), port })
}

fn port(port: &ServicePortRef<'_>) -> PortRef {
    match (&*port.name, port.number) {
        ("", 0) => PortRef::Unset,
        ("", number) => PortRef::Number(number),
        (name, _) => PortRef::Name(name.into()),
    }
}

/// The type of a path. The API server refuses other values; no controller can know them.
fn path_type_of(text: Option<&str>) -> PathType {
    match text {
        Some("Exact") => PathType::Exact,
        Some("Prefix") => PathType::Prefix,
        _ => PathType::ImplementationSpecific,
    }
}

/// The index of a list entry, in the integer type of places.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RulesVisitor;

        impl<'de> Visitor<'de> for RulesVisitor {
            type Value = Rules;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rules: A) -> Result<Rules, A::Error> {
                let (mut all, namespace) = (Rules::default(), Arc::default());
                while rules.next_element_seed(RuleReader { all: &mut all, namespace: &namespace })?.is_some() {
                    all.count += 1;
                }
                Ok(all)
            }
        }

        deserializer.deserialize_seq(RulesVisitor)
    }
}

/// Reads one rule into `all`.
struct RuleReader<'r> {
    all: &'r mut Rules,
    /// The placeholder for the namespace of targets.
    namespace: &'r Arc<str>,
}

impl<'de> DeserializeSeed<'de> for RuleReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RuleReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self { all, namespace } = self;
        let first = all.references.len();
        let (mut host, mut read_http) = (None, None);
        while let Some(field) = fields.next_key()? {
            match field {
                RuleField::Host => set_once(&mut host, "host", fields.next_value::<Option<Text<'de>>>()?)?,
                RuleField::Http => {
                    fields.next_value_seed(HttpReader { all: &mut *all, namespace })?;
                    set_once(&mut read_http, "http", ())?;
                }
                RuleField::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        // The host may follow the paths.
        let host = host.flatten().filter(|host| !host.is_empty()).map(|host| Arc::from(&*host));
        if all.references.len() == first {
            all.pathless.push(PathlessRule { rule: index(all.count), host });
        } else if host.is_some() {
            all.references.iter_mut().skip(first).for_each(|reference| reference.host.clone_from(&host));
        }
        Ok(())
    }
}

/// Reads the `http` of a rule into `all`. `null` means that the rule has no paths.
struct HttpReader<'r> {
    all: &'r mut Rules,
    namespace: &'r Arc<str>,
}

impl<'de> DeserializeSeed<'de> for HttpReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for HttpReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self { all, namespace } = self;
        let mut read_paths = None;
        while let Some(field) = fields.next_key()? {
            match field {
                HttpField::Paths => {
                    fields.next_value_seed(PathsReader { all: &mut *all, namespace })?;
                    set_once(&mut read_paths, "paths", ())?;
                }
                HttpField::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Reads the `paths` of a rule into `all`. `null` is an empty list.
struct PathsReader<'r> {
    all: &'r mut Rules,
    namespace: &'r Arc<str>,
}

impl<'de> DeserializeSeed<'de> for PathsReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for PathsReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut paths: A) -> Result<(), A::Error> {
        let Self { all, namespace } = self;
        let rule = index(all.count);
        let mut count = 0;
        while paths.next_element_seed(PathReader { all: &mut *all, namespace, at: [rule, index(count)] })?.is_some() {
            count += 1;
        }
        Ok(())
    }
}

/// Reads one path into `all`.
struct PathReader<'r> {
    all: &'r mut Rules,
    namespace: &'r Arc<str>,
    /// The index of the rule, and the index of the path in the rule.
    at: [u32; 2],
}

impl<'de> DeserializeSeed<'de> for PathReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PathReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self { all, namespace, at } = self;
        let (mut path, mut path_type, mut target) = (None, None, None);
        while let Some(field) = fields.next_key()? {
            match field {
                PathField::Path => {
                    let text = fields.next_value::<Option<Text<'de>>>()?;
                    set_once(&mut path, "path", text.map(Box::from))?;
                }
                PathField::PathType => {
                    let text = fields.next_value::<Option<Text<'de>>>()?;
                    set_once(&mut path_type, "pathType", path_type_of(text.as_deref()))?;
                }
                PathField::Backend => {
                    let PathBackend(backend) = fields.next_value()?;
                    set_once(&mut target, "backend", backend.target(namespace))?;
                }
                PathField::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        all.references.push(Reference {
            place: Place::Field(&RULE_PATH, at),
            host: None,
            path: path.flatten(),
            path_type: path_type.unwrap_or_default(),
            target: all.targets.insert(target.unwrap_or(Target::Nothing)),
        });
        Ok(())
    }
}

/// Sets the value of a field.
///
/// # Errors
/// If the field has a value already.
fn set_once<T, E: Error>(field: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    match field.replace(value) {
        Some(_) => Err(E::duplicate_field(name)),
        None => Ok(()),
    }
}
