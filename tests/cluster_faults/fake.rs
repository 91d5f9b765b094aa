//! A fake API server: it serves get, list and watch for the objects of a test, and fails as the test demands.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use backstop::cluster::Connection;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    Get,
    List,
    Watch,
}

/// The fault that replaces the answer to a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An error of the API.
    Status(u16, &'static str, &'static str),
    /// An error of a proxy, not of the API.
    Text(u16, &'static str),
    /// A successful answer with the wrong content.
    Garbage(&'static str),
    /// No answer, forever.
    Hang,
    /// The correct answer, after a delay.
    Slow(Duration),
    /// The correct answer, after this number of bytes of white space.
    Padded(usize),
    /// A successful answer that ends early.
    Broken,
    /// A watch that starts successfully and sends this line first.
    Line(&'static str),
}

pub(crate) const FORBIDDEN: Fault =
    Fault::Status(403, "Forbidden", "services is forbidden: User \"web\" cannot list resource \"services\"");
pub(crate) const NOT_FOUND: Fault = Fault::Status(404, "NotFound", "not found");

#[derive(Default)]
struct World {
    version: u64,
    /// The objects by plural name, then by namespace and name.
    objects: BTreeMap<String, BTreeMap<(String, String), Value>>,
    /// The events, each with the plural name and the resourceVersion.
    history: Vec<(String, u64, String)>,
    /// Watches from an older resourceVersion are rejected, because the history is compacted.
    compacted: u64,
    always: HashMap<(Verb, String), Fault>,
    once: HashMap<(Verb, String), VecDeque<Fault>>,
    log: Vec<(Verb, String, HashMap<String, String>)>,
    /// The API group, plural name and verb of each call.
    calls: BTreeSet<(String, String, &'static str)>,
    /// The additional API groups.
    groups: Vec<&'static str>,
}

#[derive(Clone)]
pub(crate) struct Fake {
    world: Arc<Mutex<World>>,
    events: broadcast::Sender<(String, u64, String)>,
    /// Each increment closes all open watches.
    cuts: watch::Sender<u32>,
    /// While true, watches send nothing and do not end.
    frozen: watch::Sender<bool>,
    pub(crate) connection: Connection,
}

impl Fake {
    /// Starts a server on a free port. It ends with the runtime of the test.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connection = Connection::from_config(kube::Config::new(url.parse().unwrap()));
        let (world, events) = (Arc::default(), broadcast::Sender::new(10_000));
        let (cuts, frozen) = (watch::Sender::new(0), watch::Sender::new(false));
        let fake = Self { world, events, cuts, frozen, connection };
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    /// Creates or replaces an object, and sends an event to the watches.
    pub(crate) fn put(&self, plural: &str, namespace: &str, name: &str, rest: Value) {
        self.change(plural, (namespace, name), Some(rest), true);
    }

    pub(crate) fn delete(&self, plural: &str, namespace: &str, name: &str) {
        self.change(plural, (namespace, name), None, true);
    }

    /// Deletes an object without an event.
    pub(crate) fn delete_unseen(&self, plural: &str, namespace: &str, name: &str) {
        self.change(plural, (namespace, name), None, false);
    }

    fn change(&self, plural: &str, (namespace, name): (&str, &str), rest: Option<Value>, with_event: bool) {
        let mut world = self.world.lock().unwrap();
        world.version += 1;
        let version = world.version;
        let key = (namespace.to_owned(), name.to_owned());
        let objects = world.objects.entry(plural.to_owned()).or_default();
        let (kind, mut object) = match rest {
            Some(rest) => (if objects.contains_key(&key) { "MODIFIED" } else { "ADDED" }, rest),
            None => ("DELETED", objects.remove(&key).unwrap()),
        };
        let meta = json!({"name": name, "namespace": namespace, "resourceVersion": version.to_string()});
        let fields = object.as_object_mut().unwrap();
        let old = fields.entry("metadata").or_insert(json!({})).as_object_mut().unwrap();
        old.extend(meta.as_object().unwrap().clone());
        let line = format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n");
        if kind != "DELETED" {
            objects.insert(key, object);
        }
        if with_event {
            world.history.push((plural.to_owned(), version, line.clone()));
            let _ = self.events.send((plural.to_owned(), version, line));
        }
    }

    /// Forgets all events: a watch from an older resourceVersion gets the status 410.
    pub(crate) fn compact(&self) {
        let mut world = self.world.lock().unwrap();
        world.version += 1;
        world.compacted = world.version;
        world.history.clear();
    }

    /// From now on, every such request has this fault; with `None`, no request has a fault.
    pub(crate) fn always(&self, verb: Verb, plural: &str, fault: impl Into<Option<Fault>>) {
        let mut world = self.world.lock().unwrap();
        match fault.into() {
            Some(fault) => world.always.insert((verb, plural.to_owned()), fault),
            None => world.always.remove(&(verb, plural.to_owned())),
        };
    }

    /// The next such requests have these faults, one after the other.
    pub(crate) fn next(&self, verb: Verb, plural: &str, faults: impl IntoIterator<Item = Fault>) {
        let mut world = self.world.lock().unwrap();
        world.once.entry((verb, plural.to_owned())).or_default().extend(faults);
    }

    /// Adds an API group.
    pub(crate) fn serve_group(&self, group: &'static str) {
        self.world.lock().unwrap().groups.push(group);
    }

    fn groups(&self) -> Response {
        let version = json!({"groupVersion": "v1", "version": "v1"});
        let world = self.world.lock().unwrap();
        let group = |name: &&str| json!({"name": name, "versions": [version], "preferredVersion": version});
        let groups: Vec<Value> = ["apps"].iter().chain(&world.groups).map(group).collect();
        text(200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}).to_string())
    }

    /// Closes all watches.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    /// Makes all watches hang, or continue.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.frozen.send_replace(frozen);
    }

    pub(crate) fn count(&self, verb: Verb, plural: &str) -> usize {
        self.queries(verb, plural).len()
    }

    /// The query parameters of all such requests so far.
    pub(crate) fn queries(&self, verb: Verb, plural: &str) -> Vec<HashMap<String, String>> {
        let world = self.world.lock().unwrap();
        let matching = world.log.iter().filter(|(v, p, _)| *v == verb && p == plural);
        matching.map(|(_, _, query)| query.clone()).collect()
    }

    /// The API group, plural name and verb of each call so far.
    pub(crate) fn calls(&self) -> BTreeSet<(String, String, &'static str)> {
        self.world.lock().unwrap().calls.clone()
    }

    fn note(&self, verb: Verb, (group, plural): (&str, &str), query: &HashMap<String, String>) {
        let mut world = self.world.lock().unwrap();
        world.log.push((verb, plural.to_owned(), query.clone()));
        let verb = match verb {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
        };
        world.calls.insert((group.to_owned(), plural.to_owned(), verb));
    }

    fn fault(&self, verb: Verb, plural: &str) -> Option<Fault> {
        let mut world = self.world.lock().unwrap();
        let key = (verb, plural.to_owned());
        let once = world.once.get_mut(&key).and_then(VecDeque::pop_front);
        once.or_else(|| world.always.get(&key).cloned())
    }

    fn get(&self, plural: &str, namespace: &str, name: &str) -> Response {
        let world = self.world.lock().unwrap();
        let key = (namespace.to_owned(), name.to_owned());
        match world.objects.get(plural).and_then(|objects| objects.get(&key)) {
            Some(object) => text(200, object.to_string()),
            None => status(404, "NotFound", &format!("{plural} \"{name}\" not found")),
        }
    }

    fn list(&self, plural: &str, namespace: &str, query: &HashMap<String, String>) -> Response {
        let world = self.world.lock().unwrap();
        let objects = world.objects.get(plural).into_iter().flatten();
        let inside = objects.filter(|((space, _), _)| namespace.is_empty() || space == namespace);
        let selected = inside.filter(|(_, object)| {
            let wanted = query.get("labelSelector").map_or("", String::as_str);
            wanted.split(',').filter_map(|pair| pair.split_once('=')).all(|(k, v)| object["metadata"]["labels"][k] == v)
        });
        let all: Vec<&Value> = selected.map(|(_, object)| object).collect();
        let from: usize = query.get("continue").map_or(0, |token| token.parse().unwrap());
        let limit: usize = query.get("limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
        let to = all.len().min(from.saturating_add(limit));
        let token = if to < all.len() { to.to_string() } else { String::new() };
        let meta = json!({"resourceVersion": world.version.to_string(), "continue": token});
        text(200, json!({"kind": "List", "apiVersion": "v1", "metadata": meta, "items": all[from..to]}).to_string())
    }

    fn watch(&self, plural: String, query: &HashMap<String, String>, first: Option<&'static str>) -> Response {
        let from: u64 = query["resourceVersion"].parse().unwrap();
        let end = tokio::time::Instant::now() + Duration::from_secs(query["timeoutSeconds"].parse().unwrap());
        let events = self.events.subscribe();
        let mut cuts = self.cuts.subscribe();
        let mut past: VecDeque<String> = first.into_iter().map(str::to_owned).collect();
        {
            let world = self.world.lock().unwrap();
            if from < world.compacted {
                let gone = error(410, "Expired", "too old resource version");
                return text(200, format!("{{\"type\":\"ERROR\",\"object\":{gone}}}\n"));
            }
            let missed = world.history.iter().filter(|(kind, version, _)| *kind == plural && *version > from);
            past.extend(missed.map(|(_, _, line)| line.clone()));
        }
        let news = stream::unfold((past, events), move |(mut past, mut events)| {
            let plural = plural.clone();
            async move {
                if let Some(line) = past.pop_front() {
                    return Some((line, (past, events)));
                }
                loop {
                    let (kind, version, line) = events.recv().await.ok()?;
                    if kind == plural && version > from {
                        return Some((line, (past, events)));
                    }
                }
            }
        });
        let end = async move {
            tokio::select! {
                () = tokio::time::sleep_until(end) => {}
                _ = async { cuts.changed().await } => {}
            }
        };
        let frozen = self.frozen.subscribe();
        let held = move |item| {
            let mut frozen = frozen.clone();
            async move {
                let _ = frozen.wait_for(|frozen| !frozen).await;
                item
            }
        };
        // The end of the stream is an item, so that `freeze` delays it, too.
        let lines = news.map(Some).boxed();
        let end = stream::once(end).map(|()| None).boxed();
        let lines = stream::select(lines, end).then(held).take_while(|line| std::future::ready(line.is_some()));
        let lines = lines.map(|line| Ok::<_, Infallible>(Bytes::from(line.unwrap_or_default())));
        Response::new(Body::from_stream(lines))
    }
}

async fn answer(State(fake): State<Fake>, uri: Uri, Query(query): Query<HashMap<String, String>>) -> Response {
    if uri.path() == "/apis" {
        return match fake.fault(Verb::List, "apigroups") {
            Some(Fault::Status(code, reason, message)) => status(code, reason, message),
            Some(other) => panic!("not for the API groups: {other:?}"),
            None => fake.groups(),
        };
    }
    let parts: Vec<&str> = uri.path().split('/').skip(1).collect();
    let (group, parts) = if parts[0] == "api" { ("", &parts[2..]) } else { (parts[1], &parts[3..]) };
    let (namespace, plural, name) = match *parts {
        ["namespaces", name] => ("", "namespaces", name),
        ["namespaces", namespace, plural] => (namespace, plural, ""),
        ["namespaces", namespace, plural, name] => (namespace, plural, name),
        [plural] => ("", plural, ""),
        _ => panic!("no such path: {uri}"),
    };
    let verb = match (name, query.get("watch")) {
        ("", Some(_)) => Verb::Watch,
        ("", None) => Verb::List,
        _ => Verb::Get,
    };
    fake.note(verb, (group, plural), &query);
    let (mut first, mut padding) = (None, 0);
    match fake.fault(verb, plural) {
        None => {}
        Some(Fault::Status(code, reason, message)) => return status(code, reason, message),
        Some(Fault::Text(code, body)) => return text(code, body.to_owned()),
        Some(Fault::Garbage(body)) => return text(200, body.to_owned()),
        Some(Fault::Broken) => {
            let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::other("broken")) });
            return Response::new(Body::from_stream(broken));
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(Fault::Padded(bytes)) => padding = bytes,
        Some(Fault::Line(line)) => first = Some(line),
    }
    let answer = match verb {
        Verb::Get => fake.get(plural, namespace, name),
        Verb::List => fake.list(plural, namespace, &query),
        Verb::Watch => fake.watch(plural.to_owned(), &query, first),
    };
    answer.map(|body| if padding == 0 { body } else { padded(body, padding) })
}

fn padded(body: Body, bytes: usize) -> Body {
    let spaces = stream::once(async move { Ok(Bytes::from(vec![b' '; bytes])) });
    Body::from_stream(spaces.chain(body.into_data_stream()))
}

fn error(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
           "code": code, "reason": reason, "message": message})
}

fn status(code: u16, reason: &str, message: &str) -> Response {
    text(code, error(code, reason, message).to_string())
}

fn text(code: u16, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(code).unwrap();
    response
}
