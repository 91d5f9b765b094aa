//! Rejections of the whole Ingress, default backends, mergeable Ingresses and classes.

use super::{Situation, WEB};

/// The master of the host a.example.
const MASTER: &str = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: master, \
     annotations: {nginx.org/mergeable-ingress-type: master}}, spec: {ingressClassName: main, \
     rules: [{host: a.example}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Rejections of the whole Ingress.
    Situation {
        name: "a resource backend",
        ingress: "{spec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "rejects the whole Ingress",
        source: "internal/k8s/validation_test.go, TestValidateIngressSpec (invalid backend)",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a resource backend beside a healthy path",
        ingress: "{spec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[WEB],
        controller: "rejects the whole Ingress, so the healthy path is not served either",
        source: "internal/k8s/validation_test.go, TestValidateIngressSpec (invalid backend)",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a default backend without rules",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "rejects an Ingress without rules: the default backend gets no request",
        source: "internal/k8s/validation_test.go, TestValidateIngressSpec (zero rules)",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a default backend without rules, whose Service does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[],
        controller: "rejects an Ingress without rules, and never asks for the Service",
        source: "internal/k8s/validation_test.go, TestValidateIngressSpec (zero rules)",
        expected: "service-not-found=warn, ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a rule without a host",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "rejects the Ingress unless the option -allow-empty-ingress-host is set (since 5.5, off by \
                     default): no path of it is served",
        source: "internal/k8s/validation_test.go, TestValidateIngressSpec (empty host; reject empty host when not \
                 allowed)",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "two rules with the same host",
        ingress: "{spec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}, {host: a.example, \
                  http: {paths: [{path: /x, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "rejects an Ingress that names a host twice: no path of it is served",
        source: "internal/k8s/validation_test.go, TestValidateIngressSpec (duplicated host)",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a path that is no regular expression",
        ingress: "{spec: {rules: [{host: a.example, http: {paths: [{path: '/(old', pathType: ImplementationSpecific, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "compiles every path as a regular expression, and rejects the whole Ingress if one fails: no path \
                     of it is served",
        source: "internal/k8s/validation_test.go, TestValidateRegexPathFails; validation.go, validatePath",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a list annotation names a Service that no backend of the Ingress has",
        ingress: "web:80 {annotations: {nginx.org/websocket-services: chat}}",
        objects: &[WEB],
        controller: "compares the annotation with the backends of the Ingress, and rejects the whole Ingress: no path \
                     of it is served",
        source: "internal/k8s/validation.go, validateServiceListAnnotation; validation_test.go, \
                 TestValidateNginxIngressAnnotations",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a snippet that does not answer, and a healthy Service",
        ingress: "web:80 {annotations: {nginx.org/location-snippets: 'proxy_set_header X-A b;'}}",
        objects: &[WEB],
        controller: "rejects the whole Ingress unless the option -enable-snippets is set (off by default), so that no \
                     path of it is served; most users of snippets set the option",
        source: "internal/k8s/validation.go, validateSnippetsAnnotation; cmd/nginx-ingress/flags.go",
        expected: "ingress-rejected=audit",
        today: None,
    },
    Situation {
        name: "a snippet that answers, and the Service does not exist",
        ingress: "dummy:80 {annotations: {nginx.org/server-snippets: 'return 302 https://new.example$request_uri;'}}",
        objects: &[],
        controller: "writes the snippet into the server, so that it answers; or rejects the Ingress if snippets are \
                     off",
        source: "internal/k8s/validation.go, validateSnippetsAnnotation; internal/configs/annotations.go, \
                 parseAnnotations",
        expected: "service-not-found=warn, ingress-rejected=audit",
        today: None,
    },
    // The default backend beside rules.
    Situation {
        name: "every host has the path /, and the Service of the default backend does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "uses the default backend only as the path / of hosts that have none, so this one gets no request",
        source: "internal/configs/ingress.go, generateNginxCfg; ingress_test.go, \
                 TestGenerateNginxCfgForEmptyHostWithRootLocation",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a host lacks the path /, and the Service of the default backend does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /shop, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "answers 502 for the other paths of that host; hosts that no rule names get 404 in any case",
        source: "internal/configs/ingress.go, generateNginxCfg; ingress_test.go, \
                 TestGenerateNginxCfgForEmptyHostWithDefaultBackendNoRootLocation",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "one of two hosts lacks the path /, and the Service of the default backend does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}, \
                  {host: b.example, http: {paths: [{path: /shop, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "decides for each host, so the second one needs the default backend",
        source: "internal/configs/ingress.go, generateNginxCfg",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the path / is Exact, and the Service of the default backend does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Exact, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "an Exact path is another location than /, so other paths go to the default backend",
        source: "internal/configs/ingress_test.go, TestGenerateIngressPath; ingress.go, generateNginxCfg",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a rule without paths, and the Service of the default backend does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example}]}}",
        objects: &[],
        controller: "sends all paths of the host to the default backend",
        source: "internal/configs/ingress.go, generateNginxCfg",
        expected: "service-not-found=deny",
        today: None,
    },
    // Mergeable Ingresses.
    Situation {
        name: "a master with paths",
        ingress: "web:80 {annotations: {nginx.org/mergeable-ingress-type: master}}",
        objects: &[WEB],
        controller: "rejects a master that has paths: its host is not served",
        source: "internal/k8s/validation_test.go, TestValidateMasterSpec",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a master without paths",
        ingress: "{metadata: {annotations: {nginx.org/mergeable-ingress-type: master}}, \
                  spec: {rules: [{host: a.example}]}}",
        objects: &[],
        controller: "takes the paths from the minions",
        source: "internal/k8s/validation_test.go, TestValidateMasterSpec; configuration_test.go, \
                 TestAddIngressForMergeableIngresses",
        expected: "",
        today: None,
    },
    Situation {
        name: "a master with two hosts",
        ingress: "{metadata: {annotations: {nginx.org/mergeable-ingress-type: master}}, \
                  spec: {rules: [{host: a.example}, {host: b.example}]}}",
        objects: &[],
        controller: "rejects a master that does not have exactly one rule: its hosts are not served",
        source: "internal/k8s/validation_test.go, TestValidateMasterSpec",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a master with a default backend whose Service does not exist",
        ingress: "{metadata: {annotations: {nginx.org/mergeable-ingress-type: master}}, \
                  spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example}]}}",
        objects: &[],
        controller: "removes the locations of the master, that of its default backend too, and keeps those of the \
                     minions",
        source: "internal/configs/ingress.go, generateNginxCfgForMergeableIngresses",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a minion whose Service does not exist",
        ingress: "{metadata: {annotations: {nginx.org/mergeable-ingress-type: minion}}, \
                  spec: {rules: [{host: a.example, http: {paths: [{path: /shop, pathType: Prefix, \
                  backend: {service: {name: gone, port: {number: 80}}}}]}}]}}",
        objects: &[MASTER],
        controller: "adds the path to the host of the master, with the placeholder server: 502",
        source: "internal/configs/ingress_test.go, TestGenerateNginxCfgForMergeableIngresses",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a minion with a default backend whose Service does not exist",
        ingress: "{metadata: {annotations: {nginx.org/mergeable-ingress-type: minion}}, \
                  spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /shop, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB, MASTER],
        controller: "ignores the default backend of a minion",
        source: "internal/configs/ingress.go, generateNginxCfgForMergeableIngresses",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a minion with TLS",
        ingress: "{metadata: {annotations: {nginx.org/mergeable-ingress-type: minion}}, \
                  spec: {tls: [{hosts: [a.example], secretName: a}], rules: [{host: a.example, \
                  http: {paths: [{path: /shop, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB, MASTER],
        controller: "rejects a minion that has a section tls: its paths are not served",
        source: "internal/k8s/validation_test.go, TestValidateMinionSpec",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a type of mergeable Ingress that does not exist",
        ingress: "web:80 {annotations: {nginx.org/mergeable-ingress-type: main}}",
        objects: &[WEB],
        controller: "accepts master and minion only, and rejects the Ingress: no path of it is served",
        source: "internal/k8s/validation.go, validateMergeableIngressTypeAnnotation; validation_test.go, \
                 TestValidateNginxIngressAnnotations",
        expected: "ingress-rejected=warn",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation alone names the class",
        ingress: "web:app {annotations: {kubernetes.io/ingress.class: main}}",
        objects: &[WEB],
        controller: "compares the value of the annotation with the name of its class, serves the Ingress and finds no \
                     such port",
        source: "internal/k8s/controller_test.go, TestHasCorrectIngressClass",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: gce}}",
        objects: &[WEB],
        controller: "the annotation wins, so the controller does not serve the Ingress",
        source: "internal/k8s/controller_test.go, TestHasCorrectIngressClass",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the field names a class that does not exist",
        ingress: "web:80 {ingressClassName: nginx}",
        objects: &[WEB],
        controller: "does not start without the IngressClass of its name, so no such controller runs",
        source: "cmd/nginx-ingress/main.go, mustValidateIngressClass; internal/k8s/controller_test.go, \
                 TestHasCorrectIngressClass",
        expected: "ingress-class=warn",
        today: None,
    },
];
