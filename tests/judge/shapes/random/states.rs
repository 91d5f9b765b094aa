//! The states of the parts of a random shape.

use serde_json::{Value, json};

use super::super::parts::{lone_pod, meta, pods, service};

/// The type of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ClusterIp,
    Headless,
    NodePort,
    LoadBalancer,
    External(Host),
}

/// What an ExternalName Service names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A name with an address.
    Known,
    /// A name that DNS does not know.
    Unknown,
    Localhost,
    /// An address.
    Address,
}

/// A port of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// Empty: the port has no name.
    pub(super) name: &'static str,
    pub(super) number: u16,
    pub(super) target: Target,
    pub(super) protocol: &'static str,
}

impl Port {
    pub(super) const PLAIN: Self = Self { name: "", number: 80, target: Target::Number(8080), protocol: "TCP" };
}

/// The targetPort of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// It is not set.
    Same,
    Number(u16),
    Name(&'static str),
}

/// The selector of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    /// It selects the Pods of the shape.
    Pods,
    /// It selects no Pod.
    Nothing,
    /// The Service has none.
    None,
}

/// A Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pod {
    /// The state, as `tests/cluster/stages.yaml` defines it.
    pub(super) fate: &'static str,
    pub(super) ports: PodPorts,
    pub(super) owner: Owner,
}

/// The ports that a Pod declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PodPorts {
    /// `web` is 8080, `admin` is 9090.
    Usual,
    /// `web` is 9090, `admin` is 8080.
    Swapped,
    /// None.
    None,
    /// `web` is a UDP port.
    Udp,
    /// `web` is a port of an init container.
    Init,
    /// `web` is a port of an init container that keeps running.
    Sidecar,
}

/// What creates a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The user.
    None,
    /// The user, who then deletes the Pod. The Pod keeps serving.
    Deleted,
    /// A Deployment with so many replicas.
    Deployment(u8),
}

impl Pod {
    pub(super) const READY: Self = Self { fate: "ready", ports: PodPorts::Usual, owner: Owner::None };

    pub(super) fn is_terminating(self) -> bool {
        self.owner == Owner::Deleted
    }

    /// The object `name`, with the labels of the shape `id`.
    pub(super) fn object(self, id: &str, name: &str) -> Value {
        let mut object = match self.owner {
            Owner::Deployment(_) => pods(id),
            Owner::None | Owner::Deleted => lone_pod(id),
        };
        object["metadata"]["name"] = name.into();
        let pod = if let Owner::Deployment(replicas) = self.owner {
            object["spec"]["replicas"] = replicas.into();
            // Two Deployments of a shape have selectors of their own.
            object["spec"]["selector"]["matchLabels"]["deployment"] = name.into();
            object["spec"]["template"]["metadata"]["labels"]["deployment"] = name.into();
            &mut object["spec"]["template"]
        } else {
            &mut object
        };
        pod["metadata"]["labels"]["test.backstop.dev/pod"] = self.fate.into();
        if self.is_terminating() {
            pod["metadata"]["annotations"]["test.backstop.dev/delete-after"] = "1h".into();
        }
        let (containers, first) = (&mut pod["spec"], "containers");
        let web = json!({"name": "web", "containerPort": 8080});
        let admin = json!({"name": "admin", "containerPort": 9090});
        let init = json!({"name": "first", "image": "example.test/first", "ports": [web]});
        match self.ports {
            PodPorts::Usual => {}
            PodPorts::Swapped => {
                containers[first][0]["ports"] =
                    json!([{"name": "admin", "containerPort": 8080}, {"name": "web", "containerPort": 9090}]);
            }
            PodPorts::None => containers[first][0]["ports"] = Value::Null,
            PodPorts::Udp => containers[first][0]["ports"][0]["protocol"] = "UDP".into(),
            PodPorts::Init | PodPorts::Sidecar => {
                containers[first][0]["ports"] = json!([admin]);
                containers["initContainers"] = json!([init]);
                if self.ports == PodPorts::Sidecar {
                    containers["initContainers"][0]["restartPolicy"] = "Always".into();
                }
            }
        }
        object
    }
}

/// An EndpointSlice that the user writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    /// The addresses are names.
    pub(super) names: bool,
    /// `None`: the slice has no list of ports.
    pub(super) ports: Option<Vec<SlicePort>>,
    pub(super) endpoints: Vec<Conditions>,
}

/// A port of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlicePort {
    pub(super) name: &'static str,
    pub(super) number: Option<u16>,
    pub(super) protocol: &'static str,
}

/// The conditions of an endpoint; `None` is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conditions {
    pub(super) ready: Option<bool>,
    pub(super) serving: Option<bool>,
    pub(super) terminating: Option<bool>,
}

impl Slice {
    pub(super) fn ports(&self) -> Value {
        let Some(ports) = &self.ports else { return Value::Null };
        let mut known: Vec<&str> = Vec::new();
        let mut objects = Vec::new();
        for port in ports {
            if !known.contains(&port.name) {
                known.push(port.name);
                objects.push(json!({"name": port.name, "port": port.number, "protocol": port.protocol}));
            }
        }
        objects.into()
    }
}

impl Conditions {
    pub(super) const READY: Self = Self { ready: Some(true), serving: None, terminating: None };

    pub(super) fn json(self) -> Value {
        json!({"ready": self.ready, "serving": self.serving, "terminating": self.terminating})
    }
}

/// An Endpoints object that the user writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) port: SlicePort,
    /// The address is ready.
    pub(super) ready: bool,
}

impl Own {
    /// The object for the Service `name`, with one address.
    pub(super) fn endpoints(self, name: &str, address: &str) -> Value {
        let addresses = if self.ready { "addresses" } else { "notReadyAddresses" };
        let port = json!({"name": self.port.name, "port": self.port.number, "protocol": self.port.protocol});
        json!({
            "apiVersion": "v1", "kind": "Endpoints", "metadata": meta(name),
            "subsets": [{addresses: [{"ip": address}], "ports": [port]}],
        })
    }
}

/// The backend of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    Number(u16),
    Name(&'static str),
    /// Another kind than a Service.
    Resource,
}

impl Backend {
    /// The backend with the Service `name`.
    pub(super) fn json(self, name: &str) -> Value {
        match self {
            Self::Number(number) => json!({"service": {"name": name, "port": {"number": number}}}),
            Self::Name(port) => json!({"service": {"name": name, "port": {"name": port}}}),
            Self::Resource => json!({"resource": {"apiGroup": "example.test", "kind": "Bucket", "name": "assets"}}),
        }
    }
}

/// The Service that the annotation `default-backend` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fallback {
    Healthy,
    Missing,
    NoPods,
    External,
}

impl Fallback {
    pub(super) fn objects(self, name: &str) -> Vec<Value> {
        match self {
            Self::Healthy => vec![service(name, &json!([{"port": 80, "targetPort": 8080}])), lone_pod(name)],
            Self::Missing => Vec::new(),
            Self::NoPods => vec![service(name, &json!([{"port": 80}]))],
            Self::External => vec![json!({
                "apiVersion": "v1", "kind": "Service", "metadata": meta(name),
                "spec": {"type": "ExternalName", "externalName": "n65535.external.test", "ports": [{"port": 80}]},
            })],
        }
    }
}
