//! The Canary of Flagger, for which no types are at hand: its names, which is all that lists need of a kind.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::NamespaceResourceScope;

use crate::engine::manifest::{FLAGGER_GROUP, FLAGGER_VERSION};

/// `flagger.app/v1beta1` Canary.
#[derive(Clone, Debug)]
pub(super) struct Canary(ObjectMeta);

impl Resource for Canary {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind(&(): &()) -> Cow<'_, str> {
        "Canary".into()
    }

    fn group(&(): &()) -> Cow<'_, str> {
        FLAGGER_GROUP.into()
    }

    fn version(&(): &()) -> Cow<'_, str> {
        FLAGGER_VERSION.into()
    }

    fn plural(&(): &()) -> Cow<'_, str> {
        "canaries".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.0
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.0
    }
}
