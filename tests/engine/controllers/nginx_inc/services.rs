//! Services and ports.

use super::{CRASHING_POD, HEADLESS, NAMED, READY_POD, SELECTING, SLICE, Situation, UNREADY_SLICE, WEB};

/// A Service whose only port has no name.
const UNNAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{port: 80, targetPort: 8080}]}}";
const UNNAMED_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: '', port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Services and ports.
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "keeps the path with an upstream whose only server is a placeholder: 502",
        source: "internal/k8s/controller.go, createIngressEx; internal/configs/version1/config.go, \
                 NewUpstreamWithDefaultServer",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a port has the number",
        ingress: "web:80",
        objects: &[WEB],
        controller: "finds the port by its number",
        source: "internal/k8s/controller_test.go, TestGetServicePortForIngressPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the number is that of no port, and the port has a name",
        ingress: "web:81",
        objects: &[WEB],
        controller: "compares numbers, and the empty name of the reference with the names of the ports: no port is \
                     found, 502",
        source: "internal/k8s/controller_test.go, TestGetServicePortForIngressPort (another number finds no port)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number, and the port has a name",
        ingress: "web:8080",
        objects: &[WEB],
        controller: "does not compare with targetPorts: 502",
        source: "internal/k8s/controller_test.go, TestGetServicePortForIngressPort (the number 22 of a targetPort \
                 finds no port)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "any number matches a port without a name",
        ingress: "web:81",
        objects: &[UNNAMED, UNNAMED_SLICE, READY_POD],
        controller: "the empty name of the reference equals the empty name of the port, so the port is found",
        source: "internal/k8s/controller.go, getEndpointsForPortFromEndpointSlices",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port has the name",
        ingress: "web:http",
        objects: &[WEB],
        controller: "finds the port by its name",
        source: "internal/k8s/controller_test.go, TestGetServicePortForIngressPort",
        expected: "",
        today: None,
    },
    Situation {
        name: "the name is that of no port",
        ingress: "web:app",
        objects: &[WEB],
        controller: "finds no port: 502",
        source: "internal/k8s/controller_test.go, TestGetServicePortForIngressPort (another name finds no port)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[NAMED, SLICE, READY_POD],
        controller: "compares names of ports only: 502",
        source: "internal/k8s/controller.go, getServicePortForIngressPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a name does not match a port without a name",
        ingress: "web:http",
        objects: &[UNNAMED, UNNAMED_SLICE, READY_POD],
        controller: "finds no port of that name: 502",
        source: "internal/k8s/controller.go, getEndpointsForPortFromEndpointSlices",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the only port is UDP",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: h3, port: 443, \
             targetPort: 8443, protocol: UDP}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 8443, \
             protocol: UDP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}",
        ],
        controller: "looks at no protocol, neither of the port nor of the slice, and sends HTTP over TCP to the \
                     targetPort",
        source: "internal/k8s/controller.go, getEndpointsForPortFromEndpointSlices and selectEndpointSlicesForPort",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "the UDP port of two with one number comes first and has another targetPort",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: h3, port: 443, \
             targetPort: 9443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 9443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "stops at the first port with the number, so requests go to the number of the UDP port's \
                     targetPort",
        source: "internal/k8s/controller.go, getEndpointsForPortFromEndpointSlices",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "the UDP port of two with one number comes first and has the same targetPort",
        ingress: "web:443",
        objects: &[
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: h3, port: 443, \
             targetPort: 8443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
             labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 8443, \
             protocol: UDP}, {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], \
             conditions: {ready: true}}]}",
        ],
        controller: "takes the UDP port; its targetPort is the same number, so requests arrive",
        source: "internal/k8s/controller.go, getEndpointsForPortFromEndpointSlices",
        expected: "",
        today: None,
    },
    // The annotation `use-cluster-ip`.
    Situation {
        name: "use-cluster-ip",
        ingress: "web:80 {annotations: {nginx.org/use-cluster-ip: 'true'}}",
        objects: &[WEB],
        controller: "its only server is the ClusterIP with the number of the reference",
        source: "internal/configs/ingress_test.go, TestGenerateNginxCfgForMergeableIngressesWithUseClusterIP",
        expected: "",
        today: None,
    },
    Situation {
        name: "use-cluster-ip on a headless Service",
        ingress: "web:80 {annotations: {nginx.org/use-cluster-ip: 'true'}}",
        objects: &[HEADLESS, SLICE, READY_POD],
        controller: "writes the word None as the address; NGINX cannot resolve it and refuses the configuration",
        source: "internal/k8s/controller.go, createIngressEx",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "use-cluster-ip with a number that is no port",
        ingress: "web:81 {annotations: {nginx.org/use-cluster-ip: 'true'}}",
        objects: &[WEB],
        controller: "does not compare the number with the ports; nothing answers at that port of the ClusterIP",
        source: "internal/k8s/controller.go, createIngressEx",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "use-cluster-ip: the number differs from the port, which has no name",
        ingress: "web:81 {annotations: {nginx.org/use-cluster-ip: 'true'}}",
        objects: &[UNNAMED, UNNAMED_SLICE, READY_POD],
        controller: "connects to that number of the ClusterIP, where nothing answers, although the same reference \
                     works without the annotation",
        source: "internal/k8s/controller.go, createIngressEx",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "use-cluster-ip with the value True, on a headless Service",
        ingress: "web:80 {annotations: {nginx.org/use-cluster-ip: 'True'}}",
        objects: &[HEADLESS, SLICE, READY_POD],
        controller: "the validation accepts the value, but only the word true in lower case selects the ClusterIP, so \
                     endpoints are used",
        source: "internal/k8s/controller.go, createIngressEx; validation.go, validateBoolAnnotation",
        expected: "",
        today: None,
    },
    Situation {
        name: "use-cluster-ip with a value that is no boolean",
        ingress: "web:80 {annotations: {nginx.org/use-cluster-ip: 'yes'}}",
        objects: &[WEB],
        controller: "rejects the whole Ingress: no path of it is served",
        source: "internal/k8s/validation.go, validateBoolAnnotation; validation_test.go, \
                 TestValidateNginxIngressAnnotations",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "use-cluster-ip while no endpoint is ready",
        ingress: "web:80 {annotations: {nginx.org/use-cluster-ip: 'true'}}",
        objects: &[SELECTING, UNREADY_SLICE, CRASHING_POD],
        controller: "connects to the ClusterIP in any case, and nothing answers there",
        source: "internal/k8s/controller.go, createIngressEx",
        expected: "endpoints-not-ready=warn",
        today: None,
    },
    // ExternalName.
    Situation {
        name: "an ExternalName Service",
        ingress: "web:80",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: external.example.com, ports: [{name: http, port: 80}]}}"],
        controller: "serves it with NGINX Plus and a resolver only; the open-source version answers 502",
        source: "internal/k8s/controller.go, getEndpointsForIngressBackend; internal/configs/ingress.go, \
                 createUpstream",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service for another port than it declares",
        ingress: "web:8080",
        objects: &["{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
             externalName: external.example.com, ports: [{name: http, port: 80}]}}"],
        controller: "NGINX Plus connects to the number of the reference without a look at the declared ports; without \
                     Plus 502",
        source: "internal/k8s/controller.go, getExternalEndpointsForIngressBackend",
        expected: "external-name=warn",
        today: None,
    },
];
