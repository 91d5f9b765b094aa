//! Ingresses and AdmissionReviews as the API server writes them: field order, managed fields and escapes included.

use std::fmt::Write as _;

/// The namespace of every Ingress and of its Services.
pub(crate) const NAMESPACE: &str = "shop";

/// The port of a backend.
pub(super) enum Port<'a> {
    Number(usize),
    Name(&'a str),
}

/// An Ingress under construction.
#[derive(Clone)]
pub(super) struct Ingress {
    pub(super) name: String,
    /// `spec.ingressClassName`.
    pub(super) class: Option<&'static str>,
    pub(super) annotations: Vec<(String, String)>,
    pub(super) labels: Vec<(String, String)>,
    /// The object has managed fields, which repeat the keys of annotations and labels.
    pub(super) managed: bool,
    /// `spec.rules`, each as JSON.
    pub(super) rules: Vec<String>,
}

impl Ingress {
    /// An Ingress of the class `nginx`.
    pub(super) fn new(rules: Vec<String>) -> Self {
        let (annotations, labels) = (Vec::new(), Vec::new());
        Self { name: "web".to_owned(), class: Some("nginx"), annotations, labels, managed: true, rules }
    }

    /// An Ingress with one rule for every host.
    pub(super) fn of_paths(paths: &[String]) -> Self {
        Self::new(vec![rule(None, paths)])
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    pub(super) fn of_class(mut self, class: Option<&'static str>) -> Self {
        self.class = class;
        self
    }

    pub(super) fn annotated(mut self, annotations: impl IntoIterator<Item = (String, String)>) -> Self {
        self.annotations.extend(annotations);
        self
    }

    /// The object as JSON.
    pub(super) fn json(&self) -> String {
        let (annotations, labels) = (map(&self.annotations), map(&self.labels));
        let managed = format!(
            r#"{{"f:metadata":{{"f:annotations":{{".":{{}}{}}},"f:labels":{{".":{{}}{}}}}},"f:spec":{{"f:ingressClassName":{{}},"f:rules":{{}}}}}}"#,
            owned(&self.annotations),
            owned(&self.labels)
        );
        let managed = if self.managed { managed } else { "{}".to_owned() };
        let class = self.class.map(|class| format!(r#""ingressClassName":"{class}","#)).unwrap_or_default();
        format!(
            r#"{{"kind":"Ingress","apiVersion":"networking.k8s.io/v1","metadata":{{"name":"{}","namespace":"{NAMESPACE}","uid":"6c1f2a1e-5a43-4f0e-9d59-6f0c6b3f7f7a","resourceVersion":"48213","generation":1,"creationTimestamp":"2026-03-02T09:14:21Z","labels":{labels},"annotations":{annotations},"managedFields":[{{"manager":"kubectl-create","operation":"Update","apiVersion":"networking.k8s.io/v1","time":"2026-03-02T09:14:21Z","fieldsType":"FieldsV1","fieldsV1":{managed}}}]}},"spec":{{{class}"rules":[{}]}},"status":{{"loadBalancer":{{}}}}}}"#,
            self.name,
            self.rules.join(",")
        )
    }

    /// The review of its creation.
    pub(super) fn created(&self) -> String {
        review("CREATE", &self.name, &self.json(), "null")
    }

    /// The review of an update from `old` to this Ingress.
    pub(super) fn updated(&self, old: &Self) -> String {
        review("UPDATE", &self.name, &self.json(), &old.json())
    }
}

/// The review of an object, given as JSON.
pub(super) fn review(operation: &str, name: &str, object: &str, old: &str) -> String {
    let options = if operation == "CREATE" { "CreateOptions" } else { "UpdateOptions" };
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"0df28fbd-5f5f-11e8-bc74-36e6bb280816","kind":{{"group":"networking.k8s.io","version":"v1","kind":"Ingress"}},"resource":{{"group":"networking.k8s.io","version":"v1","resource":"ingresses"}},"requestKind":{{"group":"networking.k8s.io","version":"v1","kind":"Ingress"}},"requestResource":{{"group":"networking.k8s.io","version":"v1","resource":"ingresses"}},"name":"{name}","namespace":"{NAMESPACE}","operation":"{operation}","userInfo":{{"username":"dev@example.com","groups":["system:authenticated"]}},"object":{object},"oldObject":{old},"dryRun":false,"options":{{"kind":"{options}","apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl-create"}}}}}}"#
    )
}

/// A rule as JSON.
pub(super) fn rule(host: Option<&str>, paths: &[String]) -> String {
    let host = host.map(|host| format!(r#""host":"{host}","#)).unwrap_or_default();
    format!(r#"{{{host}"http":{{"paths":[{}]}}}}"#, paths.join(","))
}

/// A path as JSON.
pub(super) fn path(path: &str, service: &str, port: &Port<'_>) -> String {
    let port = match port {
        Port::Number(number) => format!(r#""number":{number}"#),
        Port::Name(name) => format!(r#""name":"{name}""#),
    };
    let path = escaped(path);
    format!(
        r#"{{"path":"{path}","pathType":"Prefix","backend":{{"service":{{"name":"{service}","port":{{{port}}}}}}}}}"#
    )
}

/// `count` paths, each to port 80 of the Service that `service` names.
pub(super) fn paths(count: usize, service: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(|at| path(&format!("/{at:05}"), &service(at), &Port::Number(80))).collect()
}

/// `count` rules of one host and one path, each to port 80 of the Service that `service` names.
pub(super) fn hosts(count: usize, service: impl Fn(usize) -> String) -> Vec<String> {
    let rule_of = |at| rule(Some(&host(at)), &[path("/", &service(at), &Port::Number(80))]);
    (0..count).map(rule_of).collect()
}

pub(super) fn host(number: usize) -> String {
    format!("h{number:05}.example")
}

/// A map of strings as JSON.
fn map(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(key, value)| format!(r#""{}":"{}""#, escaped(key), escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// The entries of `managedFields` for the keys of a map.
fn owned(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (key, _) in pairs {
        // Writing to a string cannot fail.
        let _ = write!(text, r#","f:{key}":{{}}"#);
    }
    text
}

/// `text` inside a JSON string, as Go's encoder escapes it: `<`, `>` and `&` take six bytes each.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.trim_start_matches('"').trim_end_matches('"');
    inner.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
