//! Resource and default backends, rules, annotations and classes.

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Resource and default backends.
    Situation {
        name: "a path has a resource backend",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "makes no Route, and records an event",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (ignores incomplete ingress - no service)",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a resource backend beside a path that works",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}, {path: /, \
                  pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes no Route for the resource, and one for the other path",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a default backend without its Service beside a rule that works",
        ingress: "{spec: {defaultBackend: {service: {name: rest, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "goes through the rules only, and never reads the default backend",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a default backend with a wrong port beside a rule that works",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 81}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "goes through the rules only, and never reads the default backend",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "makes no Route at all: the Ingress serves nothing",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "unused-backend=warn",
        today: None,
    },
    Situation {
        name: "the default backend alone, and its Service is missing",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[],
        controller: "makes no Route at all, whether or not the Service exists",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "the default backend alone is a resource",
        ingress: "{spec: {defaultBackend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}}",
        objects: &[],
        controller: "makes no Route at all",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "resource-backend=warn",
        today: None,
    },
    // Rules that are left out.
    Situation {
        name: "a rule without a host",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes no Route for the rule, and records an event: the rule is not served",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (ignores incomplete ingress - no host)",
        expected: "unused-backend=warn",
        today: None,
    },
    Situation {
        name: "a rule without a host, and the Service is missing",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[],
        controller: "makes no Route for the rule, whether or not the Service exists",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (ignores incomplete ingress - no host)",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "an exact path",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Exact, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes no Route for the path, and records an event: the path is not served",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (ignores ingress with unsupported path type)",
        expected: "unused-backend=warn",
        today: None,
    },
    Situation {
        name: "an exact path, and the Service is missing",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Exact, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[],
        controller: "makes no Route for the path, whether or not the Service exists",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (ignores ingress with unsupported path type)",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a path of the type ImplementationSpecific",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{pathType: ImplementationSpecific, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes a Route, as for a prefix",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "",
        today: None,
    },
    Situation {
        name: "a rule has no paths",
        ingress: "{spec: {rules: [{host: shop.example}]}}",
        objects: &[],
        controller: "makes no Route for the rule, and records an event",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (ignores incomplete ingress - no paths)",
        expected: "",
        today: None,
    },
    Situation {
        name: "one of two paths has no Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: api, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes a Route for the path that works, and none for the other",
        source: "pkg/route/ingress/ingress.go, sync",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the host is a wildcard",
        ingress: "{spec: {rules: [{host: '*.shop.example', http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {name: http}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes a Route for the subdomain; the router admits it only if an option allows wildcards",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (create wildcard route - targetPort string, \
                 service port with name)",
        expected: "",
        today: None,
    },
    // Annotations of other controllers.
    Situation {
        name: "ingress-nginx's permanent-redirect, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: 'https://new.example'}}",
        objects: &[],
        controller: "copies the annotation to no Route, because it makes none",
        source: "pkg/route/ingress/ingress.go, newRouteForIngress",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "ingress-nginx's canary, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}",
        objects: &[],
        controller: "does not know canaries, and makes no Route",
        source: "pkg/route/ingress/ingress.go, newRouteForIngress",
        expected: "service-not-found=warn",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation alone names the class",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: main}}",
        objects: &[WEB],
        controller: "looks the value up as an IngressClass, and serves the Ingress",
        source: "pkg/route/ingress/ingress.go, ingressManaged",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation names no IngressClass, and the field names the class",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: other}}",
        objects: &[WEB],
        controller: "prefers the annotation, finds no IngressClass, and leaves the whole Ingress out",
        source: "pkg/route/ingress/ingress.go, ingressManaged",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the annotation names the class of another controller, and the field names the class",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: custom}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: custom}, \
             spec: {controller: acme.io/ingress-controller}}",
        ],
        controller: "prefers the annotation, and leaves the whole Ingress to the other controller",
        source: "pkg/route/ingress/ingress.go, ingressManaged; ingress_test.go, TestController_sync (ignores ingress \
                 with third-party ingressclass)",
        expected: "ingress-class=warn",
        today: None,
    },
    // Faults outside Backstop's subject, so that nobody takes them for faults of a backend.
    Situation {
        name: "the TLS Secret of the host is missing",
        ingress: "{spec: {tls: [{hosts: [shop.example], secretName: gone}], rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes no Route while the Secret is missing or invalid",
        source: "pkg/route/ingress/ingress_test.go, TestController_sync (update ingress with missing secret ref)",
        expected: "",
        today: None,
    },
];
