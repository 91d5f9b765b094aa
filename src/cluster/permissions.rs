//! Whether the API server grants what live reads need, asked before one needs it: a missing permission would
//! otherwise show only as warnings in the place of denials.
//!
//! Each is tried by the call itself. Permissions of the watches are not asked for: their own conditions tell.

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use kube::Client;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Access, ConnectError, Connection, REQUIRED_ACCESS};

/// Between two rounds. Roles change seldom, and the wait for a repaired one should be short.
const BETWEEN: Duration = Duration::from_secs(10);
/// The same while some was never answered.
const UNKNOWN: Duration = Duration::from_secs(1);
/// For one call.
const PATIENCE: Duration = Duration::from_secs(5);

/// One verb on one resource.
#[derive(Debug)]
pub struct Permission {
    /// Such as `get/services`.
    pub name: String,
    /// Nothing can be denied without it; otherwise warnings only say less.
    pub required: bool,
    path: String,
    known: Mutex<Known>,
}

/// What the API server said of a permission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Known {
    /// Nothing yet.
    #[default]
    NotAsked,
    Granted,
    /// In its words.
    Refused(String),
}

impl Permission {
    /// Whether the API server grants it, as far as is known.
    ///
    /// # Errors
    /// The refusal, in the API server's words, or that it was not reached yet.
    pub fn granted(&self) -> Result<(), String> {
        match &*self.known.lock() {
            Known::Granted => Ok(()),
            Known::Refused(refusal) => Err(format!("forbidden: {refusal}")),
            Known::NotAsked => Err("the API server has not answered yet".to_owned()),
        }
    }

    fn is_known(&self) -> bool {
        *self.known.lock() != Known::NotAsked
    }

    async fn ask(&self, client: &Client) {
        let Ok(request) = Request::get(&self.path).body(Vec::new()) else { return };
        let answer = match timeout(PATIENCE, client.request_text(request)).await {
            Ok(Err(kube::Error::Api(status))) if status.is_forbidden() => Known::Refused(status.message.clone()),
            // What the call found does not matter, nor whether it exists.
            Ok(Ok(_) | Err(kube::Error::Api(_))) => Known::Granted,
            // Not an answer, so nothing new is known.
            Ok(Err(_)) | Err(_) => return,
        };
        let mut known = self.known.lock();
        match (&*known, &answer) {
            (Known::NotAsked | Known::Granted, Known::Refused(reason)) => {
                tracing::warn!(permission = self.name, reason, "a permission is missing");
            }
            (Known::Refused(_), Known::Granted) => {
                tracing::info!(permission = self.name, "a permission is granted again");
            }
            _ => {}
        }
        *known = answer;
    }
}

/// The permissions of live reads, kept up to date until this is dropped.
pub struct Permissions {
    each: Arc<[Arc<Permission>]>,
    _asking: JoinSet<()>,
}

impl Permissions {
    /// Begins to ask. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If no client can be made; the API server is not waited for.
    pub fn watch(connection: &Connection) -> Result<Self, ConnectError> {
        Ok(Self::with(connection.live_client()?, BETWEEN))
    }

    fn with(client: Client, between: Duration) -> Self {
        let each: Arc<[Arc<Permission>]> = REQUIRED_ACCESS.iter().filter_map(permission).map(Arc::new).collect();
        let asked = Arc::clone(&each);
        let mut asking = JoinSet::new();
        asking.spawn(async move {
            loop {
                for permission in &*asked {
                    permission.ask(&client).await;
                }
                // Readiness waits for the first answers.
                let all_known = asked.iter().all(|permission| permission.is_known());
                sleep(if all_known { between } else { between.min(UNKNOWN) }).await;
            }
        });
        Self { each, _asking: asking }
    }

    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = Arc<Permission>> + use<'_> {
        self.each.iter().cloned()
    }
}

/// The call of live reads to a resource, made in a namespace that every cluster has; `None` where only watches call.
fn permission(access: &Access) -> Option<Permission> {
    let Access { group, version, resource, .. } = access;
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    let (verb, path) = match access.verbs {
        verbs if verbs.contains(&"get") && *resource == "namespaces" => ("get", format!("{root}/namespaces/default")),
        verbs if verbs.contains(&"get") => ("get", format!("{root}/namespaces/default/{resource}/kubernetes")),
        ["list"] => ("list", format!("{root}/namespaces/default/{resource}?limit=1")),
        _ => return None,
    };
    let name = format!("{verb}/{resource}");
    Some(Permission { name, required: verb == "get", path, known: Mutex::default() })
}

#[cfg(test)]
mod tests {
    use http::Response;
    use kube::client::Body;
    use tower::service_fn;

    use super::*;

    const FORBIDDEN: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods is forbidden","reason":"Forbidden","code":403}"#;
    const ABSENT: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no such","reason":"NotFound","code":404}"#;

    /// An API server that has nothing, and refuses `pods` while `refuses` says so.
    fn client(refuses: Arc<Mutex<bool>>) -> Client {
        let answer = service_fn(move |request: Request<Body>| {
            let refused = *refuses.lock() && request.uri().path().ends_with("/pods");
            let (code, body) = if refused { (403, FORBIDDEN) } else { (404, ABSENT) };
            let answer = Response::builder().status(code).body(Body::from(body.as_bytes().to_vec()));
            async move { Ok::<_, std::convert::Infallible>(answer.unwrap()) }
        });
        Client::new(answer, "default")
    }

    fn missing(permissions: &Permissions) -> Vec<String> {
        permissions.each().filter(|permission| permission.granted().is_err()).map(|it| it.name.clone()).collect()
    }

    #[test]
    fn the_calls_are_those_of_live_reads() {
        let calls: Vec<Permission> = REQUIRED_ACCESS.iter().filter_map(permission).collect();
        let calls: Vec<_> = calls.iter().map(|call| (call.name.as_str(), call.required, call.path.as_str())).collect();
        assert_eq!(
            calls,
            [
                ("get/services", true, "/api/v1/namespaces/default/services/kubernetes"),
                ("get/namespaces", true, "/api/v1/namespaces/default"),
                ("list/pods", false, "/api/v1/namespaces/default/pods?limit=1"),
                ("list/deployments", false, "/apis/apps/v1/namespaces/default/deployments?limit=1"),
                ("list/statefulsets", false, "/apis/apps/v1/namespaces/default/statefulsets?limit=1"),
                ("list/daemonsets", false, "/apis/apps/v1/namespaces/default/daemonsets?limit=1"),
                ("list/replicasets", false, "/apis/apps/v1/namespaces/default/replicasets?limit=1"),
                ("list/canaries", false, "/apis/flagger.app/v1beta1/namespaces/default/canaries?limit=1"),
            ]
        );
    }

    /// An API server that was never reached grants nothing that anybody knows of.
    #[test]
    fn what_was_not_answered_is_not_granted() {
        let unasked = REQUIRED_ACCESS.iter().filter_map(permission);
        for permission in unasked {
            assert_eq!(permission.granted(), Err("the API server has not answered yet".to_owned()));
        }
    }

    #[tokio::test]
    async fn a_refusal_is_known_until_it_is_taken_back() {
        let refuses = Arc::new(Mutex::new(true));
        let permissions = Permissions::with(client(Arc::clone(&refuses)), Duration::from_millis(1));
        for expected in [&["list/pods"][..], &[]] {
            let known = async {
                while missing(&permissions) != expected {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(PATIENCE, known).await.expect("it is known soon");
            *refuses.lock() = false;
        }
    }
}
