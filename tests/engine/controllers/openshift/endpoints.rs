//! Endpoints.

use super::{BARE_NAMED_TARGET, READY, Situation};

/// A Service without a selector and with a named port.
const BARE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// A Service without a selector, whose port has no name.
const BARE_UNNAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80, \
     targetPort: 8080}]}}";
/// The slice of a Service that selects nothing.
const PLACEHOLDER: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}";
/// A Deployment that `oc idle` has scaled to zero.
const IDLE_DEPLOYMENT: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 0, \
     template: {metadata: {labels: {app: web}}}}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "no slice exists, and the Service has no selector",
        ingress: "web:80",
        objects: &[BARE],
        controller: "makes a Route, and the router has no endpoint for it: requests get 503",
        source: "openshift/router: pkg/router/template/router.go, numberOfEndpoints",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the slice has no endpoint",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            PLACEHOLDER,
        ],
        controller: "makes a Route, and the router has no endpoint for it: requests get 503",
        source: "openshift/router: pkg/router/template/plugin.go, createRouterEndpoints",
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
        source: "openshift/router: pkg/router/controller/endpointsubset/converter_test.go, TestConvertEndpointSlice",
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
        controller: "does not use addresses that are not ready",
        source: "openshift/router: pkg/router/controller/endpointsubset/converter_test.go, TestConvertEndpointSlice",
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
        source: "openshift/router: pkg/router/controller/endpointsubset/converter.go, ConvertEndpointSlice",
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
        source: "openshift/router: pkg/router/controller/endpointsubset/converter.go, ConvertEndpointSlice",
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
        controller: "keeps only endpoints whose port has the name in the Route, and there is none: requests get 503",
        source: "openshift/router: pkg/router/template/template_helper_test.go, TestProcessEndpointsForAlias; \
                 template_helper.go, endpointsForAlias",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice port has a name and the Service port has none",
        ingress: "web:80",
        objects: &[BARE_UNNAMED, READY],
        controller: "makes a Route without a port, and the router uses every endpoint of the Service",
        source: "pkg/route/ingress/ingress.go, targetPortForService; openshift/router: \
                 pkg/router/template/template_helper.go, endpointsForAlias",
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
        controller: "leaves UDP ports out: requests get 503",
        source: "openshift/router: pkg/router/template/plugin_test.go, TestHandleTCPEndpoints",
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
        controller: "writes a server with the port number 0 (no request reaches the port of the Pod)",
        source: "openshift/router: pkg/router/controller/endpointsubset/converter.go, ConvertEndpointSlice; \
                 pkg/router/template/plugin.go, createRouterEndpoints",
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
        controller: "has no port in the slice, and so no endpoint: requests get 503",
        source: "openshift/router: pkg/router/template/plugin.go, createRouterEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the Service is idled",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {idling.alpha.openshift.io/idled-at: '2026-08-01T12:00:00Z'}}, \
             spec: {clusterIP: 172.30.0.9, selector: {app: web}, ports: [{name: http, port: 80, \
             targetPort: 8080}]}}",
            PLACEHOLDER,
            IDLE_DEPLOYMENT,
        ],
        controller: "sends requests to the ClusterIP, where the first one wakes the workload",
        source: "openshift/router: pkg/router/template/plugin.go, createRouterEndpoints and serviceIsIdled",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
    Situation {
        name: "a headless Service is idled",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {idling.alpha.openshift.io/idled-at: '2026-08-01T12:00:00Z'}}, spec: {clusterIP: None, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            PLACEHOLDER,
            IDLE_DEPLOYMENT,
        ],
        controller: "cannot wake a Service without a ClusterIP: requests get 503",
        source: "openshift/router: pkg/router/template/plugin.go, createRouterEndpoints and isServiceIPSet",
        expected: "endpoints-not-ready=warn",
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
        controller: "reads slices by default, to which Kubernetes mirrors the object; an option makes it read the \
                     object itself",
        source: "openshift/router: pkg/router/controller/factory/factory.go, initInformers; \
                 pkg/cmd/infra/router/router.go (watch-endpoints)",
        expected: "",
        today: None,
    },
];
