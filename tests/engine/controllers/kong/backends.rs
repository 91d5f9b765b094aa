//! Resource and default backends, classes and plugins.

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Resource backends.
    Situation {
        name: "a resource backend that no controller of Kong knows",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "skips the path with an event; requests get 404",
        source: "internal/dataplane/translator/subtranslator/ingress_test.go, \
                 TestTranslateIngress_KongServiceFacadeFailures",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a KongServiceFacade of another API group",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: wrong.example.com, kind: KongServiceFacade, name: web}}}]}}]}}",
        objects: &[],
        controller: "compares group and kind, and skips the path",
        source: "internal/dataplane/translator/subtranslator/ingress_test.go, \
                 TestTranslateIngress_KongServiceFacadeFailures (wrong API group)",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a KongServiceFacade",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: incubator.ingress-controller.konghq.com, kind: KongServiceFacade, \
                  name: web}}}]}}]}}",
        objects: &[
            "{apiVersion: incubator.ingress-controller.konghq.com/v1alpha1, kind: KongServiceFacade, \
             metadata: {name: web}, spec: {backendRef: {name: web, port: 80}}}",
            WEB,
        ],
        controller: "serves it if the feature gate KongServiceFacade is on (off by default), and skips the path \
                     otherwise",
        source: "internal/dataplane/translator/subtranslator/ingress_test.go, TestTranslateIngress (KongServiceFacade \
                 used as a backend)",
        expected: "",
        today: None,
    },
    // The default backend.
    Situation {
        name: "a default backend alone whose Service does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[],
        controller: "makes a route for every path of every host, and an upstream without targets: 503",
        source: "internal/dataplane/translator/translate_ingress_test.go, TestGetDefaultBackendService",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend with a wrong port beside a healthy rule",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 81}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "uses the default backend of an Ingress with rules too, for every other request of the gateway",
        source: "internal/dataplane/translator/translator_test.go, TestDefaultBackend; translate_ingress.go, \
                 ingressRulesFromIngressV1",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the default backend is the Service of a rule",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "joins both routes in one Kong service",
        source: "internal/dataplane/translator/translate_ingress_test.go, TestFromIngressV1 (default backend \
                 targeting the same Service)",
        expected: "",
        today: None,
    },
    Situation {
        name: "a default backend that is a resource",
        ingress: "{spec: {defaultBackend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, \
                  name: static}}}}",
        objects: &[],
        controller: "makes no route for it",
        source: "internal/dataplane/translator/translate_ingress_test.go, TestGetDefaultBackendService (default \
                 backend resource unknown)",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a rule without paths",
        ingress: "{spec: {rules: [{host: a.example}]}}",
        objects: &[],
        controller: "skips the rule",
        source: "internal/dataplane/translator/translate_ingress_test.go, TestFromIngressV1 (empty Ingress rule)",
        expected: "",
        today: None,
    },
    // Classes.
    Situation {
        name: "the field names the class kong, which does not exist",
        ingress: "web:80 {ingressClassName: kong}",
        objects: &[WEB],
        controller: "compares the name of the class with its option only; it needs the object for parameters and as a \
                     default class",
        source: "internal/controllers/utils/utils_test.go, TestMatchesIngressClass; internal/store/store.go, \
                 ListIngressesV1",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation names the class kong, which does not exist",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: kong}}",
        objects: &[WEB],
        controller: "serves the Ingress, and finds no such port: 503",
        source: "internal/dataplane/testdata/golden/ingress-v1-ingress-class-annotation; \
                 internal/controllers/utils/utils_test.go, TestMatchesIngressClass",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "field and annotation both name the class kong, which does not exist",
        ingress: "web:80 {ingressClassName: kong, annotations: {kubernetes.io/ingress.class: kong}}",
        objects: &[WEB],
        controller: "serves the Ingress: both agree, and no IngressClass is needed",
        source: "internal/store/store.go, ListIngressesV1",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: kong, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "the annotation wins: it leaves the Ingress out of its configuration",
        source: "internal/store/store.go, ListIngressesV1 (the annotation is the first case; a non-empty value \
                 decides alone)",
        expected: "ingress-class=warn",
        today: None,
    },
    // Plugins answer before the backend.
    Situation {
        name: "a plugin on the Ingress, and the Service does not exist",
        ingress: "dummy:80 {annotations: {konghq.com/plugins: to-the-new-shop}}",
        objects: &["{apiVersion: configuration.konghq.com/v1, kind: KongPlugin, metadata: {name: to-the-new-shop}, \
             plugin: request-termination, config: {status_code: 410}}"],
        controller: "attaches the plugin to the route, which exists without the Service; a plugin such as \
                     request-termination or redirect answers before the gateway looks for a target",
        source: "internal/dataplane/translator/translator_test.go, TestPluginAnnotations",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a redirect to HTTPS, and the Service does not exist",
        ingress: "web:80 {annotations: {konghq.com/protocols: https, konghq.com/https-redirect-status-code: '301'}}",
        objects: &[],
        controller: "redirects requests over HTTP only; those over HTTPS need the Service",
        source: "internal/dataplane/translator/translator_test.go, TestKongRouteAnnotations \
                 (https-redirect-status-code)",
        expected: "service-not-found=deny",
        today: None,
    },
];
