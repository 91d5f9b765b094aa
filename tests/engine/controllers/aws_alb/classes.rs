//! Classes, and annotations of other controllers.

use super::{CLUSTER_IP, IP, POD, SLICE, Situation};

const AUTO: &str = "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: auto}, \
     spec: {controller: eks.amazonaws.com/alb}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Classes.
    Situation {
        name: "the annotation alb without a class",
        ingress: "web:80 {annotations: {kubernetes.io/ingress.class: alb, alb.ingress.kubernetes.io/target-type: ip}}",
        objects: &[CLUSTER_IP, POD, SLICE],
        controller: "serves it",
        source: "pkg/ingress/group_loader_test.go, Test_defaultGroupLoader_checkGroupMembershipType 'ingress is \
                 active member of implicit group - with ingressClass annotation'",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation alb without a class, and a wrong port",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: alb}}",
        objects: &[IP, POD, SLICE],
        controller: "serves it, and does not build the model",
        source: "pkg/ingress/group_loader_test.go, Test_defaultGroupLoader_checkGroupMembershipType 'ingress is \
                 active member of implicit group - with ingressClass annotation'",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the annotation of another controller beside the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[IP, POD, SLICE],
        controller: "does not serve it: the annotation comes before the field",
        source: "pkg/ingress/group_loader.go, classifyIngress",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "the annotation alb beside the field",
        ingress: "web:80 {ingressClassName: main, annotations: {kubernetes.io/ingress.class: alb}}",
        objects: &[IP, POD, SLICE],
        controller: "serves it by the annotation, and ignores the parameters of the class",
        source: "pkg/ingress/group_loader.go, classifyIngress",
        expected: "",
        today: None,
    },
    Situation {
        name: "the class does not exist",
        ingress: "web:80 {ingressClassName: gone}",
        objects: &[IP, POD, SLICE],
        controller: "does not serve it; its webhook refuses the Ingress",
        source: "pkg/ingress/class_loader_test.go, Test_defaultClassLoader_Load 'when IngressClass not found'; \
                 webhooks/networking/ingress_validator_test.go, Test_ingressValidator_checkIngressClass",
        expected: "ingress-class=warn",
        today: None,
    },
    Situation {
        name: "a class of EKS Auto Mode, and a wrong port",
        ingress: "web:81 {ingressClassName: auto}",
        objects: &[IP, POD, SLICE, AUTO],
        controller: "the managed controller serves it; by its documentation it behaves like this one (not read: its \
                     source is closed)",
        source: "awsdocs/amazon-eks-user-guide latest/ug/automode/auto-configure-alb.adoc",
        expected: "port-not-found=deny",
        today: None,
    },
    // Annotations of other controllers.
    Situation {
        name: "a redirect by the annotation of another controller, and the Service is missing",
        ingress: "web:80 {annotations: {nginx.ingress.kubernetes.io/permanent-redirect: https://other.example}}",
        objects: &[],
        controller: "ignores the annotation: the path gets a fixed 503",
        source: "pkg/ingress/enhanced_backend_builder.go, Build",
        expected: "service-not-found=warn",
        today: None,
    },
];
