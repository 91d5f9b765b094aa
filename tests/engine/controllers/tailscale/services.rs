//! Ports and Services.

use super::{Situation, WEB};

/// The Service `web` whose targetPort is a name.
const NAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: web}]}}";
/// A slice of `web` with a ready endpoint: port `http`, 8080.
const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.1.0.1], conditions: {ready: true, serving: true, terminating: false}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Ports.
    Situation {
        name: "the number of a port",
        ingress: "web:80",
        objects: &[WEB],
        controller: "proxies to the ClusterIP and the number of the reference",
        source: "cmd/k8s-operator/ingress_test.go, TestTailscaleIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name of a port",
        ingress: "web:http",
        objects: &[WEB],
        controller: "proxies to the ClusterIP and the number of the first port with the name",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "a named targetPort, by the name of the port",
        ingress: "web:http",
        objects: &[NAMED, SLICE],
        controller: "proxies to the ClusterIP; kube-proxy knows the targetPort",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number of a targetPort",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "proxies to the ClusterIP and the number, which it does not check: nothing serves this port of \
                     the ClusterIP",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a number that the Service does not have",
        ingress: "web:81",
        objects: &[WEB],
        controller: "proxies to the ClusterIP and the number, which it does not check: nothing serves this port of \
                     the ClusterIP",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a name that the Service does not have",
        ingress: "web:grpc",
        objects: &[WEB],
        controller: "skips the path, with the event InvalidIngressBackend",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the name of a targetPort",
        ingress: "web:web",
        objects: &[NAMED, SLICE],
        controller: "compares names of ports only, and skips the path",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "two ports with one number, UDP first",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: quic, \
             port: 443, protocol: UDP, targetPort: 9443}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.1.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "connects with TCP to the number of the ClusterIP; kube-proxy serves the TCP port",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port that is UDP only, by its number",
        ingress: "web:53",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: dns, \
             port: 53, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: dns, port: 53, \
             protocol: UDP}], endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "connects with TCP to the number of the ClusterIP, which has no TCP port",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "the name of a UDP port, and a TCP port has the same number",
        ingress: "web:dns",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: dns, \
             port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: dns, port: 53, \
             protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}], endpoints: [{addresses: [10.1.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the number of the named port, whatever its protocol; kube-proxy serves the TCP port of \
                     that number",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "the port name of an AWS action",
        ingress: "web:use-annotation",
        objects: &[WEB],
        controller: "looks for a port with the name, finds none, and skips the path",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "action-annotation=warn",
        today: None,
    },
    // Services.
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "skips the path, with the event InvalidIngressBackend; without any valid path it makes no proxy",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress, maybeProvision",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the Service of an Ingress on a ProxyGroup does not exist",
        ingress: "{metadata: {annotations: {tailscale.com/proxy-group: proxies}}, \
                  spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, tls: [{hosts: [web]}]}}",
        objects: &[],
        controller: "makes the Tailscale Service without the path",
        source: "cmd/k8s-operator/ingress-for-pg.go, maybeProvision",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the Service of one path does not exist",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}, {path: /api, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "skips the path /api, so that the backend of / gets its requests",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress; ipn/ipnlocal/serve.go, getServeHandler",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "an ExternalName Service",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example, ports: [{name: http, port: 80}]}}"],
        controller: "skips the path: the Service has no ClusterIP",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
        ],
        controller: "skips the path: the Service has no ClusterIP",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a Service with an IPv6 ClusterIP",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 'fd00::1', ipFamilies: [IPv6], \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv6, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: ['fd00:1::1'], conditions: {ready: true}}]}",
        ],
        controller: "proxies to the address in brackets",
        source: "cmd/k8s-operator/ingress_test.go, TestTailscaleIngressIPv6",
        expected: "",
        today: None,
    },
    Situation {
        name: "a resource backend",
        ingress: "{spec: {rules: [{http: {paths: [{path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "skips the path, with the event InvalidIngressBackend",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "resource-backend=warn",
        today: None,
    },
];
