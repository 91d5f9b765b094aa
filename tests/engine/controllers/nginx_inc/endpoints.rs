//! Endpoints.

use super::{CRASHING_POD, HEADLESS, NAMED, READY_POD, SELECTING, SLICE, Situation, UNREADY_SLICE};

/// A Service whose slices are written by hand.
const BARE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "a slice without a ready condition",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "skips endpoints whose ready condition is not set: 502",
        source: "internal/k8s/controller.go, filterReadyEndpointsFrom",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "one of two endpoints is ready",
        ingress: "web:80",
        objects: &[
            SELECTING,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}, {addresses: [10.0.0.2], \
             conditions: {ready: false}}]}",
            READY_POD,
        ],
        controller: "uses the ready one",
        source: "internal/k8s/controller_test.go, \
                 TestGetEndpointsFromEndpointSlices_TwoDifferentEndpointsInOnEndpointSliceOneEndpointNotReady",
        expected: "",
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
            READY_POD,
        ],
        controller: "joins the slices and uses the ready one",
        source: "internal/k8s/controller_test.go, \
                 TestGetEndpointsFromEndpointSlices_TwoDifferentEndpointsAcrossTwoEndpointSlicesOneEndpointNotReady",
        expected: "",
        today: None,
    },
    Situation {
        name: "no endpoint is ready, and the Pod crashes",
        ingress: "web:80",
        objects: &[SELECTING, UNREADY_SLICE, CRASHING_POD],
        controller: "has no server for the upstream: 502",
        source: "internal/k8s/controller.go, filterReadyEndpointsFrom",
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
        source: "internal/k8s/controller.go, filterReadyEndpointsFrom",
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
        controller: "skips them, because they are not ready: 502",
        source: "internal/k8s/controller.go, filterReadyEndpointsFrom",
        expected: "endpoints-not-ready=warn",
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
        controller: "selects slices by the number of the targetPort; the name does not matter",
        source: "internal/k8s/controller.go, selectEndpointSlicesForPort",
        expected: "",
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
        controller: "selects slices by the number of the targetPort; the protocol does not matter",
        source: "internal/k8s/controller.go, selectEndpointSlicesForPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the port of a slice made by hand has another number than the targetPort",
        ingress: "web:80",
        objects: &[
            BARE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 9090, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no slice for the targetPort: 502",
        source: "internal/k8s/controller_test.go, TestGetEndpointSlicesBySubselectedPods_TargetPortMismatch; \
                 controller.go, selectEndpointSlicesForPort",
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
        controller: "skips slice ports without a number: 502",
        source: "internal/k8s/controller.go, selectEndpointSlicesForPort",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "a named targetPort that the Pod declares",
        ingress: "web:80",
        objects: &[NAMED, SLICE, READY_POD],
        controller: "reads the number from the first Pod of the selector, then finds the slice by the number",
        source: "internal/k8s/controller.go, getTargetPort; internal/k8s/utils.go, findPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "a named targetPort that no Pod declares",
        ingress: "web:80",
        objects: &[
            NAMED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
            "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, spec: {containers: [{name: app, \
             image: app}]}, status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}",
        ],
        controller: "finds no number for the targetPort: 502",
        source: "internal/k8s/controller.go, getTargetPort",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "a named targetPort of a Service without a selector",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
             targetPort: app}]}}",
            SLICE,
        ],
        controller: "needs a Pod to read the number from, and there is none: 502",
        source: "internal/k8s/controller.go, getTargetPort",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "neither a selector nor a slice",
        ingress: "web:80",
        objects: &[BARE],
        controller: "finds no slice: 502",
        source: "internal/k8s/controller_test.go, TestGetEndpointsFromEndpointSlices_ErrorsOnNoEndpointSlicesFound",
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
        controller: "has no server for the upstream: 502",
        source: "internal/k8s/controller.go, getEndpointsForPortFromEndpointSlices",
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
        controller: "reads slices only; the slice that Kubernetes makes from the Endpoints object declares ready \
                     addresses, so it is used",
        source: "internal/k8s/utils.go, GetServiceEndpointSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "a headless Service",
        ingress: "web:80",
        objects: &[HEADLESS, SLICE, READY_POD],
        controller: "uses the endpoints of the slices",
        source: "internal/k8s/controller.go, createIngressEx",
        expected: "",
        today: None,
    },
];
