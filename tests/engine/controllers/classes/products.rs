//! Managed products, and several controllers of one kind in a cluster.

use super::{OTHER, Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // Managed products and distributions that run a known controller.
    Situation {
        name: "the default class of AKS app routing is ingress-nginx",
        ingress: "web:8080 {ingressClassName: webapprouting.kubernetes.azure.com}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, \
             metadata: {name: webapprouting.kubernetes.azure.com}, \
             spec: {controller: webapprouting.kubernetes.azure.com/nginx}}",
        ],
        controller: "AKS starts ingress-nginx with that string as its controller class, and ingress-nginx serves a \
                     targetPort's number",
        source: "Azure/aks-app-routing-operator 3c53beff (0.2.25) pkg/controller/nginxingress/default.go, \
                 GetDefaultIngressClassControllerClass",
        expected: "",
        today: None,
    },
    Situation {
        name: "another NginxIngressController of AKS app routing is ingress-nginx",
        ingress: "web:81 {ingressClassName: nginx-static}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx-static}, \
             spec: {controller: approuting.kubernetes.azure.com/nginx-static}}",
        ],
        controller: "the string is a prefix with the escaped name of the NginxIngressController; ingress-nginx \
                     answers 503 for a wrong port",
        source: "Azure/aks-app-routing-operator 3c53beff (0.2.25) \
                 pkg/controller/nginxingress/nginx_ingress_controller.go, ToNginxIngressConfig",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the default class of the cluster is that of AKS app routing",
        ingress: "web:81",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, \
             metadata: {name: webapprouting.kubernetes.azure.com, \
             annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}, \
             spec: {controller: webapprouting.kubernetes.azure.com/nginx}}",
        ],
        controller: "the API server sets the default class, and ingress-nginx answers 503",
        source: "Azure/aks-app-routing-operator 3c53beff (0.2.25) pkg/controller/nginxingress/default.go",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "EKS Auto Mode is the AWS Load Balancer Controller",
        ingress: "web:81 {ingressClassName: alb, annotations: {alb.ingress.kubernetes.io/target-type: ip}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: alb}, \
             spec: {controller: eks.amazonaws.com/alb}}",
        ],
        controller: "the managed controller builds the same model as the open-source one, and stops at the wrong port",
        source: "docs.aws.amazon.com EKS user guide, auto-configure-alb (read as of 2026-11)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the class of RKE2's ingress-nginx",
        ingress: "web:8080 {ingressClassName: nginx}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}, \
             spec: {controller: k8s.io/ingress-nginx}}",
        ],
        controller: "is that of upstream; ingress-nginx serves a targetPort's number (Traefik's NGINX provider, which \
                     may own the same string, does not)",
        source: "rancher/rke2-charts 262e21a4 packages/rke2-ingress-nginx (controllerValue)",
        expected: "",
        today: None,
    },
    Situation {
        name: "the class with which RKE2 migrates to Traefik is Traefik's NGINX provider",
        ingress: "web:8080 {ingressClassName: rke2-ingress-nginx-migration}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: rke2-ingress-nginx-migration}, \
             spec: {controller: rke2.cattle.io/ingress-nginx-migration}}",
        ],
        controller: "the string names the provider without doubt; it compares ports only",
        source: "rancher/rke2-charts 262e21a4 \
                 packages/rke2-traefik/generated-changes/overlay/templates/migrationClass.yaml; rancher/rke2-docs \
                 9477b7b1 docs/reference/ingress_migration.md",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the class of Traefik in k3s and RKE2",
        ingress: "web:8080 {ingressClassName: traefik}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: traefik}, \
             spec: {controller: traefik.io/ingress-controller}}",
        ],
        controller: "is that of upstream; Traefik drops the route of a targetPort's number",
        source: "rancher/rke2-charts 262e21a4 packages/rke2-traefik (ingressclass.yaml); traefik/traefik v3.7.9 \
                 pkg/provider/kubernetes/ingress/kubernetes.go",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the class public of MicroK8s is ingress-nginx",
        ingress: "web:8080 {ingressClassName: public}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: public}, \
             spec: {controller: k8s.io/ingress-nginx}}",
        ],
        controller: "ingress-nginx serves a targetPort's number",
        source: "canonical/microk8s-core-addons 577684ea addons/ingress/ingress.yaml",
        expected: "",
        today: None,
    },
    Situation {
        name: "the class of OpenShift",
        ingress: "web:81 {ingressClassName: openshift-default}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: openshift-default}, \
             spec: {controller: openshift.io/ingress-to-route}}",
        ],
        controller: "makes no Route for a wrong port",
        source: "openshift/route-controller-manager 1916ceb0 pkg/route/ingress/ingress.go, ingressManaged",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the class of IBM's managed ingress-nginx, in the annotation",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: public-iks-k8s-nginx}}",
        objects: &[WEB, OTHER],
        controller: "IBM runs ingress-nginx with that annotation value, which needs no IngressClass",
        source: "ibm-cloud-docs/containers, table of the default classes (text of 2026-07-07)",
        expected: "",
        today: None,
    },
    // Several controllers of one kind in a cluster.
    Situation {
        name: "a second ingress-nginx by its guide for several controllers",
        ingress: "web:8080 {ingressClassName: internal-nginx}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: internal-nginx}, \
             spec: {controller: k8s.io/internal-ingress-nginx}}",
        ],
        controller: "every ingress-nginx has its own --controller-class; the guide invents strings below k8s.io",
        source: "kubernetes/ingress-nginx dbb11b92 docs/user-guide/multiple-ingress.md",
        expected: "",
        today: None,
    },
    Situation {
        name: "the second class of the chart of GitLab",
        ingress: "web:81 {ingressClassName: gitlab-nginx-geo}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: gitlab-nginx-geo}, \
             spec: {controller: k8s.io/ingress-nginx-geo}}",
        ],
        controller: "the chart runs a fork of ingress-nginx, which answers 503 for a wrong port",
        source: "GitLab documentation, migration of the chart to the class nginx-geo (read in a public copy)",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a second controller of HAProxy Technologies",
        ingress: "web:8080 {ingressClassName: internal}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: internal}, \
             spec: {controller: haproxy.org/ingress-controller/internal}}",
        ],
        controller: "the string ends with the value of --ingress.class; it compares ports only",
        source: "haproxytech/kubernetes-ingress v3.2.11 pkg/store/store.go, IsIngressClassSupported",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "a class of HAProxy Ingress that is called haproxy",
        ingress: "web:8080 {ingressClassName: haproxy}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: haproxy}, \
             spec: {controller: haproxy-ingress.github.io/controller}}",
        ],
        controller: "HAProxy Ingress matches targetPorts",
        source: "jcmoraisjr/haproxy-ingress 465a51ce pkg/controller/services/cache.go, IsValidIngress",
        expected: "",
        today: None,
    },
];
