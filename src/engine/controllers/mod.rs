//! Ingress controllers: how each one treats backends, and which one serves a subject.
//!
//! A profile is data. A new profile needs a file of its own and one line of [`ALL`].

mod agic;
mod aws_alb;
mod candidates;
mod cilium;
mod contour;
mod endpoint_rules;
mod gce;
mod haproxy_ingress;
mod haproxytech;
mod identify;
mod ingress_nginx;
mod istio;
mod kong;
mod names;
mod nginx_inc;
mod openshift;
mod options;
mod profile;
mod profile_set;
mod rejection;
mod routing;
mod service_type;
mod shape;
mod tailscale;
mod traefik;
mod traefik_nginx;
mod unknown;
mod version;

pub use candidates::Candidates;
pub use endpoint_rules::{Draining, EndpointRules, EndpointSource, NumberlessPort, PortNames, ReadyBy};
pub use identify::{Controller, Identified, IdentifiedBy, class_of, default_class, identify, select_alike};
pub use names::{AnnotationUse, ClassUse, Names};
pub use options::{Assignment, Assignments, ControllerPods, Options, TargetType};
pub use profile::{
    Actions, Annotations, DefaultBackendAnswers, ExternalName, ExternalPort, NumberAsName, OtherProtocol, PortMatching,
    Profile, RefusedHosts, SameNumber, Support, TargetNumber, UndeclaredPort, WrongPort,
};
pub use profile_set::ProfileSet;
pub use rejection::{Rejected, RejectedPlace, RejectedShape, Rejection};
pub use routing::{DefaultBackendUse, Passthrough, RuleHosts, RuleUse, UnusedReferences};
pub use service_type::{Address, Booleans, KubeProxy, LoadBalancer, NodeTargets, ServiceType, Switch, TargetRules};
pub use shape::{Prefixes, Redirect, RedirectNeeds, RedirectValue, Shape};
pub use unknown::UNKNOWN;
pub use version::{MalformedVersion, Version, Versions};

/// Every profile, in the order of the decision table (rulebook 11.1), `unknown` last.
pub const ALL: &[&Profile] = &[
    &ingress_nginx::INGRESS_NGINX,
    &traefik::TRAEFIK,
    &traefik_nginx::TRAEFIK_NGINX,
    &haproxytech::HAPROXYTECH,
    &haproxy_ingress::HAPROXY_INGRESS,
    &contour::CONTOUR,
    &kong::KONG,
    &nginx_inc::NGINX_INC,
    &aws_alb::AWS_ALB,
    &gce::GCE,
    &agic::AGIC,
    &cilium::CILIUM,
    &istio::ISTIO,
    &openshift::OPENSHIFT,
    &tailscale::TAILSCALE,
    &UNKNOWN,
];

/// The profile called `id`.
pub fn by_id(id: &str) -> Option<&'static Profile> {
    ALL.iter().copied().find(|profile| profile.id == id)
}
