//! ExternalName Services on a controller whose option allows them.

use backstop::engine::controllers::{Assignment, Assignments, Options};
use rstest::rstest;

use crate::world::{judged_with, world};

/// Contour uses the first port with the number, and refuses it if the protocol is not TCP (measured). Traefik ignores the
/// protocol.
#[rstest]
#[case::first_on_contour("projectcontour.io/contour", "UDP, TCP", "external-name=warn")]
#[case::second_on_contour("projectcontour.io/contour", "TCP, UDP", "")]
#[case::first_on_traefik("traefik.io/ingress-controller", "UDP, TCP", "")]
fn a_port_of_another_protocol(#[case] controller: &str, #[case] protocols: &str, #[case] expected: &str) {
    let ports = protocols
        .split(", ")
        .map(|protocol| format!("{{name: {}, port: 80, protocol: {protocol}}}", protocol.to_lowercase()));
    let ports = ports.collect::<Vec<_>>().join(", ");
    let world = world(&format!(
        "
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: own}}
spec: {{controller: {controller}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: ExternalName, externalName: shop.example.com, ports: [{ports}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop}}
spec:
  ingressClassName: own
  rules:
  - host: shop.example
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
"
    ));
    let options = Options { allow_external_name: Some(true), ..Options::default() };
    let own = Assignment { class: "own".to_owned(), profile: None, options, pods: None };
    let judgement = judged_with(&world, &Assignments(vec![own])).unwrap();
    let findings = judgement.findings.iter();
    let findings: Vec<_> = findings.map(|it| format!("{}={}", it.finding.check, it.action.as_str())).collect();
    assert_eq!(findings.join(", "), expected);
}
