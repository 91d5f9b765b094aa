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
use crate::shapes::{Beside, CATCH_ALL, NAMESPACE, Shape, common, meta};
use crate::traffic::{Answer, Owners, Route};

/// The time without a change after which objects count as settled.
const QUIET: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_mins(3);

/// The number of objects that kubectl creates without a pause: its rate limit allows a burst of 300 requests.
const BURST: usize = 250;

/// A running cluster.
pub(crate) struct Cluster {
    plane: Plane,
}

/// Shapes that are created together.
pub(crate) struct Batch<'a> {
    /// The name of its files in the folder of the cluster.
    pub(crate) name: &'a str,
    pub(crate) shapes: &'a [Shape],
    /// The id of a shape that every controller serves.
    pub(crate) control: &'a str,
}

impl Batch<'_> {
    /// The file with the Ingresses of `shape` for a set-up, without its number.
    fn file(&self, shape: &Shape, setup: &SetUp) -> String {
        match shape.beside {
            Beside::Default => self.late(setup),
            Beside::Only => format!("{}-only-{}-{}", self.name, shape.id, setup.id),
            _ => format!("{}-ingresses-{}", self.name, setup.id),
        }
    }

    /// The file with the Ingresses that have a default backend beside rules.
    fn late(&self, setup: &SetUp) -> String {
        format!("{}-late-ingresses-{}", self.name, setup.id)
    }
}

/// The answers to the requests for a shape.
pub(crate) struct Answers {
    /// The answer without a default backend for all hosts.
    pub(crate) alone: Answer,
    /// The answer with one.
    pub(crate) with_catch_all: Answer,
}

impl Cluster {
    /// Starts a cluster without shapes for `setups`.
    pub(crate) fn start(setups: &[&SetUp]) -> Result<Self, String> {
        let cluster = Self { plane: Plane::start(Parts::All)? };
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}});
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        let environment = [node, namespace].into_iter().chain(setups.iter().map(|setup| setup.class()));
        cluster.create("environment", &environment.collect::<Vec<_>>())?;
        wait_for("the default ServiceAccount", PATIENCE, || {
            cluster.kubectl(&["get", "serviceaccount", "default", "--namespace", NAMESPACE])
        })?;
        cluster.create("common", &common())?;
        Ok(cluster)
    }

    /// Creates the shapes of `batch` for all `setups`. Returns when the objects of the cluster no longer change.
    pub(crate) fn add(&self, batch: &Batch<'_>, setups: &[&SetUp]) -> Result<(), String> {
        let objects: Vec<Value> = batch.shapes.iter().flat_map(|shape| shape.objects.clone()).collect();
        self.create(batch.name, &objects)?;
        for setup in setups {
            let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for shape in batch.shapes.iter().filter(|shape| setup.serves(shape)) {
                files.entry(batch.file(shape, setup)).or_default().append(&mut shape.ingresses(setup.id));
            }
            for (file, ingresses) in files {
                self.create(&file, &ingresses)?;
            }
        }
        progress(&format!("{} shapes are created", batch.shapes.len()));
        self.settle()?;
        let terminating = batch.shapes.iter().filter(|shape| shape.terminating).map(|shape| shape.id.as_str());
        let terminating: Vec<&str> = terminating.collect();
        if terminating.is_empty() {
            return Ok(());
        }
        let delete = ["delete", "--wait=false", "--namespace", NAMESPACE, "pod"];
        self.kubectl(&[&delete[..], &terminating].concat())?;
        self.settle()
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

    /// Sends a controller the requests for every shape of `batch`. Default backends of single Ingresses come later, because
    /// some controllers use them for all hosts; then comes the catch-all; then, one by one, the Ingresses that catch all
    /// hosts.
    pub(crate) fn answers(
        &self,
        setup: &SetUp,
        batch: &Batch<'_>,
        programs: &Programs,
        owners: &Owners,
    ) -> Result<Vec<Option<Answers>>, String> {
        let (started, shapes) = (Instant::now(), batch.shapes);
        let Plane { folder, address, kubectl, .. } = &self.plane;
        let environment = Environment { folder, api_server: *address, kubectl, programs };
        let (only, others): (Vec<&Shape>, Vec<&Shape>) =
            shapes.iter().filter(|shape| setup.serves(shape)).partition(|shape| shape.beside == Beside::Only);
        let (late, early): (Vec<&Shape>, Vec<&Shape>) =
            others.into_iter().partition(|shape| shape.beside == Beside::Default);
        let control = early.iter().position(|shape| shape.id == batch.control).ok_or("there is no control")?;
        for file in only.iter().map(|shape| batch.file(shape, setup)).chain([batch.late(setup)]) {
            self.existing(&file, "delete")?;
        }
        let mut running = setup.start(&environment)?;
        let mut ask = |shapes: &[&Shape], ready: &dyn Fn(&[Answer]) -> bool| {
            let routes = shapes.iter().map(|shape| Route::of(shape, setup.id)).chain([Route::unknown()]);
            let mut answers = running.settled(&routes.collect::<Vec<_>>(), owners, ready)?;
            answers.pop();
            Ok::<_, String>(answers)
        };
        let mut alone = ask(&early, &|answers| answers[control] == Answer::Served)?;
        self.existing(&batch.late(setup), "create")?;
        alone.append(&mut ask(&late, &|answers| answers.contains(&Answer::Served))?);
        self.catch_all(setup, "create")?;
        let mut asked = [early, late].concat();
        let mut caught = ask(&asked, &|answers| answers.last() == Some(&Answer::Other(CATCH_ALL.to_owned())))?;
        self.catch_all(setup, "delete")?;
        self.existing(&batch.late(setup), "delete")?;
        for shape in only {
            let file = batch.file(shape, setup);
            self.existing(&file, "create")?;
            let answer = ask(&[shape], &|_| true)?;
            self.existing(&file, "delete")?;
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

    /// Creates or deletes again the objects that were created as `name`.
    fn existing(&self, name: &str, verb: &str) -> Result<(), String> {
        let parts = (0..).map(|part| format!("{name}-{part}.yaml"));
        for file in parts.take_while(|file| self.plane.folder.join(file).exists()) {
            self.kubectl(&[verb, "-f", &file])?;
        }
        Ok(())
    }

    /// Creates `objects`, and keeps them in files.
    fn create(&self, name: &str, objects: &[Value]) -> Result<(), String> {
        for (part, objects) in objects.chunks(BURST).enumerate() {
            let text = objects.iter().fold(String::new(), |mut text, object| {
                let _ = writeln!(text, "---\n{object}");
                text
            });
            let file = format!("{name}-{part}.yaml");
            write(&self.plane.folder, &file, &text)?;
            self.kubectl(&["create", "--validate=false", "-f", &file])?;
        }
        Ok(())
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
