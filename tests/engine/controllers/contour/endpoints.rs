//! Endpoints.

use super::{NAMED_TARGET, Situation};

/// The Service without a selector; its port is called http.
const BY_HAND: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// The Service without a selector; its port has no name.
const BY_HAND_UNNAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80, \
     targetPort: 8080}]}}";
/// The slice of a Service whose selector matches nothing.
const EMPTY_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], endpoints: []}";

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
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
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
        source: "internal/xdscache/v3/endpointslicetranslator_test.go, TestEndpointSliceTranslatorAddEndpoints, 'not \
                 ready'",
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
        controller: "reads the condition ready only: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
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
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "two slices, one is ready",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false}}]}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-2, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}}]}",
        ],
        controller: "merges the slices: served",
        source: "internal/xdscache/v3/endpointslicetranslator_test.go, TestEndpointSliceTranslatorAddEndpoints, \
                 'multiple slices'",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port has no number",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips the slice port: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port has another name",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips the slice port: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port has no name, the Service port has one",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "compares with the empty name that the API server sets, and skips the slice port: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the Service port has no name, the slice port has one",
        ingress: "web:80",
        objects: &[
            BY_HAND_UNNAMED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "accepts every TCP slice port for a Service port without a name: served",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice has another number than the targetPort",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 9090}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "connects to the number of the slice: served",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
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
        controller: "skips the slice port: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice has no ports",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no port, although the targetPort is a number: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "target-port-unresolved=warn",
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
        controller: "finds no port: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no selector and no slice",
        ingress: "web:80",
        objects: &[BY_HAND],
        controller: "keeps the route with an empty cluster: 503",
        source: "internal/xdscache/v3/endpointslicetranslator.go, Recalculate",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the Deployment is scaled to zero",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            EMPTY_SLICE,
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 0, \
             selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}}",
        ],
        controller: "keeps the route with an empty cluster: 503",
        source: "internal/xdscache/v3/endpointslicetranslator_test.go, \
                 TestEndpointSliceTranslatorScaleToZeroEndpoints",
        expected: "endpoints-not-ready=warn",
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
        source: "internal/xdscache/v3/endpointslicetranslator.go, OnAdd",
        expected: "",
        today: None,
    },
];
