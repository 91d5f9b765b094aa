//! Endpoints, default backends, hosts, paths and classes.

use super::{Situation, WEB};

/// The Service `web` of WEB, without its Pod and slice.
const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// The Service `web` without a selector.
const UNSELECTED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, \
     port: 80, targetPort: 8080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Endpoints, which kube-proxy chooses.
    Situation {
        name: "no selector, and a slice written by hand without conditions",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1]}]}",
        ],
        controller: "connects to the ClusterIP; kube-proxy counts an endpoint without conditions as ready",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress; kubernetes/kubernetes \
                 pkg/proxy/endpointslicecache.go",
        expected: "",
        today: None,
    },
    Situation {
        name: "no selector, and the slice has another port name",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "connects to the ClusterIP; kube-proxy compares port names and finds no endpoint",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress; kubernetes/kubernetes \
                 pkg/proxy/endpointslicecache.go",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no selector, and the port of the slice has no number",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "connects to the ClusterIP; kube-proxy ignores slice ports without a number",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress; kubernetes/kubernetes \
                 pkg/proxy/endpointslicecache.go, endpointInfoByServicePort",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no selector, and a core Endpoints object",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: v1, kind: Endpoints, metadata: {name: web}, subsets: [{addresses: [{ip: 10.1.0.1}], \
             ports: [{name: http, port: 8080, protocol: TCP}]}]}",
        ],
        controller: "connects to the ClusterIP; kube-proxy reads the slice that Kubernetes mirrors from the Endpoints",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "no selector, nothing published",
        ingress: "web:80",
        objects: &[UNSELECTED],
        controller: "connects to the ClusterIP, where nothing answers",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no Pod is selected",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}",
        ],
        controller: "connects to the ClusterIP, where nothing answers",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "Pods that are not ready",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: false, serving: false, terminating: false}}]}",
        ],
        controller: "connects to the ClusterIP, where nothing answers",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "only endpoints that terminate and still serve",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: false, serving: true, terminating: true}}]}",
        ],
        controller: "connects to the ClusterIP; kube-proxy falls back to terminating endpoints",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
    Situation {
        name: "only endpoints that terminate and do not serve",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: false, serving: false, terminating: true}}]}",
        ],
        controller: "connects to the ClusterIP; kube-proxy falls back to terminating endpoints only if they serve",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress; kubernetes/enhancements KEP-1669",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "unready Pods that the Service publishes",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {publishNotReadyAddresses: true, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true, serving: false, terminating: false}}]}",
        ],
        controller: "connects to the ClusterIP; kube-proxy uses endpoints that count as ready",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "",
        today: None,
    },
    // Default backends, hosts and paths.
    Situation {
        name: "a default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, tls: [{hosts: [web]}]}}",
        objects: &[WEB],
        controller: "serves the default backend at the path /",
        source: "cmd/k8s-operator/ingress_test.go, TestTailscaleIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "a default backend alone that does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, tls: [{hosts: [web]}]}}",
        objects: &[],
        controller: "has no valid path, reports the event NoValidBackends, and makes no proxy",
        source: "cmd/k8s-operator/ingress.go, maybeProvision",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for /",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, tls: [{hosts: [web]}], \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "keeps one backend for each path: that of the rule replaces the default backend, which is the \
                     path /",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for another path",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, tls: [{hosts: [web]}], \
                  rules: [{http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "serves /api only: other paths get 404",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress; ipn/ipnlocal/serve.go, getServeHandler",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a rule for the TLS host, without a path",
        ingress: "{spec: {tls: [{hosts: [foo.tailnet.ts.net]}], rules: [{host: foo.tailnet.ts.net, \
                  http: {paths: [{pathType: ImplementationSpecific, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "serves the backend at the path /",
        source: "cmd/k8s-operator/ingress_test.go, TestEmptyPath",
        expected: "",
        today: None,
    },
    Situation {
        name: "an exact path",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Exact, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "serves the path as a prefix, with an event",
        source: "cmd/k8s-operator/ingress_test.go, TestEmptyPath, empty_path_with_exact_type",
        expected: "",
        today: None,
    },
    Situation {
        name: "a missing Service in a rule for the TLS host",
        ingress: "{spec: {tls: [{hosts: [foo.tailnet.ts.net]}], rules: [{host: foo.tailnet.ts.net, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[],
        controller: "reads the rule, and skips the path",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a missing Service in a rule for another host than the TLS host",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, tls: [{hosts: [web]}], \
                  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: gone, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "ignores the rule, with an event: only the first TLS host counts",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a missing Service in a rule for the second TLS host",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, tls: [{hosts: [web, web2]}], \
                  rules: [{host: web2, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "ignores the rule, with an event: only the first TLS host counts",
        source: "cmd/k8s-operator/ingress.go, maybeProvision, handlersForIngress",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a rule without paths",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, tls: [{hosts: [web]}], rules: [{host: web}]}}",
        objects: &[WEB],
        controller: "ends with a nil pointer in the rule, again at each retry, and serves nothing",
        source: "cmd/k8s-operator/ingress.go, handlersForIngress",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "two TLS hosts on a ProxyGroup",
        ingress: "{metadata: {annotations: {tailscale.com/proxy-group: proxies}}, spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, tls: [{hosts: [web, web2]}]}}",
        objects: &[WEB],
        controller: "rejects the Ingress",
        source: "cmd/k8s-operator/ingress-for-pg.go, validateIngress",
        expected: "ingress-rejected=warn",
        today: None,
    },
    // Redirects and classes.
    Situation {
        name: "a redirect to HTTPS, and the Service does not exist",
        ingress: "{metadata: {annotations: {tailscale.com/http-redirect: 'true'}}, \
                  spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, tls: [{hosts: [web]}]}}",
        objects: &[],
        controller: "redirects only paths that have a valid backend",
        source: "cmd/k8s-operator/ingress_test.go, TestTailscaleIngressWithHTTPRedirect",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the class in the field, without an IngressClass of that name",
        ingress: "web:80 {ingressClassName: tailscale}",
        objects: &[WEB],
        controller: "compares the name in the field; a missing IngressClass is a warning in its log only",
        source: "cmd/k8s-operator/ingress.go, shouldExpose, validateIngressClass",
        expected: "",
        today: None,
    },
    Situation {
        name: "the class in the annotation only",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: tailscale}}",
        objects: &[WEB],
        controller: "never reads the annotation, and ignores the Ingress",
        source: "cmd/k8s-operator/ingress.go, shouldExpose; cmd/k8s-operator/ingress_test.go, TestTailscaleIngress, \
                 step 4",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "reads the field only, and serves the Ingress, as may the other controller",
        source: "cmd/k8s-operator/ingress.go, shouldExpose",
        expected: "ingress-class=warn",
        today: None,
    },
];
