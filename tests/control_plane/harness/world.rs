//! A control plane with Backstop installed, and namespaces for the tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::{Delays, Replica, Setup, slow_api};
use crate::control_plane::kubectl::KubectlOutput;
use crate::control_plane::plane::{Parts, Plane, kubeconfig, write};
use crate::control_plane::wait::wait_for;
use crate::control_plane::{progress, root};

/// Objects that exist before Backstop starts: the IngressClass of ingress-nginx, and the Node of the Pods.
const GROUND: &str = "apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Node
metadata: {name: node-1}
";

/// An Ingress for a dry run that shows whether the API server calls the webhook.
const PROBE: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: probe, namespace: default}
spec: {defaultBackend: {service: {name: nowhere, port: {number: 80}}}}
";

/// The cluster that most tests share. It has two replicas, as in `deploy/base`.
pub(crate) fn shared() -> &'static World {
    static SHARED: OnceLock<Result<World, String>> = OnceLock::new();
    let world = SHARED.get_or_init(|| {
        let world = World::bare(Parts::All)?;
        world.serve(2)
    });
    world.as_ref().unwrap_or_else(|error| panic!("{error}"))
}

/// The number of clusters besides the shared one. More than two at the same time make the tests slower, for any number
/// of threads.
static OTHERS: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// The permit to run one of these clusters.
struct Permit;

impl Permit {
    fn wait() -> Self {
        let mut running = OTHERS.0.lock();
        OTHERS.1.wait_while(&mut running, |running| *running >= 2);
        *running += 1;
        Self
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *OTHERS.0.lock() -= 1;
        OTHERS.1.notify_one();
    }
}

/// See the documentation of the module.
pub(crate) struct World {
    pub(crate) plane: Plane,
    pub(crate) replicas: Vec<Replica>,
    started: AtomicUsize,
    _permit: Option<Permit>,
}

impl World {
    /// A cluster with the objects of `deploy/base`, without a replica.
    fn bare(parts: Parts) -> Result<Self, String> {
        let permit = (parts == Parts::ApiServer).then(Permit::wait);
        let plane = Plane::start(parts)?;
        let world = Self { plane, replicas: Vec::new(), started: AtomicUsize::new(0), _permit: permit };
        world.install()?;
        Ok(world)
    }

    /// A cluster for a test that starts its replicas itself. The only part of the control plane is the API server.
    pub(crate) fn installed() -> Self {
        Self::bare(Parts::ApiServer).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A cluster for a test that breaks it: an API server, and `replicas` ready replicas.
    pub(crate) fn own(replicas: usize) -> Self {
        Self::bare(Parts::ApiServer).and_then(|world| world.serve(replicas)).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`Self::own`], with one replica and a configuration file.
    pub(crate) fn configured(configuration: &str) -> Self {
        let world = Self::bare(Parts::ApiServer).and_then(|mut world| {
            write(&world.plane.folder, "backstop.yaml", configuration)?;
            let replica = world.start(&Setup { config: Some("backstop.yaml"), ..Setup::default() })?;
            replica.wait_ready()?;
            world.replicas.push(replica);
            world.serve(0)
        });
        world.unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`Self::own`], with replicas that reach the API server through a proxy with these delays.
    pub(crate) fn own_with_delays(replicas: usize, delays: Delays) -> Self {
        let world = Self::bare(Parts::ApiServer).and_then(|world| {
            let server = slow_api::start(&world.plane.folder.join("backstop.kubeconfig"), delays)?;
            let text = kubeconfig(&format!("http://{server}"), &world.plane.folder, "backstop");
            write(&world.plane.folder, "backstop.kubeconfig", &text)?;
            world.serve(replicas)
        });
        world.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts replicas. Returns when the API server reaches them.
    fn serve(mut self, replicas: usize) -> Result<Self, String> {
        for _ in 0..replicas {
            let replica = self.start(&Setup::default())?;
            replica.wait_ready()?;
            self.replicas.push(replica);
        }
        self.route();
        self.wait_until_called()?;
        progress(&format!("{replicas} replicas of Backstop are called"));
        Ok(self)
    }

    /// Starts one more replica, which gets no requests from the Service.
    pub(crate) fn replica(&self, setup: &Setup<'_>) -> Replica {
        self.start(setup).unwrap_or_else(|error| panic!("{error}"))
    }

    fn start(&self, setup: &Setup<'_>) -> Result<Replica, String> {
        let name = format!("backstop-{}", self.started.fetch_add(1, Ordering::Relaxed));
        Replica::start(&name, &self.plane.folder, setup)
    }

    /// Routes the Service to all replicas.
    pub(crate) fn route(&self) {
        self.plane.egress.route(&self.replicas.iter().map(|replica| replica.admission).collect::<Vec<_>>());
    }

    /// Runs kubectl as the administrator of the cluster.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> KubectlOutput {
        self.plane.kubectl.run(&self.plane.folder, arguments)
    }

    /// Creates a namespace.
    pub(crate) fn namespace(&self, name: &str) -> Namespace<'_> {
        self.labelled_namespace(name, "{}")
    }

    /// Creates a namespace with labels, which are YAML.
    pub(crate) fn labelled_namespace(&self, name: &str, labels: &str) -> Namespace<'_> {
        let folder = self.plane.folder.join(format!("namespace-{name}"));
        fs::create_dir(&folder).unwrap_or_else(|error| panic!("namespace {name}: {error}"));
        let namespace = Namespace { world: self, name: name.to_owned(), folder };
        let text = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}\n");
        namespace.file("namespace.yaml", &text);
        self.plane.kubectl.run(&namespace.folder, &["create", "-f", "namespace.yaml"]).done();
        namespace
    }

    /// The last lines of all logs.
    pub(crate) fn tails(&self) -> String {
        let replicas: String = self.replicas.iter().map(|replica| replica.process.tail()).collect();
        self.plane.tails() + &replicas
    }

    /// Installs Backstop as `deploy/README.md` describes.
    fn install(&self) -> Result<(), String> {
        let folder = &self.plane.folder;
        write(folder, "ground.yaml", GROUND)?;
        write(folder, "probe.yaml", PROBE)?;
        self.kubectl(&["create", "-f", "ground.yaml"]).result()?;
        let base = root().join("deploy/base");
        self.kubectl(&["apply", "-k", &base.display().to_string()]).result()?;
        let mut certificates = Command::new("sh");
        certificates.arg(root().join("certs/make.sh")).arg("-o").arg(folder.join("certs"));
        let made = certificates.env("BACKSTOP", env!("CARGO_BIN_EXE_backstop")).output();
        let made = made.map_err(|error| format!("certs/make.sh: {error}"))?;
        if !made.status.success() {
            return Err(format!("certs/make.sh failed: {}", String::from_utf8_lossy(&made.stderr)));
        }
        self.kubectl(&["apply", "-f", "certs/secret.yaml"]).result()?;
        let patch = ["patch", "validatingwebhookconfiguration", "backstop", "--type=json"];
        self.kubectl(&[&patch[..], &["--patch-file=certs/ca-bundle.json"]].concat()).result()?;
        // The binding becomes effective a moment later.
        let allowed = ["auth", "can-i", "list", "services", "--as=system:serviceaccount:backstop:backstop", "-A"];
        wait_for("Backstop's permissions", Duration::from_secs(10), || self.kubectl(&allowed).result()).map(|_| ())
    }

    /// Whether the API server calls the webhook: a dry run of a broken Ingress gets a warning.
    pub(crate) fn called(&self) -> Result<(), String> {
        let result = self.kubectl(&["create", "--dry-run=server", "-f", "probe.yaml"]);
        if result.err.contains("\"nowhere\"") {
            Ok(())
        } else {
            Err(format!("no warning: {}{}", result.out, result.err))
        }
    }

    /// Waits until the API server calls the webhook. The watch of the API server brings the webhook configuration a
    /// moment later.
    fn wait_until_called(&self) -> Result<(), String> {
        let called = wait_for("the API server to call the webhook", Duration::from_secs(20), || self.called());
        called.map_err(|error| format!("{error}\n{}", self.tails()))
    }
}

/// A namespace of one test, and a folder for its manifests. If the test fails, the namespace prints the logs.
pub(crate) struct Namespace<'w> {
    pub(crate) world: &'w World,
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

impl Namespace<'_> {
    /// Writes a manifest.
    pub(crate) fn file(&self, name: &str, text: &str) {
        write(&self.folder, name, text).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Runs kubectl in the namespace and its folder.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> KubectlOutput {
        let arguments = [&["--namespace", &self.name], arguments].concat();
        self.world.plane.kubectl.run(&self.folder, &arguments)
    }

    /// Writes a manifest and applies it.
    pub(crate) fn apply(&self, name: &str, text: &str) -> KubectlOutput {
        self.file(name, text);
        self.kubectl(&["apply", "-f", name])
    }

    /// Whether the object exists, for example `ingress/web`.
    pub(crate) fn has(&self, object: &str) -> bool {
        !self.kubectl(&["get", object, "--ignore-not-found", "--output=name"]).done().is_empty()
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            progress(&format!("a test in namespace {} failed; the logs end with\n{}", self.name, self.world.tails()));
        }
    }
}
