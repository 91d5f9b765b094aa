//! Endpoints, default backends, classes and redirects.

use super::{EIGHTY, NAMED, SLICE, SLICE_EIGHTY, Situation, WEB};

/// The Service `web` without a selector.
const UNSELECTED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, \
     port: 80, targetPort: 8080}]}}";
/// The Service `web` of WEB, without its Pod and slice.
const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// A core Endpoints object for a Service without a selector.
const ENDPOINTS: &str = "{apiVersion: v1, kind: Endpoints, metadata: {name: web}, \
     subsets: [{addresses: [{ip: 10.1.0.1}], ports: [{name: http, port: 8080, protocol: TCP}]}]}";
/// The class that the chart and the add-on of AKS create, for another controller.
const FOREIGN_CLASS: &str = "{apiVersion: networking.k8s.io/v1, kind: IngressClass, \
     metadata: {name: azure-application-gateway}, spec: {controller: x.example/controller}}";

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
        controller: "puts addresses that are not ready into the pool, and leaves it to the probes of the gateway",
        source: "pkg/appgw/backendaddresspools_test.go, ensure correct creation of ApplicationGatewayBackendAddress",
        expected: "endpoints-not-ready=audit",
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
        controller: "puts ready and unready addresses into the pool",
        source: "pkg/appgw/backendaddresspools_test.go, should contain unique addresses only",
        expected: "",
        today: None,
    },
    Situation {
        name: "only endpoints that terminate",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: false, serving: true, terminating: true}}]}",
        ],
        controller: "reads core Endpoints, which do not list Pods that terminate: the pool is empty",
        source: "pkg/appgw/backendaddresspools.go, getAddressesForSubset",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    Situation {
        name: "no Pod is selected",
        ingress: "web:80",
        objects: &[
            SERVICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: null, endpoints: null}",
        ],
        controller: "finds no subset, and uses the empty default pool: 502",
        source: "pkg/appgw/backendaddresspools_test.go, build a list of BackendAddressPools",
        expected: "no-endpoints=warn",
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
        controller: "finds no number for the name, tries the number 80, which no endpoint has, and uses the empty \
                     default pool",
        source: "pkg/appgw/configbuilder.go, resolvePortName; pkg/appgw/backendaddresspools.go, getBackendAddressPool",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    Situation {
        name: "no selector, and a core Endpoints object",
        ingress: "web:80",
        objects: &[UNSELECTED, ENDPOINTS],
        controller: "reads core Endpoints",
        source: "pkg/k8scontext/context.go, GetEndpointsByService",
        expected: "",
        today: None,
    },
    Situation {
        name: "no selector, and a slice that Kubernetes mirrored from Endpoints",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: \
             endpointslicemirroring-controller.k8s.io}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "reads the core Endpoints behind the slice",
        source: "pkg/k8scontext/context.go, GetEndpointsByService",
        expected: "",
        today: None,
    },
    Situation {
        name: "no selector, and a slice written by hand",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1]}]}",
        ],
        controller: "never reads slices, and Kubernetes makes no Endpoints from a slice: the pool is empty, 502",
        source: "pkg/k8scontext/context.go, NewContext (informers), GetEndpointsByService",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "no selector, nothing published",
        ingress: "web:80",
        objects: &[UNSELECTED],
        controller: "finds no Endpoints, reports an event, and uses the empty default pool: 502",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool",
        expected: "no-endpoints=warn",
        today: None,
    },
    Situation {
        name: "mirrored Endpoints with another port name and the number of the targetPort",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: \
             endpointslicemirroring-controller.k8s.io}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "for a numeric targetPort compares numbers of TCP ports only",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool, getUniqueTCPPorts",
        expected: "",
        today: None,
    },
    Situation {
        name: "mirrored Endpoints with the right port name and another number than the targetPort",
        ingress: "web:80",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: \
             endpointslicemirroring-controller.k8s.io}}, addressType: IPv4, ports: [{name: http, port: 9000}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "looks for the number 8080, finds it in no subset, and uses the empty default pool: 502",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool",
        expected: "target-port-unresolved=warn",
        today: None,
    },
    // Default backends.
    Situation {
        name: "a default backend alone, and the Pods listen on port 80",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[EIGHTY, SLICE_EIGHTY],
        controller: "adds a rule for all hosts to the pool of the Service with the default setting, which has port 80",
        source: "pkg/appgw/configbuilder_test.go, Tests Application Gateway config creation with the SIMPLEST \
                 possible K8s YAML",
        expected: "",
        today: None,
    },
    Situation {
        name: "a default backend alone, and the Pods listen on another port",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[SERVICE, SLICE],
        controller: "uses the default setting, whose port is always 80: the gateway connects to port 80 of the Pods, \
                     502",
        source: "pkg/appgw/requestroutingrules.go, noRulesIngress; pkg/appgw/internaltypes.go, \
                 defaultBackendHTTPSettings; Azure/application-gateway-kubernetes-ingress#1172",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "a default backend alone that does not exist",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}}",
        objects: &[],
        controller: "refers to a pool that it does not create",
        source: "pkg/appgw/requestroutingrules.go, noRulesIngress",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for every path",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "takes the backend of the path / as the default of the host, and sends nothing to the default \
                     backend",
        source: "pkg/appgw/requestroutingrules.go, getDefaultFromRule; pkg/appgw/requestroutingrules_test.go, test \
                 isPathCatchAll",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "a broken default backend beside a rule for some paths",
        ingress: "{spec: {defaultBackend: {service: {name: gone, port: {number: 8080}}}, rules: [{host: a.example, \
                  http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "sends the other paths of the host to the default backend: an empty pool, 502",
        source: "pkg/tests/fixtures.go, GetIngressWithMissingServiceAndServiceWithInvalidPort; \
                 pkg/appgw/requestroutingrules.go, getDefaultFromRule",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "rules without paths beside a default backend",
        ingress: "{spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: a.example}]}}",
        objects: &[WEB],
        controller: "leaves the whole Ingress out",
        source: "pkg/k8scontext/context.go, filterAndSort",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a redirect to HTTPS without TLS",
        ingress: "web:80 {annotations: {appgw.ingress.kubernetes.io/ssl-redirect: 'true'}}",
        objects: &[WEB],
        controller: "leaves the whole Ingress out",
        source: "pkg/appgw/prune_test.go; prune.go, pruneRedirectWithNoTLS",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a redirect to HTTPS with a certificate of the gateway",
        ingress: "web:80 {annotations: {appgw.ingress.kubernetes.io/ssl-redirect: 'true', \
                  appgw.ingress.kubernetes.io/appgw-ssl-certificate: shop}}",
        objects: &[WEB],
        controller: "serves the Ingress over HTTPS",
        source: "pkg/appgw/prune.go, pruneRedirectWithNoTLS",
        expected: "",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation with the name of the controller",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: azure/application-gateway}}",
        objects: &[WEB],
        controller: "compares the annotation with the name of its controller, without an IngressClass",
        source: "pkg/k8scontext/k8scontext_test.go, Check IsApplicationGatewayIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "field and annotation both select the controller",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: \
                  azure/application-gateway}}",
        objects: &[WEB],
        controller: "reads the annotation before the field, and serves the Ingress",
        source: "pkg/k8scontext/k8scontext_test.go, (backward compatibility) Should filter both Ingress with \
                 annotation or matching Ingress Class resource",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation names another class than the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB],
        controller: "reads the annotation before the field, and ignores the Ingress",
        source: "pkg/k8scontext/k8scontext_test.go, returns false with incorrect annotation",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the class of the controller belongs to another controller",
        ingress: "web:81 {ingressClassName: azure-application-gateway}",
        objects: &[WEB, FOREIGN_CLASS],
        controller: "ignores the Ingress: the controller of the class must be its own",
        source: "pkg/k8scontext/context.go, IsIngressClass",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "a class that does not exist",
        ingress: "web:80 {ingressClassName: azure-application-gateway}",
        objects: &[WEB],
        controller: "ignores the Ingress: the IngressClass must exist",
        source: "pkg/k8scontext/context.go, getIngressClassResource, IsIngressClass",
        expected: "ingress-class=warn",
        today: None,
    },
    // Redirects, and other reasons not to serve an Ingress.
    Situation {
        name: "a redirect to HTTPS with TLS, and the Service does not exist",
        ingress: "{metadata: {annotations: {appgw.ingress.kubernetes.io/ssl-redirect: 'true'}}, \
                  spec: {tls: [{hosts: [a.example], secretName: tls}], rules: [{host: a.example, \
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[],
        controller: "redirects HTTP only, and sends HTTPS to the backend",
        source: "pkg/appgw/requestroutingrules_test.go, test ssl redirect is configured correctly when a basic rule \
                 is created",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the number is wrong for HTTPS, and another path works",
        ingress: "{metadata: {annotations: {appgw.ingress.kubernetes.io/backend-protocol: https}}, \
                  spec: {rules: [{http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 443}}}}, {path: /b, pathType: Prefix, backend: {service: {name: web, \
                  port: {name: http}}}}]}}]}}",
        objects: &[WEB],
        controller: "uses the empty default pool for the first path, and serves the second; the annotation changes \
                     the protocol only",
        source: "pkg/appgw/backendhttpsettings_test.go, test backend protocol annotation configures protocol on \
                 httpsettings and probes when no readiness probe on the pods",
        expected: "port-not-found=deny",
        today: None,
    },
];
