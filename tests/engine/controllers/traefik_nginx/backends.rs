//! Default backends, redirects and canaries.

use super::{EXTERNAL_HTTP, IDLE, Situation, WEB};

/// The Ingress that a canary belongs to. Its Service is `web`.
const PRIMARY: &str = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: primary}, \
     spec: {ingressClassName: main, rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
     backend: {service: {name: web, port: {number: 80}}}}]}}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Default backends.
    Situation {
        name: "the default-backend annotation, and the Service has no endpoints",
        ingress: "idle:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: web}}",
        objects: &[WEB, IDLE],
        controller: "serves the endpoints of the annotation's Service, by its first port (3.6 does not read the \
                     annotation: 503)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Default backend \
                 annotation",
        expected: "no-endpoints=audit",
        today: None,
    },
    Situation {
        name: "the default-backend annotation, and the Service does not exist",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: web}}",
        objects: &[WEB],
        controller: "returns the error of the Service before it reads the annotation: 503, where ingress-nginx would \
                     ask the annotation's Service",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the default-backend annotation, and the port does not exist",
        ingress: "idle:81 {annotations: {nginx.ingress.kubernetes.io/default-backend: web}}",
        objects: &[WEB, IDLE],
        controller: "returns the error of the port before it reads the annotation: 503",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the default-backend annotation names the Service of the rule",
        ingress: "idle:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: idle}}",
        objects: &[IDLE],
        controller: "does not look further, and answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the default-backend annotation names an ExternalName Service",
        ingress: "idle:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: web}}",
        objects: &[EXTERNAL_HTTP, IDLE],
        controller: "looks for slices of the ExternalName Service, finds none, and answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the Service of the default-backend annotation does not exist",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: gone}}",
        objects: &[WEB],
        controller: "serves the rule, and has nothing in an outage (3.6 does not read the annotation)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints",
        expected: "default-backend-annotation=warn",
        today: None,
    },
    Situation {
        name: "a default backend beside a rule, and its Service does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /foo, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes a route for the rest of the host, which answers 503 (3.6: no route for the rest)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Service unavailable in \
                 default backend",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend beside a rule with a host only",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: shop.example}]}}",
        objects: &[WEB],
        controller: "serves the host by the default backend",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule without a host",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes a route whose rule is empty, which the router refuses (3.6 makes none): the default \
                     backend is not used",
        source: "pkg/provider/kubernetes/ingress-nginx/translator.go, buildRule; pkg/muxer/http/mux.go, AddRoute",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "makes a route for every request with the lowest priority; the oldest such Ingress owns it",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Ingress default backend \
                 without rules emits catch-all routers with middleware annotations applied",
        expected: "",
        today: None,
    },
    Situation {
        name: "a default backend alone, and its Service does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}}",
        objects: &[],
        controller: "makes the route, which answers 503 to every request that no other route takes (3.6: no route)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a resource backend beside a Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[WEB],
        controller: "skips the path with the resource, whose requests reach the Service of the path /",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "resource-backend=warn",
        today: None,
    },
    // Redirects.
    Situation {
        name: "permanent-redirect, and the Service does not exist",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: 'https://new.example'}}",
        objects: &[],
        controller: "redirects before the backend is asked (3.6 does not read the annotation: 404)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Service unavailable in \
                 HTTP with redirect annotation",
        expected: "service-not-found=audit",
        today: None,
    },
    Situation {
        name: "temporal-redirect, and the port does not exist",
        ingress: "web:81 {annotations: {nginx.ingress.kubernetes.io/temporal-redirect: 'https://new.example'}}",
        objects: &[WEB],
        controller: "redirects before the backend is asked (3.6 does not read the annotation: 404)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Temporal Redirect; \
                 middleware.go, buildRedirect",
        expected: "port-not-found=audit",
        today: None,
    },
    Situation {
        name: "app-root, and the Service does not exist",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/app-root: /shop}}",
        objects: &[],
        controller: "redirects the root only, and answers 503 at the new place",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: App Root",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "force-ssl-redirect, and the Service does not exist",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/force-ssl-redirect: 'true'}}",
        objects: &[],
        controller: "redirects to HTTPS, where it answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Force SSL Redirect \
                 without Ingress TLS section",
        expected: "service-not-found=deny",
        today: None,
    },
    // Canaries.
    Situation {
        name: "a canary whose Service does not exist",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true', \
                  nginx.ingress.kubernetes.io/canary-weight: '20'}}",
        objects: &[WEB, PRIMARY],
        controller: "leaves the canary out, and the primary gets every request (3.6 does not read the annotation: two \
                     Ingresses own the path)",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "service-not-found=audit",
        today: None,
    },
    Situation {
        name: "a canary whose port does not exist",
        ingress: "idle:81 {annotations: {nginx.ingress.kubernetes.io/canary: 'true', \
                  nginx.ingress.kubernetes.io/canary-weight: '20'}}",
        objects: &[WEB, PRIMARY, IDLE],
        controller: "leaves the canary out, and the primary gets every request",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "port-not-found=audit",
        today: None,
    },
    Situation {
        name: "a canary without endpoints",
        ingress: "idle:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true', \
                  nginx.ingress.kubernetes.io/canary-weight: '20'}}",
        objects: &[WEB, PRIMARY, IDLE],
        controller: "leaves the canary out, and the primary gets every request",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Canary with non \
                 matching canaries",
        expected: "no-endpoints=audit",
        today: None,
    },
    Situation {
        name: "a canary annotation with the value 1, and no endpoints",
        ingress: "idle:80 {annotations: {nginx.ingress.kubernetes.io/canary: '1'}}",
        objects: &[WEB, IDLE],
        controller: "takes only the word true, so the Ingress is a plain one: it answers 503 (measured)",
        source: "pkg/provider/kubernetes/ingress-nginx/annotations.go, parseIngressConfig",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "a canary annotation with the word TRUE",
        ingress: "idle:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'TRUE'}}",
        objects: &[WEB, PRIMARY, IDLE],
        controller: "leaves the canary out, and the primary gets every request",
        source: "pkg/provider/kubernetes/ingress-nginx/annotations.go, parseIngressConfig",
        expected: "no-endpoints=audit",
        today: None,
    },
    Situation {
        name: "a canary has the Service and port of its primary",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true', \
                  nginx.ingress.kubernetes.io/canary-weight: '20'}}",
        objects: &[WEB, PRIMARY],
        controller: "leaves the canary out; the hosts of the primary are served, unlike on ingress-nginx",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Canary with non \
                 matching canaries",
        expected: "",
        today: None,
    },
    Situation {
        name: "a canary without a primary",
        ingress: "{metadata: {annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}, \
                  spec: {rules: [{host: other.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes no route for a canary alone: 404",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Canary with non \
                 matching canaries",
        expected: "",
        today: None,
    },
    Situation {
        name: "canary is false, and the Service does not exist",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'false'}}",
        objects: &[],
        controller: "takes the Ingress for a plain one, and answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/annotations.go, parseIngressConfig",
        expected: "service-not-found=deny",
        today: None,
    },
];
