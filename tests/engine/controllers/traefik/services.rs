//! Services, ports, protocols and types of Services.

use super::{MANUAL, PUBLISHED, READY, Situation, WEB};

/// A Service whose first port 80 is UDP and has another targetPort than the TCP port 80.
const UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: quic, port: 80, \
     targetPort: 9443, protocol: UDP}, {name: http, port: 80, targetPort: 8080, protocol: TCP}]}}";
/// The slice of [`UDP_FIRST`].
const BOTH_PORTS: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9443, protocol: UDP}, \
     {name: http, port: 8080, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";
/// A NodePort Service that asks Traefik to connect to the nodes.
const BY_NODES: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {traefik.ingress.kubernetes.io/service.nodeportlb: 'true'}}, spec: {type: NodePort, \
     clusterIP: 10.96.0.9, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]}}";
/// A Service that asks Traefik to connect to its ClusterIP.
const BY_CLUSTER_IP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {traefik.ingress.kubernetes.io/service.nativelb: 'true'}}, spec: {clusterIP: 10.96.0.9, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Services and ports.
    Situation {
        name: "the number is a port of the Service",
        ingress: "web:80",
        objects: &[WEB],
        controller: "serves the endpoints of the port",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 a basic rule on one path",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name is a port of the Service",
        ingress: "web:http",
        objects: &[WEB],
        controller: "finds the port by its name and serves its endpoints",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 named port",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "logs that the Service was not found and makes no router for the path",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number is no port of the Service",
        ingress: "web:81",
        objects: &[WEB],
        controller: "logs that the port was not found and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 unknown service port",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the name is no port of the Service",
        ingress: "web:htpp",
        objects: &[WEB],
        controller: "logs that the port was not found and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 unknown service port name",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares the number with the ports of the Service only, and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
             targetPort: app}]}}",
            READY,
        ],
        controller: "compares the name with the names of the Service's ports only, and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "one of two paths names a missing Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: api, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "skips the broken path; its requests reach the Service of the path /",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadConfigurationFromIngresses; traefik/traefik#9181",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a headless Service declares no port",
        ingress: "web:8080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}}}",
        ],
        controller: "loops over the ports of the Service, finds none, and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "two slices with different ports, and the named port is in one of them",
        ingress: "web:admin",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
             targetPort: http}, {name: admin, port: 81, targetPort: admin}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-2, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: admin, port: 8081}], \
             endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}}]}",
        ],
        controller: "skips the slice without the port and serves the endpoints of the other one",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 a named port matching subset of service pods",
        expected: "",
        today: None,
    },
    // Protocols.
    Situation {
        name: "two ports have the number, and the first is UDP with another targetPort",
        ingress: "web:80",
        objects: &[UDP_FIRST, BOTH_PORTS],
        controller: "takes the first port of the number and sends HTTP to its targetPort",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "two ports have the number, and the reference names the TCP port",
        ingress: "web:http",
        objects: &[UDP_FIRST, BOTH_PORTS],
        controller: "takes the port of the name, and does not look the number up again",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    Situation {
        name: "two ports have the number and one targetPort, UDP first",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: h3, port: 443, \
             targetPort: 8443, protocol: UDP}, {name: https, port: 443, targetPort: 8443, protocol: TCP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 8443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the UDP port and connects over TCP to the same number",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    Situation {
        name: "the port is UDP only",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
             targetPort: 8080, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "reads no protocol anywhere, and connects over TCP",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "the slice's port has another protocol",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "compares the names of the ports only, and serves the endpoint",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    // Types of Services.
    Situation {
        name: "a headless Service with endpoints",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "serves the endpoints",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service with the port",
        ingress: "web:8080",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example.com, ports: [{port: 8080}]}}"],
        controller: "makes no router by default; with allowExternalNameServices it connects to the host and the \
                     Service's port",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, \
                 TestLoadConfigurationFromIngressesWithExternalNameServices: Ingress with service with externalName",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service without ports",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example.com}}"],
        controller: "makes no router, whether ExternalName Services are allowed or not",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "nativelb, and no endpoint",
        ingress: "web:80",
        objects: &[BY_CLUSTER_IP],
        controller: "makes a router to the ClusterIP without reading slices, and nothing answers there",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngressesWithNativeLB: \
                 Ingress with native service lb",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "nativelb, and an unready Pod is published",
        ingress: "web:80",
        objects: &[BY_CLUSTER_IP, PUBLISHED],
        controller: "connects to the ClusterIP, and kube-proxy uses ready endpoints whether they serve or not",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "",
        today: None,
    },
    Situation {
        name: "nativelb with two ports of the number, UDP first",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {traefik.ingress.kubernetes.io/service.nativelb: 'true'}}, spec: {clusterIP: 10.96.0.9, \
             ports: [{name: quic, port: 80, targetPort: 9443, protocol: UDP}, {name: http, port: 80, \
             targetPort: 8080, protocol: TCP}]}}",
            BOTH_PORTS,
        ],
        controller: "connects over TCP to the number at the ClusterIP, which is the TCP port",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, getNativeServiceAddress",
        expected: "",
        today: None,
    },
    Situation {
        name: "nativelb on a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {traefik.ingress.kubernetes.io/service.nativelb: 'true'}}, spec: {clusterIP: None, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "returns an error because there is no ClusterIP, and makes no router",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, getNativeServiceAddress",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "nativeLB in camel case on a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {traefik.ingress.kubernetes.io/service.nativeLB: 'true'}}, spec: {clusterIP: None, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "reads the part of the key after the prefix without regard to case, and makes no router",
        source: "pkg/provider/kubernetes/ingress/annotations.go, parseServiceConfig; traefik/paerser v0.2.2 \
                 parser/nodes_metadata.go, findTypedField",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "nodeportlb, and an unready Pod is published",
        ingress: "web:80",
        objects: &[BY_NODES, PUBLISHED],
        controller: "connects to the node port of the nodes without reading slices; kube-proxy uses ready endpoints \
                     whether they serve or not",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, \
                 TestLoadConfigurationFromIngressesWithNodePortLB: Ingress with node port lb",
        expected: "",
        today: None,
    },
    Situation {
        name: "nodeportlb, and no endpoint",
        ingress: "web:80",
        objects: &[BY_NODES],
        controller: "makes a router to the nodes; the connection to the node port is refused (502), the route is not \
                     dropped",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "nodeportlb, and the port is UDP only",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {traefik.ingress.kubernetes.io/service.nodeportlb: 'true'}}, spec: {type: NodePort, \
             clusterIP: 10.96.0.9, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080, \
             protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "connects over TCP to the node port, where kube-proxy serves UDP only",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "nodeportlb on a ClusterIP Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {traefik.ingress.kubernetes.io/service.nodeportlb: 'true'}}, spec: {clusterIP: 10.96.0.9, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            PUBLISHED,
        ],
        controller: "obeys the annotation on Services of type NodePort only: it reads the slices, and skips endpoints \
                     that do not serve",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadService",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "an annotation of the Service has an unknown name",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {traefik.ingress.kubernetes.io/service.scheme: https}}, spec: {ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            READY,
        ],
        controller: "cannot decode the annotations of the Service, and makes no router",
        source: "pkg/provider/kubernetes/ingress/annotations.go, parseServiceConfig; traefik/paerser v0.2.2 \
                 parser/nodes_metadata.go, findTypedField",
        expected: "",
        today: None,
    },
];
