//! Resource and default backends, annotations and classes.

use super::{EMPTY_SLICE, Situation, WEB};

/// A Service for the annotation `default-backend`.
const SORRY: &str = "{apiVersion: v1, kind: Service, metadata: {name: sorry}, spec: {selector: {app: sorry}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// The ready slice of that Service.
const SORRY_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: sorry-1, \
     labels: {kubernetes.io/service-name: sorry}}, addressType: IPv4, ports: [{name: http, port: 8080, \
     protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Resource and default backends.
    Situation {
        name: "resource backend",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "skips the path: 404 of the built-in default backend",
        source: "test/e2e/servicebackend/service_nil_backend.go",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "nothing but a default backend that is a resource",
        ingress: "{spec: {defaultBackend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, \
                  name: static}}}}",
        objects: &[],
        controller: "ignores the default backend: 404",
        source: "internal/ingress/controller/controller.go, createUpstreams, createServers",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "nothing but a default backend, whose Service is missing",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}}",
        objects: &[],
        controller: "uses it for the server of all other hosts: 503",
        source: "internal/ingress/controller/controller.go, createServers",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a broken default backend of a host with other paths",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "uses it for the path / of the hosts of this Ingress: 503 for every other path",
        source: "internal/ingress/controller/controller.go, createServers",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule without a host",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, \
                  rules: [{http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "never uses it: the server without a host exists before, and takes a default backend only from an \
                     Ingress without rules",
        source: "internal/ingress/controller/controller.go, createServers",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for every path of its host",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "never uses it: the rule replaces the location / of its host, and other hosts do not get the \
                     default backend of an Ingress with rules",
        source: "internal/ingress/controller/controller.go, createServers, getBackendServers",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "the Service is missing, and the annotation default-backend is ready",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: sorry}}",
        objects: &[SORRY, SORRY_SLICE],
        controller: "sends requests to the Service of the annotation",
        source: "internal/ingress/controller/controller.go, getBackendServers",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "no endpoints, and the annotation default-backend is ready",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: sorry}}",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            EMPTY_SLICE,
            SORRY,
            SORRY_SLICE,
        ],
        controller: "sends requests to the Service of the annotation",
        source: "test/e2e/annotations/default_backend.go; internal/ingress/controller/controller.go, \
                 getBackendServers",
        expected: "no-endpoints=audit",
        today: None,
    },
    Situation {
        name: "the annotation default-backend names a missing Service",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: gone}}",
        objects: &[WEB],
        controller: "ignores the annotation; the backend of the rule is served",
        source: "internal/ingress/annotations/defaultbackend/main.go, Parse; \
                 internal/ingress/annotations/annotations.go, Extract",
        expected: "default-backend-annotation=warn",
        today: None,
    },
    Situation {
        name: "the annotation default-backend names another namespace",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/default-backend: other/sorry}}",
        objects: &[WEB],
        controller: "refuses the value, which is no name of a Service, and ignores the whole Ingress where \
                     annotations are validated (the default since 1.12)",
        source: "internal/ingress/annotations/defaultbackend/main.go; \
                 internal/ingress/annotations/parser/validators.go, ValidateServiceName",
        expected: "default-backend-annotation=warn",
        today: None,
    },
    // Redirects, canaries and snippets.
    Situation {
        name: "permanent-redirect, and the Service is missing",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: https://www.example.com}}",
        objects: &[],
        controller: "redirects before it asks the backend: 301",
        source: "rootfs/etc/nginx/template/nginx.tmpl, location",
        expected: "service-not-found=audit",
        today: None,
    },
    Situation {
        name: "temporal-redirect without http, and the Service is missing",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/temporal-redirect: www.example.com/sorry}}",
        objects: &[],
        controller: "refuses a temporal redirect whose address does not begin with http, ignores the annotation, and \
                     asks the backend: 503",
        source: "internal/ingress/annotations/redirect/redirect.go, Parse; redirect_test.go, TestIsValidURL",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "permanent-redirect with a variable of nginx",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: \
                  'https://www.example.com$request_uri'}}",
        objects: &[],
        controller: "redirects, unless it validates annotations (the default since 1.12): then the dollar sign is not \
                     allowed, and the whole Ingress is ignored",
        source: "internal/ingress/annotations/redirect/redirect.go; \
                 internal/ingress/annotations/parser/validators.go, URLIsValidRegex",
        expected: "service-not-found=audit, ingress-rejected=audit",
        today: None,
    },
    Situation {
        name: "a canary whose Service is missing",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}",
        objects: &[],
        controller: "makes an upstream without a server; the primary answers",
        source: "internal/ingress/controller/controller_test.go, TestMergeAlternativeBackends, TestGetBackendServers",
        expected: "service-not-found=audit",
        today: None,
    },
    Situation {
        name: "a canary with the Service and port of a plain Ingress",
        ingress: "{metadata: {annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}, \
                  spec: {rules: [{host: canary.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: plain}, \
             spec: {ingressClassName: main, rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
             backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        ],
        controller: "has one upstream for both; if the canary comes first it has no server, and the plain Ingress \
                     gets 404",
        source: "internal/ingress/controller/controller.go, createUpstreams, getBackendServers, \
                 mergeAlternativeBackends",
        expected: "canary-conflict=warn",
        today: None,
    },
    Situation {
        name: "a snippet that answers, and the Service is missing",
        ingress: "gone:80 {annotations: {nginx.ingress.kubernetes.io/configuration-snippet: return 204;}}",
        objects: &[],
        controller: "by default ignores the whole Ingress since 1.12, because the annotation is above the accepted \
                     risk; where it is allowed, the snippet answers",
        source: "internal/ingress/annotations/annotations.go, Extract; internal/ingress/controller/store/store.go, \
                 syncIngress",
        expected: "service-not-found=warn, ingress-rejected=audit",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation nginx without an IngressClass of that name",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "compares the value with --ingress-class (nginx): served",
        source: "internal/ingress/controller/store/store.go, GetIngressClass; test/e2e/settings/ingress_class.go",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the field and the annotation name the same class",
        ingress: "web:8080 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: main}}",
        objects: &[WEB],
        controller: "goes by the field: served",
        source: "internal/ingress/controller/store/store.go, GetIngressClass",
        expected: "",
        today: None,
    },
    Situation {
        name: "the field names a class that does not exist, the annotation says nginx",
        ingress: "web:80 {ingressClassName: nginx, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "goes by the field, finds no IngressClass, and does not read the annotation: not served",
        source: "internal/ingress/controller/store/store.go, GetIngressClass",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the field names a class of another controller, the annotation says nginx",
        ingress: "web:80 {ingressClassName: other, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: other}, \
             spec: {controller: example.com/controller}}",
        ],
        controller: "goes by the field and ignores the Ingress",
        source: "internal/ingress/controller/store/store.go, GetIngressClass; test/e2e/settings/ingress_class.go, \
                 'should ignore Ingress with different controller class'",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "application routing of AKS",
        ingress: "web:8080 {ingressClassName: webapprouting.kubernetes.azure.com}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, \
             metadata: {name: webapprouting.kubernetes.azure.com}, \
             spec: {controller: webapprouting.kubernetes.azure.com/nginx}}",
        ],
        controller: "is ingress-nginx with another controller name: serves the number of a targetPort",
        source: "Azure/aks-app-routing-operator 02933287d06c pkg/controller/nginxingress, pkg/manifests",
        expected: "",
        today: None,
    },
    Situation {
        name: "a further controller of AKS application routing",
        ingress: "web:8080 {ingressClassName: internal}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: internal}, \
             spec: {controller: approuting.kubernetes.azure.com/internal}}",
        ],
        controller: "is ingress-nginx; the name of the NginxIngressController follows the prefix",
        source: "Azure/aks-app-routing-operator 02933287d06c pkg/controller/nginxingress/nginx_ingress_controller.go, \
                 ToNginxIngressConfig",
        expected: "",
        today: None,
    },
    Situation {
        name: "a second ingress-nginx of the documentation",
        ingress: "web:8080 {ingressClassName: internal-nginx}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: internal-nginx}, \
             spec: {controller: k8s.io/internal-ingress-nginx}}",
        ],
        controller: "is ingress-nginx with --controller-class: serves the number of a targetPort",
        source: "docs/user-guide/multiple-ingress.md",
        expected: "",
        today: None,
    },
    Situation {
        name: "a second ingress-nginx of the tests of the chart",
        ingress: "web:8080 {ingressClassName: nginx-internal}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx-internal}, \
             spec: {controller: k8s.io/ingress-nginx-internal}}",
        ],
        controller: "is ingress-nginx with --controller-class: serves the number of a targetPort",
        source: "charts/ingress-nginx/tests/controller-ingressclass_test.yaml",
        expected: "",
        today: None,
    },
];
