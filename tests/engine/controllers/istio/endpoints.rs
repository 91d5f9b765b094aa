//! Endpoints, resource and default backends, and classes.

use super::{NAMED_TARGET, Situation, WEB};

/// The Service without a selector; its port is called http.
const BY_HAND: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// The slice of a Service whose selector matches nothing.
const EMPTY_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], endpoints: []}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Endpoints.
    Situation {
        name: "the slice says nothing about readiness",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1]}]}",
        ],
        controller: "counts the endpoint as healthy: served",
        source: "pilot/pkg/serviceregistry/kube/controller/endpointslice.go, endpointHealthStatus",
        expected: "",
        today: None,
    },
    Situation {
        name: "the only endpoint is not ready",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, terminating: false}}]}",
        ],
        controller: "leaves the endpoint out: 503",
        source: "pilot/pkg/xds/endpoints/endpoint_builder.go, filterIstioEndpoint",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the only endpoint is terminating and still serves",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}}]}",
        ],
        controller: "leaves the endpoint out unless the Service uses persistent sessions; other clusters may have \
                     more",
        source: "pilot/pkg/serviceregistry/kube/controller/endpointslice.go, endpointHealthStatus; \
                 pilot/pkg/xds/endpoints/endpoint_builder.go, filterIstioEndpoint",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service publishes unready Pods",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
             publishNotReadyAddresses: true, ports: [{name: http, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]}",
        ],
        controller: "reads ready before the other conditions: served",
        source: "pilot/pkg/serviceregistry/kube/controller/endpointslice.go, endpointHealthStatus",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Pods crash",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: false, terminating: false}, \
             targetRef: {kind: Pod, name: web-0}}]}",
            "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, status: {phase: Running, \
             conditions: [{type: Ready, status: 'False', reason: ContainersNotReady}], \
             containerStatuses: [{name: app, ready: false, state: {waiting: {reason: CrashLoopBackOff}}}]}}",
        ],
        controller: "leaves the endpoint out: 503",
        source: "pilot/pkg/xds/endpoints/endpoint_builder.go, filterIstioEndpoint",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "the selector matches nothing",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, \
             port: 80, targetPort: 8080}]}}",
            EMPTY_SLICE,
        ],
        controller: "has a cluster without endpoints here; other clusters may have some",
        source: "pilot/pkg/xds/endpoints/endpoint_builder.go, BuildClusterLoadAssignment",
        expected: "",
        today: None,
    },
    Situation {
        name: "no selector and no slice",
        ingress: "web:80",
        objects: &[BY_HAND],
        controller: "has a cluster without endpoints here; other clusters may have some",
        source: "pilot/pkg/xds/endpoints/endpoint_builder.go, BuildClusterLoadAssignment",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port has another name",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "leaves the endpoint out here; other clusters may have some",
        source: "pilot/pkg/xds/endpoints/endpoint_builder.go, BuildClusterLoadAssignment",
        expected: "",
        today: None,
    },
    Situation {
        name: "the slice port is UDP",
        ingress: "web:80",
        objects: &[
            BY_HAND,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "compares the names only: served",
        source: "pilot/pkg/serviceregistry/kube/controller/endpointslice.go, updateEndpointCacheForSlice",
        expected: "",
        today: None,
    },
    Situation {
        name: "no container has the name of the targetPort",
        ingress: "web:80",
        objects: &[
            NAMED_TARGET,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], \
             endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "finds no endpoint with the name of the port: 503",
        source: "pilot/pkg/serviceregistry/kube/controller/endpointslice.go, updateEndpointCacheForSlice",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    // Resource and default backends.
    Situation {
        name: "resource backend",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "leaves the path out: 404",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, ingressBackendToHTTPRoute",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the port name use-annotation",
        ingress: "web:use-annotation",
        objects: &[WEB],
        controller: "takes it as the name of a port, and leaves the path out: 404",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, resolveNamedPort",
        expected: "action-annotation=warn",
        today: None,
    },
    Situation {
        name: "a missing default backend beside a healthy rule",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "never uses a default backend, and serves the rule",
        source: "pilot/pkg/config/kube/ingress/ingress.go, RuleCollection",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a default backend with a wrong name beside a healthy rule",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {name: htpp}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "never uses a default backend, and serves the rule",
        source: "pilot/pkg/config/kube/ingress/ingress.go, RuleCollection",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "nothing but a default backend with a wrong name",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {name: htpp}}}}}",
        objects: &[WEB],
        controller: "never uses a default backend: such an Ingress has no effect with any port",
        source: "pilot/pkg/config/kube/ingress/ingress.go, RuleCollection",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "nothing but a healthy default backend",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB],
        controller: "never uses a default backend: 404",
        source: "pilot/pkg/config/kube/ingress/ingress.go, RuleCollection",
        expected: "unused-backend=warn",
        today: None,
    },
    Situation {
        name: "a healthy default backend beside a healthy rule",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: shop.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "never uses a default backend: other hosts get 404",
        source: "pilot/pkg/config/kube/ingress/ingress.go, RuleCollection",
        expected: "unused-backend=warn",
        today: None,
    },
    Situation {
        name: "a rule without paths, and a healthy rule",
        ingress: "{spec: {rules: [{host: empty.example}, {host: shop.example, http: {paths: [{path: /, \
                  pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "skips the rule without paths",
        source: "pilot/pkg/config/kube/ingress/ingress.go, RuleCollection",
        expected: "",
        today: None,
    },
    // Classes and annotations.
    Situation {
        name: "the annotation istio without an IngressClass of that name",
        ingress: "web:htpp {annotations: {kubernetes.io/ingress.class: istio}}",
        objects: &[WEB],
        controller: "serves the Ingress in the modes STRICT (the default) and DEFAULT",
        source: "pilot/pkg/config/kube/ingress/conversion_test.go, TestIngressClass",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the field names a class of Istio, the annotation says nginx",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "goes by the annotation, and ignores the Ingress",
        source: "pilot/pkg/config/kube/ingress/conversion_test.go, TestIngressClass",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the field names a class of another controller, the annotation says istio",
        ingress: "web:80 {ingressClassName: other, annotations: {kubernetes.io/ingress.class: istio}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: other}, \
             spec: {controller: example.com/controller}}",
        ],
        controller: "goes by the annotation, and serves the Ingress",
        source: "pilot/pkg/config/kube/ingress/conversion_test.go, TestIngressClass",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the class istio belongs to another controller",
        ingress: "web:htpp {ingressClassName: istio}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: istio}, \
             spec: {controller: example.com/controller}}",
        ],
        controller: "reads the controller of the IngressClass, and ignores the Ingress",
        source: "pilot/pkg/config/kube/ingress/conversion_test.go, TestIngressClass",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "annotations of ingress-nginx for a canary",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/canary: 'true', \
                  nginx.ingress.kubernetes.io/canary-weight: '0'}}",
        objects: &[WEB],
        controller: "ignores the annotations, and serves the route like any other",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, convertIngressRule",
        expected: "",
        today: None,
    },
];
