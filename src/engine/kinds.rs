//! The Kubernetes kinds that are read: one row for each.
//!
//! Watches, live reads, lists, the manifests of files, permission checks, metrics, readiness conditions, the RBAC test
//! and the table in `deploy/README.md` follow from the rows. A new kind needs one row here, a decoder in
//! `kinds/object.rs`, a file in `manifest/`, and a place in a view.

mod custom;
mod doubt;
mod list;
mod object;

pub use custom::PodParts;
pub use doubt::{Doubt, doubt_of_object, doubt_of_text};
pub use list::{documents, values};
pub use object::{Identity, Object, Source, Unusable, object, refusal, unread};

/// Whether the objects of a kind belong to namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each object belongs to a namespace.
    Namespaced,
    /// The objects belong to the cluster.
    Cluster,
}

/// Whether a kind is watched, so that an index contains its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// It is always watched, because every judgement needs it.
    Always,
    /// It is watched if the configuration needs it.
    WhereUsed,
    /// It is not watched, only read live or listed, or only read from files.
    Never,
}

/// How a live read requests a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveRead {
    /// One object by its name. Without this permission, no finding denies.
    Get,
    /// The objects of one namespace. Without this permission, warnings have less detail.
    List,
}

impl LiveRead {
    /// The verb of RBAC rules.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
        }
    }
}

/// The properties of one kind.
#[derive(Debug)]
pub struct Row {
    /// The word in `kind`.
    pub name: &'static str,
    /// The word in `apiVersion`, the only version that is read.
    pub api_version: &'static str,
    /// The name of the resource, as in RBAC rules, in paths of the API and in metrics.
    pub plural: &'static str,
    /// Whether its objects belong to namespaces.
    pub scope: Scope,
    /// Whether it is watched.
    pub watched: Watch,
    /// How live reads request it.
    pub live: &'static [LiveRead],
    /// It is a custom resource for which a program creates Services (rulebook 7.15), and which is listed live. A cluster
    /// may not serve its group.
    pub custom: bool,
    /// What is not judged or not known without the permission, for people; `None` if nothing can be judged without it.
    pub without_permission: Option<&'static str>,
    /// Reads one object.
    pub decode: fn(Source<'_>) -> Result<Object, Unusable>,
}

/// A function that is generic over a kind: `KIND` is the number of the kind. A type parameter such as `Item<KIND>`
/// needs the number as a constant.
pub trait ForKind {
    /// The result of the function.
    type Output;

    /// Calls the function for the kind `Kind::ALL[KIND]`.
    fn call<const KIND: usize>(self) -> Self::Output;
}

macro_rules! kinds {
    ($($kind:ident { $($field:ident: $value:expr,)* $(..$base:expr)? })*) => {
        /// A Kubernetes kind that is read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", stringify!($kind), "`; see its row.")] $kind,)*
        }

        impl Kind {
            /// All kinds, in the order of the rows.
            pub const ALL: [Self; [$(stringify!($kind)),*].len()] = [$(Self::$kind),*];

            /// The properties of the kind.
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$kind => &Row { name: stringify!($kind), $($field: $value,)* $(..$base)? },)*
                }
            }

            /// Calls `for_kind` with the number of the kind as a constant.
            pub fn call<F: ForKind>(self, for_kind: F) -> F::Output {
                match self {
                    $(Self::$kind => for_kind.call::<{ Self::$kind as usize }>(),)*
                }
            }
        }
    };
}

kinds! {
    Service {
        api_version: "v1",
        plural: "services",
        scope: Scope::Namespaced,
        watched: Watch::Always,
        live: &[LiveRead::Get],
        custom: false,
        without_permission: None,
        decode: object::service,
    }
    EndpointSlice {
        api_version: "discovery.k8s.io/v1",
        plural: "endpointslices",
        scope: Scope::Namespaced,
        watched: Watch::Always,
        live: &[LiveRead::List],
        custom: false,
        without_permission: None,
        decode: object::endpoint_slice,
    }
    Endpoints {
        api_version: "v1",
        plural: "endpoints",
        scope: Scope::Namespaced,
        watched: Watch::Never,
        // A cluster mirrors it to EndpointSlices (rulebook 3.7.5), so only files are read.
        live: &[],
        custom: false,
        without_permission: Some("the EndpointSlices of the cluster show the same endpoints"),
        decode: object::endpoints,
    }
    Namespace {
        api_version: "v1",
        plural: "namespaces",
        scope: Scope::Cluster,
        watched: Watch::Always,
        live: &[LiveRead::Get],
        custom: false,
        without_permission: Some("the mode in the label of a namespace is not known"),
        decode: object::namespace,
    }
    IngressClass {
        api_version: "networking.k8s.io/v1",
        plural: "ingressclasses",
        scope: Scope::Cluster,
        watched: Watch::Always,
        live: &[],
        custom: false,
        without_permission: Some(
            "the controller of an Ingress is not known, and no finding is more than a warning; --controller or a \
             configuration file (controllers) can name the controller"
        ),
        decode: object::ingress_class,
    }
    Ingress {
        api_version: "networking.k8s.io/v1",
        plural: "ingresses",
        scope: Scope::Namespaced,
        watched: Watch::Always,
        live: &[],
        custom: false,
        without_permission: None,
        decode: object::ingress,
    }
    NetworkPolicy {
        api_version: "networking.k8s.io/v1",
        plural: "networkpolicies",
        scope: Scope::Namespaced,
        watched: Watch::WhereUsed,
        live: &[],
        custom: false,
        without_permission: Some("whether NetworkPolicies admit the controller is not judged"),
        decode: object::network_policy,
    }
    Pod {
        api_version: "v1",
        plural: "pods",
        scope: Scope::Namespaced,
        watched: Watch::Never,
        live: &[LiveRead::List],
        custom: false,
        without_permission: Some("why endpoints are missing or not ready is not known, and ports of Pods are not judged"),
        decode: object::pod,
    }
    Deployment { plural: "deployments", ..WORKLOAD }
    StatefulSet { plural: "statefulsets", ..WORKLOAD }
    DaemonSet { plural: "daemonsets", ..WORKLOAD }
    ReplicaSet { plural: "replicasets", ..WORKLOAD }
    Canary {
        api_version: "flagger.app/v1beta1",
        plural: "canaries",
        scope: Scope::Namespaced,
        watched: Watch::Never,
        live: &[LiveRead::List],
        custom: true,
        without_permission: Some("which Services Flagger creates is not known"),
        decode: custom::custom,
    }
}

/// The row of every workload kind. The kinds differ only in their names.
const WORKLOAD: Row = Row {
    name: "",
    api_version: "apps/v1",
    plural: "",
    scope: Scope::Namespaced,
    watched: Watch::Never,
    live: &[LiveRead::List],
    custom: false,
    without_permission: Some("whether a workload will create the Pods that a Service selects is not known"),
    decode: object::workload,
};

impl Kind {
    /// The kinds of workloads, whose Pod templates are read.
    pub const WORKLOADS: [Self; 4] = [Self::Deployment, Self::StatefulSet, Self::DaemonSet, Self::ReplicaSet];

    /// The kinds that an index contains. Each kind has its own watch.
    pub fn indexed() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.row().watched != Watch::Never)
    }

    /// Whether it is read from files only, because a cluster shows the same facts in another kind.
    pub fn is_in_files_only(self) -> bool {
        self.row().watched == Watch::Never && self.row().live.is_empty()
    }

    /// The word in `kind`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The name of the resource.
    pub fn plural(self) -> &'static str {
        self.row().plural
    }

    /// The API group; empty for the core.
    pub fn group(self) -> &'static str {
        group(self.row().api_version)
    }

    /// The version without the group.
    pub fn version(self) -> &'static str {
        let api_version = self.row().api_version;
        api_version.rsplit_once('/').map_or(api_version, |(_, version)| version)
    }

    /// Whether its objects belong to namespaces.
    pub fn is_namespaced(self) -> bool {
        self.row().scope == Scope::Namespaced
    }

    /// Whether live reads read it in this way.
    pub fn is_read_live(self, how: LiveRead) -> bool {
        self.row().live.contains(&how)
    }
}

/// The API group of an `apiVersion`; empty for the core.
fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests;
