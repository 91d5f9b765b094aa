//! Services, ports and types of Services.

use super::{NAMED_TARGET, Situation, WEB};

/// A ready slice of the Service.
const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";
/// One number for UDP and TCP, as for HTTP/3, UDP first.
const UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: quic, port: 443, protocol: UDP, targetPort: 8443}, {name: https, port: 443, \
     targetPort: 8443}]}}";
/// The slice of the Service with two protocols.
const TWO_PROTOCOLS: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 8443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Services and ports.
    Situation {
        name: "a port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "makes a route to host and number",
        source: "pilot/pkg/config/kube/ingress/conversion_test.go, TestConversion",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service does not exist, by number",
        ingress: "web:80",
        objects: &[],
        controller: "makes the route without looking at Services: 503, unless a ServiceEntry or another cluster has \
                     the host",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, ingressBackendToHTTPRoute",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "the Service does not exist, by name",
        ingress: "web:http",
        objects: &[],
        controller: "resolves the name with the Services of its own cluster only, and leaves the path out: 404, \
                     whatever other clusters have",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, resolveNamedPort",
        expected: "service-not-found=warn",
        today: None,
    },
    Situation {
        name: "the number is that of no port",
        ingress: "web:81",
        objects: &[WEB],
        controller: "makes the route; there is no cluster for the number: 503, unless another cluster has the port",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, ingressBackendToHTTPRoute; \
                 pilot/pkg/networking/core/route/route.go, GetDestinationCluster",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "makes the route; clusters exist for the numbers of Service ports only: 503",
        source: "pilot/pkg/networking/core/route/route.go, GetDestinationCluster; \
                 pilot/pkg/networking/core/cluster.go, buildOutboundClusters",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the name is that of no port",
        ingress: "web:htpp",
        objects: &[WEB],
        controller: "leaves the path out: 404",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, resolveNamedPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[NAMED_TARGET, SLICE],
        controller: "compares the names of Service ports only, and leaves the path out: 404",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, resolveNamedPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the reference is a name, the targetPort is a name",
        ingress: "web:http",
        objects: &[NAMED_TARGET, SLICE],
        controller: "replaces the name with the number of the Service port",
        source: "pilot/pkg/config/kube/ingress/conversion_test.go, TestNamedPortIngressConversion; \
                 pilot/pkg/config/kube/ingress/controller_test.go, TestIngressControllerWithPortName",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port is called by the number",
        ingress: "web:9000",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
             ports: [{name: '9000', port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: '9000', port: 8080, \
             protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "takes a number as a number: there is no cluster for it",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, ingressBackendToHTTPRoute",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "one of two paths has a wrong name",
        ingress: "{spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, \
                  backend: {service: {name: web, port: {name: htpp}}}}]}}]}}",
        objects: &[WEB],
        controller: "leaves that path out; the other is served, and gets its requests",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, convertIngressRule",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the only port is UDP",
        ingress: "web:53",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: dns, \
             port: 53, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: dns, port: 53, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "makes the route, and no cluster for a UDP port: 503",
        source: "pilot/pkg/networking/core/cluster.go, buildOutboundClusters",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "UDP comes first, by number",
        ingress: "web:443",
        objects: &[UDP_FIRST, TWO_PROTOCOLS],
        controller: "skips UDP ports where it looks a number up: served",
        source: "pilot/pkg/networking/core/cluster.go, buildOutboundClusters; pilot/pkg/model/service.go, \
                 PortList.GetByPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP comes first, by the name of the TCP port",
        ingress: "web:https",
        objects: &[UDP_FIRST, TWO_PROTOCOLS],
        controller: "replaces the name with its number, and skips UDP ports: served",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, resolveNamedPort; pilot/pkg/model/service.go, \
                 PortList.GetByPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "by the name of the UDP port, whose number TCP has too",
        ingress: "web:quic",
        objects: &[UDP_FIRST, TWO_PROTOCOLS],
        controller: "replaces the name with its number, whatever the protocol, and finds the TCP port: served",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, resolveNamedPort; pilot/pkg/model/service.go, \
                 PortList.GetByPort",
        expected: "",
        today: None,
    },
    // Types of Services.
    Situation {
        name: "headless Service",
        ingress: "web:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, \
             ports: [{name: http, port: 80, targetPort: 8080}]}}",
            SLICE,
        ],
        controller: "gives gateways the endpoints of headless Services: served",
        source: "pilot/pkg/networking/core/cluster.go, convertResolution",
        expected: "",
        today: None,
    },
    Situation {
        name: "ExternalName of a host outside",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example.com, ports: [{name: http, port: 80}]}}"],
        controller: "sends requests to the cluster of the external host, which exists only if a ServiceEntry names \
                     the host: else 503",
        source: "pilot/pkg/networking/core/route/route.go, GetDestinationCluster; \
                 pilot/pkg/networking/core/cluster.go, buildOutboundClusters; \
                 pilot/pkg/serviceregistry/kube/conversion_test.go, TestExternalServiceConversion",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "ExternalName of a Service of the cluster",
        ingress: "alias:80",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: alias}, spec: {type: ExternalName, \
             externalName: web.shop.svc.cluster.local, ports: [{name: http, port: 80}]}}",
            WEB,
        ],
        controller: "sends requests to the cluster of that Service and number: served",
        source: "pilot/pkg/networking/core/route/route.go, GetDestinationCluster; \
                 pilot/pkg/serviceregistry/kube/conversion_test.go, TestExternalClusterLocalServiceConversion",
        expected: "",
        today: None,
    },
    Situation {
        name: "ExternalName of a Service of the cluster that does not exist",
        ingress: "alias:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: alias}, spec: {type: ExternalName, \
             externalName: gone.shop.svc.cluster.local, ports: [{name: http, port: 80}]}}"],
        controller: "finds no cluster for the host: 503, unless another cluster has the Service",
        source: "pilot/pkg/networking/core/route/route.go, GetDestinationCluster",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "ExternalName of a Service that has another number",
        ingress: "alias:8000",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: alias}, spec: {type: ExternalName, \
             externalName: web.shop.svc.cluster.local, ports: [{name: http, port: 8000}]}}",
            WEB,
        ],
        controller: "keeps the number of the reference, which the other Service does not have: 503",
        source: "pilot/pkg/networking/core/route/route.go, GetDestinationCluster",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "ExternalName by a name that it does not declare",
        ingress: "alias:htpp",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: alias}, spec: {type: ExternalName, \
             externalName: web.shop.svc.cluster.local, ports: [{name: http, port: 80}]}}",
            WEB,
        ],
        controller: "resolves the name with the ports of the ExternalName Service, and leaves the path out: 404",
        source: "pilot/pkg/config/kube/ingress/virtualservices.go, resolveNamedPort",
        expected: "external-name=warn",
        today: None,
    },
];
