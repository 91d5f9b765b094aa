//! Ports and types of Services.

use super::{BARE, BARE_NAMED_TARGET, READY, Situation, TERMINATING, WEB};

/// A headless Service without a selector.
const HEADLESS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// The UDP port of HTTP/3 comes before the TCP port with the same number.
const QUIC_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: quic, \
     port: 443, targetPort: 9443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}";
/// As [`QUIC_FIRST`], with one targetPort.
const QUIC_FIRST_SAME_TARGET: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, \
     spec: {ports: [{name: quic, port: 443, targetPort: 8443, protocol: UDP}, {name: https, port: 443, \
     targetPort: 8443}]}}";
/// An ExternalName Service without ports.
const EXTERNAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: shop.example.com}}";
/// An ExternalName Service with a port.
const EXTERNAL_WITH_PORT: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: shop.example.com, ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// A slice with the ports of [`QUIC_FIRST`].
const READY_QUIC: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, \
     serving: true}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Ports.
    Situation {
        name: "the Service port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "creates a backend with the endpoints of the slices",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSingle",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service is missing",
        ingress: "web:80",
        objects: &[],
        controller: "logs a warning and skips the path: the default host or the built-in 404 answers",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcNotFound",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the port name does not exist",
        ingress: "web:non",
        objects: &[WEB],
        controller: "logs that the port is not found and skips the path",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcPortNotFound",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number is neither a port nor a targetPort",
        ingress: "web:9000",
        objects: &[WEB],
        controller: "logs that the port is not found and skips the path",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcNamedPort (the fourth Ingress)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the Service port has the name",
        ingress: "web:svcport",
        objects: &[
            BARE_NAMED_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: svcport, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds the port by its name",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcNamedPort (the second Ingress)",
        expected: "",
        today: None,
    },
    Situation {
        name: "only the targetPort has the name",
        ingress: "web:http",
        objects: &[
            BARE_NAMED_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: svcport, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "compares the reference with the text of each targetPort, and finds the port",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcNamedPort (the first Ingress); \
                 pkg/converters/utils/services_test.go, TestCreateEndpoints (case 2)",
        expected: "",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares the reference with the text of each targetPort, and finds the port",
        source: "pkg/converters/utils/services.go, FindServicePort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number is the one that a named targetPort resolves to",
        ingress: "web:8080",
        objects: &[
            BARE_NAMED_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: svcport, port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "looks at the fields of the Service only, where the targetPort is a name: the port is not found",
        source: "pkg/converters/utils/services.go, FindServicePort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a targetPort wins over a port with the same number",
        ingress: "web:8080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: admin, port: 8080, \
             targetPort: 9090}, {name: http, port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "looks for names and targetPorts in all ports first: it takes the port http, which has an \
                     endpoint",
        source: "pkg/converters/utils/services.go, FindServicePort",
        expected: "",
        today: None,
    },
    Situation {
        name: "of a UDP and a TCP port with one number and one targetPort, the UDP port is first",
        ingress: "web:443",
        objects: &[
            QUIC_FIRST_SAME_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 8443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the first port, finds its slice port, and connects to 8443 over TCP, where the Pod listens",
        source: "pkg/converters/utils/services.go, FindServicePort and createEndpointSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "of a UDP and a TCP port with one number, the UDP port is first and has another targetPort",
        ingress: "web:443",
        objects: &[QUIC_FIRST, READY_QUIC],
        controller: "takes the first port, and connects to 9443 over TCP instead of 8443",
        source: "pkg/converters/utils/services.go, FindServicePort and createEndpointSlices",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "the TCP port is referenced by its name, beside a UDP port with the same number",
        ingress: "web:https",
        objects: &[QUIC_FIRST, READY_QUIC],
        controller: "finds the TCP port by its name",
        source: "pkg/converters/utils/services.go, FindServicePort",
        expected: "",
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
        controller: "accepts slice ports with the protocol of the Service port, and connects to the number over TCP",
        source: "pkg/converters/utils/services.go, createEndpointSlices",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "the port name is use-annotation",
        ingress: "web:use-annotation",
        objects: &[WEB],
        controller: "looks for a port of that name and skips the path",
        source: "pkg/converters/utils/services.go, FindServicePort",
        expected: "action-annotation=warn",
        today: None,
    },
    // Types of Services.
    Situation {
        name: "an ExternalName Service has no port, and the reference is a number",
        ingress: "web:8000",
        objects: &[EXTERNAL],
        controller: "makes up a port of that number, resolves the name itself, and connects to the addresses",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcExternalName (the third case)",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service has no port, and the reference is a name",
        ingress: "web:http",
        objects: &[EXTERNAL],
        controller: "logs that the port is not numeric and skips the path",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcExternalName (the second case)",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service has a port, and the reference is another number",
        ingress: "web:8000",
        objects: &[EXTERNAL_WITH_PORT],
        controller: "logs that the port is not found and skips the path",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcExternalName (the first case)",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service has the number as its targetPort",
        ingress: "web:8080",
        objects: &[EXTERNAL_WITH_PORT],
        controller: "finds the port by its targetPort, as for every Service, and connects to the number of the port",
        source: "pkg/converters/utils/services.go, FindServicePort and createEndpointsExternalName; services_test.go, \
                 TestCreateEndpointsExternalName",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service names localhost",
        ingress: "web:8000",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: localhost}}"],
        controller: "resolves every name and refuses none",
        source: "pkg/controller/services/cache.go, ExternalNameLookup",
        expected: "",
        today: None,
    },
    Situation {
        name: "a headless Service has a ready endpoint",
        ingress: "web:80",
        objects: &[HEADLESS, READY],
        controller: "uses the slices, as for every Service",
        source: "pkg/converters/utils/services.go, CreateEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream of the Ingress and a headless Service",
        ingress: "web:80 {annotations: {haproxy-ingress.github.io/service-upstream: 'true'}}",
        objects: &[HEADLESS, READY],
        controller: "writes the ClusterIP as it is: a server with the host None, which HAProxy cannot resolve when it \
                     loads its configuration",
        source: "pkg/converters/utils/services.go, CreateSvcEndpoint; rootfs/etc/templates/haproxy/haproxy.tmpl",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "service-upstream of the Service and a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {haproxy-ingress.github.io/service-upstream: 'true'}}, spec: {clusterIP: None, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "reads the annotation on the Service as well, and writes a server with the host None",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcUpstream (the annotation is on the Service); \
                 ingress.go, addBackendWithClass",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "service-upstream with the older prefix, on a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'true'}}, spec: {clusterIP: None, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "accepts two prefixes by default",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncSvcUpstream; pkg/controller/config/options.go",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "the Service denies service-upstream, which the Ingress demands",
        ingress: "web:80 {annotations: {haproxy-ingress.github.io/service-upstream: 'true'}}",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {haproxy-ingress.github.io/service-upstream: 'false'}}, spec: {clusterIP: None, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "gives the annotation of the Service precedence, and uses the endpoints",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncAnnBackSvcIngConflict",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream and the number of a targetPort",
        ingress: "web:8080 {annotations: {haproxy-ingress.github.io/service-upstream: 'true'}}",
        objects: &[WEB],
        controller: "finds the port by its targetPort, and connects to the ClusterIP at the number of the port",
        source: "pkg/converters/utils/services.go, CreateSvcEndpoint",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream while all endpoints are terminating",
        ingress: "web:80 {annotations: {haproxy-ingress.github.io/service-upstream: 'true'}}",
        objects: &[BARE, TERMINATING],
        controller: "connects to the ClusterIP, and kube-proxy falls back to endpoints that terminate",
        source: "pkg/converters/ingress/ingress.go, addBackendWithClass",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
];
