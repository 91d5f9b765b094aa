//! Kong's ingress controller (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::{EndpointRules, EndpointSource};
use super::names::{ClassUse, Names};
use super::profile::{
    Annotations, ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile, RefusedHosts, SameNumber, Support,
};
use super::service_type::{Address, Booleans, KubeProxy, ServiceType, Switch};
use crate::engine::model::Action;

/// A broken backend becomes an upstream without targets. Port names also match names of targetPorts; port numbers match
/// ports only.
pub(super) const KONG: Profile = Profile {
    id: "kong",
    title: "Kong's ingress controller",
    names: Names {
        controllers: &["ingress-controllers.konghq.com/kong"],
        classes: &["kong"],
        images: &["kong/kubernetes-ingress-controller"],
        ..Names::NONE
    },
    ports: PortMatching { target_name: true, same_number: SameNumber::First, ..Profile::STRICT.ports },
    other_protocol: OtherProtocol::Ignored,
    // Kong supports one kind of resource, behind a feature gate.
    resources: &[("incubator.ingress-controller.konghq.com", "KongServiceFacade")],
    external_name: ExternalName { support: Support::On, port: ExternalPort::Number, refused: RefusedHosts::NOTHING },
    service_type: ServiceType {
        kube_proxy: &[KubeProxy {
            switch: Switch::Annotations {
                service: &["ingress.kubernetes.io/service-upstream"],
                ingress: &[],
                values: Booleans::Word,
            },
            address: Address::DnsName,
            // The resolver of the gateway may read the port of the Pods from an SRV record.
            headless: Action::Audit,
            unchecked: false,
        }],
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules { source: EndpointSource::AllSlices, ..EndpointRules::STRICT },
    class: ClassUse::Name,
    annotations: Annotations {
        // A plugin may answer or redirect before the gateway chooses a target. The route needs no Service.
        answering: &["plugins"],
        ..Profile::STRICT.annotations
    },
    network_policy: Action::Warn,
    without_backend: "requests get 503",
    ..Profile::STRICT
};
