//! The objects of each row of the decision table.

use std::fmt::Write as _;

use backstop::engine::controllers::{Assignment, Assignments, ControllerPods, NodeTargets, Options, Profile};
use backstop::engine::manifest::ingress;
use backstop::engine::model::ObjectName;
use backstop::engine::policy::{Change, Circumstances, Configuration, Judgement, Occasion, judge};
use backstop::engine::subject::Subject;
use backstop::engine::view::{LiveFacts, Lookup, Overlay, Snapshot, Unknown, View};
use serde_json::{Value, json};

use crate::world::world;

/// The objects of a healthy route, with the changes of a row.
pub struct Situation {
    /// The `spec` of the Service `web`; `None` if the Service does not exist.
    service: Option<Value>,
    service_annotations: Value,
    /// The ports and endpoints of the only slice of the Service.
    slice: Option<(Value, Value)>,
    /// Other objects, as YAML documents.
    others: String,
    backend: Value,
    annotations: Value,
    labels: Value,
    /// The backend of the stored object; `None` for a creation.
    old: Option<Value>,
    class: Class,
    dry_run: bool,
    deleting: bool,
    live_read_failed: bool,
    controller_pods: Option<ControllerPods>,
}

/// The class of the Ingress.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// The class that selects the controller.
    Own,
    /// A class that does not exist, while another class exists.
    Missing,
    /// The class of the controller in the field, another class in the annotation.
    Conflict,
}

fn backend(port: &Value) -> Value {
    json!({"service": {"name": "web", "port": port}})
}

fn ports(port: &Value) -> Value {
    json!([port])
}

/// A typical Service. For load balancers that send requests to nodes, it has a node port.
fn service(profile: &Profile) -> Value {
    let kind = if profile.service_type.load_balancer.is_some() { "NodePort" } else { "ClusterIP" };
    json!({"type": kind, "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]})
}

fn endpoints(conditions: &Value) -> Value {
    json!([{"addresses": ["10.0.0.1"], "conditions": conditions, "targetRef": {"kind": "Pod", "name": "web-0"}}])
}

const READY: &str = r#"{"ready": true, "serving": true, "terminating": false}"#;
const UNREADY: &str = r#"{"ready": false, "serving": false, "terminating": false}"#;
const ENDING: &str = r#"{"ready": false, "serving": false, "terminating": true}"#;

fn conditions(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn slice_ports() -> Value {
    json!([{"name": "http", "port": 8080, "protocol": "TCP"}])
}

fn pod(status: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web-0, namespace: shop, labels: {{app: web}}}}\nstatus: {status}\n"
    )
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}}}
";

/// A Service `sorry` with a ready endpoint, for the annotation `default-backend`.
const SORRY: &str = "apiVersion: v1
kind: Service
metadata: {name: sorry, namespace: shop}
spec: {selector: {app: sorry}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: sorry-1, namespace: shop, labels: {kubernetes.io/service-name: sorry}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.9], conditions: {ready: true, serving: true}}]
";

/// A ready Pod that a NetworkPolicy isolates, and the controller in another namespace.
const ISOLATED: &str = "apiVersion: v1
kind: Namespace
metadata: {name: ingress, labels: {kubernetes.io/metadata.name: ingress}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {kubernetes.io/metadata.name: shop}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-friends, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {friend: 'yes'}}}]}]}
---
";

impl Situation {
    fn healthy(profile: &Profile) -> Self {
        Self {
            service: Some(service(profile)),
            service_annotations: json!({}),
            slice: Some((slice_ports(), endpoints(&conditions(READY)))),
            others: String::new(),
            backend: backend(&json!({"number": 80})),
            annotations: json!({}),
            labels: json!({}),
            old: None,
            class: Class::Own,
            dry_run: false,
            deleting: false,
            live_read_failed: false,
            controller_pods: None,
        }
    }

    fn without_service(self) -> Self {
        Self { service: None, slice: None, ..self }
    }

    fn refers_to_port(self, port: &Value) -> Self {
        Self { backend: backend(port), ..self }
    }

    fn annotated(self, annotations: Value) -> Self {
        Self { annotations, ..self }
    }

    fn with_slice(self, ports: Value, endpoints: Value) -> Self {
        Self { slice: Some((ports, endpoints)), ..self }
    }

    fn with_service(self, spec: Value) -> Self {
        Self { service: Some(spec), ..self }
    }

    fn changed(self, key: &str, value: Value) -> Self {
        let mut service = self.service.unwrap();
        service[key] = value;
        Self { service: Some(service), ..self }
    }

    fn with(self, others: impl Into<String>) -> Self {
        Self { others: others.into(), ..self }
    }

    /// The situation of a row for a controller.
    pub fn of(row: u8, profile: &Profile) -> Self {
        match row {
            1..=13 => Self::of_references(row, profile),
            14..=25 => Self::of_endpoints(row, profile),
            _ => Self::of_circumstances(row, profile),
        }
    }

    fn of_references(row: u8, profile: &Profile) -> Self {
        let it = Self::healthy(profile);
        let action = json!({"service": {"name": "fwd", "port": {"name": "use-annotation"}}});
        match row {
            1 => it.without_service(),
            2 => Self { dry_run: true, ..it.without_service() },
            3 => Self { old: Some(backend(&json!({"number": 80}))), ..it.without_service() },
            4 => it.refers_to_port(&json!({"number": 81})),
            5 => it.refers_to_port(&json!({"number": 8080})),
            6 => it.refers_to_port(&json!({"name": "htpp"})),
            7 => it
                .changed("ports", ports(&json!({"name": "http", "port": 80, "targetPort": "app"})))
                .refers_to_port(&json!({"name": "app"})),
            8 => it
                .changed("ports", ports(&json!({"name": "http", "port": 80, "targetPort": 8080, "protocol": "UDP"})))
                .with_slice(json!([{"name": "http", "port": 8080, "protocol": "UDP"}]), endpoints(&conditions(READY))),
            9 => Self { backend: action, ..it }.annotated(json!({
                "alb.ingress.kubernetes.io/actions.fwd": r#"{"type":"redirect","redirectConfig":{"port":"443","statusCode":"HTTP_301"}}"#
            })),
            10 => Self { backend: action, ..it },
            11 => Self { backend: json!({"resource": {"apiGroup": "x.example", "kind": "Bucket", "name": "b"}}), ..it },
            12 => Self { slice: None, ..it }.with_service(
                json!({"type": "ExternalName", "externalName": "shop.example.com", "ports": [{"port": 80}]}),
            ),
            _ => Self { slice: None, ..it }
                .with_service(json!({"type": "ExternalName", "externalName": "localhost", "ports": [{"port": 80}]})),
        }
    }

    fn of_endpoints(row: u8, profile: &Profile) -> Self {
        let it = Self::healthy(profile);
        match row {
            14 => Self { slice: None, ..it }.changed("selector", Value::Null),
            15 => it
                .changed("selector", Value::Null)
                .with_slice(json!([{"name": "other", "port": 8080}]), endpoints(&conditions(READY))),
            // AWS: requests go to Pods; otherwise row 25 would apply.
            16 => it
                .changed("type", json!("ClusterIP"))
                .changed("clusterIP", json!("None"))
                .annotated(json!({"alb.ingress.kubernetes.io/target-type": "ip"})),
            17 => Self { slice: None, ..it }.with(DEPLOYMENT),
            18 => it.with_slice(Value::Null, Value::Null),
            19 => it.with_slice(slice_ports(), endpoints(&conditions(UNREADY))).with(pod(
                "{phase: Running, conditions: [{type: ContainersReady, status: 'True'}, \
                 {type: Ready, status: 'False', reason: ReadinessGatesNotReady}], \
                 containerStatuses: [{name: app, ready: true, started: true, state: {running: {}}}]}",
            )),
            20 => it.with_slice(slice_ports(), endpoints(&conditions(UNREADY))).with(pod(
                "{phase: Running, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady}], \
                 containerStatuses: [{name: app, ready: false, state: {waiting: {reason: CrashLoopBackOff}}}]}",
            )),
            21 => it.with_slice(slice_ports(), endpoints(&conditions(ENDING))),
            22 => it
                .changed("ports", ports(&json!({"name": "http", "port": 80, "targetPort": "app"})))
                .with_slice(json!([]), endpoints(&conditions(READY))),
            23 => it
                .changed("publishNotReadyAddresses", json!(true))
                .with_slice(slice_ports(), endpoints(&json!({"ready": true, "serving": false}))),
            24 => it.changed("selector", Value::Null).with_slice(slice_ports(), json!([{"addresses": ["10.0.0.1"]}])),
            _ => it.changed("type", json!("ClusterIP")),
        }
    }

    fn of_circumstances(row: u8, profile: &Profile) -> Self {
        let it = Self::healthy(profile);
        let default_backend = json!({"nginx.ingress.kubernetes.io/default-backend": "sorry"});
        match row {
            26 => it.without_service().annotated(json!({"nginx.ingress.kubernetes.io/canary": "true"})),
            27 => it
                .without_service()
                .annotated(json!({"nginx.ingress.kubernetes.io/permanent-redirect": "https://x.example"})),
            28 => it.annotated(default_backend),
            29 => it.with_slice(Value::Null, Value::Null).with(SORRY).annotated(default_backend),
            30 => Self {
                service_annotations: json!({
                    "traefik.ingress.kubernetes.io/service.nativelb": "true",
                    "ingress.kubernetes.io/service-upstream": "true",
                }),
                ..it.changed("type", json!("ClusterIP")).changed("clusterIP", json!("None"))
            }
            .annotated(json!({
                "nginx.ingress.kubernetes.io/service-upstream": "true",
                "haproxy-ingress.github.io/service-upstream": "true",
                "nginx.org/use-cluster-ip": "true",
                "alb.ingress.kubernetes.io/target-type": "ip",
            })),
            31 => Self { class: Class::Missing, ..it },
            32 => Self { class: Class::Conflict, ..it },
            33 => {
                let ready = pod("{phase: Running, conditions: [{type: Ready, status: 'True'}]}");
                let pods = ControllerPods {
                    namespace: "ingress".to_owned(),
                    selector: [("app", "controller")].into_iter().collect(),
                    host_network: false,
                };
                Self { controller_pods: Some(pods), ..it }.with(format!("{ISOLATED}{ready}"))
            }
            34 => Self { live_read_failed: true, ..it.without_service() },
            35 => Self { labels: json!({"acme.cert-manager.io/http01-solver": "true"}), ..it.without_service() },
            36 => Self { deleting: true, ..it.without_service() },
            37 => Self {
                backend: json!({"service": {"name": "fwd", "port": {"name": "use-annotation"}}}),
                ..it.without_service()
            }
            .annotated(json!({"alb.ingress.kubernetes.io/actions.fwd":
                r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"gone","servicePort":"80"}]}}"#})),
            row => panic!("row {row} is not described"),
        }
    }

    /// Judges the Ingress; `None` if the Ingress is not judged.
    pub fn judge(&self, profile: &'static Profile) -> Option<Judgement> {
        let view = self.world(profile);
        let (new, old) = (self.subject(profile, &[&self.backend]), self.old.as_ref());
        // The stored object had another backend too, so the update changes the set of targets and is judged.
        let other = json!({"service": {"name": "other", "port": {"number": 80}}});
        let old = old.map(|old| self.subject(profile, &[old, &other]));
        let change = old.as_ref().map_or_else(|| Change::creation(&new), |old| Change::update(old, &new));
        let configuration = self.configuration(profile);
        let occasion = Occasion { dry_run: self.dry_run, ..Occasion::default() };
        let mut live = LiveFacts::default();
        if self.live_read_failed {
            live.services.insert(ObjectName::new("shop", "web"), Lookup::Unknown(Unknown::Forbidden));
        }
        let view = Overlay::new(&view as &dyn View, &live);
        let circumstances = Circumstances::new(&configuration, &new, &change, occasion, &view);
        let settings = configuration.settings(Some(profile.into()), None);
        judge(&circumstances, settings).map(|(judgement, _)| judgement)
    }

    /// The configuration: the controller, if no class identifies it, and where the controller runs.
    fn configuration(&self, profile: &'static Profile) -> Configuration {
        let has_class = !profile.names.controllers.is_empty();
        let assignment = Assignment {
            class: "own".to_owned(),
            profile: (!has_class).then_some(profile),
            options: Options::default(),
            pods: self.controller_pods.clone(),
        };
        let listed = profile.id == "traefik-nginx" || self.controller_pods.is_some();
        let controllers = Assignments(listed.then_some(assignment).into_iter().collect());
        Configuration { controllers, ..Configuration::default() }
    }

    fn world(&self, profile: &Profile) -> Snapshot {
        let mut yaml = String::new();
        let mut add = |document: &str| {
            let _ = write!(yaml, "---\n{document}\n");
        };
        let class = |name: &str, controller: &str| {
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name},
                   "spec": {"controller": controller}})
            .to_string()
        };
        match (self.class, profile.names.controllers.first()) {
            (Class::Missing, _) => add(&class("another", "x.example/controller")),
            (_, Some(controller)) => {
                add(&class("own", &format!("{controller}{}", if controller.ends_with('/') { "x" } else { "" })));
            }
            (_, None) => {}
        }
        if let Some(spec) = &self.service {
            let meta = json!({"name": "web", "namespace": "shop", "annotations": self.service_annotations});
            add(&json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}).to_string());
        }
        if let Some((ports, endpoints)) = &self.slice {
            let meta = json!({"name": "web-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}});
            add(&json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta,
                        "addressType": "IPv4", "ports": ports, "endpoints": endpoints})
            .to_string());
        }
        add(&self.others);
        world(&yaml)
    }

    fn subject(&self, profile: &Profile, backends: &[&Value]) -> Subject {
        let mut annotations = self.annotations.clone();
        let mut class = Value::Null;
        match (self.class, profile.names.controllers.first(), profile.names.annotation.first()) {
            (Class::Missing, ..) => class = json!("nowhere"),
            (Class::Conflict, ..) => {
                class = json!("own");
                annotations["kubernetes.io/ingress.class"] = json!("other");
            }
            (Class::Own, Some(_), _) => class = json!("own"),
            (Class::Own, None, Some(word)) => annotations["kubernetes.io/ingress.class"] = json!(word),
            (Class::Own, None, None) if profile.id != "unknown" => class = json!("own"),
            (Class::Own, None, None) => {}
        }
        let mut metadata =
            json!({"name": "web", "namespace": "shop", "annotations": annotations, "labels": self.labels});
        if self.deleting {
            metadata["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        let paths: Vec<Value> =
            backends.iter().map(|backend| json!({"path": "/", "pathType": "Prefix", "backend": backend})).collect();
        // Tailscale's operator reads only rules for the first host of `spec.tls`.
        let (tls, rule) =
            (json!({"hosts": ["shop.example"]}), json!({"host": "shop.example", "http": {"paths": paths}}));
        let object = json!({"metadata": metadata, "spec": {"ingressClassName": class, "tls": [tls], "rules": [rule]}});
        ingress(&object.to_string(), "shop").unwrap()
    }
}

/// Only profiles of load balancers that send requests to nodes need node ports.
#[test]
fn only_profiles_of_load_balancers_need_node_ports() {
    let nodes = backstop::engine::controllers::ALL.iter().filter_map(|profile| profile.service_type.load_balancer);
    let nodes = nodes.map(|balancer| balancer.selection);
    assert_eq!(nodes.collect::<Vec<_>>(), [NodeTargets::Aws, NodeTargets::Gke]);
}
