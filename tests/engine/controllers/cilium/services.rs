//! Ports and Services.

use super::{GLOBAL, NAMED, Situation, UNSELECTED, WEB};

/// A slice of `web` with a ready endpoint: port `http`, 8080.
const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.1.0.1], conditions: {ready: true, serving: true, terminating: false}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Ports.
    Situation {
        name: "the number of a port",
        ingress: "web:80",
        objects: &[WEB],
        controller: "finds the port of the Service by its number, and the endpoints by the name of that port",
        source: "pkg/ciliumenvoyconfig/testdata/backendservices.txtar",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name of a port",
        ingress: "web:http",
        objects: &[WEB],
        controller: "compares the name with the port names of the slices",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number of a port without a name",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, \
             targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: '', port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "matches endpoints without a port name with the port of the Service that has no name",
        source: "pkg/ciliumenvoyconfig/testdata/backendservices.txtar, test/backend_unnamed_port",
        expected: "",
        today: None,
    },
    Situation {
        name: "a named targetPort, by the number of the port",
        ingress: "web:80",
        objects: &[NAMED, SLICE],
        controller: "reads the number of the Pods from the slice",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number of a targetPort",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares with the numbers of ports only: the cluster of Envoy has no endpoint, 503",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a number that the Service does not have",
        ingress: "web:81",
        objects: &[WEB],
        controller: "keeps the route; the cluster of Envoy has no endpoint, 503",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a number that a global Service does not have",
        ingress: "web:81",
        objects: &[GLOBAL, SLICE],
        controller: "looks numbers up in the ports of the local Service only, also for endpoints of other clusters: \
                     503",
        source: "pkg/ciliumenvoyconfig/controller.go, backendProcessor.process, computeLoadAssignments",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a name that neither the Service nor a slice has",
        ingress: "web:grpc",
        objects: &[WEB],
        controller: "keeps the route; the cluster of Envoy has no endpoint, 503",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a name that a global Service does not have",
        ingress: "web:grpc",
        objects: &[GLOBAL, SLICE],
        controller: "compares names with the port names of endpoints, and those of another cluster may have the name",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments; pkg/clustermesh/service_merger.go, \
                 ClusterServiceToBackendParams",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the name of a targetPort",
        ingress: "web:web",
        objects: &[NAMED, SLICE],
        controller: "compares with port names of slices, which are those of the Service: no endpoint, 503",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a name that only the slice has",
        ingress: "web:other",
        objects: &[
            UNSELECTED,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: other, port: 8080}], \
             endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "compares names with the port names of the slices, so that the route works",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "port-not-found=audit",
        today: None,
    },
    Situation {
        name: "two ports with one number, UDP first",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: quic, \
             port: 443, protocol: UDP, targetPort: 9443}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.1.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "collects the endpoints of both ports, and leaves out those that are UDP or SCTP",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port that is UDP only",
        ingress: "web:53",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: dns, \
             port: 53, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: dns, port: 53, \
             protocol: UDP}], endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "leaves out endpoints that are UDP or SCTP: 503",
        source: "pkg/ciliumenvoyconfig/controller.go, computeLoadAssignments",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "the port name of an AWS action",
        ingress: "web:use-annotation",
        objects: &[WEB],
        controller: "looks for a port with the name, and finds no endpoint: 503",
        source: "operator/pkg/model/ingestion/ingress.go, Ingress",
        expected: "action-annotation=warn",
        today: None,
    },
    // Services.
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "keeps the route; without a Service in this cluster it uses no endpoint, not even of another \
                     cluster: 503",
        source: "pkg/ciliumenvoyconfig/controller.go, backendProcessor.process; pkg/clustermesh/service_merger.go, \
                 MergeExternalServiceUpdate",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example, ports: [{name: http, port: 80}]}}"],
        controller: "never reads the external name, and finds no endpoint: 503",
        source: "pkg/loadbalancer/reflectors/conversions.go, convertService",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "a headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
        ],
        controller: "sends requests to endpoints, never to the ClusterIP (since 1.16)",
        source: "pkg/ciliumenvoyconfig/testdata/headless.txtar",
        expected: "",
        today: None,
    },
    Situation {
        name: "a headless Service without selector, and a slice without conditions",
        ingress: "web:9082",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, ports: [{name: http, \
             port: 9082, targetPort: 9080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 9080, \
             protocol: TCP}], endpoints: [{addresses: [10.1.0.1], conditions: {}}]}",
        ],
        controller: "counts an endpoint without conditions as ready",
        source: "pkg/ciliumenvoyconfig/testdata/ingress-headless.txtar, details-headless-endpoint-slice",
        expected: "",
        today: None,
    },
    Situation {
        name: "a headless Service without selector, and a core Endpoints object",
        ingress: "web:9080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, ports: [{name: http, \
             port: 9080, targetPort: 9080}]}}",
            "{apiVersion: v1, kind: Endpoints, metadata: {name: web}, subsets: [{addresses: [{ip: 10.1.0.1}], \
             ports: [{name: http, port: 9080, protocol: TCP}]}]}",
        ],
        controller: "reads the slice that Kubernetes mirrors from the Endpoints",
        source: "pkg/ciliumenvoyconfig/testdata/ingress-headless.txtar, details-headless; cilium/cilium#23182",
        expected: "",
        today: None,
    },
    Situation {
        name: "a resource backend",
        ingress: "{spec: {rules: [{http: {paths: [{path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "reads the name of the missing Service reference without a check: a panic in every \
                     reconciliation; in shared mode no Ingress is updated any more",
        source: "operator/pkg/model/ingestion/ingress.go, Ingress; operator/pkg/ingress/ingress_reconcile.go, \
                 buildSharedResources",
        expected: "resource-backend=warn",
        today: None,
    },
];
