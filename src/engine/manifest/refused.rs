//! What the API server refuses in the rules and backends of an Ingress (kubernetes `pkg/apis/networking/validation/validation.go`,
//! `ValidateIngressSpec`). The decoder takes such an Ingress, because an old stored Ingress may be like that.

use std::net::IpAddr;

use serde_json::Value;

use super::misfit::DecodeError;
use crate::engine::model::{has_placeholder, is_subdomain};

/// The sequences that a path of type Exact or Prefix must not have, and its endings.
const PATH_SEQUENCES: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];
const PATH_ENDINGS: [&str; 2] = ["/..", "/."];

/// A field, and what is wrong with it.
type Fault = (String, String);

/// Why the API server would refuse an Ingress: the first fault of its rules and backends. `None` if it is stored already, or if
/// there is no fault. The Ingress can be decoded.
pub fn refused_ingress(ingress: &Value) -> Option<DecodeError> {
    if ingress.pointer("/metadata/uid").is_some() {
        return None;
    }
    let default = ingress.pointer("/spec/defaultBackend").filter(|backend| !backend.is_null());
    let rules = ingress.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten();
    let of_rules = || rules.enumerate().find_map(|(at, rule)| rule_fault(&format!("spec.rules[{at}]"), rule));
    let (field, fault) = default.and_then(|backend| backend_fault("spec.defaultBackend", backend)).or_else(of_rules)?;
    Some(DecodeError::invalid("Ingress", field, &fault))
}

fn rule_fault(field: &str, rule: &Value) -> Option<Fault> {
    let host = rule.get("host").and_then(Value::as_str).unwrap_or_default();
    if let Some(fault) = host_fault(host) {
        return Some((format!("{field}.host"), format!("\"{host}\" {fault}")));
    }
    let http = rule.get("http").filter(|http| !http.is_null())?;
    let paths = http.get("paths").and_then(Value::as_array).filter(|paths| !paths.is_empty());
    let Some(paths) = paths else {
        return Some((format!("{field}.http.paths"), "it has no path: add one, or leave out http".to_owned()));
    };
    let fault = |(at, path)| path_fault(&format!("{field}.http.paths[{at}]"), path);
    paths.iter().enumerate().find_map(fault)
}

/// What is wrong with a host; `None` if nothing is, or if a tool replaces a part of it.
fn host_fault(host: &str) -> Option<&'static str> {
    let name = host.strip_prefix("*.").unwrap_or(host);
    if host.is_empty() || has_placeholder(host) {
        return None;
    }
    if host.parse::<IpAddr>().is_ok() {
        return Some("is an IP address: use a DNS name");
    }
    if is_subdomain(name) {
        return None;
    }
    Some(if name.contains('*') {
        "has a wildcard that is not its whole first label: use a host such as *.shop.example"
    } else if name.contains(':') {
        "has a port: leave out the port"
    } else if name.chars().any(char::is_uppercase) {
        "has upper-case letters: use lower-case letters"
    } else {
        "is no DNS name: use lower-case letters, digits, dashes and dots"
    })
}

fn path_fault(field: &str, path: &Value) -> Option<Fault> {
    let text = |key: &str| path.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, value) = (text("pathType"), text("path"));
    let of_kind = match kind {
        "" => Some(("pathType", "it is missing: use Prefix, Exact or ImplementationSpecific".to_owned())),
        "Exact" | "Prefix" => plain_path_fault(kind, value).map(|fault| ("path", fault)),
        "ImplementationSpecific" => {
            let relative = !value.is_empty() && !value.starts_with('/') && !has_placeholder(value);
            relative.then(|| ("path", format!("\"{value}\" does not begin with a slash: use \"/{value}\"")))
        }
        _ if has_placeholder(kind) => None,
        _ => Some(("pathType", format!("\"{kind}\" is no type: use Prefix, Exact or ImplementationSpecific"))),
    };
    if let Some((key, fault)) = of_kind {
        return Some((format!("{field}.{key}"), fault));
    }
    backend_fault(&format!("{field}.backend"), path.get("backend")?)
}

/// What is wrong with a path of type Exact or Prefix.
fn plain_path_fault(kind: &str, path: &str) -> Option<String> {
    if has_placeholder(path) {
        return None;
    }
    if !path.starts_with('/') {
        return Some(format!("\"{path}\" of type {kind} does not begin with a slash: use \"/{path}\""));
    }
    let sequence = PATH_SEQUENCES.into_iter().find(|sequence| path.contains(sequence));
    let ending = || PATH_ENDINGS.into_iter().find(|ending| path.ends_with(ending));
    sequence.or_else(ending).map(|part| format!("\"{path}\" of type {kind} has \"{part}\": leave it out"))
}

fn backend_fault(field: &str, backend: &Value) -> Option<Fault> {
    let set = |parent: &Value, key: &str| {
        parent.get(key).is_some_and(|value| !value.is_null() && value != &Value::from("") && value != &Value::from(0))
    };
    if set(backend, "service") && set(backend, "resource") {
        return Some((field.to_owned(), "it has a service and a resource: keep one".to_owned()));
    }
    let service = backend.get("service").filter(|service| !service.is_null())?;
    if !set(service, "name") {
        return Some((format!("{field}.service.name"), "it is missing: give it the name of the Service".to_owned()));
    }
    let port = service.get("port").unwrap_or(&Value::Null);
    let number = port.get("number").and_then(Value::as_i64).unwrap_or_default();
    let (key, fault) = match (set(port, "name"), set(port, "number")) {
        (true, true) => ("", "it has a name and a number: keep one".to_owned()),
        (false, false) => ("", "it has neither a name nor a number: give it the port of the Service".to_owned()),
        (false, true) if !(1..=65535).contains(&number) => {
            (".number", format!("{number} is no port: use a number from 1 to 65535"))
        }
        _ => return None,
    };
    Some((format!("{field}.service.port{key}"), fault))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::number(json!({"service": {"name": "web", "port": {"number": 80}}}), None)]
    #[case::name(json!({"service": {"name": "web", "port": {"name": "http", "number": null}}, "resource": null}), None)]
    #[case::resource(json!({"resource": {"kind": "Bucket", "name": "b"}}), None)]
    #[case::both_ports(json!({"service": {"name": "web", "port": {"name": "http", "number": 80}}}), Some("backend.service.port: it has a name and a number"))]
    #[case::null(json!({"service": {"name": "web", "port": {"number": null}}}), Some("backend.service.port: it has neither"))]
    #[case::no_port(json!({"service": {"name": "web"}}), Some("backend.service.port: it has neither"))]
    #[case::no_name(json!({"service": {"port": {"number": 80}}}), Some("backend.service.name: it is missing"))]
    #[case::empty_name(json!({"service": {"name": "", "port": {"number": 80}}}), Some("backend.service.name: it is missing"))]
    #[case::too_large(json!({"service": {"name": "web", "port": {"number": 70000}}}), Some("backend.service.port.number: 70000 is no port"))]
    #[case::negative(json!({"service": {"name": "web", "port": {"number": -1}}}), Some("backend.service.port.number: -1 is no port"))]
    #[case::both(json!({"service": {"name": "web", "port": {"number": 80}}, "resource": {"kind": "B"}}), Some("backend: it has a service and a resource"))]
    fn backends_that_the_api_server_refuses(#[case] backend: Value, #[case] expected: Option<&str>) {
        let path = json!({"path": "/", "pathType": "Prefix", "backend": backend});
        let one = json!({"spec": {"rules": [{}, {"http": {"paths": [path]}}]}});
        let message = refused_ingress(&one).map(|error| error.message);
        let expected = expected.map(|expected| format!("spec.rules[1].http.paths[0].{expected}"));
        assert_eq!(message.is_some(), expected.is_some(), "{message:?}");
        assert!(message.clone().unwrap_or_default().starts_with(&expected.unwrap_or_default()), "{message:?}");
        let default = json!({"spec": {"defaultBackend": {"service": {"name": "web"}}}});
        assert_eq!(
            refused_ingress(&default).map(|error| error.field),
            Some("spec.defaultBackend.service.port".to_owned())
        );
        let stored = json!({"metadata": {"uid": "1"}, "spec": {"defaultBackend": {"service": {"name": "web"}}}});
        assert_eq!(refused_ingress(&stored), None);
    }

    #[rstest]
    #[case::host(json!({"host": "a.example"}), None)]
    #[case::wildcard(json!({"host": "*.a.example"}), None)]
    #[case::placeholder(json!({"host": "${HOST}:80"}), None)]
    #[case::no_host(json!({"host": null, "http": null}), None)]
    #[case::port(json!({"host": "a.example:8080"}), Some("host: \"a.example:8080\" has a port"))]
    #[case::upper_case(json!({"host": "A.example"}), Some("host: \"A.example\" has upper-case letters"))]
    #[case::wildcard_inside(json!({"host": "a.*.example"}), Some("host: \"a.*.example\" has a wildcard"))]
    #[case::wildcard_in_a_label(json!({"host": "*a.example"}), Some("host: \"*a.example\" has a wildcard"))]
    #[case::only_a_wildcard(json!({"host": "*"}), Some("host: \"*\" has a wildcard"))]
    #[case::address(json!({"host": "10.0.0.1"}), Some("host: \"10.0.0.1\" is an IP address"))]
    #[case::underscore(json!({"host": "a_b.example"}), Some("host: \"a_b.example\" is no DNS name"))]
    #[case::no_paths(json!({"http": {"paths": []}}), Some("http.paths: it has no path"))]
    #[case::no_type(json!({"http": {"paths": [{"path": "/"}]}}), Some("http.paths[0].pathType: it is missing"))]
    #[case::wrong_type(json!({"http": {"paths": [{"path": "/", "pathType": "prefix"}]}}), Some("http.paths[0].pathType: \"prefix\" is no type"))]
    #[case::relative(json!({"http": {"paths": [{"path": "app", "pathType": "Prefix"}]}}), Some("http.paths[0].path: \"app\" of type Prefix does not begin"))]
    #[case::no_path(json!({"http": {"paths": [{"pathType": "Exact"}]}}), Some("http.paths[0].path: \"\" of type Exact"))]
    #[case::free_without_path(json!({"http": {"paths": [{"pathType": "ImplementationSpecific"}]}}), None)]
    #[case::free_relative(json!({"http": {"paths": [{"path": "a", "pathType": "ImplementationSpecific"}]}}), Some("http.paths[0].path: \"a\" does not begin"))]
    #[case::free_expression(json!({"http": {"paths": [{"path": "/a//(.*)", "pathType": "ImplementationSpecific"}]}}), None)]
    #[case::slashes(json!({"http": {"paths": [{"path": "/a//b", "pathType": "Prefix"}]}}), Some("http.paths[0].path: \"/a//b\" of type Prefix has \"//\""))]
    #[case::up(json!({"http": {"paths": [{"path": "/a/..", "pathType": "Exact"}]}}), Some("http.paths[0].path: \"/a/..\" of type Exact has \"/..\""))]
    #[case::path_of_a_template(json!({"http": {"paths": [{"path": "${PATH}", "pathType": "Prefix"}]}}), None)]
    fn rules_that_the_api_server_refuses(#[case] rule: Value, #[case] expected: Option<&str>) {
        let message = refused_ingress(&json!({"spec": {"rules": [rule]}})).map(|error| error.message);
        assert_eq!(message.is_some(), expected.is_some(), "{message:?}");
        let expected = expected.map(|expected| format!("spec.rules[0].{expected}")).unwrap_or_default();
        assert!(message.clone().unwrap_or_default().starts_with(&expected), "{message:?}");
    }
}
