//! Other backends, annotations and classes.

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Other backends.
    Situation {
        name: "a resource backend beside a Service",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[WEB],
        controller: "skips the path with the resource, and serves the other one",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 backend resource",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the default backend alone is a resource",
        ingress: "{spec: {defaultBackend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, \
                  name: static}}}}",
        objects: &[],
        controller: "skips the Ingress",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 defaultbackend with resource",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "makes a router for every request with the lowest priority; the first such Ingress of the cluster \
                     owns it",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Single \
                 Service Ingress (without any rules); Double Single Service Ingress",
        expected: "",
        today: None,
    },
    Situation {
        name: "a default backend alone, and its Service does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[],
        controller: "skips the Ingress",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadConfigurationFromIngresses",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule that works",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "reads the default backend of Ingresses without rules only, so that nothing fails",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadConfigurationFromIngresses",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a default backend that works beside a broken rule",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "makes no router at all: the default backend does not answer for the rule",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadConfigurationFromIngresses",
        expected: "unused-backend=warn, service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend beside a rule with a host only",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: shop.example}]}}",
        objects: &[WEB],
        controller: "makes no router: a rule without paths has none, and with a rule the default backend is not read",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress one \
                 rule host only",
        expected: "unused-backend=warn",
        today: None,
    },
    // Annotations of the Ingress.
    Situation {
        name: "a middleware redirects, and the Service does not exist",
        ingress: "dummy:80 {annotations: {traefik.ingress.kubernetes.io/router.middlewares: \
                  shop-redirect@kubernetescrd}}",
        objects: &[],
        controller: "makes no router without the Service, so that the middleware never runs",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadConfigurationFromIngresses",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "an annotation of the router cannot be decoded",
        ingress: "web:80 {annotations: {traefik.ingress.kubernetes.io/router.priority: high}}",
        objects: &[WEB],
        controller: "skips the whole Ingress",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadConfigurationFromIngresses; annotations.go, \
                 parseRouterConfig",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "router.pathmatcher has an unknown value",
        ingress: "{metadata: {annotations: {traefik.ingress.kubernetes.io/router.pathmatcher: PathRegex}}, \
                  spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: ImplementationSpecific, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "skips paths of type ImplementationSpecific since 3.6.18 and 3.7.2",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 invalid pathmatcher annotation",
        expected: "",
        today: None,
    },
    Situation {
        name: "ingress-nginx's default-backend annotation, and the Service has no endpoints",
        ingress: "idle:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: web}}",
        objects: &[
            WEB,
            "{apiVersion: v1, kind: Service, metadata: {name: idle}, spec: {ports: [{name: http, port: 80, \
             targetPort: 8080}]}}",
        ],
        controller: "reads annotations with its own prefix only, and makes no router",
        source: "pkg/provider/kubernetes/ingress/annotations.go, convertAnnotations",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "the Secret of TLS does not exist",
        ingress: "{spec: {tls: [{hosts: [shop.example], secretName: gone}], rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "logs an error, and serves the route with the default certificate",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, loadConfigurationFromIngresses",
        expected: "",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation says traefik, and there is no class of that name",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: traefik}}",
        objects: &[WEB],
        controller: "serves the Ingress: it compares the annotation with the word traefik and asks no IngressClass",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 ingress annotation; Ingress with default traefik ingressClass",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the field names a class that does not exist",
        ingress: "web:80 {ingressClassName: traefik-lb}",
        objects: &[WEB],
        controller: "serves only classes whose IngressClass exists and names its controller",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress with \
                 missing ingressClass",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the field names a class of another controller",
        ingress: "web:8080 {ingressClassName: traefik}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: traefik}, \
             spec: {controller: x.example/controller}}",
        ],
        controller: "drops classes of other controllers, whatever their name is: somebody else serves the Ingress",
        source: "pkg/provider/kubernetes/ingress/client.go, GetIngressClasses",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the field names Traefik's class, and the annotation is Traefik's word",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: traefik}}",
        objects: &[WEB],
        controller: "reads the annotation only if the field is not set; both mean Traefik",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, shouldProcessIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the field and the annotation name the same class",
        ingress: "web:8080 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: main}}",
        objects: &[WEB],
        controller: "serves the Ingress because of the field",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, shouldProcessIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the field names Traefik's class, and the annotation another controller",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "serves the Ingress because of the field; F5's controller would go by the annotation",
        source: "pkg/provider/kubernetes/ingress/kubernetes.go, shouldProcessIngress",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the annotation names Traefik's class",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: main}}",
        objects: &[WEB],
        controller: "ignores the Ingress unless its option ingressClass has that value: the annotation is not looked \
                     up among the classes",
        source: "pkg/provider/kubernetes/ingress/kubernetes_test.go, TestLoadConfigurationFromIngresses: Ingress \
                 without provider traefik ingressClass and unknown annotation",
        expected: "",
        today: None,
    },
];
