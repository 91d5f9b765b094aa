//! Which API server, as whom; and the clients, each for one purpose.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::{Request, Response};
use kube::client::{Body, ClientBuilder, DynBody};
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use tower::BoxError;
use tower::layer::layer_fn;
use tower::util::BoxService;

use super::heartbeat::{Heartbeat, Monitored};
use super::live::LiveClients;
use super::permissions::Refusals;
use super::reply_limit::{BoundedReplies, ReplyLimit};
use super::words::chain;

/// How long a TCP connection and its TLS handshake may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The same for live reads, which have a second or two for everything.
const CONNECT_LIVE: Duration = Duration::from_secs(1);

/// The maximum bytes of one reply to a live read. A page of 500 Pods takes 5 to 10 MB.
const LIVE_REPLY: usize = 16 * 1024 * 1024;
/// The maximum bytes of all replies that one client of live reads receives at the same time.
const LIVE_REPLIES: usize = 64 * 1024 * 1024;

/// What kube builds a client from.
type Stack = BoxService<Request<Body>, Response<Box<DynBody>>, BoxError>;

/// What the command line says about the cluster.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
}

/// Why there is no client. Names the file and the context, and the next step.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be read.
    #[error("cannot read the kubeconfig {file}: {reason}; name another with --kubeconfig or KUBECONFIG")]
    Unreadable {
        /// The file, quoted, or where it was looked for.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no kubeconfig, and this is no Pod.
    #[error(
        "found no cluster: {file} does not exist, and this does not run in a Pod with a service account; \
         name a kubeconfig with --kubeconfig or KUBECONFIG"
    )]
    NoCluster {
        /// The file that was looked for, quoted.
        file: String,
    },
    /// The kubeconfig has no such context.
    #[error("the kubeconfig {file} has no context {context:?}; {}", choose(known))]
    NoContext {
        /// The file, quoted.
        file: String,
        /// The context that was asked for.
        context: String,
        /// The contexts that it has.
        known: Vec<String>,
    },
    /// The kubeconfig does not say which context to use.
    #[error("the kubeconfig {file} has no current context; {}", choose(known))]
    NoCurrentContext {
        /// The file, quoted.
        file: String,
        /// The contexts that it has.
        known: Vec<String>,
    },
    /// What the kubeconfig or the Pod says is of no use.
    #[error("cannot use {origin}: {reason}")]
    Unusable {
        /// Where it comes from.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
}

fn choose(known: &[String]) -> String {
    if known.is_empty() {
        return "it has none: name another kubeconfig with --kubeconfig or KUBECONFIG".to_owned();
    }
    format!("choose one with --context: {}", known.join(", "))
}

/// Which API server, and as whom.
#[derive(Clone, Debug)]
pub struct Connection {
    config: Config,
    origin: String,
    refusals: Refusals,
}

impl Connection {
    /// Finds the cluster: what the options or `KUBECONFIG` name, else the Pod's own, else `~/.kube/config`.
    ///
    /// # Errors
    /// See [`ConnectError`]. Nothing is sent to the API server yet.
    pub async fn open(options: &ClientOptions) -> Result<Self, ConnectError> {
        let named = options.kubeconfig.is_some()
            || options.context.is_some()
            || std::env::var_os("KUBECONFIG").is_some_and(|paths| !paths.is_empty());
        let in_pod = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
        if in_pod && !named {
            let origin = "the Pod's service account".to_owned();
            return match Config::incluster() {
                Ok(config) => Ok(Self { config, origin, refusals: Refusals::default() }),
                Err(error) => Err(ConnectError::Unusable { origin, reason: chain(&error) }),
            };
        }
        Self::from_kubeconfig(options, named).await
    }

    async fn from_kubeconfig(options: &ClientOptions, named: bool) -> Result<Self, ConnectError> {
        let file = options.kubeconfig.as_deref().map_or_else(default_file, quoted);
        let read = options.kubeconfig.as_ref().map_or_else(Kubeconfig::read, Kubeconfig::read_from);
        let kubeconfig = read.map_err(|error| match error {
            KubeconfigError::ReadConfig(cause, _) if !named && cause.kind() == std::io::ErrorKind::NotFound => {
                ConnectError::NoCluster { file: file.clone() }
            }
            KubeconfigError::ReadConfig(cause, path) => {
                ConnectError::Unreadable { file: quoted(&path), reason: cause.to_string() }
            }
            error => ConnectError::Unreadable { file: file.clone(), reason: chain(&error) },
        })?;
        let known: Vec<String> = kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
        let Some(context) = options.context.clone().or_else(|| kubeconfig.current_context.clone()) else {
            return Err(ConnectError::NoCurrentContext { file, known });
        };
        if !known.contains(&context) {
            return Err(ConnectError::NoContext { file, context, known });
        }
        let origin = format!("context {context:?} of the kubeconfig {file}");
        let options = KubeConfigOptions { context: Some(context), ..KubeConfigOptions::default() };
        match Config::from_custom_kubeconfig(kubeconfig, &options).await {
            Ok(config) => Ok(Self { config, origin, refusals: Refusals::default() }),
            Err(error) => Err(ConnectError::Unusable { origin, reason: chain(&error) }),
        }
    }

    /// Uses a configuration made elsewhere.
    pub fn from_config(config: Config) -> Self {
        Self { config, origin: "the given configuration".to_owned(), refusals: Refusals::default() }
    }

    /// Where refused calls are reported, so that the permissions are asked for anew.
    pub fn refusals(&self) -> Refusals {
        self.refusals.clone()
    }

    /// The API server's URL, without a name and password that may stand in it.
    pub fn server(&self) -> String {
        let url = &self.config.cluster_url;
        match url.authority().map(http::uri::Authority::as_str).and_then(|authority| authority.rsplit_once('@')) {
            Some((credentials, _)) => url.to_string().replacen(&format!("{credentials}@"), "", 1),
            None => url.to_string(),
        }
    }

    /// The namespace that the context names, else `default`.
    pub fn namespace(&self) -> &str {
        &self.config.default_namespace
    }

    /// A client for one-off calls: kube's automatic retries, no deadline.
    ///
    /// # Errors
    /// [`ConnectError::Unusable`], as when a certificate or an authentication plugin does not work.
    pub fn client(&self) -> Result<Client, ConnectError> {
        Ok(self.builder(CONNECT, true)?.build())
    }

    /// The clients of live reads, each with its own connections and bounded replies. They do not retry: a retry would
    /// outlive every deadline.
    pub(super) fn live_clients(&self) -> Result<LiveClients, ConnectError> {
        Ok(LiveClients { proofs: self.live_client()?, explanations: self.live_client()? })
    }

    /// A client for a few short calls.
    pub(super) fn live_client(&self) -> Result<Client, ConnectError> {
        let limit = ReplyLimit::new(LIVE_REPLY, LIVE_REPLIES);
        let bound = layer_fn(|service| BoundedReplies::new(service, limit.clone()));
        Ok(self.builder(CONNECT_LIVE, false)?.with_layer(&bound).build())
    }

    /// A client for one watch, monitored by `heartbeat`: no retries, because the watch has its own.
    pub(super) fn watch_client(&self, heartbeat: &Heartbeat) -> Result<Client, ConnectError> {
        let monitor = layer_fn(|service| Monitored::new(service, heartbeat.clone()));
        Ok(self.builder(CONNECT, false)?.with_layer(&monitor).build())
    }

    fn builder(&self, connect: Duration, retry: bool) -> Result<ClientBuilder<Stack>, ConnectError> {
        let mut config = self.config.clone();
        config.connect_timeout = Some(connect);
        config.default_retry = retry;
        ClientBuilder::try_from(config)
            .map_err(|error| ConnectError::Unusable { origin: self.origin.clone(), reason: chain(&error) })
    }
}

fn quoted(path: impl AsRef<Path>) -> String {
    format!("\"{}\"", path.as_ref().display())
}

/// Where kubectl looks when nothing is said.
fn default_file() -> String {
    match std::env::var("KUBECONFIG") {
        Ok(paths) if !paths.is_empty() => format!("{paths:?}"),
        _ => std::env::home_dir().map_or_else(|| "~/.kube/config".to_owned(), |home| quoted(home.join(".kube/config"))),
    }
}
