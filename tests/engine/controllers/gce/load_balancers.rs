//! Default backends, the annotation for NEGs, internal and regional load balancers, and classes.

use super::{CLUSTER_IP, NEG, NODE, POD, SLICE, Situation};

const NEG_FALSE: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": false}'}}, spec: {selector: {app: web}, ports: [{name: http,
     port: 80, targetPort: 8080}]}}"#;
const NODE_NEG_FALSE: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": false}'}}, spec: {type: NodePort, selector: {app: web},
     ports: [{name: http, port: 80, targetPort: 8080}]}}"#;
const NEG_EXPOSED: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"exposed_ports": {"80": {}}}'}}, spec: {selector: {app: web},
     ports: [{name: http, port: 80, targetPort: 8080}]}}"#;
const NEG_BOTH: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true, "exposed_ports": {"80": {}}}'}},
     spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}"#;
const NEG_BROKEN: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {cloud.google.com/neg: '{ingress: true}'}}, spec: {selector: {app: web}, ports: [{name: http, \
     port: 80, targetPort: 8080}]}}";
const NODE_NEG_BROKEN: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {cloud.google.com/neg: '{ingress: true}'}}, spec: {type: NodePort, selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
const NEG_NAMED_PORT: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true, "exposed_ports": {"http": {}}}'}},
     spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}"#;
const NEG_TEXT: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": "true"}'}}, spec: {selector: {app: web}, ports: [{name: http,
     port: 80, targetPort: 8080}]}}"#;
const NEG_CAPITAL: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"Ingress": true}'}}, spec: {selector: {app: web}, ports: [{name: http,
     port: 80, targetPort: 8080}]}}"#;
const OTHER_CLASS: &str = "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}, \
     spec: {controller: k8s.io/ingress-nginx}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Default backends.
    Situation {
        name: "a default backend alone",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[NODE, POD, SLICE],
        controller: "all requests go to it",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'default backend only'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a default backend beside a rule",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {defaultBackend: {service: {name: web, port: {name: http}}}, \
                  rules: [{http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[NEG, POD, SLICE],
        controller: "requests that match no rule go to it",
        source: "pkg/controller/translator/translator.go, TranslateIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "a missing default backend alone",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}}",
        objects: &[],
        controller: "does not translate the Ingress",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'missing default service'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a missing default backend beside a healthy rule",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}, \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[NODE, POD, SLICE],
        controller: "does not translate the Ingress; the healthy path is not served either",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'missing default service'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a default backend that is a resource, beside a healthy rule",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {defaultBackend: {resource: {apiGroup: x.example, kind: Bucket, name: b}}, \
                  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, \
                  port: {number: 80}}}}]}}]}}",
        objects: &[NODE, POD, SLICE],
        controller: "refuses the backend; the healthy path is not served either",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'null service default backend'",
        expected: "resource-backend=warn",
        today: None,
    },
    Situation {
        name: "neither rules nor a default backend",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, spec: {}}",
        objects: &[],
        controller: "the default backend of the cluster answers",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'no backend'",
        expected: "",
        today: None,
    },
    // The annotation for NEGs.
    Situation {
        name: "a NEG annotation that says false",
        ingress: "web:80",
        objects: &[NEG_FALSE, POD, SLICE],
        controller: "refuses the type ClusterIP",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a NEG annotation that says false, and a node port",
        ingress: "web:80",
        objects: &[NODE_NEG_FALSE, POD, SLICE],
        controller: "sends requests to the node port",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "",
        today: None,
    },
    Situation {
        name: "a NEG annotation for other load balancers only",
        ingress: "web:80",
        objects: &[NEG_EXPOSED, POD, SLICE],
        controller: "makes NEGs, but none for Ingresses: refuses the type ClusterIP",
        source: "pkg/negannotation/negannotation_test.go, TestNEGAnnotation (only exposed_ports)",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a NEG annotation for Ingresses and other load balancers",
        ingress: "web:80",
        objects: &[NEG_BOTH, POD, SLICE],
        controller: "sends requests to the Pods",
        source: "pkg/negannotation/negannotation_test.go, TestNEGAnnotation 'Service is enabled for both ingress and \
                 exposedNEG'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a NEG annotation that is not JSON",
        ingress: "web:80",
        objects: &[NEG_BROKEN, POD, SLICE],
        controller: "ignores it: refuses the type ClusterIP",
        source: "pkg/negannotation/negannotation_test.go, TestNEGAnnotation; pkg/controller/translator/translator.go, \
                 maybeEnableNEG",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a NEG annotation that is not JSON, and a node port",
        ingress: "web:80",
        objects: &[NODE_NEG_BROKEN, POD, SLICE],
        controller: "ignores it: sends requests to the node port",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "",
        today: None,
    },
    Situation {
        name: "a NEG annotation with a port that is a name",
        ingress: "web:80",
        objects: &[NEG_NAMED_PORT, POD, SLICE],
        controller: "cannot decode it, because keys of exposed_ports are numbers: ignores it, and refuses the type \
                     ClusterIP",
        source: "pkg/negannotation/negannotation.go, NegAnnotation",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a NEG annotation with a text instead of true",
        ingress: "web:80",
        objects: &[NEG_TEXT, POD, SLICE],
        controller: "cannot decode it: ignores it, and refuses the type ClusterIP",
        source: "pkg/negannotation/negannotation.go, NegAnnotation",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "a NEG annotation with a key in capital letters",
        ingress: "web:80",
        objects: &[NEG_CAPITAL, POD, SLICE],
        controller: "the decoder does not distinguish capital and small letters of keys",
        source: "pkg/negannotation/negannotation.go, NEGAnnotation (encoding/json of Go)",
        expected: "",
        today: None,
    },
    // Internal and regional load balancers.
    Situation {
        name: "an internal load balancer and a NEG",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: gce-internal}}",
        objects: &[NEG, POD, SLICE],
        controller: "sends requests to the Pods",
        source: "pkg/neg/controller_test.go, TestEnableNEGServiceWithILBIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "an internal load balancer and a node port only",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: gce-internal}}",
        objects: &[NODE, POD, SLICE],
        controller: "translates the Ingress, but makes a NEG only for annotated Services, and then does not find it",
        source: "pkg/neg/controller_test.go, TestEnableNEGServiceWithILBIngress; pkg/backends/neg_linker.go, \
                 getNegSelfLinks",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "an internal load balancer and a ClusterIP Service without a NEG",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: gce-internal}}",
        objects: &[CLUSTER_IP, POD, SLICE],
        controller: "refuses the type",
        source: "pkg/controller/translator/translator.go, maybeEnableNEG",
        expected: "service-type=warn",
        today: None,
    },
    Situation {
        name: "an internal load balancer, and the Service does not exist",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: gce-internal}}",
        objects: &[],
        controller: "does not translate the Ingress",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'missing rule service'",
        expected: "service-not-found=deny",
        today: None,
    },
    Situation {
        name: "a regional load balancer and a NEG",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: gce-regional-external}}",
        objects: &[NEG, POD, SLICE],
        controller: "sends requests to the Pods",
        source: "pkg/controller/translator/translator_test.go, TestTranslateIngress 'gce-regional-external'; \
                 pkg/controller/translator/translator_test.go, TestGetServicePort 'correct port and config for \
                 gce-regional-external'",
        expected: "",
        today: None,
    },
    Situation {
        name: "a regional load balancer and a node port only",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: gce-regional-external}}",
        objects: &[NODE, POD, SLICE],
        controller: "translates the Ingress, but makes a NEG only for annotated Services, and then does not find it",
        source: "pkg/neg/controller.go, mergeIngressPortInfo; pkg/backends/neg_linker.go, getNegSelfLinks",
        expected: "service-type=warn",
        today: None,
    },
    // Classes.
    Situation {
        name: "the annotation gce beside a field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: gce}}",
        objects: &[NODE, POD, SLICE],
        controller: "serves it: the annotation comes before the field, which is ignored",
        source: "pkg/utils/utils_test.go, TestIsGCEIngress 'Set by flag with matching class, and ingressClassName \
                 set'",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the field gce without the annotation",
        ingress: "web:80 {ingressClassName: gce}",
        objects: &[NODE, POD, SLICE, OTHER_CLASS],
        controller: "does not serve an Ingress that has the field and not the annotation",
        source: "pkg/utils/utils_test.go, TestIsGCEIngress 'No ingress class annotation, ingressClassName set'",
        expected: "ingress-class=warn",
        today: None,
    },
    // Annotations of other controllers.
    Situation {
        name: "a redirect by the annotation of another controller, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: https://other.example}}",
        objects: &[],
        controller: "ignores the annotation: does not translate the Ingress",
        source: "pkg/controller/translator/translator.go, TranslateIngress",
        expected: "service-not-found=warn",
        today: None,
    },
    // Paths.
    Situation {
        name: "a path of type Prefix with a wildcard",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {rules: [{http: {paths: [{path: '/a/*', pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[NODE, POD, SLICE],
        controller: "does not translate the Ingress",
        source: "pkg/controller/translator/translator_test.go, TestPathValidation",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a path of type Exact with a wildcard",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {rules: [{http: {paths: [{path: '/*', pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[NODE, POD, SLICE],
        controller: "does not translate the Ingress",
        source: "pkg/controller/translator/translator_test.go, TestPathValidation",
        expected: "ingress-rejected=warn",
        today: None,
    },
    Situation {
        name: "a path of type ImplementationSpecific with a wildcard",
        ingress: "{metadata: {annotations: {kubernetes.io/ingress.class: gce}}, \
                  spec: {rules: [{http: {paths: [{path: '/*', pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}]}}]}}",
        objects: &[NODE, POD, SLICE],
        controller: "serves it",
        source: "pkg/controller/translator/translator_test.go, TestPathValidation",
        expected: "",
        today: None,
    },
];
