//! Endpoints and default backends.

use super::{IP, NODE, POD, SLICE, Situation};

/// The slices are written by hand.
const IP_BARE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
const IP_BARE_UNNAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {ports: [{port: 80, targetPort: 8080}]}}";
const NODE_BARE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
const SLICE_SILENT: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], targetRef: {kind: Pod, name: web-0}}]}";
/// The endpoint is no Pod.
const SLICE_BY_HAND: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";
const SLICE_UNREADY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: false, terminating: false}, \
     targetRef: {kind: Pod, name: web-0}}]}";
const SLICE_ENDING: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}, \
     targetRef: {kind: Pod, name: web-0}}]}";
const SLICE_MISNAMED: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080, \
     protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, \
     terminating: false}, targetRef: {kind: Pod, name: web-0}}]}";
const SLICE_NUMBERLESS: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, \
     targetRef: {kind: Pod, name: web-0}}]}";
/// The slice that Kubernetes writes if the selector matches nothing.
const PLACEHOLDER: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}";
const POD_CRASHING: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, \
     status: {phase: Running, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady}], \
     containerStatuses: [{name: app, ready: false, state: {waiting: {reason: CrashLoopBackOff}}}]}}";
const POD_GATED: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, \
     spec: {readinessGates: [{conditionType: target-health.elbv2.k8s.aws/k8s-shop-web}]}, status: {phase: Running, \
     conditions: [{type: ContainersReady, status: 'True'}, {type: Ready, status: 'False', \
     reason: ReadinessGatesNotReady}], containerStatuses: [{name: app, ready: true, started: true, \
     state: {running: {}}}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Endpoints, with Pods as targets.
    Situation {
        name: "the condition ready is not set",
        ingress: "web:80",
        objects: &[IP, POD, SLICE_SILENT],
        controller: "counts the endpoint as ready",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData",
        expected: "",
        today: None,
    },
    Situation {
        name: "an endpoint of a slice written by hand is no Pod",
        ingress: "web:80",
        objects: &[IP_BARE, SLICE_BY_HAND],
        controller: "skips endpoints that do not name a Pod: the target group stays empty, and requests get 503",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "all endpoints are terminating",
        ingress: "web:80",
        objects: &[IP, SLICE_ENDING],
        controller: "skips them",
        source: "pkg/backend/endpoint_resolver_test.go, Test_defaultEndpointResolver_ResolvePodEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the Pods wait for the readiness gate of the load balancer",
        ingress: "web:80",
        objects: &[IP, POD_GATED, SLICE_UNREADY],
        controller: "registers unready Pods whose containers are ready, so that the gate opens",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData; \
                 pkg/backend/endpoint_utils.go",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Pods crash",
        ingress: "web:80",
        objects: &[IP, POD_CRASHING, SLICE_UNREADY],
        controller: "skips Pods whose containers are not ready",
        source: "pkg/backend/endpoint_resolver_test.go, Test_defaultEndpointResolver_ResolvePodEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "no Pod is selected",
        ingress: "web:80",
        objects: &[IP, PLACEHOLDER],
        controller: "the target group stays empty, and requests get 503",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the Service port has a name, and the port of the slice has another one",
        ingress: "web:80",
        objects: &[IP_BARE, POD, SLICE_MISNAMED],
        controller: "skips ports of slices with another name",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the Service port has no name, and the port of the slice has one",
        ingress: "web:80",
        objects: &[IP_BARE_UNNAMED, POD, SLICE_MISNAMED],
        controller: "does not compare names if the Service port has none",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData",
        expected: "",
        today: None,
    },
    Situation {
        name: "the port of the slice has no number",
        ingress: "web:80",
        objects: &[IP_BARE, POD, SLICE_NUMBERLESS],
        controller: "registers the Pod with port 0, which the API of AWS refuses",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    // Endpoints, with nodes as targets: kube-proxy selects them.
    Situation {
        name: "nodes, and a slice written by hand",
        ingress: "web:80",
        objects: &[NODE_BARE, SLICE_BY_HAND],
        controller: "registers the nodes; kube-proxy uses endpoints that are no Pods",
        source: "pkg/backend/endpoint_resolver.go, ResolveNodePortEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "nodes, and all endpoints are terminating and still serve",
        ingress: "web:80",
        objects: &[NODE, SLICE_ENDING],
        controller: "registers the nodes; kube-proxy falls back to terminating endpoints that serve",
        source: "pkg/backend/endpoint_resolver.go, ResolveNodePortEndpoints; kubernetes/enhancements \
                 keps/sig-network/1669-proxy-terminating-endpoints",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
    Situation {
        name: "nodes, and the Pods crash",
        ingress: "web:80",
        objects: &[NODE, POD_CRASHING, SLICE_UNREADY],
        controller: "registers the nodes; nothing answers at the node port",
        source: "pkg/backend/endpoint_resolver.go, ResolveNodePortEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    // Default backends.
    Situation {
        name: "a default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[IP, POD, SLICE],
        controller: "it becomes the default action of every listener",
        source: "pkg/ingress/model_build_listener.go, buildListenerDefaultActions",
        expected: "",
        today: None,
    },
    Situation {
        name: "a missing default backend beside a healthy rule",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[IP, POD, SLICE],
        controller: "it becomes the default action of every listener, also with rules: a fixed 503",
        source: "pkg/ingress/model_build_listener.go, buildListenerDefaultActions",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend with a wrong port beside a healthy rule",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 81}}}, \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[IP, POD, SLICE],
        controller: "the model of the whole group is not built",
        source: "pkg/ingress/model_build_listener.go, buildListenerDefaultActions",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend that is a fixed response",
        ingress: r#"{metadata: {annotations: {alb.ingress.kubernetes.io/actions.sorry: '{"type":"fixed-response",
                  "fixedResponseConfig":{"statusCode":"404"}}'}}, spec: {defaultBackend: {service: {name: sorry,
                  port: {name: use-annotation}}}, rules: [{http: {paths: [{path: /, pathType: Prefix,
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}"#,
        objects: &[IP, POD, SLICE],
        controller: "actions work for the default backend too",
        source: "pkg/ingress/model_build_listener.go, buildListenerDefaultActions",
        expected: "",
        today: None,
    },
    // Paths.
    Situation {
        name: "a path of type Prefix with a wildcard",
        ingress: "{spec: {rules: [{http: {paths: [{path: '/a/*', pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[IP, POD, SLICE],
        controller: "does not build the model of the whole group",
        source: "pkg/ingress/model_build_listener_rules_test.go, buildPathPatternsForPrefixPathType",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a path of type Exact with a question mark",
        ingress: "{spec: {rules: [{http: {paths: [{path: '/a?', pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[IP, POD, SLICE],
        controller: "does not build the model of the whole group",
        source: "pkg/ingress/model_build_listener_rules_test.go, buildPathPatternsForExactPathType",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a path of type ImplementationSpecific with a wildcard",
        ingress: "{spec: {rules: [{http: {paths: [{path: '/a/*', pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[IP, POD, SLICE],
        controller: "serves it: its documentation has such paths",
        source: "pkg/ingress/model_build_listener_rules_test.go, buildImplementationSpecificPathPatterns",
        expected: "",
        today: None,
    },
];
