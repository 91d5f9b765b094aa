//! Resource and default backends, annotations and classes.

use super::{BARE, Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Resource and default backends.
    Situation {
        name: "a path has a resource backend",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "logs that resource backends are not supported and skips the path",
        source: "pkg/converters/ingress/ingress.go, readServiceNamePort",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the default backend is a resource",
        ingress: "{spec: {defaultBackend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}}",
        objects: &[],
        controller: "logs that resource backends are not supported and skips the default backend",
        source: "pkg/converters/ingress/ingress.go, syncIngressHTTP and readServiceNamePort",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "serves it as the path / of the default host",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncBackendDefault",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service of the default backend is missing",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[],
        controller: "logs a warning and skips the default backend",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncBackendSvcNotFound",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend without its Service beside a rule that works",
        ingress: "{spec: {defaultBackend: {service: {name: rest, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "uses the default backend beside rules too: it skips this one, and serves the rule",
        source: "pkg/converters/ingress/ingress.go, syncIngressHTTP",
        expected: "service-not-found=deny",
        today: None,
    },
    // Redirects and annotations of other controllers.
    Situation {
        name: "redirect-to, and the Service is missing",
        ingress: "web:80 {annotations: {haproxy-ingress.github.io/redirect-to: 'https://new.example'}}",
        objects: &[],
        controller: "adds the redirect before it looks at the backend: every path of the Ingress redirects",
        source: "pkg/converters/ingress/ingress.go, syncIngressHTTP; docs/content/en/docs/configuration/keys.md \
                 (Redirect)",
        expected: "service-not-found=audit",
        today: None,
    },
    Situation {
        name: "redirect-to with the older prefix, and a port that does not exist",
        ingress: "web:81 {annotations: {ingress.kubernetes.io/redirect-to: 'https://new.example'}}",
        objects: &[WEB],
        controller: "accepts both prefixes, and redirects without a look at the backend",
        source: "pkg/converters/ingress/ingress.go, syncIngressHTTP; ingress_test.go, TestAnnPrefix",
        expected: "port-not-found=audit",
        today: None,
    },
    Situation {
        name: "redirect-to, and no endpoint",
        ingress: "web:80 {annotations: {haproxy-ingress.github.io/redirect-to: 'https://new.example'}}",
        objects: &[BARE],
        controller: "redirects, and no request goes to the backend",
        source: "pkg/converters/ingress/ingress.go, syncIngressHTTP",
        expected: "no-endpoints=audit",
        today: None,
    },
    Situation {
        name: "redirect-to, and a dummy resource as the backend",
        ingress: "{metadata: {annotations: {haproxy-ingress.github.io/redirect-to: 'https://new.example'}}, \
                  spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: example.com, kind: None, name: none}}}]}}]}}",
        objects: &[],
        controller: "redirects before it reads the backend",
        source: "pkg/converters/ingress/ingress.go, syncIngressHTTP",
        expected: "resource-backend=audit",
        today: None,
    },
    Situation {
        name: "redirect-to, and the Service of the default backend is missing",
        ingress: "{metadata: {annotations: {haproxy-ingress.github.io/redirect-to: 'https://new.example'}}, \
                  spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[],
        controller: "redirects the paths of rules only: the default backend is looked up and skipped",
        source: "pkg/converters/ingress/ingress.go, addDefaultHostBackend",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "ingress-nginx's permanent-redirect, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: 'https://new.example'}}",
        objects: &[],
        controller: "does not read annotations with that prefix, and skips the path",
        source: "pkg/converters/ingress/ingress.go, readConfigKeys; ingress_test.go, TestAnnPrefix",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "ingress-nginx's canary, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}",
        objects: &[],
        controller: "does not know canaries, and skips the path",
        source: "pkg/converters/ingress/ingress.go, readConfigKeys",
        expected: "service-not-found=warn",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation haproxy without an IngressClass of that name",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: haproxy}}",
        objects: &[WEB],
        controller: "compares the annotation with its option, which is haproxy by default, and serves the Ingress",
        source: "pkg/controller/services/cache.go, IsValidIngress; pkg/controller/config/options.go",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: other}}",
        objects: &[WEB],
        controller: "prefers the annotation unless an option says otherwise, and drops the whole Ingress",
        source: "pkg/controller/services/cache.go, IsValidIngress",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the annotation haproxy and a field with a class of another controller",
        ingress: "web:80 {ingressClassName: nginx, annotations: {kubernetes.io/ingress.class: haproxy}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}, \
             spec: {controller: k8s.io/ingress-nginx}}",
        ],
        controller: "prefers the annotation and serves the Ingress; ingress-nginx serves it by the field as well",
        source: "pkg/controller/services/cache.go, IsValidIngress",
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
        controller: "skips the broken path only",
        source: "pkg/converters/ingress/ingress.go, syncIngressHTTP",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a rule has no paths",
        ingress: "{spec: {rules: [{host: shop.example}]}}",
        objects: &[],
        controller: "ignores the rule",
        source: "pkg/converters/ingress/ingress_test.go, TestSyncEmptyHTTP",
        expected: "",
        today: None,
    },
];
