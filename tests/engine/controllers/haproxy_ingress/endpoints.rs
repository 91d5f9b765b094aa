//! Endpoints.

use super::{BARE, BARE_NAMED_TARGET, READY, Situation, TERMINATING};

/// A Service without a selector, whose port has no name.
const BARE_UNNAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80, \
     targetPort: 8080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "no slice exists, and the Service has no selector",
        ingress: "web:80",
        objects: &[BARE],
        controller: "keeps the path with a backend that has no server: requests get 503",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncInvalidEndpoint",
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
        controller: "keeps the path with a backend that has no server: requests get 503",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncNoEndpoint",
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
        controller: "takes an unset condition as ready",
        source: "pkg/converters/utils/services.go, createEndpointSlices",
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
        controller: "adds unready endpoints only with the global option drain-support, and then with weight 0",
        source: "pkg/converters/ingress/ingress.go, addEndpoints; ingress_test.go, TestSyncDrainSupport",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "all endpoints are terminating",
        ingress: "web:80",
        objects: &[BARE, TERMINATING],
        controller: "goes by ready alone, which is false for terminating endpoints: the backend has no server",
        source: "pkg/converters/utils/services.go, createEndpointSlices",
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
        source: "pkg/converters/utils/services.go, createEndpointSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port has another name than the named Service port",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: web, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips slice ports whose name differs: the backend has no server",
        source: "pkg/converters/utils/services.go, createEndpointSlices",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port has a name and the Service port has none",
        ingress: "web:80",
        objects: &[BARE_UNNAMED, READY],
        controller: "compares names only if the Service port has one: the endpoint is used",
        source: "pkg/converters/utils/services.go, createEndpointSlices",
        expected: "",
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
        controller: "skips slice ports whose protocol differs from the Service port's",
        source: "pkg/converters/utils/services.go, createEndpointSlices",
        expected: "target-port-unresolved=warn",
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
        controller: "reads the number without a test for nil: the synchronisation panics, and nothing is updated",
        source: "pkg/converters/utils/services.go, createEndpointSlices; pkg/controller/reconciler/reconciler.go \
                 (RecoverPanic)",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no Pod has the named targetPort",
        ingress: "web:svcport",
        objects: &[
            BARE_NAMED_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no port in the slice: the backend has no server",
        source: "pkg/converters/utils/services.go, createEndpointSlices",
        expected: "target-port-unresolved=warn",
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
        controller: "reads slices only: Kubernetes mirrors the object to a slice, whose endpoint is ready",
        source: "pkg/controller/services/cache.go, GetEndpointSlices; kubernetes/kubernetes 173a08f4: \
                 pkg/controller/endpointslicemirroring/utils.go, addressToEndpoint",
        expected: "",
        today: None,
    },
];
