//! Services, ports and types of Services.

use super::{NAMED_TARGET, Situation, WEB};

/// A ready slice of the Service.
const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";
/// One number for UDP and TCP, UDP first, with different targetPorts.
const UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: quic, port: 443, protocol: UDP, targetPort: 9443}, {name: https, port: 443, \
     targetPort: 8443}]}}";
/// The slice of the Service with two protocols.
const UDP_FIRST_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";
/// An ExternalName Service without ports.
const EXTERNAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: shop.example.com}}";
/// An ExternalName Service with a port.
const EXTERNAL_WITH_PORT: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: shop.example.com, ports: [{name: http, port: 80, targetPort: 80}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Services and ports.
    Situation {
        name: "a port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "sends requests to the ready endpoints",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "keeps the location with an upstream without endpoints: 503",
        source: "test/e2e/servicebackend/service_backend.go, 'should return 503 when backend service does not exist'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number is that of no port",
        ingress: "web:81",
        objects: &[WEB],
        controller: "finds no port, so the upstream has no endpoints: 503",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the name is that of no port",
        ingress: "web:htpp",
        objects: &[WEB],
        controller: "finds no port, so the upstream has no endpoints: 503",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares the number with targetPorts too: served",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[NAMED_TARGET, SLICE],
        controller: "compares the name with targetPorts too: served",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
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
        controller: "compares the reference with port, targetPort and name as texts, so a port with the name '9000' \
                     matches the number 9000: served",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number is a targetPort of an earlier port",
        ingress: "web:8080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: a, \
             port: 80, targetPort: 8080}, {name: b, port: 8080, targetPort: 9090}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: a, port: 8080}, {name: b, \
             port: 9090}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "takes the first port that fits, which is the earlier one: its Pods answer",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP comes first with another targetPort",
        ingress: "web:443",
        objects: &[UDP_FIRST, UDP_FIRST_SLICE],
        controller: "takes the UDP port, finds no TCP slice port with its name, and connects by TCP to the number of \
                     its targetPort",
        source: "internal/ingress/controller/controller.go, serviceEndpoints; \
                 internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "UDP comes first with the same targetPort",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: quic, \
             port: 443, protocol: UDP, targetPort: 8443}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 8443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the UDP port and connects by TCP to its targetPort; the TCP port has the same targetPort: served",
        source: "internal/ingress/controller/controller.go, serviceEndpoints; \
                 internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP comes first, the reference is the name of the TCP port",
        ingress: "web:https",
        objects: &[UDP_FIRST, UDP_FIRST_SLICE],
        controller: "takes the port of that name: served",
        source: "internal/ingress/controller/controller.go, serviceEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "the only port is UDP",
        ingress: "web:53",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: dns, \
             port: 53, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: dns, port: 53, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "looks for TCP ports in the slice and finds none: 503",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, 'should return no \
                 endpoint when the protocol does not match'",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    // Types of Services.
    Situation {
        name: "ExternalName without ports, by number",
        ingress: "web:80",
        objects: &[EXTERNAL],
        controller: "connects to the number of the reference: served",
        source: "test/e2e/servicebackend/service_externalname.go, 'should return 200 for service type=ExternalName \
                 without a port defined'",
        expected: "",
        today: None,
    },
    Situation {
        name: "ExternalName by the name of its port",
        ingress: "web:http",
        objects: &[EXTERNAL_WITH_PORT],
        controller: "connects to the targetPort: served",
        source: "test/e2e/servicebackend/service_externalname.go, 'should return 200 for service type=ExternalName \
                 using a port name'",
        expected: "",
        today: None,
    },
    Situation {
        name: "ExternalName by a name that it does not declare",
        ingress: "web:htpp",
        objects: &[EXTERNAL_WITH_PORT],
        controller: "takes the port number 0: 502",
        source: "internal/ingress/controller/controller.go, externalNamePorts",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "ExternalName with a dot at the end",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example.com., ports: [{port: 80}]}}"],
        controller: "ignores the dot: served",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, ExternalName with a \
                 trailing dot",
        expected: "",
        today: None,
    },
    Situation {
        name: "ExternalName localhost",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: localhost, ports: [{port: 80}]}}"],
        controller: "refuses the name: 503",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, ExternalName \
                 localhost",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "ExternalName with a loopback address",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: 127.0.0.1, ports: [{port: 80}]}}"],
        controller: "refuses the address: 503",
        source: "internal/ingress/controller/endpointslices_test.go, TestGetEndpointsFromSlices, ExternalName \
                 127.0.0.1",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
        ],
        controller: "uses the endpoints: served",
        source: "internal/ingress/controller/endpointslices.go, getEndpointsFromSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream on a headless Service",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/service-upstream: 'true'}}",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
        ],
        controller: "finds no ClusterIP and uses the endpoints: served",
        source: "internal/ingress/controller/controller.go, getServiceClusterEndpoint, createUpstreams",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream with the number of a targetPort",
        ingress: "web:8080 {annotations: {nginx.ingress.kubernetes.io/service-upstream: 'true'}}",
        objects: &[WEB],
        controller: "connects to that number of the ClusterIP, unless an Ingress without the annotation was the first \
                     to name this Service and port",
        source: "internal/ingress/controller/controller.go, getServiceClusterEndpoint, createUpstreams",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "service-upstream with the name of a targetPort",
        ingress: "web:app {annotations: {nginx.ingress.kubernetes.io/service-upstream: 'true'}}",
        objects: &[NAMED_TARGET, SLICE],
        controller: "finds no Service port of that name for the ClusterIP and uses the endpoints, for which the name \
                     matches: served",
        source: "internal/ingress/controller/controller.go, getServiceClusterEndpoint, createUpstreams",
        expected: "",
        today: None,
    },
];
