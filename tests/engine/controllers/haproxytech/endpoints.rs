//! Endpoints.

use super::{BARE, BARE_NAMED_TARGET, READY, Situation};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "no slice exists, and the Service has no selector",
        ingress: "web:80",
        objects: &[BARE],
        controller: "keeps the route, and leaves the backend without servers",
        source: "pkg/service/endpoints_test.go, TestGetRuntimeBackend_ClusterIP_NoRuntime",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the slice has no endpoint",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}",
        ],
        controller: "keeps the route, and leaves the backend without servers",
        source: "pkg/store/events.go, EventEndpoints; pkg/service/endpoints.go, HandleHAProxySrvs",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the condition ready is not set",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "skips endpoints whose condition is not set",
        source: "pkg/k8s/informers.go, convertToEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "one endpoint is declared ready and one is not set",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2], \
             conditions: {ready: true}}]}",
        ],
        controller: "uses the endpoint that is declared ready",
        source: "pkg/k8s/informers.go, convertToEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "no endpoint is ready",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: false}}]}",
        ],
        controller: "skips endpoints that are not ready",
        source: "deploy/tests/e2e/endpoints/not_ready_test.go, Test_Non_Ready_Endpoints; pkg/k8s/informers.go, \
                 convertToEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "all endpoints are terminating",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, \
             terminating: true}}]}",
        ],
        controller: "goes by ready alone, which is false for terminating endpoints",
        source: "pkg/k8s/informers.go, convertToEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "publishNotReadyAddresses makes an unready Pod ready",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]}",
        ],
        controller: "goes by ready and does not read serving",
        source: "pkg/k8s/informers.go, convertToEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port has another name",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: web, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "looks endpoints up by the name of the Service port, and leaves the backend without servers",
        source: "pkg/service/endpoints_test.go, TestGetRuntimeBackend_ClusterIP_PortMismatch",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port has a name and the Service port has none",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "looks endpoints up by the empty name, and finds none",
        source: "pkg/service/endpoints.go, getRuntimeBackend",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port is UDP and the Service port is TCP",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "keeps the ports of slices by name, without their protocol: the endpoint is used",
        source: "pkg/k8s/informers.go, convertToEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port has no number",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, protocol: TCP}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "reads the number without a test for nil: the controller panics",
        source: "pkg/k8s/informers.go, convertToEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no Pod has the named targetPort",
        ingress: "web:80",
        objects: &[
            BARE_NAMED_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no endpoints for the name of the port",
        source: "pkg/service/endpoints.go, getRuntimeBackend",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "two slices hold one endpoint each, and one of them has the port",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-0, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}}]}",
            READY,
        ],
        controller: "merges the slices of a Service by port name",
        source: "pkg/store/events.go, getEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "a core Endpoints object publishes the endpoints",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: v1, kind: Endpoints, metadata: {name: web}, subsets: [{addresses: [{ip: 10.0.0.1}], \
             ports: [{name: http, port: 8080, protocol: TCP}]}]}",
        ],
        controller: "reads slices: Kubernetes mirrors the object to a slice, and declares the endpoint ready",
        source: "pkg/k8s/informers.go, getEndpointSliceInformer; kubernetes/kubernetes 173a08f4: \
                 pkg/controller/endpointslicemirroring/utils.go, addressToEndpoint",
        expected: "",
        today: None,
    },
];
