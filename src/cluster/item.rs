//! An object as the API server sends it, turned into facts while it is decoded.
//!
//! Lists and watches then buffer facts instead of objects, and an object that does not decode is an item like any
//! other: it cannot spoil the page or the stream that it comes in.

use std::borrow::Cow;
use std::marker::PhantomData;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::engine::manifest::{self, Object, Unusable};

/// An object of the kind `K`, of which only the name of the kind is used.
#[derive(Clone, Debug)]
pub(super) struct Item<K> {
    /// Name, namespace and resourceVersion; nothing else is kept.
    meta: ObjectMeta,
    /// The facts, or why there are none.
    pub(super) object: Result<Object, Unusable>,
    /// A Deployment made it, which it repeats, or of which it is an old revision.
    pub(super) of_deployment: bool,
    kind: PhantomData<K>,
}

impl<K> Item<K> {
    /// The namespace; empty for cluster-scoped kinds.
    pub(super) fn namespace(&self) -> &str {
        self.meta.namespace.as_deref().unwrap_or_default()
    }

    /// The name.
    pub(super) fn name(&self) -> &str {
        self.meta.name.as_deref().unwrap_or_default()
    }
}

/// The part of `metadata` that lists and watches themselves need.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    name: Option<String>,
    namespace: Option<String>,
    resource_version: Option<String>,
    #[serde(borrow)]
    owner_references: Option<Vec<Owner<'a>>>,
}

/// The part of an `ownerReference` that tells a Deployment from an operator.
#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(default)]
    kind: &'a str,
}

impl<'de, K: Resource<DynamicType = ()>> Deserialize<'de> for Item<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        let metadata = value.get("metadata").unwrap_or(&Value::Null);
        let Identity { name, namespace, resource_version, owner_references } =
            Identity::deserialize(metadata).map_err(D::Error::custom)?;
        let of_deployment = owner_references.into_iter().flatten().any(|owner| owner.kind == "Deployment");
        if let Some(fields) = value.as_object_mut() {
            // The items of a list do not say what they are.
            fields.insert("kind".to_owned(), K::kind(&()).into());
            fields.insert("apiVersion".to_owned(), K::api_version(&()).into());
        }
        Ok(Self {
            object: manifest::object(&value, namespace.as_deref().unwrap_or_default()),
            of_deployment,
            meta: ObjectMeta { name, namespace, resource_version, ..ObjectMeta::default() },
            kind: PhantomData,
        })
    }
}

impl<K: Resource<DynamicType = ()>> Resource for Item<K> {
    type DynamicType = ();
    type Scope = K::Scope;

    fn kind(kind: &()) -> Cow<'_, str> {
        K::kind(kind)
    }

    fn group(kind: &()) -> Cow<'_, str> {
        K::group(kind)
    }

    fn version(kind: &()) -> Cow<'_, str> {
        K::version(kind)
    }

    fn plural(kind: &()) -> Cow<'_, str> {
        K::plural(kind)
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
    use k8s_openapi::api::core::v1::Service;
    use kube::core::ObjectList;

    use super::*;

    #[test]
    fn one_broken_object_leaves_the_rest_of_the_page() {
        let page: ObjectList<Item<Service>> = serde_json::from_str(
            r#"{"apiVersion":"v1","kind":"ServiceList","metadata":{"resourceVersion":"7"},"items":[
                {"metadata":{"name":"web","namespace":"shop","resourceVersion":"3","managedFields":[{"x":{}}]},"spec":{"ports":[{"port":80}]}},
                {"metadata":{"name":"odd","namespace":"shop"},"spec":{"ports":"none"}}]}"#,
        )
        .unwrap();
        let [web, odd] = &page.items[..] else { panic!("two items") };
        assert!(matches!(&web.object, Ok(Object::Service(at, _)) if at.to_string() == "shop/web"));
        assert_eq!(web.meta.resource_version.as_deref(), Some("3"));
        assert_eq!((odd.namespace(), odd.name()), ("shop", "odd"));
        assert!(odd.object.as_ref().unwrap_err().to_string().contains("Service"));
    }
}
