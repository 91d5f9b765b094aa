//! Services, ports, slices, ExternalName Services and the ClusterIP.

use super::{EXTERNAL_HTTP, IDLE, Situation, WEB};

/// A Service without a selector: its slices are written by hand.
const MANUAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// A slice with a ready endpoint.
const READY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}}]}";
/// An ExternalName Service without ports.
const EXTERNAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: shop.example.com}}";
/// An ExternalName Service whose targetPort is a name.
const EXTERNAL_NAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: shop.example.com, ports: [{name: http, port: 80, targetPort: app}]}}";
/// A headless Service.
const HEADLESS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Services and ports.
    Situation {
        name: "the number is a port of the Service",
        ingress: "web:80",
        objects: &[WEB],
        controller: "serves the endpoints of the port",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: No annotation",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name is a port of the Service",
        ingress: "web:http",
        objects: &[WEB],
        controller: "finds the port by its name and serves its endpoints",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getServicePort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "keeps the route with a service that has no server: 503 (3.6: no route, 404)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Service unavailable in \
                 HTTP",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number is no port of the Service",
        ingress: "web:81",
        objects: &[WEB],
        controller: "keeps the route with a service that has no server: 503 (3.6: no route, 404)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the name is no port of the Service",
        ingress: "web:htpp",
        objects: &[WEB],
        controller: "keeps the route with a service that has no server: 503 (3.6: no route, 404)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "answers 503: unlike ingress-nginx it compares the number with the ports of the Service only",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getServicePort",
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
        controller: "answers 503: unlike ingress-nginx it compares the name with the names of the Service's ports \
                     only",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getServicePort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "one of two paths names a missing Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: api, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "answers 503 for the broken path (3.6: its requests reach the Service of the path /)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "two ports have the number, and the first is UDP with another targetPort",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: quic, port: 80, \
             targetPort: 9443, protocol: UDP}, {name: http, port: 80, targetPort: 8080, protocol: TCP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9443, \
             protocol: UDP}, {name: http, port: 8080, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the first port of the number and sends HTTP to its targetPort",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getServicePort",
        expected: "protocol-mismatch=warn",
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
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getEndpointsFromEndpointSlices",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    // Slices.
    Situation {
        name: "the slice's port has another name",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: web, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips the slice and answers 503, where ingress-nginx would go by the number",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getEndpointsFromEndpointSlices",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "the slice's port has no number",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "skips the slice and answers 503 (3.6 before 3.6.23: the whole provider panics)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: EndpointSlice with nil \
                 port value",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no condition of the endpoint is set",
        ingress: "web:80",
        objects: &[
            MANUAL,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "takes a serving condition that is not set for true, and serves the endpoint",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getEndpointsFromEndpointSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "an unready Pod is published",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {publishNotReadyAddresses: true, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]}",
        ],
        controller: "skips endpoints that do not serve, although they are ready, and answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Ingress with endpoint \
                 conditions",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the only endpoint terminates and serves",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}}]}",
        ],
        controller: "fences the server since 3.7.5, and a balancer with nothing but fenced servers answers 503 \
                     (before, and in 3.6, the endpoint serves)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Ingress with endpoint \
                 conditions; pkg/server/service/loadbalancer/wrr/wrr.go, nextServer",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
    Situation {
        name: "no selector and no slice",
        ingress: "idle:80",
        objects: &[IDLE],
        controller: "keeps the route and answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "no-endpoints=warn",
        today: None,
    },
    // ExternalName Services.
    Situation {
        name: "an ExternalName Service without ports, by number",
        ingress: "web:80",
        objects: &[EXTERNAL],
        controller: "connects to the host and the number of the reference (3.6 before 3.6.15: no route)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: External name service",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service has another port than the number",
        ingress: "web:3000",
        objects: &[EXTERNAL_HTTP],
        controller: "connects to the host and the number of the reference (3.6 before 3.6.15: no route)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: External name service",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service has the port by name",
        ingress: "web:http",
        objects: &[EXTERNAL_HTTP],
        controller: "connects to the host and the targetPort",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: External name service",
        expected: "",
        today: None,
    },
    Situation {
        name: "an ExternalName Service does not have the name",
        ingress: "web:foo",
        objects: &[EXTERNAL_HTTP],
        controller: "connects to port 0 of the host, which fails (3.6 before 3.6.15: no route)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: External name service",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "the targetPort of an ExternalName Service is a name, by number",
        ingress: "web:80",
        objects: &[EXTERNAL_NAMED],
        controller: "takes 0 for the number of a targetPort that is a name, and connects to port 0 (3.6 before \
                     3.6.15: to port 80)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "the targetPort of an ExternalName Service is a name, by name",
        ingress: "web:http",
        objects: &[EXTERNAL_NAMED],
        controller: "takes 0 for the number of a targetPort that is a name, and connects to port 0 (ingress-nginx \
                     connects to the port of the Service)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service names localhost",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: localhost, ports: [{port: 80}]}}"],
        controller: "refuses no host, and connects to itself",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "",
        today: None,
    },
    // The ClusterIP.
    Situation {
        name: "service-upstream, and an unready Pod is published",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/service-upstream: 'true'}}",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.9, \
             publishNotReadyAddresses: true, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]}",
        ],
        controller: "connects to the ClusterIP, and kube-proxy uses ready endpoints whether they serve or not",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Service Upstream",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream with a number that is no port",
        ingress: "web:8080 {annotations: {nginx.ingress.kubernetes.io/service-upstream: 'true'}}",
        objects: &[WEB],
        controller: "looks for the port before it reads the annotation, and answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "service-upstream on a headless Service",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/service-upstream: 'true'}}",
        objects: &[HEADLESS, READY],
        controller: "connects to a host called None: the route is kept, and requests get 502",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "service-upstream with the value 1 on a headless Service",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/service-upstream: '1'}}",
        objects: &[HEADLESS, READY],
        controller: "takes only the word true, so the endpoints get the requests",
        source: "pkg/provider/kubernetes/ingress-nginx/annotations.go, parseIngressConfig",
        expected: "",
        today: None,
    },
    Situation {
        name: "service-upstream of another controller on a headless Service",
        ingress: "web:80 {annotations: {haproxy-ingress.github.io/service-upstream: 'true'}}",
        objects: &[HEADLESS, READY],
        controller: "reads the prefix nginx.ingress.kubernetes.io only, which no option changes, and serves the \
                     endpoints",
        source: "pkg/provider/kubernetes/ingress-nginx/annotations.go, IngressConfig",
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
        controller: "reads no annotation of a Service, and serves the endpoints",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "",
        today: None,
    },
];
