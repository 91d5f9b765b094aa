//! Services and ports.

use super::{CLUSTER_IP, IP, NODE, POD, SLICE, Situation};

const BALANCED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: LoadBalancer, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}";
const BALANCED_WITHOUT_NODE_PORTS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, \
     spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: web}, ports: [{name: http, \
     port: 80, targetPort: 8080}]}}";
const IP_NAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {selector: {app: web}, ports: [{name: http, \
     port: 80, targetPort: app}]}}";
const IP_HEADLESS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {clusterIP: None, selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
const HEADLESS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}";
const IP_SIX: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {ipFamilies: [IPv6], selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// Two ports with one number; the first one is UDP.
const IP_UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {selector: {app: web}, ports: [{name: h3, \
     port: 443, targetPort: 9443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}";
const NODE_UDP_FIRST: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: h3, port: 443, targetPort: 9443, protocol: UDP}, {name: https, port: 443, \
     targetPort: 8443}]}}";
const IP_HTTP3: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {selector: {app: web}, ports: [{name: h3, \
     port: 443, targetPort: 8443, protocol: UDP}, {name: https, port: 443, targetPort: 8443}]}}";
const IP_UDP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {selector: {app: web}, ports: [{name: http, \
     port: 80, targetPort: 8080, protocol: UDP}]}}";
const NODE_UDP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080, protocol: UDP}]}}";
const EXTERNAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: external.example.com, ports: [{port: 80}]}}";
const EXTERNAL_WITHOUT_PORTS: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, \
     spec: {type: ExternalName, externalName: external.example.com}}";
const SLICE_UDP: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: UDP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, \
     targetRef: {kind: Pod, name: web-0}}]}";
const SLICE_UDP_FIRST: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 9443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, \
     serving: true, terminating: false}, targetRef: {kind: Pod, name: web-0}}]}";
const SLICE_HTTP3: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: h3, port: 8443, protocol: UDP}, \
     {name: https, port: 8443, protocol: TCP}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, \
     serving: true, terminating: false}, targetRef: {kind: Pod, name: web-0}}]}";
const SLICE_SIX: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv6, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: ['fd00::1'], conditions: {ready: true, serving: true, terminating: false}, \
     targetRef: {kind: Pod, name: web-0}}]}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "a NodePort Service and the default targets",
        ingress: "web:80",
        objects: &[NODE, POD, SLICE],
        controller: "registers the nodes with the node port",
        source: "pkg/ingress/model_builder_test.go, Test_defaultModelBuilder_Build 'Ingress - vanilla internal'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a LoadBalancer Service and the default targets",
        ingress: "web:80",
        objects: &[BALANCED, POD, SLICE],
        controller: "registers the nodes with the node port, which such a Service has too",
        source: "pkg/backend/endpoint_resolver.go, ResolveNodePortEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "a LoadBalancer Service without node ports",
        ingress: "web:80",
        objects: &[BALANCED_WITHOUT_NODE_PORTS, POD, SLICE],
        controller: "the node port is 0: the model of the whole group is not built, unless the class or a flag \
                     selects Pods",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupSpec",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a ClusterIP Service and the default targets",
        ingress: "web:80",
        objects: &[CLUSTER_IP, POD, SLICE],
        controller: "the node port is 0: the model of the whole group is not built, unless the class or a flag \
                     selects Pods",
        source: "pkg/backend/endpoint_resolver_test.go, Test_defaultEndpointResolver_ResolveNodePortEndpoints \
                 'clusterIP service is not supported'; pkg/ingress/model_build_target_group.go, \
                 buildTargetGroupSpec",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a ClusterIP Service, and the Ingress selects Pods",
        ingress: "web:80 {annotations: {alb.ingress.kubernetes.io/target-type: ip}}",
        objects: &[CLUSTER_IP, POD, SLICE],
        controller: "registers the Pods",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupTargetType",
        expected: "",
        today: None,
    },
    Situation {
        name: "a ClusterIP Service that selects Pods itself",
        ingress: "web:80",
        objects: &[IP, POD, SLICE],
        controller: "reads the annotation of the Service if the Ingress has none",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupSpec (annotations of Service and Ingress \
                 are merged)",
        expected: "",
        today: None,
    },
    Situation {
        name: "the Ingress selects nodes, the Service selects Pods",
        ingress: "web:80 {annotations: {alb.ingress.kubernetes.io/target-type: instance}}",
        objects: &[IP, POD, SLICE],
        controller: "the annotation of the Ingress wins: the node port is 0, and the model of the whole group is not \
                     built",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupSpec (annotations of Service and Ingress \
                 are merged)",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a target type in capital letters",
        ingress: "web:80 {annotations: {alb.ingress.kubernetes.io/target-type: IP}}",
        objects: &[NODE, POD, SLICE],
        controller: "compares the value exactly: an unknown target type stops the whole group",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupTargetType",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "the Service does not exist",
        ingress: "web:80",
        objects: &[],
        controller: "answers with a fixed 503; without the option tolerate-non-existent-backend-service the whole \
                     group stops",
        source: "pkg/ingress/enhanced_backend_builder_test.go, 'vanilla serviceBackend - non-existent service and \
                 tolerateNonExistentBackendService==true' and '==false'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "one of two Services does not exist",
        ingress: "{spec: {rules: [{http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: gone, \
                  port: {number: 80}}}}, {path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[IP, POD, SLICE],
        controller: "only the path of the missing Service gets the fixed 503",
        source: "pkg/ingress/enhanced_backend_builder_test.go, 'forward to a single non-existent service - \
                 tolerateNonExistentBackendService == true'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "the Service does not exist, and HTTP is redirected to HTTPS",
        ingress: r#"web:80 {annotations: {alb.ingress.kubernetes.io/listen-ports: '[{"HTTP":80}, {"HTTPS":443}]',
                  alb.ingress.kubernetes.io/ssl-redirect: '443'}}"#,
        objects: &[],
        controller: "the rules are built for the HTTPS listener all the same",
        source: "pkg/ingress/model_build_listener_rules.go, buildListenerRules; pkg/ingress/model_builder_test.go, \
                 Test_defaultModelBuildTask_buildSSLRedirectConfig",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "no port has the number",
        ingress: "web:81",
        objects: &[IP, POD, SLICE],
        controller: "the model of the whole group is not built",
        source: "pkg/k8s/service_utils_test.go, TestLookupServicePort 'cannot find servicePort by port value'",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the number",
        ingress: "web:8080",
        objects: &[IP, POD, SLICE],
        controller: "compares the number with the ports of the Service only: the model of the whole group is not \
                     built",
        source: "pkg/k8s/service_utils.go, LookupServicePort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "no port has the name",
        ingress: "web:https",
        objects: &[IP, POD, SLICE],
        controller: "the model of the whole group is not built",
        source: "pkg/k8s/service_utils_test.go, TestLookupServicePort 'cannot find servicePort by port name'",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "only a targetPort has the name",
        ingress: "web:app",
        objects: &[IP_NAMED, POD, SLICE],
        controller: "compares the name with the names of the ports only: the model of the whole group is not built",
        source: "pkg/k8s/service_utils.go, LookupServicePort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "one port by its name and by its number",
        ingress: "{spec: {rules: [{http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: web, \
                  port: {name: http}}}}, {path: /b, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[IP, POD, SLICE],
        controller: "makes a target group for each of the two references",
        source: "pkg/ingress/model_builder_test.go, Test_defaultModelBuilder_Build 'Ingress - referenced same service \
                 port with both name and port'",
        expected: "",
        today: None,
    },
    Situation {
        name: "Pods, and a targetPort that is a name",
        ingress: "web:80",
        objects: &[IP_NAMED, POD, SLICE],
        controller: "takes the number from the slice; the port of the target group itself is 1 and does not matter",
        source: "pkg/ingress/model_builder_test.go, Test_defaultModelBuilder_Build 'target type IP with named target \
                 port'",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number and one targetPort, Pods",
        ingress: "web:443",
        objects: &[IP_HTTP3, POD, SLICE_HTTP3],
        controller: "takes the first port, whatever its protocol, and registers the number of the targetPort, which \
                     is right",
        source: "pkg/k8s/service_utils.go, LookupServicePort; pkg/backend/endpoint_resolver.go, \
                 resolvePodEndpointsWithEndpointsData",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number and two targetPorts, Pods",
        ingress: "web:443",
        objects: &[IP_UDP_FIRST, POD, SLICE_UDP_FIRST],
        controller: "takes the first port, whatever its protocol: requests go to the targetPort of the UDP port",
        source: "pkg/k8s/service_utils.go, LookupServicePort; pkg/backend/endpoint_resolver.go, \
                 resolvePodEndpointsWithEndpointsData",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number and two targetPorts, the TCP port by name",
        ingress: "web:https",
        objects: &[IP_UDP_FIRST, POD, SLICE_UDP_FIRST],
        controller: "finds the TCP port by its name",
        source: "pkg/k8s/service_utils.go, LookupServicePort",
        expected: "",
        today: None,
    },
    Situation {
        name: "UDP first, two ports with one number, nodes",
        ingress: "web:443",
        objects: &[NODE_UDP_FIRST, POD, SLICE_UDP_FIRST],
        controller: "uses the node port of the first port; the API server gives ports of one number the same node \
                     port when the Service is created",
        source: "pkg/k8s/service_utils.go, LookupServicePort; kubernetes/kubernetes \
                 pkg/registry/core/service/storage/alloc.go, initNodePorts",
        expected: "",
        today: None,
    },
    Situation {
        name: "a port for UDP only, Pods",
        ingress: "web:80",
        objects: &[IP_UDP, POD, SLICE_UDP],
        controller: "does not read the protocol: connects with TCP to the number of the targetPort",
        source: "pkg/backend/endpoint_resolver.go, resolvePodEndpointsWithEndpointsData",
        expected: "protocol-mismatch=audit",
        today: None,
    },
    Situation {
        name: "a port for UDP only, nodes",
        ingress: "web:80",
        objects: &[NODE_UDP, POD, SLICE_UDP],
        controller: "connects with TCP to a node port that kube-proxy serves for UDP only",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupPort",
        expected: "protocol-mismatch=warn",
        today: None,
    },
    Situation {
        name: "a headless Service and Pods",
        ingress: "web:80",
        objects: &[IP_HEADLESS, POD, SLICE],
        controller: "registers the Pods; the ClusterIP does not matter",
        source: "pkg/backend/endpoint_resolver.go, ResolvePodEndpoints",
        expected: "",
        today: None,
    },
    Situation {
        name: "a headless Service and the default targets",
        ingress: "web:80",
        objects: &[HEADLESS, POD, SLICE],
        controller: "the node port is 0: the model of the whole group is not built, unless the class or a flag \
                     selects Pods",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupSpec",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service with the port",
        ingress: "web:80",
        objects: &[EXTERNAL],
        controller: "with Pods as targets the target group stays empty; with nodes the node port is 0 and the whole \
                     group stops",
        source: "pkg/ingress/model_build_target_group.go, buildTargetGroupSpec; pkg/backend/endpoint_resolver.go",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "an ExternalName Service without ports",
        ingress: "web:80",
        objects: &[EXTERNAL_WITHOUT_PORTS],
        controller: "finds no port: the model of the whole group is not built",
        source: "pkg/k8s/service_utils.go, LookupServicePort",
        expected: "external-name=warn",
        today: None,
    },
    Situation {
        name: "a resource backend",
        ingress: "{spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, \
                  backend: {resource: {apiGroup: x.example, kind: Bucket, name: b}}}]}}]}}",
        objects: &[],
        controller: "refuses every backend that is not a Service: the model of the whole group is not built",
        source: "pkg/ingress/enhanced_backend_builder_test.go, 'resource backend'",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "a Service for IPv6, and a load balancer for IPv4",
        ingress: "web:80",
        objects: &[IP_SIX, POD, SLICE_SIX],
        controller: "the model of the whole group is not built, unless the class selects a dual-stack load balancer",
        source: "pkg/ingress/model_builder_test.go, Test_defaultModelBuilder_Build 'Ingress with IPv6 service but not \
                 dualstack'",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a Service for IPv6, and a dual-stack load balancer",
        ingress: "web:80 {annotations: {alb.ingress.kubernetes.io/ip-address-type: dualstack}}",
        objects: &[IP_SIX, POD, SLICE_SIX],
        controller: "makes a target group for IPv6",
        source: "pkg/ingress/model_builder_test.go, Test_defaultModelBuilder_Build 'Ingress with IPv6 service'",
        expected: "",
        today: None,
    },
];
