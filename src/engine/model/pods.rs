//! Facts of Pods and of the workloads that create them. They are read only to explain a warning.

use jiff::Timestamp;

use super::{Labels, Protocol, TargetPort};

/// Why a Pod is not ready, in words for people (rulebook 6).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The reason as the API writes it, or a word of the same form: `CrashLoopBackOff`, `Unschedulable`,
    /// `ReadinessProbe`.
    pub reason: String,
    /// The part of the Pod: `container "app"`, or `container "app", exit code 1` if the container has ended. Empty if the
    /// reason is about the whole Pod.
    pub about: String,
}

/// The state of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodState {
    /// The condition `Ready` is true.
    Ready,
    /// The Pod is starting without a fault: it is scheduled, pulls images, or starts containers. The cause names the
    /// step.
    Starting(Cause),
    /// The containers are ready, and only a readiness gate is not. With some load balancers this is the normal state
    /// before the Ingress exists, and no fault of the user (rulebook 6.1).
    Gated(Cause),
    /// The readiness probe does not pass, or no node has room for the Pod. Both are normal for a young Pod: a cluster
    /// autoscaler may be adding a node (rulebook 6.3).
    Unready(Cause),
    /// A fault prevents the Pod from becoming ready.
    Failing(Cause),
    /// The Pod is being deleted.
    Terminating,
    /// The Pod has completed, has failed or was evicted. Such a Pod is in no slice (rulebook 3.2.5).
    Finished(Cause),
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// The name; empty if the port has no name.
    pub name: Box<str>,
    /// The port number.
    pub number: u16,
    /// The transport protocol.
    pub protocol: Protocol,
}

/// The facts of a container or sidecar of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerFacts {
    /// The name of the container.
    pub name: Box<str>,
    /// The image of the container, without a digest.
    pub image: Box<str>,
    /// The container has a readiness probe.
    pub probed: bool,
    /// The ports that the container declares. Requests can also reach ports that it does not declare (rulebook 3.5.4).
    pub ports: Box<[ContainerPort]>,
}

/// The facts of the `spec` of a Pod or of a Pod template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSpecFacts {
    /// The containers, then the sidecars: the order in which Kubernetes looks for a named port (rulebook 3.5.1).
    /// Ordinary init containers are left out, because they end before the Pod gets requests.
    pub containers: Box<[ContainerFacts]>,
    /// The Pod uses the network of the node.
    pub host_network: bool,
    /// The Pod has readiness gates.
    pub gated: bool,
    /// A label or an annotation asks for another container, which a webhook adds to the Pod. Its ports are not known.
    pub injected: bool,
}

impl PodSpecFacts {
    /// Returns an estimate of the memory of the containers, in bytes.
    pub fn heap_bytes(&self) -> usize {
        let port = |port: &ContainerPort| size_of::<ContainerPort>() + port.name.len();
        let containers = self.containers.iter();
        containers
            .map(|it| {
                size_of::<ContainerFacts>() + it.name.len() + it.image.len() + it.ports.iter().map(port).sum::<usize>()
            })
            .sum()
    }

    /// The number of containers and their ports: the cost of a search for a port.
    pub fn size(&self) -> usize {
        self.containers.iter().map(|container| 1 + container.ports.len()).sum()
    }

    /// The ports that the containers declare.
    pub fn ports(&self) -> impl Iterator<Item = &ContainerPort> {
        self.containers.iter().flat_map(|container| container.ports.iter())
    }

    /// The port number of `target`; `None` if no container declares the name (rulebook 3.5.1).
    pub fn port_number(&self, target: &TargetPort, protocol: Protocol) -> Option<u16> {
        match target {
            TargetPort::Number(number) => Some(*number),
            TargetPort::Name(name) => {
                let mut named = self.ports().filter(|port| port.name == *name && port.protocol == protocol);
                named.next().map(|port| port.number)
            }
        }
    }

    /// The container that receives requests for `target`: the container that declares the port, or the only container
    /// of the Pod.
    pub fn container_of_port(&self, target: &TargetPort, protocol: Protocol) -> Option<&ContainerFacts> {
        let fits = |port: &ContainerPort| {
            port.protocol == protocol
                && match target {
                    TargetPort::Number(number) => port.number == *number,
                    TargetPort::Name(name) => port.name == *name,
                }
        };
        let declaring = self.containers.iter().find(|container| container.ports.iter().any(fits));
        let only = || match (&*self.containers, target) {
            ([only], TargetPort::Number(_)) => Some(only),
            _ => None,
        };
        declaring.or_else(only)
    }
}

/// The facts of a Pod that a decision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFacts {
    /// The name of the Pod.
    pub name: String,
    /// The labels of the Pod.
    pub labels: Labels,
    /// `metadata.creationTimestamp`; `None` in a manifest.
    pub created: Option<Timestamp>,
    /// The state of the Pod.
    pub state: PodState,
    /// The facts of `spec`.
    pub spec: PodSpecFacts,
}

/// The facts of a workload that a decision needs: a Deployment, StatefulSet, DaemonSet or ReplicaSet, or another object
/// with a Pod template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadFacts {
    /// The kind, for example `Deployment`.
    pub kind: String,
    /// The name of the workload.
    pub name: String,
    /// The labels of the Pod template.
    pub template_labels: Labels,
    /// The facts of the `spec` of the Pod template.
    pub template_spec: PodSpecFacts,
    /// `spec.replicas`; `None` if it is not set, if the kind does not have it, or if another object decides it.
    pub replicas: Option<u32>,
    /// `spec.ordinals.start` of a StatefulSet: the number of its first Pod.
    pub first_ordinal: u32,
    /// An operator may create further objects for the workload, such as Services.
    pub is_expanded: bool,
}

/// The label with the name of a Pod, which the StatefulSet controller sets (rulebook 6.4).
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
/// The label with the ordinal of a Pod, which the StatefulSet controller sets since Kubernetes 1.28.
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

impl WorkloadFacts {
    /// Whether a workload may set the label `key` to a value of its own for each Pod.
    pub fn sets_for_each_pod(key: &str) -> bool {
        [POD_NAME, POD_INDEX].contains(&key)
    }

    /// Whether `selector` selects a Pod of the workload: by the labels of the template and those that a StatefulSet sets
    /// for each Pod.
    pub fn makes(&self, selector: &Labels) -> bool {
        selector.iter().all(|(key, value)| {
            self.template_labels.get(key) == Some(value)
                || match key {
                    POD_NAME => value
                        .strip_prefix(&*self.name)
                        .and_then(|rest| rest.strip_prefix('-'))
                        .is_some_and(|number| self.has_ordinal(number)),
                    POD_INDEX => self.has_ordinal(value),
                    _ => false,
                }
        })
    }

    /// Whether the text is the number of a Pod of a StatefulSet.
    fn has_ordinal(&self, number: &str) -> bool {
        let plain = number == "0" || !number.starts_with(['0', '+']);
        let Some(number) = number.parse::<u32>().ok().filter(|_| plain && self.kind == "StatefulSet") else {
            return false;
        };
        number.checked_sub(self.first_ordinal).is_some_and(|at| self.replicas.is_none_or(|replicas| at < replicas))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// A StatefulSet `queue` with three Pods, of which the first has the number 2.
    #[rstest]
    #[case::first(POD_NAME, "queue-2", true)]
    #[case::last(POD_NAME, "queue-4", true)]
    #[case::before(POD_NAME, "queue-1", false)]
    #[case::past_the_replicas(POD_NAME, "queue-5", false)]
    #[case::no_number(POD_NAME, "queue-02", false)]
    #[case::another(POD_NAME, "cache-2", false)]
    #[case::index(POD_INDEX, "3", true)]
    #[case::a_label_of_the_template("app", "queue", true)]
    #[case::another_label("tier", "queue", false)]
    fn a_stateful_set_labels_each_pod(#[case] key: &str, #[case] value: &str, #[case] expected: bool) {
        let workload = WorkloadFacts {
            kind: "StatefulSet".to_owned(),
            name: "queue".to_owned(),
            template_labels: [("app", "queue")].into_iter().collect(),
            template_spec: PodSpecFacts::default(),
            replicas: Some(3),
            first_ordinal: 2,
            is_expanded: false,
        };
        let selector: Labels = [("app", "queue"), (key, value)].into_iter().collect();
        assert_eq!(workload.makes(&selector), expected);
        let deployment = WorkloadFacts { kind: "Deployment".to_owned(), ..workload };
        assert_eq!(deployment.makes(&selector), key == "app");
    }

    fn named(name: &str) -> TargetPort {
        TargetPort::Name(name.into())
    }

    /// A Pod whose container `app` declares `http` for TCP, and `sidecar` declares `http` and `dns` for UDP. A number need
    /// not be declared.
    #[rstest]
    #[case::number(TargetPort::Number(9090), Protocol::Tcp, Some(9090))]
    #[case::name(named("http"), Protocol::Tcp, Some(8080))]
    #[case::name_of_another_protocol(named("dns"), Protocol::Tcp, None)]
    #[case::name_for_two_protocols(named("http"), Protocol::Udp, Some(8443))]
    #[case::other_name(named("web"), Protocol::Tcp, None)]
    fn the_port_that_a_service_selects(
        #[case] target: TargetPort,
        #[case] protocol: Protocol,
        #[case] expected: Option<u16>,
    ) {
        let port = |name: &str, number, protocol| ContainerPort { name: name.into(), number, protocol };
        let container = |name: &str, ports: &[ContainerPort]| ContainerFacts {
            name: name.into(),
            image: Box::default(),
            ports: ports.into(),
            probed: false,
        };
        let app = container("app", &[port("http", 8080, Protocol::Tcp)]);
        let sidecar = container("sidecar", &[port("http", 8443, Protocol::Udp), port("dns", 53, Protocol::Udp)]);
        let pod = PodSpecFacts { containers: [app, sidecar].into(), ..PodSpecFacts::default() };
        assert_eq!(pod.port_number(&target, protocol), expected);
    }
}
