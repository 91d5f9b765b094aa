//! Kong's ingress controller (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::{EndpointRules, EndpointSource};
use super::names::{ClassUse, Names};
use super::profile::{
    ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile, RefusedHosts,
    SameNumber, ServiceType, Support,
};
use crate::engine::model::Action;

/// A broken backend becomes an upstream without targets. Port names also match names of targetPorts; port numbers match
/// ports only.
pub(super) const KONG: Profile = Profile {
    id: "kong",
    title: "Kong's ingress controller",
    names: Names { controllers: &["ingress-controllers.konghq.com/kong"], classes: &["kong"], ..Names::NONE },
    ports: PortMatching { target_name: true, same_number: SameNumber::First, ..Profile::STRICT.ports },
    other_protocol: OtherProtocol::Ignored,
    // Kong supports one kind of resource, KongServiceFacade, behind a feature gate.
    resource: Action::Off,
    external_name: ExternalName { support: Support::On, port: ExternalPort::Number, refused: RefusedHosts::NOTHING },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp {
            switch: ClusterIpSwitch::Service("ingress.kubernetes.io/service-upstream"),
            headless: Action::Warn,
            unchecked: false,
        }),
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules { source: EndpointSource::AllSlices, ..EndpointRules::STRICT },
    class: ClassUse::Name,
    network_policy: Action::Warn,
    without_backend: "requests get 503",
    ..Profile::STRICT
};
