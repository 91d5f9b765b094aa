//! A fake API server with a fixed set of objects. It answers get, list and watch. The objects never change.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// The minimum bytes of a Pod. A real Pod is large because of its environment, volumes, conditions and managed fields.
const POD: usize = 5_000;

/// The namespace of the Ingresses of [`ApiServer::start_with_ingresses`].
pub(crate) const NAMESPACE_OF_INGRESSES: &str = "large";

/// A running API server. It ends with the process.
pub(crate) struct ApiServer {
    address: SocketAddr,
}

struct Cluster {
    /// By the plural name of their kind, then by namespace and name.
    objects: BTreeMap<&'static str, BTreeMap<(String, String), Stored>>,
    /// The delay of each answer, except for watches.
    delay: Duration,
}

struct Stored {
    labels: BTreeMap<String, String>,
    json: String,
}

impl ApiServer {
    /// Serves `objects` on a free port. Each answer takes `delay`.
    pub(crate) fn start(objects: &[Value], delay: Duration) -> Self {
        Self::start_with_ingresses(objects, [], delay)
    }

    /// Serves `objects`, and Ingresses of [`NAMESPACE_OF_INGRESSES`] that are too large for trees: their names
    /// and their JSON.
    pub(crate) fn start_with_ingresses(
        objects: &[Value],
        ingresses: impl IntoIterator<Item = (String, String)>,
        delay: Duration,
    ) -> Self {
        let mut cluster = Cluster { objects: BTreeMap::new(), delay };
        for object in objects {
            let field = |name: &str| object["metadata"][name].as_str().unwrap_or_default().to_owned();
            let of_kind = cluster.objects.entry(plural(object)).or_default();
            of_kind.insert((field("namespace"), field("name")), Stored::new(object));
        }
        let of_kind = cluster.objects.entry("ingresses").or_default();
        for (name, json) in ingresses {
            of_kind.insert((NAMESPACE_OF_INGRESSES.to_owned(), name), Stored { labels: BTreeMap::new(), json });
        }
        let (told, address) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let router = Router::new().fallback(answer).with_state(Arc::new(cluster));
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { address: address.recv().unwrap() }
    }

    /// A kubeconfig for this server.
    pub(crate) fn kubeconfig(&self) -> String {
        let address = self.address;
        format!(
            "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: 'http://{address}'}}}}]
users: [{{name: test, user: {{}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
current-context: test
"
        )
    }
}

fn plural(object: &Value) -> &'static str {
    match object["kind"].as_str() {
        Some("EndpointSlice") => "endpointslices",
        Some("Ingress") => "ingresses",
        Some("IngressClass") => "ingressclasses",
        Some("Namespace") => "namespaces",
        Some("NetworkPolicy") => "networkpolicies",
        Some("Pod") => "pods",
        Some("Service") => "services",
        other => panic!("the cluster holds no {other:?}"),
    }
}

impl Stored {
    fn new(object: &Value) -> Self {
        let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
        let labels = labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
        let mut object = object.clone();
        object["metadata"]["resourceVersion"] = "1".into();
        let mut json = object.to_string();
        if object["kind"] == "Pod" && json.len() < POD {
            object["metadata"]["managedFields"] = json!([{"manager": "x".repeat(POD - json.len())}]);
            json = object.to_string();
        }
        Self { labels, json }
    }
}

async fn answer(
    State(cluster): State<Arc<Cluster>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if query.contains_key("watch") {
        return watch(&query);
    }
    tokio::time::sleep(cluster.delay).await;
    let parts: Vec<&str> = uri.path().split('/').skip(1).collect();
    let parts = match parts.as_slice() {
        ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
        ["apis"] => return json(StatusCode::OK, r#"{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"#.to_owned()),
        _ => return json(StatusCode::NOT_FOUND, String::new()),
    };
    match *parts {
        ["namespaces", name] => cluster.get("namespaces", "", name),
        ["namespaces", namespace, plural] => cluster.list(plural, namespace, &query),
        ["namespaces", namespace, plural, name] => cluster.get(plural, namespace, name),
        [plural] => cluster.list(plural, "", &query),
        _ => json(StatusCode::NOT_FOUND, String::new()),
    }
}

impl Cluster {
    fn get(&self, plural: &str, namespace: &str, name: &str) -> Response {
        let key = (namespace.to_owned(), name.to_owned());
        if let Some(stored) = self.objects.get(plural).and_then(|objects| objects.get(&key)) {
            return json(StatusCode::OK, stored.json.clone());
        }
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 404,
                            "reason": "NotFound", "message": format!("{plural} \"{name}\" not found")});
        json(StatusCode::NOT_FOUND, status.to_string())
    }

    fn list(&self, plural: &str, namespace: &str, query: &HashMap<String, String>) -> Response {
        let selector = query.get("labelSelector").map_or("", String::as_str);
        let selector: Vec<_> = selector.split(',').filter_map(|pair| pair.split_once('=')).collect();
        let selected = |((inside, _), stored): &(&(String, String), &Stored)| {
            let wanted = namespace.is_empty() || inside == namespace;
            wanted && selector.iter().all(|(key, value)| stored.labels.get(*key).is_some_and(|it| it == value))
        };
        let number = |name: &str| query.get(name).and_then(|number| number.parse::<usize>().ok());
        let (from, limit) = (number("continue").unwrap_or_default(), number("limit").unwrap_or(usize::MAX));
        let mut rest = self.objects.get(plural).into_iter().flatten().filter(selected).skip(from);
        let page: Vec<&str> = rest.by_ref().take(limit).map(|(_, stored)| &*stored.json).collect();
        let mut next = String::new();
        if rest.next().is_some() {
            // Writing to a string cannot fail.
            let _ = write!(next, "{}", from + page.len());
        }
        let items = page.join(",");
        let list = format!(
            r#"{{"kind":"List","apiVersion":"v1","metadata":{{"resourceVersion":"1","continue":"{next}"}},"items":[{items}]}}"#
        );
        json(StatusCode::OK, list)
    }
}

/// A watch without events that ends after its timeout.
fn watch(query: &HashMap<String, String>) -> Response {
    let seconds = query.get("timeoutSeconds").and_then(|seconds| seconds.parse().ok()).unwrap_or(300);
    let end = futures::stream::once(async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok::<_, std::io::Error>(Bytes::new())
    });
    Response::new(Body::from_stream(end))
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
