//! ExternalName Services that a controller takes for aliases (rulebook 4.7).

use backstop::engine::controllers::{Assignment, Assignments, Options, by_id};
use rstest::rstest;

use crate::world::{judged_with, world};

/// The findings about an alias of `host` with the port `http` (80), in a cluster that has the Service `shop/web` with
/// the port 80.
fn findings(host: &str, port: &str, allowed: Option<bool>) -> String {
    let world = world(&format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: alias, namespace: shop}}
spec: {{type: ExternalName, externalName: {host}, ports: [{{name: http, port: 80}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop}}
spec:
  ingressClassName: main
  rules:
  - http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: alias, port: {{{port}}}}}}}}}]}}
"
    ));
    let options = Options { allow_external_name: allowed, ..Options::default() };
    let main = Assignment { class: "main".to_owned(), profile: by_id("istio"), options, pods: None };
    let judgement = judged_with(&world, &Assignments(vec![main])).unwrap();
    let findings = judgement.findings.iter();
    let findings: Vec<String> =
        findings.map(|it| format!("{} {} {:?}", it.action.as_str(), it.finding.check, it.finding.effect)).collect();
    findings.join(", ")
}

const UNSURE: &str = "warn external-name Unsure";

#[rstest]
#[case::the_service("web.shop.svc.cluster.local", "number: 80", "")]
#[case::with_a_dot("web.shop.svc.cluster.local.", "number: 80", "")]
#[case::by_name("web.shop.svc.cluster.local", "name: http", "")]
#[case::missing("gone.shop.svc.cluster.local", "number: 80", UNSURE)]
#[case::of_another_namespace("web.pay.svc.cluster.local", "number: 80", UNSURE)]
#[case::another_number("web.shop.svc.cluster.local", "number: 81", UNSURE)]
#[case::an_alias("alias.shop.svc.cluster.local", "number: 80", "")]
#[case::a_pod("web-0.web.shop.svc.cluster.local", "number: 80", "")]
#[case::outside("shop.example", "number: 80", UNSURE)]
fn the_external_name_decides(#[case] host: &str, #[case] port: &str, #[case] expected: &str) {
    assert_eq!(findings(host, port, None), expected);
}

/// With the option, every external name is known, and a port name must still be declared.
#[rstest]
#[case::known("shop.example", "number: 81", Some(true), "")]
#[case::undeclared("shop.example", "name: htpp", Some(true), "warn external-name Fails")]
#[case::off("web.shop.svc.cluster.local", "number: 80", Some(false), "warn external-name Fails")]
fn the_option_decides(#[case] host: &str, #[case] port: &str, #[case] allowed: Option<bool>, #[case] expected: &str) {
    assert_eq!(findings(host, port, allowed), expected);
}
