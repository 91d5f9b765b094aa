//! Services and ports.

use super::{CLUSTER_IP, NEG, NEG_NAMED, NODE, POD, SLICE, Situation};

const BALANCED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: LoadBalancer, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}";
const BALANCED_WITHOUT_NODE_PORTS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, \
     spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: web}, ports: [{name: http, \
     port: 80, targetPort: 8080}]}}";
const NODE_MANY: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, \
     targetPort: 8443}, {name: other, port: 12345, targetPort: 9000}]}}";
const HEADLESS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// Two ports with one number; the first one is UDP.
const NODE_UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: h3, port: 443, targetPort: 9443, protocol: UDP}, {name: https, port: 443, \
     targetPort: 8443}]}}";
const NODE_UDP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080, protocol: UDP}]}}";
const EXTERNAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: external.example.com, ports: [{port: 80}]}}";
const EXTERNAL_WITHOUT_PORTS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, \
     spec: {type: ExternalName, externalName: external.example.com}}";
const NEG_HEADLESS: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {clusterIP: None, selector: {app: web},
     ports: [{name: http, port: 80, targetPort: 8080}]}}"#;
const NEG_EXTERNAL: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {type: ExternalName,
     externalName: external.example.com, ports: [{port: 80}]}}"#;
const NEG_UDP: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {selector: {app: web}, ports: [{name: http,
     port: 80, targetPort: 8080, protocol: UDP}]}}"#;
const NEG_UDP_FIRST: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {selector: {app: web}, ports: [{name: h3,
     port: 443, targetPort: 9443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}"#;
const NEG_HTTP3: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {selector: {app: web}, ports: [{name: h3,
     port: 443, targetPort: 8443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}"#;
const SLICE_MANY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, \
     serving: true, terminating: false}, nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_UDP: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: UDP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, \
     nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_UDP_FIRST: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 9443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, \
     serving: true, terminating: false}, nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const SLICE_HTTP3: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 8443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, \
     serving: true, terminating: false}, nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "a NodePort Service",
        ingress: "web:80",
        objects: &[NODE, POD, SLICE],
        controller: "sends requests to the node port, through instance groups",
        source: "pkg/controller/translator/translator_test.go, TestGetServicePort 'correct port spec'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a LoadBalancer Service",
        ingress: "web:80",
        objects: &[BALANCED, POD, SLICE],
        controller: "sends requests to the node port, which such a Service has too",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "",
        today: None,
    },
    Situation {
        name: "a LoadBalancer Service without node ports",
        ingress: "web:80",
        objects: &[BALANCED_WITHOUT_NODE_PORTS, POD, SLICE],
        controller: "takes node port 0 for the instance groups, unless the Service has a NEG",
        source: "pkg/controller/utils.go, nodePorts; pkg/controller/translator/translator.go, getServicePort",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a ClusterIP Service without a NEG",
        ingress: "web:80",
        objects: &[CLUSTER_IP, POD, SLICE],
        controller: "refuses the type, unless GKE annotates the Service by itself",
        source: "pkg/controller/translator/translator_test.go, TestGetServicePort 'clusterIP service'",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a ClusterIP Service with a NEG",
        ingress: "web:80",
        objects: &[NEG, POD, SLICE],
        controller: "sends requests to the Pods",
        source: "pkg/neg/controller_test.go, TestEnableNEGServiceWithIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "does not translate the Ingress",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'missing rule service'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "two Services do not exist",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {rules: [{http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}, {path: /b, pathType: Prefix, backend: {service: {name: lost, \
                  port: {number: 80}}}}, {path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[NODE, POD, SLICE],
        controller: "does not translate the Ingress; the healthy path is not served either",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'missing multiple rule service'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "one Service for two paths",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {rules: [{http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}, {path: /b, pathType: Prefix, backend: {service: {name: web, \
                  port: {name: http}}}}]}}]}}",
        objects: &[NEG, POD, SLICE],
        controller: "makes one backend",
        source: "pkg/neg/controller_test.go, TestGatherPortMappingUsedByIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "no port has the number",
        ingress: "web:81",
        objects: &[NODE, POD, SLICE],
        controller: "does not translate the Ingress",
        source: "pkg/controller/translator/utils.go, ServicePort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[NEG, POD, SLICE],
        controller: "compares the number with the ports of the Service only",
        source: "pkg/controller/translator/utils.go, ServicePort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "no port has the name",
        ingress: "web:badport",
        objects: &[NODE, POD, SLICE],
        controller: "does not translate the Ingress",
        source: "pkg/controller/translator/translator_test.go, TestGetServicePort 'missing port'",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[NEG_NAMED, POD, SLICE],
        controller: "compares the name with the names of the ports only",
        source: "pkg/controller/translator/utils.go, ServicePort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a port by its name among several ports",
        ingress: "web:https",
        objects: &[NODE_MANY, POD, SLICE_MANY],
        controller: "finds the port",
        source: "pkg/controller/translator/translator_test.go, TestGetServicePort 'find port by name'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port by its number among several ports",
        ingress: "web:443",
        objects: &[NODE_MANY, POD, SLICE_MANY],
        controller: "finds the port",
        source: "pkg/controller/translator/translator_test.go, TestGetServicePort 'find port by number'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a NEG, and a targetPort that is a name",
        ingress: "web:80",
        objects: &[NEG_NAMED, POD, SLICE],
        controller: "takes the number from the slice",
        source: "pkg/controller/translator/translator_test.go, TestGatherEndpointPorts 'Target port is not a number \
                 so ports is taken from endpoints by port name'",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number and one targetPort, a NEG",
        ingress: "web:443",
        objects: &[NEG_HTTP3, POD, SLICE_HTTP3],
        controller: "takes the first port, whatever its protocol, and the number of its port in the slice, which is \
                     right",
        source: "pkg/controller/translator/utils.go, ServicePort; pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number and two targetPorts, a NEG",
        ingress: "web:443",
        objects: &[NEG_UDP_FIRST, POD, SLICE_UDP_FIRST],
        controller: "takes the first port, whatever its protocol: requests go to the targetPort of the UDP port",
        source: "pkg/controller/translator/utils.go, ServicePort; pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number and two targetPorts, the TCP port by name",
        ingress: "web:https",
        objects: &[NEG_UDP_FIRST, POD, SLICE_UDP_FIRST],
        controller: "finds the TCP port by its name",
        source: "pkg/controller/translator/utils.go, ServicePort",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number, nodes",
        ingress: "web:443",
        objects: &[NODE_UDP_FIRST, POD, SLICE_UDP_FIRST],
        controller: "takes the node port of the first port; the API server gives ports of one number the same node \
                     port when the Service is created",
        source: "pkg/controller/translator/utils.go, ServicePort; kubernetes/kubernetes \
                 pkg/registry/core/service/storage/alloc.go, initNodePorts",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port for UDP only, a NEG",
        ingress: "web:80",
        objects: &[NEG_UDP, POD, SLICE_UDP],
        controller: "does not read the protocol: connects with TCP to the number of the port in the slice",
        source: "pkg/neg/syncers/utils.go, toZoneNetworkEndpointMap",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "a port for UDP only, nodes",
        ingress: "web:80",
        objects: &[NODE_UDP, POD, SLICE_UDP],
        controller: "connects with TCP to a node port that kube-proxy serves for UDP only",
        source: "pkg/controller/translator/translator.go, getServicePort",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "a headless Service with a NEG",
        ingress: "web:80",
        objects: &[NEG_HEADLESS, POD, SLICE],
        controller: "sends requests to the Pods; the code never reads the ClusterIP",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG; pkg/neg/controller.go, mergeIngressPortInfo",
        expected: "",
        today: None,
    },
    Situation {
        name: "a headless Service without a NEG",
        ingress: "web:80",
        objects: &[HEADLESS, POD, SLICE],
        controller: "refuses the type, unless GKE annotates the Service by itself",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service with the port",
        ingress: "web:80",
        objects: &[EXTERNAL],
        controller: "refuses the type",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service with a NEG",
        ingress: "web:80",
        objects: &[NEG_EXTERNAL],
        controller: "accepts it and makes a NEG, which stays empty",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service without ports",
        ingress: "web:80",
        objects: &[EXTERNAL_WITHOUT_PORTS],
        controller: "finds no port",
        source: "pkg/controller/translator/translator.go, getServicePort",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "a resource backend",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: x.example, kind: Bucket, name: b}}}]}}]}}",
        objects: &[],
        controller: "refuses every backend that is not a Service",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'null service backend'",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a resource backend beside a healthy path",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {rules: [{http: {paths: [{path: /a, pathType: Prefix, \
                  backend: {resource: {apiGroup: x.example, kind: Bucket, name: b}}}, {path: /, pathType: Prefix, \
                  backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[NODE, POD, SLICE],
        controller: "refuses the backend; the healthy path is not served either",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'null service backend'",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "the port name of an action of AWS",
        ingress: r#"go:use-annotation {annotations: {alb.ingress.kubernetes.io/actions.go: '{"type":"fixed-response",
                  "fixedResponseConfig":{"statusCode":"404"}}'}}"#,
        objects: &[],
        controller: "looks for a Service, as with every port name",
        source: "pkg/controller/translator/translator.go, TranslateIngress",
        expected: "action-annotation=warn",
        today: None,
    },
];
