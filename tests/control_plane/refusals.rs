//! What is proven broken is refused, and not stored.

use crate::harness::shared;

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: checkout}
spec:
  selector: {app: checkout}
  ports: [{name: http, port: 80, targetPort: 8080}]
";

/// An Ingress of ingress-nginx with one path.
fn ingress(service: &str, port: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web}}
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example
      http:
        paths:
          - path: /checkout
            pathType: Prefix
            backend: {{service: {{name: {service}, port: {port}}}}}
"
    )
}

#[test]
fn refuses_a_missing_service() {
    let shop = shared().namespace("shop");
    let said = shop.apply("web.yaml", &ingress("chekcout", "{number: 80}"));
    assert_eq!(said.out, "");
    assert_eq!(
        said.err,
        "Error from server (Forbidden): error when creating \"web.yaml\": admission webhook \"ingress.backstop.dev\" \
         denied the request: Ingress shop/web: "
    );
    assert!(!shop.has("ingress/web"));
}
