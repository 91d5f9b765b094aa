//! Ports and types of Services.

use super::{BARE_NAMED_TARGET, READY, Situation, WEB};

/// An ExternalName Service with a port.
const EXTERNAL_WITH_PORT: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: api.example.com, ports: [{name: https, port: 443}]}}";
/// An ExternalName Service without ports.
const EXTERNAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: api.example.com}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Ports.
    Situation {
        name: "the Service port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "adds a route and a backend with the endpoints",
        source: "deploy/tests/e2e/service-discovery/port_discovery_test.go, Test_Port_Discovery (port_number)",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service port has the name",
        ingress: "web:http",
        objects: &[WEB],
        controller: "adds a route and a backend with the endpoints",
        source: "deploy/tests/e2e/service-discovery/port_discovery_test.go, Test_Port_Discovery (port_name)",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service is missing",
        ingress: "web:80",
        objects: &[],
        controller: "logs an error and adds no route: the default backend or a 404 answers",
        source: "pkg/ingress/ingress.go, handlePath; pkg/service/service.go, New",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number does not exist",
        ingress: "web:81",
        objects: &[WEB],
        controller: "finds no Service port, and adds neither backend nor route",
        source: "pkg/service/service.go, GetBackendName",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "does not keep the targetPorts of Services: it finds no port, and adds no route",
        source: "pkg/k8s/informers.go, getServiceInformer; pkg/service/service.go, GetBackendName",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the name does not exist",
        ingress: "web:htpp",
        objects: &[WEB],
        controller: "finds no Service port, and adds no route",
        source: "pkg/service/service.go, GetBackendName",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[BARE_NAMED_TARGET, READY],
        controller: "compares names of Service ports only, and adds no route",
        source: "pkg/service/service.go, GetBackendName",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the port behind the number has a named targetPort",
        ingress: "web:80",
        objects: &[BARE_NAMED_TARGET, READY],
        controller: "takes the port number of the slice",
        source: "pkg/service/endpoints_test.go, TestGetRuntimeBackend_ClusterIP_MatchingPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "of a UDP and a TCP port with one number and one targetPort, the UDP port is first",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: quic, port: 443, \
             targetPort: 8443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 8443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the first port whatever its protocol, and connects to 8443 over TCP, where the Pod listens",
        source: "pkg/service/service.go, GetBackendName",
        expected: "",
        today: None,
    },
    Situation {
        name: "of a UDP and a TCP port with one number, the UDP port is first and has another targetPort",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: quic, port: 443, \
             targetPort: 9443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the first port whatever its protocol, and connects to 9443 over TCP instead of 8443",
        source: "pkg/service/service.go, GetBackendName",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "the only port is UDP",
        ingress: "web:53",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: dns, port: 53, \
             targetPort: 5353, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: dns, port: 5353, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "never looks at protocols, and connects to the number over TCP",
        source: "pkg/service/service.go, GetBackendName; pkg/k8s/informers.go, convertToEndpoints",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "the port name is use-annotation",
        ingress: "web:use-annotation",
        objects: &[WEB],
        controller: "looks for a Service port of that name, and adds no route",
        source: "pkg/service/service.go, GetBackendName",
        expected: "action-annotation=warn",
        today: None,
    },
    // Types of Services.
    Situation {
        name: "an ExternalName Service declares the number",
        ingress: "web:443",
        objects: &[EXTERNAL_WITH_PORT],
        controller: "connects to the external name at the port",
        source: "pkg/service/endpoints_test.go, TestGetRuntimeBackend_ExternalName_NoRuntime",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service declares the name",
        ingress: "web:https",
        objects: &[EXTERNAL_WITH_PORT],
        controller: "connects to the external name at the port",
        source: "pkg/service/endpoints.go, getExternalNameEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service still has a slice of its former type",
        ingress: "web:443",
        objects: &[EXTERNAL_WITH_PORT, READY],
        controller: "ignores the slice and connects to the external name",
        source: "pkg/service/endpoints_test.go, TestGetRuntimeBackend_ExternalName_IgnoresOrphanEndpointSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service has no ports",
        ingress: "web:443",
        objects: &[EXTERNAL],
        controller: "needs a Service port, as for every Service, and adds no route",
        source: "pkg/service/service.go, GetBackendName",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service declares another number",
        ingress: "web:80",
        objects: &[EXTERNAL_WITH_PORT],
        controller: "finds no Service port, and adds no route",
        source: "pkg/service/service.go, GetBackendName",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service names localhost",
        ingress: "web:8080",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: localhost, ports: [{port: 8080}]}}"],
        controller: "refuses no name, and connects to itself",
        source: "pkg/service/endpoints.go, getExternalNameEndpoints",
        expected: "",
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
        source: "pkg/k8s/informers.go, getServiceInformer",
        expected: "",
        today: None,
    },
];
