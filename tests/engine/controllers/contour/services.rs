//! Services and ports.

use super::{NAMED_TARGET, SLICE, Situation, WEB};

/// One number for UDP and TCP, as for HTTP/3, UDP first.
const UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: quic, port: 443, protocol: UDP, targetPort: 8443}, {name: https, port: 443, \
     targetPort: 8443}]}}";
/// One number for TCP and UDP, TCP first.
const TCP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: https, port: 443, targetPort: 8443}, {name: quic, port: 443, protocol: UDP, \
     targetPort: 8443}]}}";
/// The slice of the Services with two protocols.
const TWO_PROTOCOLS: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 8443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "a port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "adds the route",
        source: "internal/dag/cache_test.go, TestLookupService, lookup by port num",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "leaves the route out: 404, or another route of the host",
        source: "internal/dag/cache_test.go, TestLookupService, 'service does not exist'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number is that of no port",
        ingress: "web:9999",
        objects: &[WEB],
        controller: "leaves the route out",
        source: "internal/dag/cache_test.go, TestLookupService, lookup by wrong port num",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the name is that of no port",
        ingress: "web:wrong-name",
        objects: &[WEB],
        controller: "leaves the route out",
        source: "internal/dag/cache_test.go, TestLookupService, lookup by wrong port name",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares the number with ports only, and leaves the route out",
        source: "internal/dag/cache.go, LookupService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[NAMED_TARGET, SLICE],
        controller: "compares the name with the names of Service ports only, and leaves the route out",
        source: "internal/dag/cache.go, LookupService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the reference is a name, the targetPort is a name",
        ingress: "web:http",
        objects: &[NAMED_TARGET, SLICE],
        controller: "adds the route, and takes the slice port with the name of the Service port",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'insert ingress w/ single unnamed backend w/ named \
                 service port then service'; internal/xdscache/v3/endpointslicetranslator_test.go, \
                 TestEndpointSliceTranslatorRecomputeClusterLoadAssignment, 'named container port'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port is called by the number",
        ingress: "web:9000",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
             ports: [{name: '9000', port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: '9000', port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "compares the number, written as a text, with the names of ports too: served",
        source: "internal/dag/cache.go, LookupService",
        expected: "",
        today: None,
    },
    Situation {
        name: "the only port is UDP, by number",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 80, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "leaves the route out: unsupported protocol",
        source: "internal/dag/cache.go, LookupService",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "the only port is UDP, by name",
        ingress: "web:http",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 80, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "leaves the route out: unsupported protocol",
        source: "internal/dag/cache_test.go, TestLookupService, 'service and port exist, invalid service protocol'",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "UDP comes first, by number",
        ingress: "web:443",
        objects: &[UDP_FIRST, TWO_PROTOCOLS],
        controller: "stops at the first port of the number, which is UDP, and leaves the route out",
        source: "internal/dag/cache.go, LookupService",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "UDP comes first, by the name of the TCP port",
        ingress: "web:https",
        objects: &[UDP_FIRST, TWO_PROTOCOLS],
        controller: "replaces the name with its number and looks the number up again, which finds the UDP port: \
                     leaves the route out",
        source: "internal/dag/ingress_processor.go, computeIngressRule; internal/dag/accessors.go, EnsureService",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "TCP comes first, by number",
        ingress: "web:443",
        objects: &[TCP_FIRST, TWO_PROTOCOLS],
        controller: "takes the TCP port: served",
        source: "internal/dag/cache.go, LookupService",
        expected: "",
        today: None,
    },
    Situation {
        name: "TCP comes first, by the name of the TCP port",
        ingress: "web:https",
        objects: &[TCP_FIRST, TWO_PROTOCOLS],
        controller: "looks the number 443 up again, which finds the TCP port: served",
        source: "internal/dag/ingress_processor.go, computeIngressRule",
        expected: "",
        today: None,
    },
    Situation {
        name: "TCP comes first, by the name of the UDP port",
        ingress: "web:quic",
        objects: &[TCP_FIRST, TWO_PROTOCOLS],
        controller: "refuses the UDP port at the first lookup, by name: leaves the route out",
        source: "internal/dag/ingress_processor.go, computeIngressRule",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "one of two paths has a missing Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: gone, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "leaves that path out; requests for it go to the path /",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'insert ingress w/ two paths then one service'",
        expected: "service-not-found=deny",
        today: None,
    },
];
