//! Resource and default backends, annotations and classes.

use super::{BARE, READY, Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Resource and default backends.
    Situation {
        name: "a path has a resource backend",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "logs an error and drops the path",
        source: "pkg/store/convert.go, ConvertIngress",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a resource backend beside a path that works",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}, {path: /, \
                  pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "drops the path with the resource only: the other path gets its requests",
        source: "pkg/store/convert.go, ConvertIngress",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the default backend is a resource",
        ingress: "{spec: {defaultBackend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}}",
        objects: &[],
        controller: "looks up a Service with an empty name, logs an error, and sets no default backend",
        source: "pkg/store/convert.go, ConvertIngress; pkg/ingress/ingress.go, Update",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "makes it the default backend of both frontends",
        source: "pkg/ingress/ingress.go, Update; pkg/service/service.go, SetDefaultBackend",
        expected: "",
        today: None,
    },
    Situation {
        name: "the default backend names a port that does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {name: htpp}}}}}",
        objects: &[WEB],
        controller: "logs an error and sets no default backend",
        source: "pkg/service/service.go, SetDefaultBackend",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend without its Service beside a rule that works",
        ingress: "{spec: {defaultBackend: {service: {name: rest, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "uses the default backend beside rules too: it does not set this one, and serves the rule",
        source: "pkg/ingress/ingress.go, Update",
        expected: "service-not-found=deny",
        today: None,
    },
    // Redirects and annotations of other controllers.
    Situation {
        name: "request-redirect, and the Service is missing",
        ingress: "web:80 {annotations: {haproxy.org/request-redirect: new.example}}",
        objects: &[],
        controller: "attaches the redirect to the route, and adds no route without the Service: requests get 404",
        source: "pkg/ingress/ingress.go, handlePath; pkg/route/route.go, AddHostPathRoute",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "request-redirect, and the port does not exist",
        ingress: "web:81 {annotations: {haproxy.org/request-redirect: 'https://new.example'}}",
        objects: &[WEB],
        controller: "adds no route without the port, and so no redirect: requests get 404",
        source: "pkg/ingress/ingress.go, handlePath",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "request-redirect, and no endpoint",
        ingress: "web:80 {annotations: {haproxy.org/request-redirect: new.example}}",
        objects: &[BARE],
        controller: "adds the route, and the rule in the frontend redirects before a backend is used",
        source: "pkg/haproxy/rules/reqRequestRedirect.go, Create",
        expected: "no-endpoints=audit",
        today: None,
    },
    Situation {
        name: "request-redirect, and all is healthy",
        ingress: "web:80 {annotations: {haproxy.org/request-redirect: new.example}}",
        objects: &[WEB],
        controller: "redirects",
        source: "pkg/annotations/ingress/hostRedirect.go, Process",
        expected: "",
        today: None,
    },
    Situation {
        name: "HAProxy Ingress' redirect-to, and the Service is missing",
        ingress: "web:80 {annotations: {haproxy-ingress.github.io/redirect-to: 'https://new.example'}}",
        objects: &[],
        controller: "does not know the annotation, and adds no route",
        source: "pkg/annotations/annotations.go, Frontend",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "ingress-nginx's permanent-redirect, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: 'https://new.example'}}",
        objects: &[],
        controller: "does not know the annotation, and adds no route",
        source: "pkg/annotations/annotations.go, Frontend",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "ingress-nginx's canary, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}",
        objects: &[],
        controller: "does not know the annotation (its canaries use route-acl), and adds no route",
        source: "pkg/annotations/annotations.go, Frontend; deploy/tests/e2e/canary-deployment/percentage_test.go",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "route-acl on the Service selects part of the requests",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, \
             annotations: {haproxy.org/route-acl: 'rand(100) lt 25'}}, spec: {ports: [{name: http, port: 80, \
             targetPort: 8080}]}}",
            READY,
        ],
        controller: "adds a rule for the part of the requests instead of a route",
        source: "deploy/tests/e2e/canary-deployment/percentage_test.go; pkg/route/route.go, AddCustomRoute",
        expected: "",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation alone names the class",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: main}}",
        objects: &[WEB],
        controller: "has not read the annotation since 3.2.0: the Ingress counts as one without a class, which is \
                     served only with an option or without a class of its own",
        source: "pkg/store/store.go, IsIngressClassSupported; pkg/store/convert.go, ConvertIngress",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: other}}",
        objects: &[WEB],
        controller: "goes by the field since 3.2.0; earlier versions drop the Ingress",
        source: "pkg/store/store.go, IsIngressClassSupported; v3.1.17: pkg/ingress/ingress.go, Supported",
        expected: "ingress-class=warn",
        today: None,
    },
    // The whole Ingress.
    Situation {
        name: "one of two paths has no Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: api, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "logs an error for the broken path and adds the other one",
        source: "pkg/ingress/ingress.go, Update",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a rule has no paths",
        ingress: "{spec: {rules: [{host: shop.example}]}}",
        objects: &[],
        controller: "logs a warning and ignores the rule",
        source: "pkg/store/convert.go, ConvertIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "a rule without a host",
        ingress: "{spec: {rules: [{http: {paths: [{path: /test, pathType: ImplementationSpecific, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "adds a route for every host, because the path is not empty",
        source: "deploy/tests/e2e/ingress-match/ingress_match_path_test.go, Test_Http_MatchPath (the last rule)",
        expected: "",
        today: None,
    },
    Situation {
        name: "an exact path",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /exact, pathType: Exact, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "adds a route for the exact path",
        source: "deploy/tests/e2e/ingress-match/ingress_match_path_test.go, Test_Http_MatchPath (the fourth rule)",
        expected: "",
        today: None,
    },
];
