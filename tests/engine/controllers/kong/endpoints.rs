//! Endpoints.

use super::{CRASHING_POD, NAMED, READY_POD, Situation, UNREADY_SLICE};

/// A Service whose slices are written by hand.
const BARE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// The Service of [`WEB`] alone.
const SELECTING: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "a slice without conditions",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "takes an endpoint whose ready condition is not set as ready",
        source: "internal/dataplane/translator/translator_test.go, TestPickPort (its slices state no conditions)",
        expected: "",
        today: None,
    },
    Situation {
        name: "no endpoint is ready, and the Pod crashes",
        ingress: "web:80",
        objects: &[SELECTING, UNREADY_SLICE, CRASHING_POD],
        controller: "skips endpoints that are not ready, so the upstream has no target: 503",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (no ready addresses)",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "publishNotReadyAddresses: ready and not serving",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {publishNotReadyAddresses: true, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]}",
            CRASHING_POD,
        ],
        controller: "reads the ready condition only and uses the endpoint",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "all endpoints are terminating",
        ingress: "web:80",
        objects: &[
            SELECTING,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, \
             terminating: true}}]}",
        ],
        controller: "leaves them out, or with --enable-drain-support adds them with weight 0, which get no request \
                     either",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (drain support, only terminating \
                 endpoints); translate_upstreams_drain_support_test.go, TestTerminatingEndpointsDrainSupport",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "a second slice has the ready endpoint",
        ingress: "web:80",
        objects: &[
            SELECTING,
            UNREADY_SLICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-2, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}}]}",
        ],
        controller: "joins the endpoints of all slices of the Service",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the port of a slice made by hand has another name",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips slice ports whose name is not that of the Service's port, so the upstream has no target",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (the name matches no port of the \
                 subsets)",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the port of a slice made by hand is UDP",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "looks for slice ports of TCP and of the protocols that the Service declares, so it finds none",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (the protocol does not match)",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the port of a slice made by hand has no number",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, protocol: TCP}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips slice ports without a number, so the upstream has no target",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no Pod declares the named targetPort",
        ingress: "web:80",
        objects: &[
            NAMED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
            READY_POD,
        ],
        controller: "finds no port in the slice, so the upstream has no target: 503",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "neither a selector nor a slice",
        ingress: "web:80",
        objects: &[BARE],
        controller: "finds no endpoints, so the upstream has no target: 503",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (a Service without endpoints)",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the selector matches no Pod",
        ingress: "web:80",
        objects: &[
            SELECTING,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], endpoints: []}",
        ],
        controller: "finds no endpoints, so the upstream has no target: 503",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (a Service without endpoints)",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "an Endpoints object of the core API beside a Service without a selector",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: v1, kind: Endpoints, metadata: {name: web}, subsets: [{addresses: [{ip: 10.0.0.1}], \
             ports: [{name: http, port: 8080}]}]}",
        ],
        controller: "reads slices only; Kubernetes makes one from the Endpoints object, and the controller uses that",
        source: "internal/dataplane/translator/translate_upstreams.go, getServiceEndpoints \
                 (GetEndpointSlicesForService)",
        expected: "",
        today: None,
    },
    Situation {
        name: "endpoints with IPv6 addresses",
        ingress: "web:80",
        objects: &[
            SELECTING,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv6, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: ['fd00::1'], conditions: {ready: true}}]}",
        ],
        controller: "puts the address in brackets and uses it",
        source: "internal/dataplane/translator/translate_upstreams.go, targetsForEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "a slice of host names",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: FQDN, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [shop.example.com], conditions: {ready: true}}]}",
        ],
        controller: "does not read the type of the addresses; a target may be a host name, which the gateway resolves",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints and targetsForEndpoints; \
                 internal/store/store.go, GetEndpointSlicesForService",
        expected: "",
        today: None,
    },
];
