//! The label `backstop.dev/mode` of a namespace, and the annotations in the audit log of the API server.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{KubectlOutput, Namespace, eventually, shared};
use crate::manifests::{ingress, service};

/// Applies an Ingress to a Service that does not exist, in a namespace in the mode `mode`. The label needs quotes,
/// because `off` is `false` in the YAML of kubectl.
fn apply_broken(mode: &str) -> (Namespace<'static>, KubectlOutput) {
    let name = format!("mode-{mode}");
    let namespace = shared().labelled_namespace(&name, &format!("{{backstop.dev/mode: \"{mode}\"}}"));
    let output = namespace.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    (namespace, output)
}

/// The annotations of the webhook in the audit log for the creation of the Ingress `name`, by key; empty if there are
/// none.
pub(crate) fn annotations(namespace: &Namespace<'_>, name: &str) -> Vec<(String, String)> {
    let event = eventually("the audit event", Duration::from_secs(10), || {
        let events = namespace.world.plane.audit_log();
        let found = events.into_iter().find(|event| {
            let of = &event["objectRef"];
            event["verb"] == "create" && of["namespace"] == *namespace.name && of["name"] == name
        });
        found.ok_or_else(|| "not there yet".to_owned())
    });
    let annotations = event["annotations"].as_object().cloned().unwrap_or_default();
    let own = annotations.iter().filter_map(|(key, value)| {
        let key = key.strip_prefix("ingress.backstop.dev/")?;
        Some((key.to_owned(), value.as_str().map_or_else(|| Value::to_string(value), str::to_owned)))
    });
    own.collect()
}

fn expected(verdict: &str) -> Vec<(String, String)> {
    let finding = format!("service-not-found={verdict}@spec.rules[0].http.paths[0].backend.service.name");
    // Only a denial has a proof.
    let proof = (verdict == "deny").then(|| ("proof".to_owned(), "not found".to_owned()));
    let findings = std::iter::once(("findings".to_owned(), finding)).chain(proof);
    findings.chain([("verdict".to_owned(), verdict.to_owned())]).collect()
}

#[test]
fn enforce_refuses() {
    let (namespace, output) = apply_broken("enforce");
    assert!(output.refusal().contains("\"nobody\" does not exist"), "{}", output.err);
    assert_eq!(annotations(&namespace, "web"), expected("deny"));
}

/// The audit log contains the resourceVersion of the Service that proves a denial.
#[test]
fn a_denial_for_a_wrong_port_names_the_version_of_the_service() {
    let namespace = shared().namespace("mode-proof");
    namespace.apply("web.yaml", &service("web")).silently();
    let output = namespace.apply("ingress.yaml", &ingress("web", &[("/", "web", 81)]));
    assert!(output.refusal().contains("has no port 81"), "{}", output.err);
    let version = namespace.kubectl(&["get", "service", "web", "-o", "jsonpath={.metadata.resourceVersion}"]).out;
    let finding = "port-not-found=deny@spec.rules[0].http.paths[0].backend.service.port.number";
    let expected = [("findings", finding), ("proof", version.trim()), ("verdict", "deny")];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(annotations(&namespace, "web"), expected);
}

#[test]
fn warn_warns() {
    let (namespace, output) = apply_broken("warn");
    assert_eq!(
        output.warnings(),
        ["spec.rules[0].http.paths[0].backend: Service \"nobody\" does not exist [mode-warn/web] [service-not-found]"]
    );
    output.done();
    assert_eq!(annotations(&namespace, "web"), expected("warn"));
}

#[test]
fn audit_adds_an_annotation_to_the_audit_log_without_a_warning() {
    let (namespace, output) = apply_broken("audit");
    output.silently();
    assert_eq!(annotations(&namespace, "web"), expected("audit"));
}

#[test]
fn off_does_nothing() {
    let (namespace, output) = apply_broken("off");
    output.silently();
    assert_eq!(annotations(&namespace, "web"), []);
}
