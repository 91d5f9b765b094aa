//! The programs of a control plane: etcd, kube-apiserver, kube-controller-manager, kwok.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;

use super::egress::Egress;
use super::kubectl::Kubectl;
use super::process::{Process, scratch};
use super::programs::Programs;
use super::wait::wait_for;
use super::{http, progress};

const START: Duration = Duration::from_mins(1);

/// The identities: token, user, uid, groups. Backstop has the identity of the service account in `deploy/base`.
const TOKENS: &str = r#"admin-token,admin,admin,"system:masters"
backstop-token,system:serviceaccount:backstop:backstop,backstop,"system:serviceaccounts,system:serviceaccounts:backstop,system:authenticated"
"#;

/// The audit policy: the API server records requests for Ingresses, with the annotations of webhooks.
const AUDIT: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    resources: [{group: networking.k8s.io, resources: [ingresses]}]
  - level: None
";

/// The programs that a test needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// Only the API server: objects are stored, and no controller acts on them.
    ApiServer,
    /// Also the controllers and a kubelet: workloads create Pods, Pods become ready, and Services get EndpointSlices.
    All,
}

/// A running control plane, and its folder.
pub(crate) struct Plane {
    pub(crate) folder: PathBuf,
    /// The address of the API server.
    pub(crate) address: SocketAddr,
    pub(super) programs: &'static Programs,
    pub(crate) egress: Egress,
    pub(crate) kubectl: Kubectl,
    api_server: Mutex<Option<Process>>,
    api_server_flags: Vec<String>,
    others: Vec<Process>,
}

impl Plane {
    /// Starts a control plane on free ports. Tries again if another process takes a port in the meantime.
    pub(crate) fn start(parts: Parts) -> Result<Self, String> {
        let programs = Programs::control_plane()?;
        let mut attempt = 1;
        loop {
            match Self::try_start(programs, parts) {
                Err(error) if attempt < 3 && error.contains("address already in use") => attempt += 1,
                result => return result,
            }
        }
    }

    fn try_start(programs: &'static Programs, parts: Parts) -> Result<Self, String> {
        let folder = scratch()?;
        let etcd = etcd(programs, &folder)?;
        let address = free_address()?;
        let egress = Egress::start(&folder.join("egress.sock"))?;
        write(&folder, "tokens.csv", TOKENS)?;
        write(&folder, "audit.yaml", AUDIT)?;
        write(&folder, "egress.yaml", &egress_configuration(&folder))?;
        for user in ["admin", "backstop"] {
            write(&folder, &format!("{user}.kubeconfig"), &kubeconfig(&format!("https://{address}"), &folder, user))?;
        }
        service_account_key(&folder)?;
        let mut plane = Self {
            kubectl: Kubectl::new(programs, &folder.join("admin.kubeconfig"), &folder),
            api_server: Mutex::new(None),
            api_server_flags: api_server_flags(&folder, etcd.1, address),
            others: vec![etcd.0],
            folder,
            address,
            programs,
            egress,
        };
        plane.start_api_server()?;
        if parts == Parts::All {
            plane.start_controllers()?;
        }
        progress(&format!("ready at https://{}", plane.address));
        Ok(plane)
    }

    /// Starts the API server, also after a stop, with the same port, etcd and certificate.
    pub(crate) fn start_api_server(&self) -> Result<(), String> {
        let program = self.programs.path("kube-apiserver");
        let mut process = Process::start("kube-apiserver", program, &self.api_server_flags, &self.folder)?;
        let ready = wait_for("kube-apiserver to be ready", START, || {
            if let Some(status) = process.ended() {
                return Ok(Err(format!("kube-apiserver ended: {status}\n{}", process.tail())));
            }
            let answer = self.kubectl.run(&self.folder, &["get", "--raw=/readyz", "--request-timeout=2s"]);
            answer.result().map(|_| Ok(()))
        });
        ready.map_err(|error| format!("{error}\n{}", process.tail()))??;
        *self.api_server.lock() = Some(process);
        Ok(())
    }

    /// Kills the API server.
    pub(crate) fn stop_api_server(&self) {
        drop(self.api_server.lock().take());
    }

    /// Sends a signal to the API server: `STOP` makes it hang with open connections, and `CONT` makes it continue.
    pub(crate) fn signal_api_server(&self, signal: &str) {
        if let Some(process) = &*self.api_server.lock() {
            process.signal(signal);
        }
    }

    fn start_controllers(&mut self) -> Result<(), String> {
        let (controllers, kwok) = (free_address()?, free_address()?);
        let (folder, programs) = (self.folder.clone(), self.programs);
        let process = Process::start(
            "kube-controller-manager",
            programs.path("kube-controller-manager"),
            [
                "--kubeconfig=admin.kubeconfig",
                "--service-account-private-key-file=sa.key",
                "--use-service-account-credentials=true",
                "--leader-elect=false",
                // Otherwise Nodes without a heartbeat would get a taint after a minute.
                "--controllers=*,-node-lifecycle-controller",
                "--bind-address=127.0.0.1",
                "--cert-dir=controller-manager",
                // The default of 5 per second for each controller is too slow for tests.
                "--kube-api-qps=200",
                "--kube-api-burst=400",
                &format!("--secure-port={}", controllers.port()),
            ],
            &folder,
        )?;
        self.others.push(process);
        let stages = super::root().join("tests/cluster/stages.yaml");
        let process = Process::start(
            "kwok",
            programs.path("kwok"),
            [
                "--kubeconfig=admin.kubeconfig",
                "--manage-all-nodes=true",
                "--cidr=10.244.0.0/16",
                "--node-ip=127.0.0.1",
                &format!("--config={}", stages.display()),
                &format!("--node-port={}", kwok.port()),
                &format!("--server-address={kwok}"),
            ],
            &folder,
        )?;
        self.others.push(process);
        self.wait_for_others("kwok to be healthy", || {
            http::get(kwok, "/healthz").and_then(|(code, body)| if code == 200 { Ok(()) } else { Err(body) })
        })?;
        self.wait_for_others("the default ServiceAccount", || {
            self.kubectl.run(&self.folder, &["get", "serviceaccount", "default"]).result().map(|_| ())
        })
    }

    fn wait_for_others(&self, what: &str, probe: impl FnMut() -> Result<(), String>) -> Result<(), String> {
        wait_for(what, START, probe).map_err(|error| format!("{error}\n{}", self.tails()))
    }

    /// The last lines of all logs.
    pub(crate) fn tails(&self) -> String {
        let api_server = self.api_server.lock();
        self.others.iter().chain(api_server.iter()).map(Process::tail).collect()
    }

    /// The process id of the program `name`.
    pub(crate) fn process(&self, name: &str) -> Option<u32> {
        let api_server = self.api_server.lock();
        self.others.iter().chain(api_server.iter()).find(|process| process.is(name)).map(Process::id)
    }

    /// The events of the audit log.
    pub(crate) fn audit_log(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.folder.join("audit.log")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// A kubeconfig for `user`, whose token the API server knows.
pub(crate) fn kubeconfig(server: &str, folder: &Path, user: &str) -> String {
    let authority = folder.join("apiserver/apiserver.crt");
    format!(
        "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: '{server}', certificate-authority: '{}'}}}}]
users: [{{name: {user}, user: {{token: {user}-token}}}}]
contexts: [{{name: test, context: {{cluster: test, user: {user}}}}}]
current-context: test
",
        authority.display()
    )
}

/// Writes a file into a folder of the tests.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// An address that was free a moment ago.
fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map_err(|error| format!("no free port: {error}"))
}

fn etcd(programs: &Programs, folder: &Path) -> Result<(Process, SocketAddr), String> {
    let (clients, peers) = (free_address()?, free_address()?);
    let mut process = Process::start(
        "etcd",
        programs.path("etcd"),
        [
            "--name=test".to_owned(),
            "--data-dir=etcd".to_owned(),
            // The data does not have to survive a power failure.
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
            "--heartbeat-interval=20".to_owned(),
            "--election-timeout=100".to_owned(),
            format!("--listen-client-urls=http://{clients}"),
            format!("--advertise-client-urls=http://{clients}"),
            format!("--listen-peer-urls=http://{peers}"),
            format!("--initial-advertise-peer-urls=http://{peers}"),
            format!("--initial-cluster=test=http://{peers}"),
        ],
        folder,
    )?;
    let healthy = wait_for("etcd to be healthy", START, || {
        if process.ended().is_some() {
            return Ok(Err("etcd ended".to_owned()));
        }
        http::get(clients, "/health").map(|_| Ok(()))
    });
    healthy.and_then(|ended| ended).map_err(|error| format!("{error}\n{}", process.tail()))?;
    Ok((process, clients))
}

/// The key that signs the tokens of service accounts; the API server verifies them with the same file.
fn service_account_key(folder: &Path) -> Result<(), String> {
    let key = rcgen::KeyPair::generate().map_err(|error| error.to_string())?;
    write(folder, "sa.key", &key.serialize_pem())?;
    write(folder, "sa.pub", &key.public_key_pem())?;
    Ok(())
}

/// Connections into the cluster, including those to webhooks, use the proxy of the tests, because Services have no
/// routes here.
fn egress_configuration(folder: &Path) -> String {
    format!(
        "apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
  - name: cluster
    connection:
      proxyProtocol: HTTPConnect
      transport: {{uds: {{udsName: '{}'}}}}
",
        folder.join("egress.sock").display()
    )
}

fn api_server_flags(folder: &Path, etcd: SocketAddr, address: SocketAddr) -> Vec<String> {
    let mut flags = [
        "--bind-address=127.0.0.1",
        // An address from a documentation network, because some machines have no default route.
        "--advertise-address=192.0.2.1",
        "--cert-dir=apiserver",
        "--service-account-key-file=sa.pub",
        "--service-account-signing-key-file=sa.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--token-auth-file=tokens.csv",
        "--egress-selector-config-file=egress.yaml",
        "--audit-policy-file=audit.yaml",
        "--audit-log-mode=blocking",
    ]
    .map(str::to_owned)
    .to_vec();
    flags.push(format!("--secure-port={}", address.port()));
    flags.push(format!("--etcd-servers=http://{etcd}"));
    flags.push(format!("--audit-log-path={}", folder.join("audit.log").display()));
    flags
}
