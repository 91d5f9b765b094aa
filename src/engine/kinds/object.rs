//! Decodes one object to facts, by its `apiVersion` and `kind`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::custom::{PodParts, maker_of_services, pod_parts};
use super::{Kind, group};
use crate::engine::manifest::{
    DecodeError, EndpointSlice, Endpoints, Head, Ingress, IngressClassSpec, Json, Manifest, NetworkPolicySpec, NoSpec,
    OTHER_POLICY_GROUPS, Pod, ServiceSpec, WithSpec, WorkloadSpec, class_facts, is_hook, mirrored_slices,
    namespace_facts, network_policy_facts, pod_facts, refused_ingress, service_facts, slice_facts, workload_facts,
};
use crate::engine::model::{
    ClassFacts, CustomFacts, MakerFacts, MakerKind, NamespaceFacts, NetworkPolicyFacts, ObjectName, PodFacts,
    ServiceFacts, SliceFacts, Target, WorkloadFacts, is_generated_name,
};
use crate::engine::programs;
use crate::engine::subject::{Neighbour, Reference, Subject};
use crate::text::{NO_MAPPING, near};

/// The facts of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// An Ingress: a subject.
    Ingress(Arc<Subject>),
    /// The part of an Ingress that an index contains, with the namespace of the Ingress.
    Neighbour(String, Arc<Neighbour>),
    /// A Service.
    Service(ObjectName, ServiceFacts),
    /// An EndpointSlice, with its own name and the name of its Service.
    Slice(ObjectName, String, SliceFacts),
    /// Core Endpoints, as the EndpointSlices that Kubernetes makes of it. It has the name of its Service.
    Endpoints(ObjectName, Vec<SliceFacts>),
    /// A Pod, with its namespace.
    Pod(String, PodFacts),
    /// A workload, with its namespace.
    Workload(String, WorkloadFacts),
    /// An IngressClass, with its name.
    Class(String, ClassFacts),
    /// A Namespace, with its name.
    Namespace(String, NamespaceFacts),
    /// A NetworkPolicy that isolates Pods for incoming traffic.
    NetworkPolicy(ObjectName, NetworkPolicyFacts),
    /// A custom resource for which a program creates Services, with its namespace. It may create Pods, too, such as a
    /// Service of Knative.
    Maker(String, MakerFacts, Box<PodParts>),
    /// An object of a kind that has no row, with its namespace. It may create Pods, or decide the replicas of a workload.
    Custom(String, CustomFacts),
    /// An object of an API group whose policies can overrule NetworkPolicies.
    OtherPolicy,
    /// An object of this kind that exists but cannot be read: see [`unread`].
    Unread(Kind, ObjectName),
    /// An object of a kind that no judgement needs, or an object without facts, such as a slice that is being deleted.
    Other,
}

/// The identity of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity<'a> {
    /// The row of its kind; `None` for a custom resource of a kind that has no row, such as a Rollout, or a Service of Knative.
    pub kind: Option<Kind>,
    /// The word in `kind`.
    pub kind_name: &'a str,
    /// Its namespace; empty if its kind belongs to the cluster.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl Identity<'_> {
    /// Whether the API server will generate the name: two objects with this identity get different names.
    pub fn is_generated(&self) -> bool {
        is_generated_name(self.name)
    }
}

impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind_name, namespace, name, .. } = self;
        let separator = if namespace.is_empty() { "" } else { "/" };
        write!(f, "{kind_name} {namespace}{separator}{name}")
    }
}

impl Object {
    /// Returns an estimate of the memory of the facts, in bytes. Pods, workloads and EndpointSlices come in long lists, so
    /// the estimate includes their labels and ports. For other kinds, the estimate is the size of the structure.
    pub fn heap_bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Pod(_, facts) => facts.labels.heap_bytes() + facts.spec.heap_bytes(),
                Self::Workload(_, facts) => facts.template_labels.heap_bytes() + facts.template_spec.heap_bytes(),
                Self::Slice(_, _, facts) => size_of_val(&*facts.ports),
                _ => 0,
            }
    }

    /// The part of the object that an index contains. The object may be much larger.
    #[must_use]
    pub fn into_indexed(self) -> Self {
        match self {
            Self::Ingress(subject) => {
                Self::Neighbour(subject.name.namespace.clone(), Arc::new(Neighbour::of(&subject)))
            }
            other => other,
        }
    }

    /// Returns the identity of an object that a judgement needs; `None` for any other object.
    pub fn identity(&self) -> Option<Identity<'_>> {
        let (kind, namespace, name) = match self {
            Self::Ingress(subject) => (Kind::Ingress, &*subject.name.namespace, &*subject.name.name),
            Self::Neighbour(namespace, neighbour) => (Kind::Ingress, &**namespace, &*neighbour.name),
            Self::Service(at, _) => (Kind::Service, &*at.namespace, &*at.name),
            Self::Slice(at, ..) => (Kind::EndpointSlice, &*at.namespace, &*at.name),
            Self::Endpoints(at, _) => (Kind::Endpoints, &*at.namespace, &*at.name),
            Self::Pod(namespace, facts) => (Kind::Pod, &**namespace, &*facts.name),
            Self::Workload(namespace, facts) => {
                let kind = Kind::WORKLOADS.into_iter().find(|kind| kind.name() == facts.kind);
                return Some(Identity { kind, kind_name: &facts.kind, namespace, name: &facts.name });
            }
            Self::Class(name, _) => (Kind::IngressClass, "", &**name),
            Self::Namespace(name, _) => (Kind::Namespace, "", &**name),
            Self::NetworkPolicy(at, _) => (Kind::NetworkPolicy, &*at.namespace, &*at.name),
            Self::Maker(namespace, facts, _) => {
                let maker = facts.kind.maker;
                let is_row = |kind: &Kind| kind.name() == maker.kind && kind.group() == maker.group;
                let kind = Kind::ALL.into_iter().find(is_row);
                return Some(Identity { kind, kind_name: maker.kind, namespace, name: &facts.name });
            }
            Self::Unread(kind, at) => (*kind, &*at.namespace, &*at.name),
            Self::Custom(..) | Self::OtherPolicy | Self::Other => return None,
        };
        Some(Identity { kind: Some(kind), kind_name: kind.name(), namespace, name })
    }
}

/// Why a manifest cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no Kubernetes object, such as the values of a chart, a JSON patch, or `package.json`.
    #[error("it is no Kubernetes object")]
    NoObject,
    /// It is a list that contains Kubernetes objects, such as the `items` of a `List` without the `List`.
    #[error("{NO_MAPPING}")]
    List,
    /// It looks like a Kubernetes object, and has no `kind`.
    #[error("it is no Kubernetes object: it has no \"kind\"")]
    NoKind,
    /// It has no `metadata.name`.
    #[error("{0} has no metadata.name")]
    NoName(String),
    /// It has no `apiVersion`.
    #[error("apiVersion is missing: use {supported}")]
    NoVersion {
        /// The version to use.
        supported: &'static str,
    },
    /// Its kind differs from a known kind only in upper and lower case.
    #[error("there is no kind \"{kind}\": use {meant}")]
    Kind {
        /// The kind of the object.
        kind: String,
        /// The known kind.
        meant: &'static str,
    },
    /// Its version is no longer served, not yet known, or does not exist.
    #[error("{kind} of {api_version} is not supported: use {supported}")]
    Version {
        /// The kind.
        kind: String,
        /// The version of the object.
        api_version: String,
        /// The version to use.
        supported: &'static str,
    },
    /// A needed field has the wrong type.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It can be read, and the API server would not store it.
    #[error("the API server refuses it: {}", .0.message)]
    Refused(DecodeError),
}

/// An object before it is decoded.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Its kind.
    pub kind: Kind,
    /// The object itself. It may omit its kind and version.
    pub json: Json<'a>,
    /// The namespace of an object that does not state its own.
    pub namespace: &'a str,
}

impl Source<'_> {
    /// Decodes the object. The result is [`Object::Other`] for an object without facts.
    ///
    /// # Errors
    /// [`Unusable::NoName`], [`Unusable::Decode`].
    pub fn decode(self) -> Result<Object, Unusable> {
        (self.kind.row().decode)(self)
    }

    fn read<T: Manifest>(self) -> Result<(ObjectName, T), Unusable> {
        let mut manifest: T = self.json.read(self.kind.name())?;
        let metadata = manifest.metadata();
        metadata.complete_name();
        if metadata.name.is_empty() {
            return Err(Unusable::NoName(self.kind.name().to_owned()));
        }
        let namespace = if metadata.namespace.is_empty() { self.namespace } else { &metadata.namespace };
        Ok((ObjectName::new(namespace, metadata.name.clone()), manifest))
    }
}

/// Decodes one object (not a `List`) by its own kind and version. `namespace` is used if the object does not state its
/// own.
///
/// # Errors See [`Unusable`]. A kind that no judgement needs gives [`Object::Other`] and never an error.
pub fn object(value: &Value, namespace: &str) -> Result<Object, Unusable> {
    if value.as_array().is_some_and(|items| items.iter().any(looks_like_an_object)) {
        return Err(Unusable::List);
    }
    if !looks_like_an_object(value) {
        return Err(Unusable::NoObject);
    }
    let Head { kind, api_version, .. } = Head::of(value);
    if kind.is_empty() {
        return Err(Unusable::NoKind);
    }
    if is_hook(value) {
        return Ok(Object::Other);
    }
    let pods = || pod_parts(value, kind, group(api_version), namespace);
    match reader(kind, value.get("apiVersion"))? {
        Reader::Kind(kind) => Source { kind, json: Json::Tree(value), namespace }.decode(),
        Reader::Maker(maker) => maker_of_services(Json::Tree(value), maker, namespace, pods().1),
        Reader::OtherPolicy => Ok(Object::OtherPolicy),
        Reader::None => Ok(match pods() {
            (namespace, PodParts { workload: Some(facts), .. }) => Object::Workload(namespace, facts),
            (namespace, PodParts { custom: Some(facts), .. }) => Object::Custom(namespace, facts),
            _ => Object::Other,
        }),
    }
}

/// Why the API server would refuse an object that [`object`] can read; `None` if nothing is known to be wrong with it.
pub fn refusal(value: &Value, object: &Object) -> Option<Unusable> {
    let Object::Ingress(_) = object else { return None };
    refused_ingress(value).map(Unusable::Refused)
}

/// Whether a value has at least two of the fields that all Kubernetes objects have. The files of other programs have one
/// of them at most: `Chart.yaml` has an `apiVersion`, and the values of a chart may have a `kind`.
fn looks_like_an_object(value: &Value) -> bool {
    ["apiVersion", "kind", "metadata", "spec"].iter().filter(|field| value.get(field).is_some()).count() > 1
}

pub(super) fn service(source: Source<'_>) -> Result<Object, Unusable> {
    let (name, WithSpec { metadata, spec }) = source.read::<WithSpec<ServiceSpec>>()?;
    Ok(Object::Service(name, service_facts(&metadata.annotations, spec)))
}

pub(super) fn endpoint_slice(source: Source<'_>) -> Result<Object, Unusable> {
    let (name, slice) = source.read::<EndpointSlice>()?;
    let service = slice.service().map(str::to_owned);
    Ok(match (service, slice_facts(slice)) {
        (Some(service), Some(facts)) => Object::Slice(name, service, facts),
        _ => Object::Other,
    })
}

pub(super) fn endpoints(source: Source<'_>) -> Result<Object, Unusable> {
    let (name, endpoints) = source.read::<Endpoints>()?;
    Ok(mirrored_slices(endpoints).map_or(Object::Other, |slices| Object::Endpoints(name, slices)))
}

pub(super) fn namespace(source: Source<'_>) -> Result<Object, Unusable> {
    let (ObjectName { name, .. }, WithSpec { metadata, .. }) = source.read::<WithSpec<NoSpec>>()?;
    let facts = namespace_facts(&name, metadata.labels);
    Ok(Object::Namespace(name, facts))
}

pub(super) fn ingress_class(source: Source<'_>) -> Result<Object, Unusable> {
    let (ObjectName { name, .. }, WithSpec { metadata, spec }) = source.read::<WithSpec<IngressClassSpec>>()?;
    Ok(Object::Class(name, class_facts(&metadata.annotations, spec)))
}

pub(super) fn ingress(source: Source<'_>) -> Result<Object, Unusable> {
    let subject = Ingress::read(source.json)?.into_subject(source.namespace);
    if subject.name.name.is_empty() {
        return Err(Unusable::NoName(source.kind.name().to_owned()));
    }
    let is_empty = |reference: &&Reference| subject.target(reference) == Some(&Target::Nothing);
    if let Some(empty) = subject.references.iter().find(is_empty) {
        let fault = "it names neither a service nor a resource: give it service.name and service.port";
        return Err(DecodeError::invalid(source.kind.name(), empty.field(), fault).into());
    }
    Ok(Object::Ingress(Arc::new(subject)))
}

pub(super) fn network_policy(source: Source<'_>) -> Result<Object, Unusable> {
    let (name, WithSpec { spec, .. }) = source.read::<WithSpec<NetworkPolicySpec>>()?;
    Ok(network_policy_facts(spec).map_or(Object::Other, |facts| Object::NetworkPolicy(name, facts)))
}

pub(super) fn pod(source: Source<'_>) -> Result<Object, Unusable> {
    let (ObjectName { namespace, .. }, pod) = source.read::<Pod>()?;
    Ok(Object::Pod(namespace, pod_facts(pod)))
}

pub(super) fn workload(source: Source<'_>) -> Result<Object, Unusable> {
    let (ObjectName { namespace, name }, WithSpec { spec, .. }) = source.read::<WithSpec<WorkloadSpec>>()?;
    Ok(Object::Workload(namespace, workload_facts(source.kind.group(), source.kind.name(), name, spec)))
}

/// The kind and name of an object that [`object`] could not read; `None` if they are not known. The namespace is empty
/// for a cluster-scoped kind.
pub fn unread(value: &Value, namespace: &str) -> Option<Object> {
    let head = Head::of(value);
    let kind = Kind::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(head.kind))?;
    let namespace = if kind.is_namespaced() { head.namespace_or(namespace) } else { "" };
    (!head.name.is_empty()).then(|| Object::Unread(kind, ObjectName::new(namespace, head.name)))
}

/// The reader of an object.
enum Reader {
    /// The decoder of this kind.
    Kind(Kind),
    /// The decoder of custom resources without a row, for which a program creates Services.
    Maker(MakerKind),
    /// No reader, but policies of its group can overrule NetworkPolicies.
    OtherPolicy,
    /// No reader.
    None,
}

/// The reader of an object of `kind` and `api_version`. Another API group may have its own Service (Knative) or Ingress
/// (`OpenShift`), which is not an error. A missing or misspelt version is an error, because the object would be ignored
/// otherwise.
fn reader(kind: &str, api_version: Option<&Value>) -> Result<Reader, Unusable> {
    let text: Cow<'_, str> = match api_version {
        Some(Value::String(text)) => text.into(),
        None | Some(Value::Null) => "".into(),
        Some(other) => other.to_string().into(),
    };
    let group = group(&text);
    let known = |custom: bool| Kind::ALL.into_iter().filter(move |kind| kind.row().custom == custom);
    if let Some(custom) = known(true).find(|known| known.name() == kind && known.group() == group) {
        return Ok(Reader::Kind(custom));
    }
    if let Some(maker) = programs::maker(group, kind) {
        return Ok(Reader::Maker(maker));
    }
    let is_meant = |known: &Kind| known.name().eq_ignore_ascii_case(kind) && may_mean(group, known.group());
    let Some(meant) = known(false).find(is_meant) else {
        return Ok(if OTHER_POLICY_GROUPS.contains(&group) { Reader::OtherPolicy } else { Reader::None });
    };
    if kind != meant.name() {
        return Err(Unusable::Kind { kind: kind.to_owned(), meant: meant.name() });
    }
    let supported = meant.row().api_version;
    match text {
        text if text == supported => Ok(Reader::Kind(meant)),
        text if text.is_empty() => Err(Unusable::NoVersion { supported }),
        text => Err(Unusable::Version { kind: kind.to_owned(), api_version: text.into_owned(), supported }),
    }
}

/// Whether `group` is `own`, or is probably a mistake for a group of Kubernetes. The API server requires a dot in the
/// groups of custom resources.
fn may_mean(group: &str, own: &str) -> bool {
    !group.contains('.') || ["networking.k8s.io", "discovery.k8s.io"].contains(&group) || near(group, [own]).is_some()
}
