//! The API server, the credentials, and the clients for each purpose.

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
use super::list_turns::{BoundedLists, ListTurns};
use super::live::LiveClients;
use super::permissions::Refusals;
use super::reply_limit::{BoundedReplies, ReplyLimit};
use super::words::chain;

/// The time limit for a TCP connection and its TLS handshake.
const CONNECT: Duration = Duration::from_secs(5);
/// The same limit for live reads, which have only one or two seconds in total.
const CONNECT_LIVE: Duration = Duration::from_secs(1);

/// The maximum bytes of one reply to a live read. A page of 500 Pods takes 5 to 10 MB.
const LIVE_REPLY: usize = 16 * 1024 * 1024;
/// The maximum bytes of all replies that one client of live reads receives at the same time.
const LIVE_REPLIES: usize = 64 * 1024 * 1024;

/// The service that kube uses for a client.
type Stack = BoxService<Request<Body>, Response<Box<DynBody>>, BoxError>;

/// The command-line flags for the cluster.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
}

/// Why there is no client. The messages name the file, the context and the next step.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be read.
    #[error("cannot read the kubeconfig {file}: {reason}; name another with --kubeconfig or KUBECONFIG")]
    Unreadable {
        /// The file, in quotes, or the place where it was searched.
        file: String,
        /// The reason.
        reason: String,
    },
    /// There is no kubeconfig, and the process does not run in a Pod.
    #[error(
        "found no cluster: {file} does not exist, and this does not run in a Pod with a service account; \
         name a kubeconfig with --kubeconfig or KUBECONFIG"
    )]
    NoCluster {
        /// The file that was searched, in quotes.
        file: String,
    },
    /// The kubeconfig does not have the context.
    #[error("the kubeconfig {file} has no context {context:?}; {}", choose(known))]
    NoContext {
        /// The file, quoted.
        file: String,
        /// The name of the context.
        context: String,
        /// The contexts that it has.
        known: Vec<String>,
    },
    /// The kubeconfig has no current context.
    #[error("the kubeconfig {file} has no current context; {}", choose(known))]
    NoCurrentContext {
        /// The file, quoted.
        file: String,
        /// The contexts that it has.
        known: Vec<String>,
    },
    /// No thread can be started.
    #[error("cannot start the thread of the watches: {0}")]
    Thread(String),
    /// The settings of the kubeconfig or of the Pod cannot be used.
    #[error("cannot use {origin}: {reason}")]
    Unusable {
        /// The source of the settings.
        origin: String,
        /// The reason.
        reason: String,
    },
}

fn choose(known: &[String]) -> String {
    if known.is_empty() {
        return "it has none: name another kubeconfig with --kubeconfig or KUBECONFIG".to_owned();
    }
    format!("choose one with --context: {}", known.join(", "))
}

/// The API server and the credentials.
#[derive(Clone, Debug)]
pub struct Connection {
    config: Config,
    origin: String,
    refusals: Refusals,
}

impl Connection {
    /// Finds the cluster: the one that the options or `KUBECONFIG` name, otherwise the cluster of the Pod, otherwise
    /// the one in `~/.kube/config`.
    ///
    /// # Errors See [`ConnectError`]. The function sends nothing to the API server.
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

    /// Uses an existing configuration.
    pub fn from_config(config: Config) -> Self {
        Self { config, origin: "the given configuration".to_owned(), refusals: Refusals::default() }
    }

    /// The handle to report refused calls, so that the permissions are tested again.
    pub fn refusals(&self) -> Refusals {
        self.refusals.clone()
    }

    /// The URL of the API server, without a user name and password.
    pub fn server(&self) -> String {
        let url = &self.config.cluster_url;
        match url.authority().map(http::uri::Authority::as_str).and_then(|authority| authority.rsplit_once('@')) {
            Some((credentials, _)) => url.to_string().replacen(&format!("{credentials}@"), "", 1),
            None => url.to_string(),
        }
    }

    /// The namespace of the context, or `default`.
    pub fn namespace(&self) -> &str {
        &self.config.default_namespace
    }

    /// A client for single calls, with the automatic retries of kube and without a deadline.
    ///
    /// # Errors [`ConnectError::Unusable`], for example if a certificate or an authentication plugin does not work.
    pub fn client(&self) -> Result<Client, ConnectError> {
        Ok(self.builder(CONNECT, true)?.build())
    }

    /// The clients of live reads, each with its own connections and limited replies. They do not retry, because a retry
    /// would exceed the deadline.
    pub(super) fn live_clients(&self) -> Result<LiveClients, ConnectError> {
        Ok(LiveClients { proofs: self.live_client()?, explanations: self.live_client()? })
    }

    /// A client for a few short calls.
    pub(super) fn live_client(&self) -> Result<Client, ConnectError> {
        let limit = ReplyLimit::new(LIVE_REPLY, LIVE_REPLIES);
        let bound = layer_fn(|service| BoundedReplies::new(service, limit.clone()));
        Ok(self.builder(CONNECT_LIVE, false)?.with_layer(&bound).build())
    }

    /// A client for one watch, monitored by `heartbeat`. Its lists are bounded together with those of the other clients
    /// with the same `turns`. It does not retry, because the watch does.
    pub(super) fn watch_client(&self, heartbeat: &Heartbeat, turns: &ListTurns) -> Result<Client, ConnectError> {
        let monitor = layer_fn(|service| Monitored::new(service, heartbeat.clone()));
        let bound = layer_fn(|service| BoundedLists::new(service, turns.clone()));
        Ok(self.builder(CONNECT, false)?.with_layer(&monitor).with_layer(&bound).build())
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

/// The default kubeconfig file of kubectl.
fn default_file() -> String {
    match std::env::var("KUBECONFIG") {
        Ok(paths) if !paths.is_empty() => format!("{paths:?}"),
        _ => std::env::home_dir().map_or_else(|| "~/.kube/config".to_owned(), |home| quoted(home.join(".kube/config"))),
    }
}
