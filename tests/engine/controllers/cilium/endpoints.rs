//! Endpoints, default backends and classes.

use super::{GLOBAL, NAMED, Situation, UNSELECTED, WEB};

/// The Service `web` of WEB, without its Pod and slice.
const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// The slice that Kubernetes writes if the selector of `web` matches no Pod.
const PLACEHOLDER: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Endpoints.
    Situation {
        name: "Pods that are not ready",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: false, serving: false, terminating: false}}]}",
        ],
        controller: "puts the endpoints into maintenance, and sends them no requests: 503",
        source: "pkg/loadbalancer/reflectors/conversions.go, convertEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "unready Pods that the Service publishes",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {publishNotReadyAddresses: true, \
             selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true, serving: false, terminating: false}}]}",
        ],
        controller: "goes by the condition ready only",
        source: "pkg/loadbalancer/reflectors/conversions.go, convertEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "only endpoints that terminate and still serve",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: false, serving: true, terminating: true}}]}",
        ],
        controller: "uses terminating endpoints while there is no other",
        source: "pkg/ciliumenvoyconfig/testdata/terminating.txtar",
        expected: "endpoints-not-ready=audit",
        today: None,
    },
    Situation {
        name: "only endpoints that terminate and do not serve",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: false, serving: false, terminating: true}}]}",
        ],
        controller: "sends them no requests, even if there is no other endpoint: 503",
        source: "pkg/loadbalancer/reflectors/conversions.go, convertEndpoints",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "no Pod is selected",
        ingress: "web:80",
        objects: &[SERVICE, PLACEHOLDER],
        controller: "uses endpoints of other clusters for global Services only: 503",
        source: "pkg/clustermesh/selectbackends.go, SelectBackends",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no Pod is selected, and the Service is global",
        ingress: "web:80",
        objects: &[GLOBAL, PLACEHOLDER],
        controller: "uses endpoints of other clusters",
        source: "pkg/clustermesh/selectbackends.go, SelectBackends; pkg/annotation/clustermesh.go, \
                 GetAnnotationIncludeExternal",
        expected: "",
        today: None,
    },
    Situation {
        name: "no Pod is selected, and the Service is global by the old annotation",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, annotations: {io.cilium/global-service: 'true'}}, \
             spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            PLACEHOLDER,
        ],
        controller: "reads the old name of the annotation too",
        source: "pkg/annotation/clustermesh.go, GetAnnotationIncludeExternal; pkg/annotation/k8s.go, \
                 GlobalServiceAlias",
        expected: "",
        today: None,
    },
    Situation {
        name: "no Pod is selected, and the annotation says that the Service is not global",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web, annotations: {service.cilium.io/global: 'false'}}, \
             spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            PLACEHOLDER,
        ],
        controller: "uses local endpoints only: 503",
        source: "pkg/annotation/clustermesh.go, GetAnnotationIncludeExternal",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no selector, nothing published",
        ingress: "web:80",
        objects: &[UNSELECTED],
        controller: "finds no endpoint: 503",
        source: "pkg/ciliumenvoyconfig/controller.go, backendProcessor.process",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no selector, and the slice has another port name",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "does not find the name of the slice's port in the Service: 503",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no selector, and the port of the slice has no number",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "ignores slice ports without a number: 503",
        source: "pkg/k8s/endpoints.go, parseEndpointPortV1",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "a named targetPort that no Pod declares",
        ingress: "web:80",
        objects: &[
            NAMED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no endpoint with a port: 503",
        source: "pkg/loadbalancer/reflectors/conversions.go, convertEndpoints",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    // Default backends.
    Situation {
        name: "a default backend alone",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "serves it for every host and path",
        source: "operator/pkg/model/ingestion/ingress_test.go, TestIngress, conformance default backend test",
        expected: "",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for a host",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "sends the requests of all other hosts to the default backend: 503",
        source: "operator/pkg/model/ingestion/ingress.go, Ingress",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a broken rule for / without a host beside a default backend",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "puts both into one virtual host as the prefix /, the default backend first, so that the rule \
                     gets nothing",
        source: "operator/pkg/model/ingestion/ingress.go, Ingress; \
                 operator/pkg/model/translation/envoy_virtual_host.go, getRouteMatch, SortableRoute",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a broken rule for a TLS host beside a default backend",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, tls: [{hosts: [a.example], \
                  secretName: tls}], rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: gone, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "serves the default backend instead of the rules of every TLS host, and redirects HTTP to HTTPS \
                     by default",
        source: "operator/pkg/model/ingestion/ingress.go, Ingress; install/kubernetes/cilium/values.yaml, \
                 ingressController.enforceHttps",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a rule without paths beside a default backend",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: a.example}]}}",
        objects: &[WEB],
        controller: "skips the rule, and serves the default backend",
        source: "operator/pkg/model/ingestion/ingress_test.go, TestIngress, cilium test ingress without http rules",
        expected: "",
        today: None,
    },
    Situation {
        name: "a broken default backend with TLS passthrough",
        ingress: "{metadata: {annotations: {ingress.cilium.io/tls-passthrough: enabled}}, \
                  spec: {defaultBackend: {service: {name: gone, port: {number: 8080}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "ignores the default backend of an Ingress with TLS passthrough",
        source: "operator/pkg/model/ingestion/ingress_test.go, TestIngressPassthrough, Cilium test ingress with SSL \
                 Passthrough and default backend",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a broken path other than / with TLS passthrough",
        ingress: "{metadata: {annotations: {ingress.cilium.io/tls-passthrough: 'true'}}, \
                  spec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: gone, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "skips paths other than /",
        source: "operator/pkg/model/ingestion/ingress_test.go, TestIngressPassthrough, Cilium test ingress with SSL \
                 Passthrough, multiple path rules, one valid; operator/pkg/ingress/ingress_reconcile_test.go, \
                 TestReconcile",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "TLS passthrough to a Service that does not exist",
        ingress: "gone:443 {annotations: {ingress.cilium.io/tls-passthrough: enabled}}",
        objects: &[],
        controller: "keeps the route to a cluster without endpoints: the connection is closed",
        source: "operator/pkg/model/ingestion/ingress_test.go, TestIngressPassthrough, Cilium test ingress with SSL \
                 Passthrough",
        expected: "service-not-found=warn",
        today: None,
    },
    // Classes.
    Situation {
        name: "the class in the annotation",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: cilium}}",
        objects: &[WEB],
        controller: "reads the annotation, and compares the name only",
        source: "operator/pkg/ingress/helpers_test.go, TestIsCiliumManagedIngress, Marked via annotation",
        expected: "",
        today: None,
    },
    Situation {
        name: "the class in the field, without an IngressClass of that name",
        ingress: "web:80 {ingressClassName: cilium}",
        objects: &[WEB],
        controller: "compares the name only; the IngressClass matters only as the default class",
        source: "operator/pkg/ingress/helpers_test.go, TestIsCiliumManagedIngress, Marked via IngressClassName",
        expected: "",
        today: None,
    },
    Situation {
        name: "field and annotation agree",
        ingress: "web:80 {ingressClassName: cilium, annotations: {kubernetes.io/ingress.class: cilium}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: cilium}, \
             spec: {controller: cilium.io/ingress-controller}}",
        ],
        controller: "serves the Ingress",
        source: "operator/pkg/ingress/helpers.go, isCiliumManagedIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: cilium, annotations: {kubernetes.io/ingress.class: other}}",
        objects: &[WEB],
        controller: "reads the annotation before the field, and ignores the Ingress",
        source: "operator/pkg/ingress/helpers_test.go, TestIsCiliumManagedIngress, Legacy ingress class annotation \
                 takes presedence over ingressClassName field",
        expected: "ingress-class=warn",
        today: None,
    },
];
