//! Slices.

use super::{MANUAL, PUBLISHED, READY, Situation};

/// A Service that selects Pods.
const SELECTING: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// The slice that Kubernetes writes if a selector matches nothing.
const PLACEHOLDER: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}";
/// A slice whose only endpoint terminates and still serves.
const ENDING: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}}]}";
/// A slice whose only endpoint is not ready.
const UNREADY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: false, terminating: false}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "the slice's port has another name",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: web, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips the slice, has no server, and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService; traefik/traefik#11041",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the Service's port has no name, and the slice's port has one",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "compares the empty name with the name of the slice's port, and skips the slice",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice's port has no number",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips the slice (before 3.6.23 and 3.7.7 the whole provider panics)",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 nil endpointslice port value",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no condition of the endpoint is set",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "takes a serving condition that is not set for true, and serves the endpoint",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    Situation {
        name: "the endpoint is not ready, and serving is not set",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false}}]}",
        ],
        controller: "never reads the ready condition, and serves the endpoint",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    Situation {
        name: "an unready Pod is published",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {publishNotReadyAddresses: true, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            PUBLISHED,
        ],
        controller: "skips endpoints that do not serve, although they are ready, and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 endpoint conditions",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the only endpoint terminates and serves",
        ingress: "web:80",
        objects: &[SELECTING, ENDING],
        controller: "keeps the server as fenced; a balancer with nothing but fenced servers has none to choose",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 endpoint conditions; pkg/server/service/loadbalancer/wrr/wrr.go, nextServer",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
    Situation {
        name: "the only Pod crashes",
        ingress: "web:80",
        objects: &[
            SELECTING,
            UNREADY,
            "{apiVersion: v1, kind: Pod, metadata: {name: web-1, labels: {app: web}}, spec: {containers: [{name: app, \
             image: app}]}, status: {phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'False', \
             reason: ContainersNotReady}], containerStatuses: [{name: app, ready: false, \
             state: {waiting: {reason: CrashLoopBackOff}}}]}}",
        ],
        controller: "skips the endpoint and makes no router, unless empty Services are allowed",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 one service without endpoint",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the selector matches nothing",
        ingress: "web:80",
        objects: &[SELECTING, PLACEHOLDER],
        controller: "makes no router; with allowEmptyServices, which the Helm chart sets, the router answers 503",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 one service without endpoints subset",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no selector and no slice",
        ingress: "web:http",
        objects: &[MANUAL],
        controller: "makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 one service without endpoint",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no Pod has the named targetPort",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: app}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no port in the slice, has no server, and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "all endpoints have IPv6 addresses",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv6, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: ['2001:db8::1'], conditions: {ready: true}}]}",
        ],
        controller: "serves the addresses",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, \
                 TestLoadConfigurationFromIngressesWithExternalNameServices: Ingress with IPv6 endpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice holds host names",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: FQDN, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [shop.example.com], conditions: {ready: true}}]}",
        ],
        controller: "does not read the address type, and connects to the host",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    Situation {
        name: "a core Endpoints object publishes the address",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: v1, kind: Endpoints, metadata: {name: web}, subsets: [{addresses: [{ip: 172.16.0.9}], \
             ports: [{name: http, port: 8080}]}]}",
        ],
        controller: "reads slices only, and Kubernetes mirrors the object to a slice",
        source: "pkg/provider/kubernetes/ingress/client.go, GetEndpointSlicesForService; kubernetes/kubernetes \
                 pkg/controller/endpointslicemirroring",
        expected: "",
        today: None,
    },
];
