//! Endpoints.

use super::{EMPTY_SLICE, NAMED_TARGET, Situation};

/// The Service without a selector; its port is called http.
const BY_HAND: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "the slice says nothing about readiness",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "skips only endpoints that are declared not ready: served",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "the only endpoint is not ready",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false}}]}",
        ],
        controller: "skips the endpoint: 503",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, 'should return no \
                 endpoint when there is no ready Addresses'",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the only endpoint is terminating and still serves",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}}]}",
        ],
        controller: "reads the condition ready only, and skips the endpoint: 503",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the Service publishes unready Pods",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
             publishNotReadyAddresses: true, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]}",
        ],
        controller: "reads the condition ready only: served",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "the selector matches nothing",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            EMPTY_SLICE,
        ],
        controller: "has no endpoints: 503",
        source: "test/e2e/servicebackend/service_backend.go, 'should return 503 when all backend service endpoints \
                 are unavailable'",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the slice port has another name, the targetPort is a number",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 9999}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "connects to the number of the targetPort: served",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, port name differs \
                 and the targetPort is an integer",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port has another name, the targetPort is a name",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
             targetPort: app}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no number: 503",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, port name differs \
                 and the targetPort is a string",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the Service port has no name, the slice port has one",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "accepts every slice port for a Service port without a name: served",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port is UDP",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips slice ports of other protocols: 503",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, 'should return no \
                 endpoint when the protocol does not match'",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice has no ports, the targetPort is a number",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "connects to the number of the targetPort: served",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "no container has the name of the targetPort",
        ingress: "web:80",
        objects: &[
            NAMED_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no number in a slice without ports: 503",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port of the name has no number",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "reads the number without a check: the controller process ends with a nil pointer, and no Ingress \
                     is updated",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port has no number and another name",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "does not read the number of a port with another name, and connects to the targetPort: served",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "a core Endpoints object",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: v1, kind: Endpoints, metadata: {name: web}, subsets: [{addresses: [{ip: 10.0.0.1}], \
             ports: [{name: http, port: 8080}]}]}",
        ],
        controller: "reads slices only; Kubernetes mirrors the object to a slice: served",
        source: "internal/ingress/controller/store/store.go, New (informer of EndpointSlices)",
        expected: "",
        today: None,
    },
];
