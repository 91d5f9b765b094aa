//! Services, ports, and types of Services.

use super::{CRASHING_POD, NAMED, READY_POD, Situation, UNREADY_SLICE, WEB};

const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}}]}";
/// Two ports with one number; the first one is UDP.
const UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: h3, port: 443, \
     targetPort: 9443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}";
const UDP_FIRST_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 9443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";
/// An ExternalName Service that declares no port.
const EXTERNAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: external.example.com}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Services and ports.
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "keeps the route and makes an upstream without targets: 503",
        source: "internal/dataplane/translator/ingressrules_test.go, TestGetK8sServicesForBackends; \
                 translate_upstreams.go, getUpstreams",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "finds the port by its number and uses the endpoints of the slice",
        source: "internal/dataplane/translator/translator_test.go, TestPickPort (port by number)",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number is that of no port",
        ingress: "web:81",
        objects: &[WEB],
        controller: "finds no port and adds no target: 503",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares a number with ports only, never with targetPorts: 503",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a port has the name",
        ingress: "web:http",
        objects: &[WEB],
        controller: "finds the port by its name",
        source: "internal/dataplane/translator/translator_test.go, TestPickPort (port by name)",
        expected: "",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[NAMED, SLICE, READY_POD],
        controller: "also compares a name with the names of targetPorts, so it finds the port",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name is that of no port and no targetPort",
        ingress: "web:htpp",
        objects: &[WEB],
        controller: "finds no port and adds no target: 503",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "an earlier port has the name as its targetPort",
        ingress: "web:http",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: admin, port: 9000, \
             targetPort: http}, {name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: admin, port: 9001, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "takes the first port whose name or targetPort has the name, here admin, and its endpoints",
        source: "internal/dataplane/translator/translator_test.go, TestPickPort (the Service has such a pair of \
                 ports)",
        expected: "",
        today: None,
    },
    Situation {
        name: "one of two ports of the same Service does not exist",
        ingress: "{spec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /admin, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 9000}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes one Kong service for each pair of Service and port; only that of the wrong port has no \
                     target",
        source: "internal/dataplane/testdata/golden/ingress-v1-multiple-ports-for-one-service; \
                 subtranslator/ingress.go, generateKongServiceName",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the only port is UDP",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: h3, port: 443, \
             targetPort: 8443, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 8443, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "takes the port without a look at its protocol, gathers the endpoints of every protocol that the \
                     Service uses, and sends HTTP over TCP to that number",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort and listProtocols",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "the UDP port of two with one number comes first and has another targetPort",
        ingress: "web:443",
        objects: &[UDP_FIRST, UDP_FIRST_SLICE],
        controller: "takes the first port with the number, so requests go to the number of the UDP port's targetPort",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort and getEndpoints",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "the name selects the TCP port of two with one number",
        ingress: "web:https",
        objects: &[UDP_FIRST, UDP_FIRST_SLICE],
        controller: "finds the port by its name, so the order does not matter",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the UDP port of two with one number comes first and has the same targetPort",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: h3, port: 443, \
             targetPort: 8443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 8443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the UDP port; both ports have the same target number, so requests arrive",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort and getEndpoints",
        expected: "",
        today: None,
    },
    // Headless Services, and the annotation `service-upstream` of the Service.
    Situation {
        name: "a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
            READY_POD,
        ],
        controller: "uses the endpoints of the slices; it never reads the ClusterIP",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream on a headless Service whose targetPort has the number of the port",
        ingress: "web:8080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'true'}}, spec: {clusterIP: None, \
             selector: {app: web}, ports: [{name: http, port: 8080}]}}",
            SLICE,
            READY_POD,
        ],
        controller: "its only target is the DNS name of the Service with the number of the port; the name of a \
                     headless Service resolves to the Pods, and they listen on that number",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (service-upstream annotation: \
                 name and port, no ClusterIP)",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream on a headless Service whose targetPort has another number",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'true'}}, spec: {clusterIP: None, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
            READY_POD,
        ],
        controller: "connects to the Pods' addresses on the number of the Service's port, where nothing listens, \
                     unless the gateway's resolver reads the port from an SRV record of the name",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (service-upstream annotation: \
                 port 2080 with targetPort 80 gives 2080); Kong/kong#10167 for SRV records",
        expected: "service-type=audit",
        today: None,
    },
    Situation {
        name: "service-upstream with another value than true, on a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'True'}}, spec: {clusterIP: None, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
            READY_POD,
        ],
        controller: "compares the value with the word true exactly, so it uses the endpoints",
        source: "internal/annotations/annotations.go, HasServiceUpstreamAnnotation; annotations_test.go, \
                 TestHasServiceUpstreamAnnotation",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream on a Service with a ClusterIP",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'true'}}, spec: {selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
            READY_POD,
        ],
        controller: "its only target is the DNS name of the Service with the number of the port",
        source: "internal/dataplane/translator/translator_test.go, TestGetEndpoints (service-upstream annotation)",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream with the number of a targetPort",
        ingress: "web:8080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'true'}}, spec: {selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
            READY_POD,
        ],
        controller: "looks for the port before it reads the annotation, and finds none: 503",
        source: "internal/dataplane/translator/translate_upstreams.go, getUpstreams (findPort comes before \
                 getServiceEndpoints)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "service-upstream while no endpoint is ready",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'true'}}, spec: {selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            UNREADY_SLICE,
            CRASHING_POD,
        ],
        controller: "connects to the ClusterIP in any case, and nothing answers there",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    // ExternalName.
    Situation {
        name: "an ExternalName Service without ports, by number",
        ingress: "web:222",
        objects: &[EXTERNAL],
        controller: "connects to the external name on the number of the reference",
        source: "internal/dataplane/translator/translator_test.go, TestPickPort (port by number external name)",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service, by the name of a declared port",
        ingress: "web:http",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: external.example.com, ports: [{name: http, port: 80}]}}"],
        controller: "accepts numbers only for such a Service, and adds no target: 503",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service that declares another port",
        ingress: "web:8443",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: external.example.com, ports: [{name: http, port: 80, targetPort: 8080}]}}"],
        controller: "does not read the declared ports, and connects to the number of the reference",
        source: "internal/dataplane/translator/translate_upstreams.go, findPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service for localhost",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: localhost}}"],
        controller: "refuses no external name",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream on an ExternalName Service",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {ingress.kubernetes.io/service-upstream: 'true'}}, spec: {type: ExternalName, \
             externalName: external.example.com}}"],
        controller: "reads the annotation first: the target is the DNS name of the Service, which is an alias of the \
                     external name",
        source: "internal/dataplane/translator/translate_upstreams.go, getEndpoints",
        expected: "",
        today: None,
    },
];
