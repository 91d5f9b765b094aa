//! The plan of a random shape, and the objects that follow from it. Every plan gives objects that the API server accepts.

use serde_json::{Value, json};

use super::super::annotations::DEFAULT_BACKEND;
use super::super::parts::{service, slice};
use super::super::{Beside, Class, Rule, Shape};
use super::states::{Backend, Fallback, Host, Kind, Own, Pod, Port, Selector, Slice, Target};
use crate::backends::external_address;

/// The addresses of own slices that each shape may use.
const ADDRESSES: u16 = 8;
/// The highest number of a shape: each has addresses of its own in a network with 65536 addresses.
pub(crate) const MOST: u16 = u16::MAX / ADDRESSES - 1;

/// How a shape is made.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The Service exists.
    pub(super) service: bool,
    pub(super) kind: Kind,
    pub(super) ports: Vec<Port>,
    pub(super) selector: Selector,
    /// The Service publishes addresses that are not ready.
    pub(super) published: bool,
    pub(super) service_annotations: Vec<(&'static str, &'static str)>,
    pub(super) pods: Vec<Pod>,
    pub(super) slices: Vec<Slice>,
    pub(super) own_endpoints: Option<Own>,
    pub(super) backend: Backend,
    pub(super) rule: Rule,
    pub(super) beside: Beside,
    pub(super) class: Class,
    pub(super) annotations: Vec<(&'static str, &'static str)>,
    /// The Service of the annotation `default-backend`.
    pub(super) fallback: Option<Fallback>,
}

impl Plan {
    /// A route that works: a ready Pod behind one unnamed port.
    pub(super) fn plain() -> Self {
        Self {
            service: true,
            kind: Kind::ClusterIp,
            ports: vec![Port::PLAIN],
            selector: Selector::Pods,
            published: false,
            service_annotations: Vec::new(),
            pods: vec![Pod::READY],
            slices: Vec::new(),
            own_endpoints: None,
            backend: Backend::Number(80),
            rule: Rule::prefix("/"),
            beside: Beside::Nothing,
            class: Class::Field,
            annotations: Vec::new(),
            fallback: None,
        }
    }

    /// The shape `id` of this plan. `number` is its number in the cluster.
    pub(super) fn shape(&self, id: &str, number: u16, what: String) -> Shape {
        let mut shape = Shape::new("Random", id, what, &Value::Null);
        shape.right_port = None;
        shape.backend = self.backend.json(id);
        if self.service {
            shape.objects.push(self.service(id, number));
        }
        for (at, pod) in self.pods.iter().enumerate() {
            // Only a Pod with the name of the shape can be deleted.
            let name = if at == 0 { id.to_owned() } else { format!("{id}-{at}") };
            shape.terminating |= at == 0 && pod.is_terminating();
            shape.objects.push(pod.object(id, &name));
        }
        for (at, own) in self.slices.iter().enumerate() {
            shape.objects.push(own_slice(own, id, at, number));
        }
        // For a Service with a selector, the control plane writes this object.
        if let Some(own) = self.own_endpoints.filter(|_| self.selector == Selector::None) {
            shape.objects.push(own.endpoints(id, &address(number, ADDRESSES - 1)));
        }
        shape.annotations = self.annotations.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        if let Some(fallback) = self.fallback {
            shape.objects.extend(fallback.objects(&format!("{id}-default")));
            shape.annotations.push((DEFAULT_BACKEND, format!("{id}-default")));
        }
        if self.beside == Beside::Primary {
            shape.objects.extend(Fallback::Healthy.objects(&format!("{id}-primary")));
        }
        shape.class = self.class;
        // A canary has the host and path of its primary.
        shape.rule = if self.beside == Beside::Primary { Rule::prefix("/") } else { self.rule };
        // A canary of the same Service needs one.
        let canary_of_nothing = self.backend == Backend::Resource && matches!(self.beside, Beside::Canary(..));
        shape.beside(if canary_of_nothing { Beside::Nothing } else { self.beside.clone() })
    }

    fn service(&self, id: &str, number: u16) -> Value {
        let mut service = service(id, &self.ports());
        let spec = &mut service["spec"];
        match self.selector {
            Selector::Pods => {}
            Selector::None => spec["selector"] = Value::Null,
            Selector::Nothing => spec["selector"]["tier"] = "none".into(),
        }
        match self.kind {
            Kind::ClusterIp => {}
            Kind::Headless => spec["clusterIP"] = "None".into(),
            Kind::NodePort => spec["type"] = "NodePort".into(),
            Kind::LoadBalancer => spec["type"] = "LoadBalancer".into(),
            Kind::External(host) => {
                spec["type"] = "ExternalName".into();
                spec["externalName"] = match host {
                    Host::Known => format!("n{number}.external.test"),
                    Host::Unknown => format!("u{number}.unknown.test"),
                    Host::Localhost => "localhost".to_owned(),
                    Host::Address => external_address(number).to_string(),
                }
                .into();
            }
        }
        spec["publishNotReadyAddresses"] = self.published.into();
        for (key, value) in &self.service_annotations {
            service["metadata"]["annotations"][*key] = (*value).into();
        }
        service
    }

    /// The ports of the Service. A Service has no two ports with one number and protocol, or with one name; if it has
    /// several ports, each has a name; only some types need no port.
    fn ports(&self) -> Value {
        let mut ports: Vec<Port> = Vec::new();
        for port in &self.ports {
            if !ports.iter().any(|other| (other.number, other.protocol) == (port.number, port.protocol)) {
                ports.push(*port);
            }
        }
        if ports.is_empty() && !matches!(self.kind, Kind::Headless | Kind::External(_)) {
            ports.push(Port::PLAIN);
        }
        let several = ports.len() > 1;
        let named = |(at, port): (usize, &Port)| {
            let taken = ports[..at].iter().any(|other| other.name == port.name);
            let name = if several && (port.name.is_empty() || taken) { format!("p{at}") } else { port.name.to_owned() };
            let mut object = json!({"port": port.number, "protocol": port.protocol});
            if !name.is_empty() {
                object["name"] = name.into();
            }
            match port.target {
                Target::Same => {}
                Target::Number(number) => object["targetPort"] = number.into(),
                Target::Name(name) => object["targetPort"] = name.into(),
            }
            object
        };
        if ports.is_empty() { Value::Null } else { ports.iter().enumerate().map(named).collect() }
    }
}

/// The address `at` of the shape `number`.
fn address(number: u16, at: u16) -> String {
    let [high, low] = (number * ADDRESSES + at).to_be_bytes();
    format!("10.198.{high}.{low}")
}

/// The own slice `at` of the shape `id`.
fn own_slice(own: &Slice, id: &str, at: usize, number: u16) -> Value {
    let mut object = slice(id, "", &own.ports(), &Value::Null);
    object["metadata"]["name"] = format!("{id}-own-{at}").into();
    object["addressType"] = if own.names { "FQDN" } else { "IPv4" }.into();
    let first = u16::try_from(at).expect("there are few slices") * 3;
    let endpoints = (first..).zip(&own.endpoints).map(|(at, conditions)| {
        let address = if own.names { format!("n{number}.external.test") } else { address(number, at) };
        json!({"addresses": [address], "conditions": conditions.json()})
    });
    object["endpoints"] = endpoints.collect();
    object
}
