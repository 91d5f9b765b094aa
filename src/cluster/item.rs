//! An object of the API server, which is converted to facts during decoding.
//!
//! So lists and watches buffer facts instead of objects, and watches only the facts that an index contains. An object that cannot be decoded is an item with its name and
//! the reason, so it does not break the page or the stream.

use std::borrow::Cow;

use kube::Resource;
use kube::core::{DynamicResourceScope, ObjectMeta};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::engine::kinds::{Kind, Object, Source, Unusable};
use crate::engine::manifest::Json;

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its namespace; empty for cluster-scoped kinds.
    pub(super) namespace: String,
    /// Its name; empty if the name cannot be decoded either.
    pub(super) name: String,
    /// A Deployment manages the object. A ReplicaSet of a Deployment repeats the Deployment, or is an old revision.
    pub(super) of_deployment: bool,
    /// Its facts, or why it could not be decoded.
    pub(super) object: Result<Object, Unusable>,
    /// Its `metadata.resourceVersion`.
    pub(super) resource_version: Option<String>,
}

/// The fields that lists and watches need.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Identity<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata<'a> {
    name: Option<String>,
    namespace: Option<String>,
    resource_version: Option<String>,
    #[serde(borrow)]
    owner_references: Option<Vec<Owner<'a>>>,
}

/// The fields of an `ownerReference` that identify a Deployment.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Owner<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

impl Item {
    /// Decodes an object of `kind`.
    pub(super) fn read(kind: Kind, json: &str) -> Self {
        let Metadata { name, namespace, resource_version, owner_references } =
            match serde_json::from_str::<Identity<'_>>(json) {
                Ok(Identity { metadata }) => metadata,
                Err(_) => Metadata::default(),
            };
        let namespace = namespace.unwrap_or_default();
        let source = Source { kind, json: Json::Text(json), namespace: &namespace };
        Self {
            object: source.decode(),
            of_deployment: owner_references.into_iter().flatten().any(|owner| owner.kind == "Deployment"),
            name: name.unwrap_or_default(),
            namespace,
            resource_version,
        }
    }
}

/// An object of the kind with this number in the table. The watcher of kube needs a type for each kind.
#[derive(Clone, Debug)]
pub(super) struct WatchedItem<const KIND: usize> {
    pub(super) item: Item,
    /// The name, the namespace and the resourceVersion.
    meta: ObjectMeta,
}

impl<const KIND: usize> WatchedItem<KIND> {
    #[allow(clippy::indexing_slicing, reason = "a number that is too large does not compile")]
    const KIND: Kind = Kind::ALL[KIND];
}

/// The text of the object is borrowed from the text of the page or event. kube parses both from a text, and the API server
/// writes the type of an event before its object.
impl<'de, const KIND: usize> Deserialize<'de> for WatchedItem<KIND> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        let mut item = Item::read(Self::KIND, json.get());
        item.object = item.object.map(Object::into_indexed);
        let meta = ObjectMeta {
            name: Some(item.name.clone()),
            namespace: Some(item.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            resource_version: item.resource_version.take(),
            ..ObjectMeta::default()
        };
        Ok(Self { item, meta })
    }
}

impl<const KIND: usize> Resource for WatchedItem<KIND> {
    type DynamicType = ();
    type Scope = DynamicResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        Self::KIND.name().into()
    }

    fn group((): &()) -> Cow<'_, str> {
        Self::KIND.group().into()
    }

    fn version((): &()) -> Cow<'_, str> {
        Self::KIND.version().into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        Self::KIND.plural().into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}

#[cfg(test)]
mod tests {
    use kube::core::{ObjectList, WatchEvent};
    use rstest::rstest;

    use super::*;

    type Service = WatchedItem<{ Kind::Service as usize }>;

    #[test]
    fn one_undecodable_object_does_not_break_the_page() {
        let page: ObjectList<Service> = serde_json::from_str(
            r#"{"apiVersion":"v1","kind":"ServiceList","metadata":{"resourceVersion":"7"},"items":[
                {"metadata":{"name":"web","namespace":"shop","resourceVersion":"3","managedFields":[{"x":{}}]},"spec":{"ports":[{"port":80}]}},
                {"metadata":{"name":"odd","namespace":"shop"},"spec":{"ports":"none"}}, 7]}"#,
        )
        .unwrap();
        let [web, odd, number] = &page.items[..] else { panic!("three items") };
        assert!(matches!(&web.item.object, Ok(Object::Service(at, _)) if at.to_string() == "shop/web"));
        assert_eq!(web.meta.resource_version.as_deref(), Some("3"));
        assert_eq!((&*odd.item.namespace, &*odd.item.name), ("shop", "odd"));
        assert!(odd.item.object.as_ref().unwrap_err().to_string().contains("Service"));
        assert!(number.item.name.is_empty() && number.item.object.is_err());
    }

    #[test]
    fn the_object_of_an_event_is_read_from_its_text() {
        let event = r#"{"type":"ADDED","object":{"kind":"Service","metadata":{"name":"w\u0065b","namespace":"shop"}}}"#;
        let Ok(WatchEvent::Added(web)) = serde_json::from_str::<WatchEvent<Service>>(event) else { panic!("an event") };
        assert!(matches!(web.item.object, Ok(Object::Service(at, _)) if at.to_string() == "shop/web"));
    }

    #[rstest]
    #[case::deployment(r#"[{"kind":"Deployment"}]"#, true)]
    #[case::operator(r#"[{"kind":"Rollout"},{"name":"x"}]"#, false)]
    #[case::null("null", false)]
    fn objects_of_a_deployment_are_recognized(#[case] owners: &str, #[case] expected: bool) {
        let json = format!(r#"{{"metadata":{{"name":"web-1","namespace":"shop","ownerReferences":{owners}}}}}"#);
        let item = Item::read(Kind::ReplicaSet, &json);
        assert_eq!((item.of_deployment, item.object.is_ok()), (expected, true));
    }
}
