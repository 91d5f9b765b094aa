//! Ports and Services.

use super::{EIGHTY, NAMED, SLICE, SLICE_EIGHTY, Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Ports.
    Situation {
        name: "the number of a port",
        ingress: "web:80",
        objects: &[WEB],
        controller: "puts the addresses of the Endpoints into a pool, and connects to the targetPort",
        source: "pkg/appgw/configbuilder_test.go, Tests Application Gateway config creation",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name of a port",
        ingress: "web:http",
        objects: &[WEB],
        controller: "finds the port by its name",
        source: "pkg/appgw/backendhttpsettings_test.go, test backend port referenced with name",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number of a targetPort",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "compares the reference with the number, the name and the targetPort of each TCP port",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name of a targetPort",
        ingress: "web:web",
        objects: &[NAMED, SLICE],
        controller: "compares the reference with the number, the name and the targetPort of each TCP port",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "a named targetPort, by the number of the port",
        ingress: "web:80",
        objects: &[NAMED, SLICE],
        controller: "reads the number from the port of the Endpoints that has the name of the Service port",
        source: "pkg/appgw/configbuilder.go, resolvePortName",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number that a named targetPort resolves to",
        ingress: "web:8080",
        objects: &[NAMED, SLICE],
        controller: "finds no port, keeps the number of the reference, and serves it because the Endpoints have that \
                     TCP port",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort; pkg/appgw/backendaddresspools.go, \
                 getBackendAddressPool",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number of a named targetPort before the first Pod runs",
        ingress: "web:8080",
        objects: &[
            NAMED,
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, \
             selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, \
             spec: {containers: [{name: app, image: app, ports: [{name: web, containerPort: 8080}], \
             readinessProbe: {httpGet: {path: /, port: web}}}]}}}}",
        ],
        controller: "serves the number as soon as the Endpoints of the Pods have it",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort; pkg/appgw/backendaddresspools.go, \
                 getBackendAddressPool",
        expected: "",
        today: None,
    },
    Situation {
        name: "a number that neither the Service nor an endpoint has",
        ingress: "web:81",
        objects: &[WEB],
        controller: "keeps the number, finds it in no subset of the Endpoints, and uses the empty default pool: 502",
        source: "pkg/appgw/backendhttpsettings_test.go, should configure all the backends even when a service is \
                 missing",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a number that a named targetPort does not resolve to",
        ingress: "web:9090",
        objects: &[NAMED, SLICE],
        controller: "keeps the number, finds it in no subset of the Endpoints, and uses the empty default pool: 502; \
                     the next Pod may have the number",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool, newBackendPoolMap",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the number of a named targetPort in a workload that replaces the Pods",
        ingress: "web:9090",
        objects: &[
            NAMED,
            SLICE,
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, \
             selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, \
             spec: {containers: [{name: app, image: app, ports: [{name: web, containerPort: 9090}]}]}}}}",
        ],
        controller: "serves the number as soon as the Endpoints of the new Pods have it",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort; pkg/appgw/backendaddresspools.go, \
                 getBackendAddressPool",
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
        controller: "compares the reference as a text with the number, the name and the targetPort of each TCP port",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "a UDP port has the number, and a named targetPort resolves to it",
        ingress: "web:8080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
             ports: [{name: quic, port: 8080, targetPort: 9000, protocol: UDP}, {name: http, port: 80, \
             targetPort: web}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: quic, port: 9000, \
             protocol: UDP}, {name: http, port: 8080, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "skips ports that are not TCP, keeps the number, and finds it among the TCP ports of the Endpoints",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort; pkg/appgw/backendaddresspools.go, \
                 getBackendAddressPool",
        expected: "",
        today: None,
    },
    Situation {
        name: "no selector, and the number is that of no endpoint",
        ingress: "web:9090",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
             targetPort: 8080}]}}",
            SLICE,
        ],
        controller: "finds the number in no subset of the Endpoints, which may change without the Service",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "a name that nothing has",
        ingress: "web:grpc",
        objects: &[WEB],
        controller: "falls back to port 80, which no endpoint has, and uses the empty default pool: 502",
        source: "pkg/appgw/backendhttpsettings_test.go, should configure all the backends even when a service is \
                 missing",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a name that nothing has, and the Pods listen on port 80",
        ingress: "web:web",
        objects: &[EIGHTY, SLICE_EIGHTY],
        controller: "falls back to port 80, which the Endpoints have, so that the route works",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort; pkg/appgw/backendaddresspools.go, \
                 getBackendAddressPool",
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
        controller: "skips ports that are not TCP",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort; pkg/tests/fixtures.go, NewServicePortsFixture",
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
        controller: "skips UDP ports of the Service and of the Endpoints, and uses the empty default pool: 502",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort; pkg/appgw/backendaddresspools.go, \
                 getUniqueTCPPorts",
        expected: "protocol-mismatch=deny",
        today: None,
    },
    Situation {
        name: "one number that is a port and the targetPort of another port",
        ingress: "web:8080",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: a, \
             port: 8080, targetPort: 9090}, {name: b, port: 80, targetPort: 8080}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: a, port: 9090}, {name: b, \
             port: 8080}], endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]}",
        ],
        controller: "takes the smallest of all targetPorts that match, and reports the conflict as an event",
        source: "pkg/appgw/backendhttpsettings_test.go, correct backend port is chosen in case of target port is \
                 resolved to multiple ports",
        expected: "",
        today: None,
    },
    Situation {
        name: "a named targetPort that Pods resolve to different numbers",
        ingress: "web:http",
        objects: &[
            NAMED,
            SLICE,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-2, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 9090}], \
             endpoints: [{addresses: [10.1.0.2], conditions: {ready: true}}]}",
        ],
        controller: "takes the smallest number, and the subset of the Endpoints that has it",
        source: "pkg/appgw/backendhttpsettings_test.go, correct backend port is chosen in case of target port is \
                 resolved to multiple ports",
        expected: "",
        today: None,
    },
    Situation {
        name: "the port name of an AWS action",
        ingress: "web:use-annotation",
        objects: &[WEB],
        controller: "looks for a port with the name, finds none, and falls back to port 80, which no endpoint has",
        source: "pkg/appgw/backendhttpsettings.go, resolveBackendPort",
        expected: "action-annotation=warn",
        today: None,
    },
    // Services.
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "keeps the rule with the empty default pool and the default probe: 502",
        source: "pkg/appgw/appgw_test.go, Tests Ingress Controller when Service doesn't exists; \
                 pkg/appgw/health_probes_test.go, use default probe when service doesn't exists",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the Service does not exist, port 443",
        ingress: "web:443",
        objects: &[],
        controller: "makes an HTTPS setting with an HTTP probe, which the gateway rejects: nothing of the gateway is \
                     updated any more",
        source: "pkg/appgw/backendhttpsettings.go, generateHTTPSettings; \
                 Azure/application-gateway-kubernetes-ingress#1812",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "one Service of two does not exist",
        ingress: "{spec: {rules: [{http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}, {path: /b, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[WEB],
        controller: "configures the other backend as usual",
        source: "pkg/appgw/backendhttpsettings_test.go, should configure all the backends even when a service is \
                 missing",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the Service is a MultiClusterService",
        ingress: "web:80",
        objects: &["{apiVersion: networking.aks.io/v1alpha1, kind: MultiClusterService, metadata: {name: web}, \
             spec: {selector: {matchLabels: {app: web}}, ports: [{port: 80, targetPort: 8080, protocol: TCP}]}}"],
        controller: "in multi-cluster mode reads MultiClusterServices for MultiClusterIngresses, and no Ingress at all; \
                     else it reads no MultiClusterService: no mode serves the path",
        source: "pkg/k8scontext/context.go, GetService, GetEndpointsByService, ListHTTPIngresses",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "an ExternalName Service with the port",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example, ports: [{name: http, port: 80}]}}"],
        controller: "fills pools from Endpoints only, which such a Service does not have: the empty default pool \
                     answers 502",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service without ports",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: shop.example}}"],
        controller: "fills pools from Endpoints only, which such a Service does not have: the empty default pool \
                     answers 502",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool",
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
        controller: "never reads the ClusterIP",
        source: "pkg/appgw/backendaddresspools.go, getBackendAddressPool",
        expected: "",
        today: None,
    },
    Situation {
        name: "a resource backend",
        ingress: "{spec: {rules: [{http: {paths: [{path: /static, pathType: Prefix, \
                  backend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}}}]}}]}}",
        objects: &[],
        controller: "reads the name of the missing Service reference without a check: the controller crashes, and the \
                     gateway is not updated any more",
        source: "pkg/appgw/configbuilder.go, generateBackendID; pkg/k8scontext/context.go, \
                 isServiceReferencedByAnyIngress",
        expected: "resource-backend=warn",
        today: None,
    },
];
