//! What the API server refuses about the backends of an Ingress (kubernetes `pkg/apis/networking/validation/validation.go`,
//! `validateIngressBackend`). The decoder takes such a backend, because an old stored Ingress may have one.

use serde_json::Value;

use super::misfit::DecodeError;

/// Why the API server would refuse an Ingress: the first backend with a fault. `None` if it is stored already, or if no
/// backend has such a fault. The Ingress can be decoded.
pub fn refused_backend(ingress: &Value) -> Option<DecodeError> {
    if ingress.pointer("/metadata/uid").is_some() {
        return None;
    }
    let default = ingress.pointer("/spec/defaultBackend").map(|backend| ("spec.defaultBackend".to_owned(), backend));
    let rules = ingress.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten();
    let of_rules = rules.enumerate().flat_map(|(rule, value)| {
        let paths = value.pointer("/http/paths").and_then(Value::as_array).into_iter().flatten();
        paths.enumerate().filter_map(move |(path, value)| {
            Some((format!("spec.rules[{rule}].http.paths[{path}].backend"), value.get("backend")?))
        })
    });
    let (field, fault) = default.into_iter().chain(of_rules).find_map(|(field, backend)| fault(&field, backend))?;
    Some(DecodeError::invalid("Ingress", field, fault))
}

/// The field with the fault of a backend, and the fault.
fn fault(field: &str, backend: &Value) -> Option<(String, &'static str)> {
    let set = |parent: &Value, key: &str| {
        parent.get(key).is_some_and(|value| !value.is_null() && value != &Value::from("") && value != &Value::from(0))
    };
    if set(backend, "service") && set(backend, "resource") {
        return Some((field.to_owned(), "it has a service and a resource: keep one"));
    }
    let service = backend.get("service").filter(|service| set(service, "name"))?;
    let port = service.get("port").unwrap_or(&Value::Null);
    let fault = match (set(port, "name"), set(port, "number")) {
        (true, true) => "it has a name and a number: keep one",
        (false, false) => "it has neither a name nor a number: give it the port of the Service",
        _ => return None,
    };
    Some((format!("{field}.service.port"), fault))
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
    #[case::both(json!({"service": {"name": "web", "port": {"number": 80}}, "resource": {"kind": "B"}}), Some("backend: it has a service and a resource"))]
    fn what_the_api_server_refuses(#[case] backend: Value, #[case] expected: Option<&str>) {
        let one = json!({"spec": {"rules": [{}, {"http": {"paths": [{"backend": backend}]}}]}});
        let message = refused_backend(&one).map(|error| error.message);
        let expected = expected.map(|expected| format!("spec.rules[1].http.paths[0].{expected}"));
        assert_eq!(message.is_some(), expected.is_some(), "{message:?}");
        assert!(message.unwrap_or_default().starts_with(&expected.unwrap_or_default()));
        let default = json!({"spec": {"defaultBackend": {"service": {"name": "web"}}}});
        assert_eq!(
            refused_backend(&default).map(|error| error.field),
            Some("spec.defaultBackend.service.port".to_owned())
        );
        let stored = json!({"metadata": {"uid": "1"}, "spec": {"defaultBackend": {"service": {"name": "web"}}}});
        assert_eq!(refused_backend(&stored), None);
    }
}
