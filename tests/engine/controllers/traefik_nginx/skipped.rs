//! Ingresses that the provider skips, and classes.

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // What skips the whole Ingress, or a part of it.
    Situation {
        name: "a snippet answers, and the Service does not exist",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/configuration-snippet: 'return 301 \
                  https://new.example;'}}",
        objects: &[],
        controller: "skips the whole Ingress by default; with allowSnippetAnnotations the snippet answers before the \
                     backend is asked",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Configuration snippet \
                 with allowSnippetAnnotations disabled; pkg/middlewares/ingressnginx/snippet/collector.go",
        expected: "service-not-found=warn, ingress-rejected=audit",
        today: None,
    },
    Situation {
        name: "a snippet does not answer, and the Service does not exist",
        ingress: r#"gone:80 {annotations: {nginx.ingress.kubernetes.io/configuration-snippet: 'more_set_headers
                  "X-Frame-Options: DENY";'}}"#,
        objects: &[],
        controller: "skips the whole Ingress by default (404); with allowSnippetAnnotations it answers 503",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Configuration snippet \
                 with allowSnippetAnnotations disabled",
        expected: "service-not-found=deny, ingress-rejected=audit",
        today: None,
    },
    Situation {
        name: "a snippet beside a Service that works",
        ingress: r#"web:80 {annotations: {nginx.ingress.kubernetes.io/server-snippet: 'more_set_headers
                  "X-Frame-Options: DENY";'}}"#,
        objects: &[WEB],
        controller: "skips the whole Ingress by default (404) (3.6 does not read the annotation, and serves)",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Server snippet with \
                 allowSnippetAnnotations disabled",
        expected: "ingress-rejected=audit",
        today: None,
    },
    Situation {
        name: "a path of type Prefix has characters of a regular expression",
        ingress: "{metadata: {annotations: {nginx.ingress.kubernetes.io/rewrite-target: /$2}}, \
                  spec: {rules: [{host: shop.example, http: {paths: [{path: '/app(/|$)(.*)', pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "skips the whole Ingress while strictValidatePathType is on, as it is by default",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Ingress with multiple \
                 paths and one invalid path with StrictValidatePathType drops the whole ingress",
        expected: "ingress-rejected=audit",
        today: None,
    },
    Situation {
        name: "the Secret of auth-tls-secret does not exist",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/auth-tls-secret: shop/gone}}",
        objects: &[WEB],
        controller: "skips the whole Ingress",
        source: "pkg/provider/kubernetes/ingress-nginx/kubernetes_test.go, TestLoadIngresses: Auth TLS secret missing \
                 — ingress is skipped entirely",
        expected: "",
        today: None,
    },
    Situation {
        name: "ssl-passthrough, and the Service of another path than the root does not exist",
        ingress: "{metadata: {annotations: {nginx.ingress.kubernetes.io/ssl-passthrough: 'true'}}, \
                  spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: gone, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "passes the connections of the host to the backend of the path / and reads no other path",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build; kubernetes_test.go, TestLoadIngresses: SSL \
                 Passthrough",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "ssl-passthrough, and the Service of the root does not exist",
        ingress: "gone:443 {annotations: {nginx.ingress.kubernetes.io/ssl-passthrough: 'true'}}",
        objects: &[],
        controller: "makes no route for the host",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, build",
        expected: "service-not-found=deny",
        today: None,
    },
    // Classes.
    Situation {
        name: "the class is that of RKE2's migration to Traefik",
        ingress: "web:8080 {ingressClassName: rke2-ingress-nginx-migration}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: rke2-ingress-nginx-migration}, \
             spec: {controller: rke2.cattle.io/ingress-nginx-migration}}",
        ],
        controller: "serves the classes of its option controllerClass; only Traefik's provider runs under this value",
        source: "pkg/provider/kubernetes/ingress-nginx/client.go, filterIngressClass; rancher/rke2-docs \
                 docs/reference/ingress_migration.md (2026-08-20, 9477b7b)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the field names a class that does not exist",
        ingress: "web:80 {ingressClassName: nginx}",
        objects: &[WEB],
        controller: "serves only classes whose IngressClass exists and names its controller",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, shouldProcess",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the annotation says nginx, and there is no class of that name",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "serves the Ingress, because the annotation is its option ingressClass",
        source: "pkg/provider/kubernetes/ingress-nginx/build.go, shouldProcess",
        expected: "",
        today: None,
    },
];
