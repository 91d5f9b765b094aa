//! Types of Services, resource and default backends, and classes.

use super::{SLICE, Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Types of Services.
    Situation {
        name: "headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
        ],
        controller: "uses the endpoints: served",
        source: "internal/xdscache/v3/endpointslicetranslator.go, RecalculateEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "ExternalName with a declared port",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example.com, ports: [{name: http, port: 80}]}}"],
        controller: "leaves the route out unless enableExternalNameService is set",
        source: "internal/dag/accessors.go, validateExternalName; internal/dag/accessors_test.go, \
                 TestBuilderLookupService",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "ExternalName localhost",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: localhost, ports: [{name: http, port: 80}]}}"],
        controller: "leaves the route out, even with enableExternalNameService",
        source: "internal/dag/accessors.go, validateExternalName; internal/dag/accessors_test.go, \
                 TestBuilderLookupService",
        expected: "external-name=warn",
        today: None,
    },
    // Resource and default backends.
    Situation {
        name: "a resource backend beside a Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}, {path: /, \
                  pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "leaves the path out and serves the others since 1.33.8; before, the process ends with a nil \
                     pointer",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'ingressv1: insert ingress w/ resource backends'",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the default backend is a resource, a rule is healthy",
        ingress: "{spec: {defaultBackend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}, \
                  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "leaves the default backend out and serves the rule since 1.33.8",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'ingressv1: insert ingress w/ resource backends'",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "nothing but a healthy default backend",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "adds a route for every host",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'insert ingress w/ default backend'",
        expected: "",
        today: None,
    },
    Situation {
        name: "nothing but a default backend, whose Service is missing",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}}",
        objects: &[],
        controller: "leaves the route out",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'insert ingress w/ default backend w/o matching \
                 service'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "nothing but a default backend with a wrong port",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 9999}}}}}",
        objects: &[WEB],
        controller: "leaves the route out",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'insert ingress w/ default backend then matching \
                 service with wrong port'",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for one host",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "leaves the route of the default backend out: other hosts get 404",
        source: "internal/dag/ingress_processor.go, rulesFromSpec",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for every host and path",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "gives the rule the same host and prefix as the default backend, and lets it win: the default \
                     backend is never used",
        source: "internal/dag/ingress_processor.go, rulesFromSpec (the rules come later and replace it)",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a rule without paths, and a healthy rule",
        ingress: "{spec: {rules: [{host: empty.example}, {host: shop.example, http: {paths: [{path: /, \
                  pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "skips the rule without paths",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'insert ingress with missing spec.rule.http key'; \
                 internal/dag/ingress_processor_test.go, TestHttpPaths",
        expected: "",
        today: None,
    },
    Situation {
        name: "HTTP is not allowed, and there is no TLS",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.allow-http: 'false'}}",
        objects: &[WEB],
        controller: "makes no route for HTTP, and there is none for HTTPS",
        source: "internal/dag/builder_test.go, TestDAGInsert, 'insert default ingress httpAllowed: false'",
        expected: "ingress-rejected=warn",
        today: None,
    },
    // Classes.
    Situation {
        name: "the class contour has no IngressClass",
        ingress: "web:80 {ingressClassName: contour}",
        objects: &[WEB],
        controller: "compares the name only: served",
        source: "internal/ingressclass/ingressclass_test.go, TestMatchesIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation names contour, and the number is a targetPort",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: contour}}",
        objects: &[WEB],
        controller: "compares the name only, and leaves the route out",
        source: "internal/ingressclass/ingressclass_test.go, TestMatchesIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: foo}}",
        objects: &[WEB],
        controller: "goes by the annotation, and ignores the Ingress",
        source: "internal/ingressclass/ingressclass_test.go, TestMatchesIngress",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the class contour belongs to a known controller",
        ingress: "web:8080 {ingressClassName: contour}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: contour}, \
             spec: {controller: k8s.io/ingress-nginx}}",
        ],
        controller: "never reads the object, which says that ingress-nginx serves the class",
        source: "internal/ingressclass/ingressclass.go, MatchesIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the class contour belongs to an unknown controller",
        ingress: "web:8080 {ingressClassName: contour}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: contour}, \
             spec: {controller: example.com/controller}}",
        ],
        controller: "never reads the object, which says that another controller serves the class",
        source: "internal/ingressclass/ingressclass.go, MatchesIngress",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "an IngressClass below projectcontour.io",
        ingress: "web:8080 {ingressClassName: edge}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: edge}, \
             spec: {controller: projectcontour.io/contour}}",
        ],
        controller: "never reads the object; people write controller names below projectcontour.io",
        source: "internal/ingressclass/ingressclass.go, MatchesIngress",
        expected: "port-not-found=deny",
        today: None,
    },
];
