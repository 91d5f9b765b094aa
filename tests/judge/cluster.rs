//! A cluster that holds all shapes, and the answers to requests through a controller.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::control_plane::plane::{Parts, Plane, write};
use crate::control_plane::programs::Programs;
use crate::control_plane::progress;
use crate::control_plane::wait::wait_for;
use crate::setups::{Environment, SetUp};
use crate::shapes::{Beside, CATCH_ALL, CONTROL, NAMESPACE, Shape, common, meta};
use crate::traffic::{Answer, Owners, Route};

/// The time without a change after which objects count as settled.
const QUIET: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_mins(3);

/// The file in the cluster's folder that holds the Ingresses of `shape`, without the name of the set-up.
fn part(shape: &Shape) -> String {
    match shape.beside {
        Beside::Default => LATE.to_owned(),
        Beside::Only => format!("only-{}", shape.id),
        _ => EARLY.to_owned(),
    }
}

const EARLY: &str = "ingresses";
const LATE: &str = "late-ingresses";

/// A running cluster.
pub(crate) struct Cluster {
    plane: Plane,
}

/// The answers to the requests for a shape.
pub(crate) struct Answers {
    /// The answer without a default backend for all hosts.
    pub(crate) alone: Answer,
    /// The answer with one.
    pub(crate) with_catch_all: Answer,
}

impl Cluster {
    /// Starts a cluster with the shapes for all `setups`. Returns when its objects no longer change.
    pub(crate) fn start(setups: &[&SetUp], shapes: &[Shape]) -> Result<Self, String> {
        let cluster = Self { plane: Plane::start(Parts::All)? };
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}});
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        let environment = [node, namespace].into_iter().chain(setups.iter().map(|setup| setup.class()));
        cluster.create("environment", &environment.collect::<Vec<_>>())?;
        wait_for("the default ServiceAccount", PATIENCE, || {
            cluster.kubectl(&["get", "serviceaccount", "default", "--namespace", NAMESPACE])
        })?;
        let objects: Vec<Value> = shapes.iter().flat_map(|shape| shape.objects.clone()).chain(common()).collect();
        cluster.create("shapes", &objects)?;
        for setup in setups {
            let mut parts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for shape in shapes.iter().filter(|shape| setup.serves(shape)) {
                parts.entry(part(shape)).or_default().append(&mut shape.ingresses(setup.id));
            }
            for (part, ingresses) in parts {
                cluster.create(&format!("{part}-{}", setup.id), &ingresses)?;
            }
        }
        progress(&format!("{} shapes are created", shapes.len()));
        cluster.settle()?;
        let terminating: Vec<&str> =
            shapes.iter().filter(|shape| shape.terminating).map(|shape| shape.id.as_str()).collect();
        let delete = ["delete", "--wait=false", "--namespace", NAMESPACE, "pod"];
        cluster.kubectl(&[&delete[..], &terminating].concat())?;
        cluster.settle()?;
        Ok(cluster)
    }

    /// Every object that Backstop reads, as the API server stores it.
    pub(crate) fn dump(&self) -> Result<String, String> {
        const KINDS: &str =
            "ingresses,services,endpointslices,pods,namespaces,ingressclasses,deployments,replicasets,networkpolicies";
        self.kubectl(&["get", KINDS, "--all-namespaces", "--output=json"])
    }

    /// The version of the API server.
    pub(crate) fn version(&self) -> Result<String, String> {
        let version: Value = serde_json::from_str(&self.kubectl(&["get", "--raw=/version"])?).unwrap_or_default();
        Ok(version["gitVersion"].as_str().unwrap_or("of unknown version").trim_start_matches('v').to_owned())
    }

    /// Sends a controller the requests for every shape. Default backends of single Ingresses come later, because some
    /// controllers use them for all hosts; then comes the catch-all; then, one by one, the Ingresses that catch all hosts.
    pub(crate) fn answers(
        &self,
        setup: &SetUp,
        shapes: &[Shape],
        programs: &Programs,
        owners: &Owners,
    ) -> Result<Vec<Option<Answers>>, String> {
        let started = Instant::now();
        let Plane { folder, address, kubectl, .. } = &self.plane;
        let environment = Environment { folder, api_server: *address, kubectl, programs };
        let (only, others): (Vec<&Shape>, Vec<&Shape>) =
            shapes.iter().filter(|shape| setup.serves(shape)).partition(|shape| shape.beside == Beside::Only);
        let (late, early): (Vec<&Shape>, Vec<&Shape>) =
            others.into_iter().partition(|shape| shape.beside == Beside::Default);
        let control = early.iter().position(|shape| shape.id == CONTROL).ok_or("there is no control")?;
        for part in only.iter().map(|shape| part(shape)).chain([LATE.to_owned()]) {
            self.existing(setup, &part, "delete")?;
        }
        let mut running = setup.start(&environment)?;
        let mut ask = |shapes: &[&Shape], ready: &dyn Fn(&[Answer]) -> bool| {
            let routes = shapes.iter().map(|shape| Route::of(shape, setup.id)).chain([Route::unknown()]);
            let mut answers = running.settled(&routes.collect::<Vec<_>>(), owners, ready)?;
            answers.pop();
            Ok::<_, String>(answers)
        };
        let mut alone = ask(&early, &|answers| answers[control] == Answer::Served)?;
        self.existing(setup, LATE, "create")?;
        alone.append(&mut ask(&late, &|answers| answers.contains(&Answer::Served))?);
        self.catch_all(setup, "create")?;
        let mut asked = [early, late].concat();
        let mut caught = ask(&asked, &|answers| answers.last() == Some(&Answer::Other(CATCH_ALL.to_owned())))?;
        self.catch_all(setup, "delete")?;
        self.existing(setup, LATE, "delete")?;
        for shape in only {
            self.existing(setup, &part(shape), "create")?;
            let answer = ask(&[shape], &|_| true)?;
            self.existing(setup, &part(shape), "delete")?;
            alone.extend(answer.clone());
            caught.extend(answer);
            asked.push(shape);
        }
        progress(&format!("{} has answered for {} shapes in {} s", setup.id, asked.len(), started.elapsed().as_secs()));
        let mut answers: BTreeMap<&str, Answers> = BTreeMap::new();
        for ((shape, alone), with_catch_all) in asked.iter().zip(alone).zip(caught) {
            answers.insert(&shape.id, Answers { alone, with_catch_all });
        }
        Ok(shapes.iter().map(|shape| answers.remove(shape.id.as_str())).collect())
    }

    /// Creates or deletes the Ingress with a default backend for all hosts.
    fn catch_all(&self, setup: &SetUp, verb: &str) -> Result<(), String> {
        let name = format!("{}.{CATCH_ALL}", setup.id);
        let backend = json!({"service": {"name": CATCH_ALL, "port": {"number": 80}}});
        let ingress = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta(&name),
            "spec": {"ingressClassName": setup.id, "defaultBackend": backend},
        });
        write(&self.plane.folder, &format!("{name}.json"), &ingress.to_string())?;
        self.kubectl(&[verb, "-f", &format!("{name}.json")]).map(|_| ())
    }

    /// Creates or deletes again the objects that were created as `part` for a set-up.
    fn existing(&self, setup: &SetUp, part: &str, verb: &str) -> Result<(), String> {
        self.kubectl(&[verb, "-f", &format!("{part}-{}.yaml", setup.id)]).map(|_| ())
    }

    fn create(&self, name: &str, objects: &[Value]) -> Result<(), String> {
        let text = objects.iter().fold(String::new(), |mut text, object| {
            let _ = writeln!(text, "---\n{object}");
            text
        });
        let file = format!("{name}.yaml");
        write(&self.plane.folder, &file, &text)?;
        self.kubectl(&["create", "--validate=false", "-f", &file]).map(|_| ())
    }

    /// Waits until all Pods have a status and the objects no longer change.
    fn settle(&self) -> Result<(), String> {
        let (mut last, mut since) = (String::new(), Instant::now());
        let kinds = "deployments,pods,endpointslices";
        wait_for("the shapes to settle", PATIENCE, || {
            thread::sleep(Duration::from_millis(500));
            let state = self.kubectl(&[
                "get",
                kinds,
                "--namespace",
                NAMESPACE,
                "--output=jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion} {.status.startTime}{'\\n'}{end}",
            ])?;
            let unborn = state.lines().any(|line| line.starts_with("Pod/") && line.ends_with(' '));
            if state != last || unborn {
                (last, since) = (state, Instant::now());
            }
            if since.elapsed() >= QUIET { Ok(()) } else { Err("it changes".to_owned()) }
        })
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.plane.kubectl.run(&self.plane.folder, arguments).result()
    }
}
