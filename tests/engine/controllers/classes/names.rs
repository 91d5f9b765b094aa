//! Names of classes that several controllers claim, and controllers that go by the name.

use super::{OTHER, Situation, WEB};

/// A Service with a node port, for cloud load balancers.
const NODE_PORT: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]}}";

/// See the documentation of the module.
pub(super) const SITUATIONS: &[Situation] = &[
    // `nginx`, which three controllers claim.
    Situation {
        name: "the annotation nginx, no class nginx, and 8080",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB, OTHER],
        controller: "ingress-nginx and Traefik's NGINX provider compare the value with their option and need no \
                     object; the first serves a targetPort's number. F5's controller does not start without the \
                     IngressClass",
        source: "kubernetes/ingress-nginx dbb11b92 internal/ingress/controller/store/store.go, GetIngressClass; \
                 traefik/traefik v3.7.9 pkg/provider/kubernetes/ingress-nginx/build.go, shouldProcess; \
                 nginx/kubernetes-ingress v5.5.4 cmd/nginx-ingress/main.go",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the annotation nginx, no class nginx, and a wrong number",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB, OTHER],
        controller: "whichever runs, the wrong port fails",
        source: "as the situation before",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the annotation nginx, and the class nginx is F5's",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}, \
             spec: {controller: nginx.org/ingress-controller}}",
        ],
        controller: "F5's controller compares the annotation with the name of its class, and finds no port of that \
                     number",
        source: "nginx/kubernetes-ingress v5.5.4 internal/k8s/controller_test.go, TestHasCorrectIngressClass and \
                 TestGetServicePortForIngressPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the field nginx, and the class nginx is F5's",
        ingress: "web:8080 {ingressClassName: nginx}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}, \
             spec: {controller: nginx.org/ingress-controller}}",
        ],
        controller: "F5's controller finds no port of that number",
        source: "nginx/kubernetes-ingress v5.5.4 internal/k8s/controller_test.go, TestGetServicePortForIngressPort",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the field nginx, no class nginx, and a wrong number",
        ingress: "web:81 {ingressClassName: nginx}",
        objects: &[WEB, OTHER],
        controller: "no controller of that name serves it while the class is missing; each would refuse the port",
        source: "kubernetes/ingress-nginx dbb11b92 internal/ingress/controller/store/store.go, GetIngressClass (an \
                 error for a class that it does not know)",
        expected: "port-not-found=deny, ingress-class=warn",
        today: None,
    },
    Situation {
        name: "field and annotation agree on nginx, and no class nginx exists",
        ingress: "web:8080 {ingressClassName: nginx, annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[WEB, OTHER],
        controller: "ingress-nginx looks up the class of the field first, so it does not serve the Ingress before the \
                     class exists, and serves the number then",
        source: "kubernetes/ingress-nginx dbb11b92 internal/ingress/controller/store/store.go, GetIngressClass",
        expected: "port-not-found=warn, ingress-class=warn",
        today: None,
    },
    // `haproxy`, which two controllers claim.
    Situation {
        name: "the annotation haproxy, no class haproxy, and 8080",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: haproxy}}",
        objects: &[WEB, OTHER],
        controller: "HAProxy Ingress serves it; the controller of HAProxy Technologies before 3.2 with \
                     --ingress.class=haproxy refuses the port, and from 3.2 on ignores the annotation",
        source: "jcmoraisjr/haproxy-ingress 465a51ce pkg/controller/services/cache.go, IsValidIngress; \
                 haproxytech/kubernetes-ingress v3.1.14 pkg/ingress/ingress.go, Supported; v3.2.0 (commit 7695a382 \
                 removes it)",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the annotation haproxy, no class haproxy, and a wrong number",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: haproxy}}",
        objects: &[WEB, OTHER],
        controller: "both refuse the port",
        source: "as the situation before",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "the annotation haproxy, and the class haproxy is that of HAProxy Technologies",
        ingress: "web:8080 {annotations: {kubernetes.io/ingress.class: haproxy}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: haproxy}, \
             spec: {controller: haproxy.org/ingress-controller/haproxy}}",
        ],
        controller: "before 3.2 it goes by the annotation and refuses the port; from 3.2 on the Ingress has no class \
                     for it",
        source: "haproxytech/kubernetes-ingress v3.1.14 pkg/ingress/ingress.go, Supported; v3.2.11 \
                 pkg/store/store.go, IsIngressClassSupported",
        expected: "port-not-found=deny, ingress-class=warn",
        today: None,
    },
    // A class that exists wins over what a name suggests.
    Situation {
        name: "a class called traefik that belongs to ingress-nginx",
        ingress: "web:8080 {ingressClassName: traefik}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: traefik}, \
             spec: {controller: k8s.io/ingress-nginx}}",
        ],
        controller: "Traefik serves classes of its own controller string only; ingress-nginx serves the number",
        source: "traefik/traefik v3.7.9 pkg/provider/kubernetes/ingress/client.go, GetIngressClasses",
        expected: "",
        today: None,
    },
    Situation {
        name: "the annotation kong, and the class kong has an unknown controller",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: kong}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: kong}, \
             spec: {controller: example.com/edge}}",
        ],
        controller: "the object says that another controller owns the class (Kong itself would go by the name only)",
        source: "Kong/kubernetes-ingress-controller v3.5.13 internal/controllers/utils/utils.go, MatchesIngressClass",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the annotation nginx, and the class nginx has an unknown controller",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: nginx}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}, \
             spec: {controller: example.com/edge}}",
        ],
        controller: "the object says that another controller owns the class",
        source: "kubernetes/ingress-nginx dbb11b92 charts/ingress-nginx/values.yaml \
                 (ingressClassResource.controllerValue is free)",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "the annotation alb, and the class alb is that of Alibaba Cloud",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: alb}}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: alb}, \
             spec: {controller: ingress.k8s.alibabacloud/alb}}",
        ],
        controller: "is not the controller of AWS; its behaviour is not known",
        source: "Alibaba Cloud documentation of ALB Ingresses (AlbConfig), read in public copies",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "Application Gateway for Containers is not AGIC",
        ingress: "web:81 {ingressClassName: azure-alb-external}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: azure-alb-external}, \
             spec: {controller: alb.networking.azure.io/alb-controller}}",
        ],
        controller: "Azure's newer product has a controller of its own; its behaviour is not known",
        source: "an output of kubectl describe ingressclass in a public note; learn.microsoft.com, Application \
                 Gateway for Containers",
        expected: "port-not-found=warn",
        today: None,
    },
    Situation {
        name: "AGIC by its class",
        ingress: "web:8080 {ingressClassName: azure-application-gateway}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: azure-application-gateway}, \
             spec: {controller: azure/application-gateway}}",
        ],
        controller: "compares both the name and the controller of the class; it serves a targetPort's number",
        source: "Azure/application-gateway-kubernetes-ingress f42103da pkg/k8scontext/context.go, IsIngressClass",
        expected: "",
        today: None,
    },
    // Controllers that go by the name of the class, or by the annotation.
    Situation {
        name: "Contour by the name of the class, without the object",
        ingress: "web:81 {ingressClassName: contour}",
        objects: &[WEB, OTHER],
        controller: "reads no IngressClass",
        source: "projectcontour/contour 31c4bb38 internal/ingressclass/ingressclass.go, MatchesIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "Cilium by the name of the class, without the object",
        ingress: "web:81 {ingressClassName: cilium}",
        objects: &[WEB, OTHER],
        controller: "compares the name; it reads the object only to learn whether its class is the default",
        source: "cilium/cilium operator/pkg/ingress/helpers.go, isCiliumManagedIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "Tailscale by the name of the class, without the object",
        ingress: "{spec: {ingressClassName: tailscale, defaultBackend: {service: {name: web, port: {number: 80}}}}}",
        objects: &[WEB, OTHER],
        controller: "compares the name of the field; a missing object is only a log line",
        source: "tailscale/tailscale de9ec7ee cmd/k8s-operator/ingress.go, shouldExpose and validateIngressClass",
        expected: "",
        today: None,
    },
    Situation {
        name: "GKE by its annotation",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: gce}}",
        objects: &[NODE_PORT, OTHER],
        controller: "needs no IngressClass, and stops at a wrong port",
        source: "kubernetes/ingress-gce acbcf5d6 pkg/utils/utils.go, IsGCEIngress",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "GKE does not go by the field",
        ingress: "web:80 {ingressClassName: gce}",
        objects: &[WEB, OTHER],
        controller: "a set field without the annotation means another controller to it. With the annotation, it needs a \
                     node port or a NEG",
        source: "kubernetes/ingress-gce acbcf5d6 pkg/utils/utils.go, IsGCEIngress",
        expected: "service-type=warn, ingress-class=warn",
        today: None,
    },
    Situation {
        name: "AWS by its annotation, without the object",
        ingress: "web:81 {annotations: {kubernetes.io/ingress.class: alb, alb.ingress.kubernetes.io/target-type: ip}}",
        objects: &[WEB, OTHER],
        controller: "an annotation that is set decides alone, and alb is its default value",
        source: "kubernetes-sigs/aws-load-balancer-controller 225f4456 pkg/ingress/group_loader.go, classifyIngress; \
                 class_annotation_matcher.go",
        expected: "port-not-found=deny",
        today: None,
    },
    Situation {
        name: "field and annotation agree on traefik, and no class traefik exists",
        ingress: "web:8080 {ingressClassName: traefik, annotations: {kubernetes.io/ingress.class: traefik}}",
        objects: &[WEB, OTHER],
        controller: "a set field must name a class of Traefik, so the route waits for the class, and is dropped for \
                     the port then",
        source: "traefik/traefik v3.7.9 pkg/provider/kubernetes/ingress/kubernetes.go, shouldProcessIngress",
        expected: "port-not-found=deny, ingress-class=warn",
        today: None,
    },
    Situation {
        name: "an IngressClass of a controller without a profile",
        ingress: "web:81 {ingressClassName: apisix}",
        objects: &[
            WEB,
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: apisix}, \
             spec: {controller: apisix.apache.org/apisix-ingress-controller}}",
        ],
        controller: "is known by name and not described: ports are judged as the API defines them",
        source: "apache/apisix-ingress-controller d510f665 internal/controller/config/types.go, DefaultControllerName",
        expected: "port-not-found=warn",
        today: None,
    },
];
