//! The shapes: ways to make a route.

mod annotations;
mod endpoints;
mod external;
mod parts;
mod ports;
mod random;
mod readiness;
mod routes;

use serde_json::{Value, json};

pub(crate) use parts::{CATCH_ALL, CONTROLLER_POD, common, meta};
pub(crate) use random::{Draft, MOST};

/// The namespace of all shapes.
pub(crate) const NAMESPACE: &str = "shapes";

/// A host that no rule has.
pub(crate) const UNKNOWN_HOST: &str = "unknown.test";

/// One way to make a route.
pub(crate) struct Shape {
    /// The name of its Service, Pods and host.
    pub(crate) id: String,
    /// Its section on the page.
    pub(crate) group: &'static str,
    /// Its description on the page.
    pub(crate) what: String,
    /// The Service and all objects behind it.
    pub(crate) objects: Vec<Value>,
    /// The backend of its rule.
    pub(crate) backend: Value,
    /// The annotations of its Ingress.
    pub(crate) annotations: Vec<(&'static str, String)>,
    /// The port of the Pod or external name that a correct answer comes from; `None` if any port is right.
    pub(crate) right_port: Option<u16>,
    /// The host and path of its rule.
    rule: Rule,
    /// Other routes of its host.
    pub(crate) beside: Beside,
    /// How its Ingress names its class.
    class: Class,
    /// Whether its Pod is deleted, and terminates for longer than the judge runs.
    pub(crate) terminating: bool,
}

/// The host and path of a rule, and of a request for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    path: &'static str,
    path_type: &'static str,
    /// The path of the request.
    asked: &'static str,
    /// The host of the rule is a wildcard.
    wildcard: bool,
}

impl Rule {
    /// The prefix `path` of a host, and a request for the same path.
    const fn prefix(path: &'static str) -> Self {
        Self { path, path_type: "Prefix", asked: path, wildcard: false }
    }
}

/// The routes of the host of a shape besides, or instead of, its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing.
    Nothing,
    /// A healthy path `/` in an Ingress of its own; the shape's path is `/shape`.
    Root,
    /// A healthy `spec.defaultBackend` in the same Ingress.
    Default,
    /// A healthy plain Ingress with the same host and path: the shape is its canary.
    Primary,
    /// Another path of the same rule, whose Service is missing.
    Broken,
    /// No rule: the shape is a `spec.defaultBackend`, for every host.
    Only,
    /// A canary without a primary that has the same Service, with this port, host and path.
    Canary(u16, &'static str, &'static str),
}

/// How an Ingress names the class of its set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// By `spec.ingressClassName`.
    Field,
    /// By the annotation `kubernetes.io/ingress.class`.
    Annotation,
    /// The Ingress names a class that does not exist.
    Absent,
}

impl Shape {
    /// A shape whose Service has its name, with `port` as the reference's port.
    fn new(group: &'static str, id: impl Into<String>, what: impl Into<String>, port: &Value) -> Self {
        let id = id.into();
        let backend = json!({"service": {"name": id, "port": port}});
        Self {
            id,
            group,
            what: what.into(),
            objects: Vec::new(),
            backend,
            annotations: Vec::new(),
            right_port: Some(8080),
            rule: Rule::prefix("/"),
            beside: Beside::Nothing,
            class: Class::Field,
            terminating: false,
        }
    }

    fn with(mut self, object: Value) -> Self {
        self.objects.push(object);
        self
    }

    fn right_port(mut self, port: u16) -> Self {
        self.right_port = Some(port);
        self
    }

    fn beside(mut self, beside: Beside) -> Self {
        if beside == Beside::Root {
            self.rule = Rule::prefix("/shape");
        }
        self.beside = beside;
        self
    }

    fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    fn annotated(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.annotations.push((key, value.into()));
        self
    }

    fn backend(mut self, backend: Value) -> Self {
        self.backend = backend;
        self
    }

    /// The path of its rule.
    pub(crate) fn path(&self) -> &'static str {
        self.rule.path
    }

    /// The path of a request.
    pub(crate) fn asked_path(&self) -> &'static str {
        self.rule.asked
    }

    /// Whether its Service means the machine of the controller.
    pub(crate) fn is_local(&self) -> bool {
        self.objects.iter().any(|object| object["spec"]["externalName"] == "localhost")
    }

    /// Whether one of its slices has a port without a number.
    pub(crate) fn has_numberless_port(&self) -> bool {
        let slices = self.objects.iter().filter(|object| object["kind"] == "EndpointSlice");
        slices.filter_map(|slice| slice["ports"].as_array()).flatten().any(|port| port["port"].is_null())
    }

    /// The name of its Service.
    pub(crate) fn service(&self) -> &str {
        self.backend["service"]["name"].as_str().unwrap_or_default()
    }

    /// The name of its Ingress of the class `class`, and its host.
    pub(crate) fn ingress_name(&self, class: &str) -> String {
        format!("{class}.{}", self.id)
    }

    /// The host of a request to the class `class`.
    pub(crate) fn host(&self, class: &str) -> String {
        match self.beside {
            Beside::Only => UNKNOWN_HOST.to_owned(),
            _ if self.rule.wildcard => format!("any.{}.{class}.test", self.id),
            _ => format!("{}.{class}.test", self.id),
        }
    }

    /// The host of its rule of the class `class`.
    fn host_of_rule(&self, class: &str) -> String {
        let host = self.host(class);
        if self.rule.wildcard { host.replacen("any.", "*.", 1) } else { host }
    }

    /// Whether its class does not exist, so that no controller is known.
    pub(crate) fn is_classless(&self) -> bool {
        self.class == Class::Absent
    }

    /// Its Ingresses of the class `class`.
    pub(crate) fn ingresses(&self, class: &str) -> Vec<Value> {
        let host = self.host_of_rule(class);
        let mut own = parts::ingress(&self.ingress_name(class), class, &host, self.path(), &self.backend);
        own["spec"]["rules"][0]["http"]["paths"][0]["pathType"] = self.rule.path_type.into();
        for (key, value) in &self.annotations {
            own["metadata"]["annotations"][*key] = value.clone().into();
        }
        match self.class {
            Class::Field => {}
            Class::Annotation => {
                own["spec"]["ingressClassName"] = Value::Null;
                own["metadata"]["annotations"]["kubernetes.io/ingress.class"] = class.into();
            }
            Class::Absent => own["spec"]["ingressClassName"] = "absent".into(),
        }
        let healthy = json!({"service": {"name": CATCH_ALL, "port": {"number": 80}}});
        let name = |suffix: &str| format!("{class}.{}-{suffix}", self.id);
        let other =
            |suffix: &str, path: &str, backend: &Value| parts::ingress(&name(suffix), class, &host, path, backend);
        match self.beside {
            Beside::Nothing => vec![own],
            Beside::Root => vec![other("root", "/", &healthy), own],
            Beside::Default => {
                own["spec"]["defaultBackend"] = healthy;
                vec![own]
            }
            Beside::Broken => {
                let missing = json!({"service": {"name": format!("{}-missing", self.id), "port": {"number": 80}}});
                let path = json!({"path": "/broken", "pathType": "Prefix", "backend": missing});
                if let Some(paths) = own["spec"]["rules"][0]["http"]["paths"].as_array_mut() {
                    paths.insert(0, path);
                }
                vec![own]
            }
            Beside::Only => {
                own["spec"]["rules"] = Value::Null;
                own["spec"]["defaultBackend"] = self.backend.clone();
                vec![own]
            }
            Beside::Primary => {
                let primary = json!({"service": {"name": format!("{}-primary", self.id), "port": {"number": 80}}});
                vec![other("primary", self.path(), &primary), own]
            }
            Beside::Canary(port, host, path) => {
                let same = json!({"service": {"name": self.service(), "port": {"number": port}}});
                let other = if host.is_empty() { self.host(class) } else { format!("{host}-{}", self.host(class)) };
                let mut canary = parts::ingress(&name("canary"), class, &other, path, &same);
                canary["metadata"]["annotations"][annotations::CANARY] = "true".into();
                vec![own, canary]
            }
        }
    }
}

/// The shape that every controller serves. The judge waits for it.
pub(crate) const CONTROL: &str = "port-number-cluster-ip";

/// All shapes, in the order of the page.
pub(crate) fn all() -> Vec<Shape> {
    let groups = [
        ports::shapes(),
        readiness::shapes(),
        endpoints::shapes(),
        external::shapes(),
        routes::shapes(),
        annotations::shapes(),
    ];
    groups.into_iter().flatten().collect()
}
