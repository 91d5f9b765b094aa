//! Ports and types of Services.

use super::{BARE_NAMED_TARGET, READY, Situation, WEB};

/// The UDP port of HTTP/3 comes before the TCP port with the same number and targetPort.
const QUIC_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: quic, \
     port: 443, targetPort: 8443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}";
/// A slice with the ports of [`QUIC_FIRST`].
const READY_QUIC: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 8443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, \
     serving: true}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Ports.
    Situation {
        name: "the Service port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "makes a Route whose target port is the name of the Service port",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (create route)",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service port has the name",
        ingress: "web:http",
        objects: &[WEB],
        controller: "makes a Route whose target port is the name",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (create route - targetPort string, service \
                 port with name)",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service is missing",
        ingress: "web:80",
        objects: &[],
        controller: "makes no Route, and records an event",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (ignores incomplete ingress - service does \
                 not exist)",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number does not exist",
        ingress: "web:81",
        objects: &[WEB],
        controller: "makes no Route, and deletes the one that it made before",
        source: "pkg/route/ingress/ingress.go, targetPortForService and sync",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares the number with the ports of the Service only, and makes no Route",
        source: "pkg/route/ingress/ingress.go, targetPortForService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the name does not exist",
        ingress: "web:https",
        objects: &[WEB],
        controller: "makes no Route",
        source: "pkg/route/ingress/ingress.go, targetPortForService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[BARE_NAMED_TARGET, READY],
        controller: "compares the name with the names of the Service ports only, and makes no Route",
        source: "pkg/route/ingress/ingress.go, targetPortForService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the port behind the number has a named targetPort",
        ingress: "web:80",
        objects: &[BARE_NAMED_TARGET, READY],
        controller: "names the Service port in the Route, and the router takes the slice ports of that name",
        source: "pkg/route/ingress/ingress.go, targetPortForService; openshift/router: \
                 pkg/router/template/template_helper.go, endpointsForAlias",
        expected: "",
        today: None,
    },
    Situation {
        name: "of a UDP and a TCP port with one number, the UDP port is first",
        ingress: "web:443",
        objects: &[QUIC_FIRST, READY_QUIC],
        controller: "puts the name of the first port into the Route, and the router leaves UDP ports out: requests \
                     get 503",
        source: "pkg/route/ingress/ingress.go, targetPortForService; openshift/router: \
                 pkg/router/template/plugin_test.go, TestHandleTCPEndpoints",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "the TCP port is referenced by its name, beside a UDP port with the same number",
        ingress: "web:https",
        objects: &[QUIC_FIRST, READY_QUIC],
        controller: "puts the name of the TCP port into the Route",
        source: "pkg/route/ingress/ingress.go, targetPortForService",
        expected: "",
        today: None,
    },
    Situation {
        name: "the only port is UDP",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: quic, port: 443, \
             targetPort: 8443, protocol: UDP}]}}",
            READY_QUIC,
        ],
        controller: "makes a Route, and the router leaves UDP ports out: requests get 503",
        source: "openshift/router: pkg/router/template/plugin_test.go, TestHandleTCPEndpoints",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "the port name is use-annotation",
        ingress: "web:use-annotation",
        objects: &[WEB],
        controller: "looks for a Service port of that name, and makes no Route",
        source: "pkg/route/ingress/ingress.go, targetPortForService",
        expected: "action-annotation=warn",
        today: None,
    },
    // Types of Services.
    Situation {
        name: "an ExternalName Service declares the port",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example.com, ports: [{port: 80}]}}"],
        controller: "makes a Route, but the router knows slices only and never reads the external name: requests get \
                     503",
        source: "openshift/router: pkg/router/template/plugin.go, createRouterEndpoints; \
                 pkg/router/controller/factory/factory.go, initInformers",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service has no ports",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example.com}}"],
        controller: "finds no port, and makes no Route",
        source: "pkg/route/ingress/ingress.go, targetPortForService",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "a headless Service has a ready endpoint",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "does not read the ClusterIP, and uses the slices",
        source: "openshift/router: pkg/router/template/plugin.go, createRouterEndpoints",
        expected: "",
        today: None,
    },
];
