//! Endpoints.

use super::{NEG, NEG_NAMED, NODE, POD, Situation};

/// The slices are written by hand.
const NODE_BARE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
const NEG_BARE: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {ports: [{name: http, port: 80,
     targetPort: 8080}]}}"#;
const NEG_BARE_UNNAMED: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {ports: [{port: 80, targetPort: 8080}]}}"#;
const NEG_PUBLISHING: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {publishNotReadyAddresses: true,
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}"#;
const SLICE_SILENT: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
/// The endpoint is no Pod.
const SLICE_BY_HAND: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";
const SLICE_UNREADY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: false, terminating: false}, \
     nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_PUBLISHED: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false, terminating: false}, \
     nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_ENDING: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}, \
     nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_MISNAMED: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080, \
     protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, \
     terminating: false}, nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_UNNAMED: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, \
     nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_NUMBERLESS: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, \
     nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_PORTLESS: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], endpoints: [{addresses: [10.0.0.1], \
     conditions: {ready: true, serving: true, terminating: false}, nodeName: node-1, targetRef: {kind: Pod, \
     namespace: shop, name: web-0}}]}";
/// The slice that Kubernetes writes if the selector matches nothing.
const PLACEHOLDER: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}";
const POD_CRASHING: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, \
     status: {phase: Running, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady}], \
     containerStatuses: [{name: app, ready: false, state: {waiting: {reason: CrashLoopBackOff}}}]}}";
const POD_GATED: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, \
     spec: {readinessGates: [{conditionType: cloud.google.com/load-balancer-neg-ready}]}, status: {phase: Running, \
     conditions: [{type: ContainersReady, status: 'True'}, {type: Ready, status: 'False', \
     reason: ReadinessGatesNotReady}], containerStatuses: [{name: app, ready: true, started: true, \
     state: {running: {}}}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Endpoints of a NEG.
    Situation {
        name: "the condition ready is not set",
        ingress: "web:80",
        objects: &[NEG, POD, SLICE_SILENT],
        controller: "attaches the endpoint",
        source: "pkg/neg/types/types_test.go, TestEndpointsDataFromEndpointSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Pods wait for the readiness gate of the load balancer",
        ingress: "web:80",
        objects: &[NEG, POD_GATED, SLICE_UNREADY],
        controller: "attaches unready Pods, so that the gate opens",
        source: "pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap (it does not read whether an endpoint is ready)",
        expected: "",
        today: None,
    },
    Situation {
        name: "unready addresses are published",
        ingress: "web:80",
        objects: &[NEG_PUBLISHING, POD, SLICE_PUBLISHED],
        controller: "attaches the Pods; the health check of the load balancer decides",
        source: "pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Pods crash",
        ingress: "web:80",
        objects: &[NEG, POD_CRASHING, SLICE_UNREADY],
        controller: "attaches the Pods; the health check of the load balancer fails: 502",
        source: "pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "all endpoints are terminating",
        ingress: "web:80",
        objects: &[NEG, SLICE_ENDING],
        controller: "attaches none of them",
        source: "pkg/neg/types/types_test.go, TestEndpointsDataFromEndpointSlices",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "an endpoint of a slice written by hand is no Pod",
        ingress: "web:80",
        objects: &[NEG_BARE, SLICE_BY_HAND],
        controller: "attaches endpoints of Pods on nodes only: one without a node is an error, one without a Pod is \
                     skipped",
        source: "pkg/neg/syncers/utils.go, getEndpointPod and getEndpointZoneSubnet",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "no Pod is selected",
        ingress: "web:80",
        objects: &[NEG, PLACEHOLDER],
        controller: "the NEG stays empty: 502",
        source: "pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no slice is published for a Service without selector",
        ingress: "web:80",
        objects: &[NEG_BARE],
        controller: "the NEG stays empty: 502",
        source: "pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the port of the slice has another name",
        ingress: "web:80",
        objects: &[NEG_BARE, POD, SLICE_MISNAMED],
        controller: "attaches no endpoint of a slice whose ports have other names",
        source: "pkg/neg/syncers/utils_test.go, TestToZoneNetworkEndpointMap 'target port does not exist'",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "neither the Service port nor the port of the slice has a name",
        ingress: "web:80",
        objects: &[NEG_BARE_UNNAMED, POD, SLICE_UNNAMED],
        controller: "the empty names are equal",
        source: "pkg/neg/syncers/utils_test.go, TestToZoneNetworkEndpointMap 'default service port name'",
        expected: "",
        today: None,
    },
    Situation {
        name: "the port of the slice has no number",
        ingress: "web:80",
        objects: &[NEG_BARE, POD, SLICE_NUMBERLESS],
        controller: "reads the number without a check: the process of the controller ends",
        source: "pkg/neg/types/types.go, EndpointsDataFromEndpointSlices",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the targetPort is a name that no Pod declares",
        ingress: "web:80",
        objects: &[NEG_NAMED, POD, SLICE_PORTLESS],
        controller: "the NEG stays empty: 502",
        source: "pkg/neg/syncers/utils_test.go, TestToZoneNetworkEndpointMap 'target port does not exist'",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    // Endpoints behind node ports: kube-proxy selects them.
    Situation {
        name: "nodes, and a slice written by hand",
        ingress: "web:80",
        objects: &[NODE_BARE, SLICE_BY_HAND],
        controller: "sends requests to the nodes; kube-proxy uses endpoints that are no Pods",
        source: "pkg/backends/ig_linker.go",
        expected: "",
        today: None,
    },
    Situation {
        name: "nodes, and the port of the slice has another name",
        ingress: "web:80",
        objects: &[NODE_BARE, SLICE_MISNAMED],
        controller: "sends requests to the nodes; kube-proxy goes by the name of the port",
        source: "pkg/backends/ig_linker.go; kubernetes/api core/v1/types.go (ServicePort.Name)",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "nodes, and all endpoints are terminating and still serve",
        ingress: "web:80",
        objects: &[NODE, SLICE_ENDING],
        controller: "sends requests to the nodes; kube-proxy falls back to terminating endpoints that serve",
        source: "pkg/backends/ig_linker.go; kubernetes/enhancements keps/sig-network/1669-proxy-terminating-endpoints",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
    Situation {
        name: "nodes, and the Pods crash",
        ingress: "web:80",
        objects: &[NODE, POD_CRASHING, SLICE_UNREADY],
        controller: "sends requests to the nodes; nothing answers at the node port: 502",
        source: "pkg/backends/ig_linker.go",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
];
