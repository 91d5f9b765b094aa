//! Checks in advance whether the API server grants the permissions of live reads. Otherwise the only sign of a missing
//! permission would be warnings in place of denials.
//!
//! Each permission is tested with the call itself. The permissions of the watches are not tested, because the
//! conditions of the watches report them.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::api::{self, Pages, Selection};
use super::error::{ApiError, ErrorKind};
use super::{ConnectError, Connection};
use crate::engine::kinds::{Kind, LiveRead, Watch};

/// The time limit of one call.
const PATIENCE: Duration = Duration::from_secs(5);

/// The times between two tests of a permission.
#[derive(Clone, Copy, Debug)]
struct Intervals {
    /// After a call without an answer, because readiness waits for the first answer.
    unanswered: Duration,
    /// After a refusal, so that a corrected role is noticed soon.
    refused: Duration,
    /// After a success, because roles rarely change.
    granted: Duration,
}

impl Default for Intervals {
    fn default() -> Self {
        Self { unanswered: Duration::from_secs(1), refused: Duration::from_secs(10), granted: Duration::from_mins(10) }
    }
}

/// Reports of calls that the API server refused. Clones report to the same [`Permissions`], which then test all
/// permissions again.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Notify>);

impl Refusals {
    /// Reports that a call was refused.
    pub fn report(&self) {
        self.0.notify_one();
    }
}

/// One verb on one resource.
#[derive(Debug)]
pub struct Permission {
    /// Such as `get/services`.
    pub name: String,
    /// Nothing can be denied without the permission. Without the other permissions, warnings have less detail.
    pub required: bool,
    kind: Kind,
    how: LiveRead,
    answer: Mutex<Answer>,
}

/// The answer of the API server about a permission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Answer {
    /// There is no answer yet.
    #[default]
    None,
    Granted,
    /// The message of the API server.
    Refused(String),
}

impl Permission {
    fn new(kind: Kind, how: LiveRead) -> Self {
        let name = format!("{}/{}", how.verb(), kind.plural());
        Self { name, required: how == LiveRead::Get, kind, how, answer: Mutex::default() }
    }

    /// The permissions that live reads need in addition to the permissions of the watches.
    fn all() -> impl Iterator<Item = Self> {
        let each = Kind::ALL.into_iter().flat_map(|kind| kind.row().live.iter().map(move |how| (kind, *how)));
        let watched = |kind: Kind, how| how == LiveRead::List && kind.row().watched != Watch::Never;
        each.filter(move |(kind, how)| !watched(*kind, *how)).map(|(kind, how)| Self::new(kind, how))
    }

    /// Whether the API server grants the permission, as far as is known.
    ///
    /// # Errors The refusal of the API server, or a text that it has not answered yet.
    pub fn granted(&self) -> Result<(), String> {
        match &*self.answer.lock() {
            Answer::Granted => Ok(()),
            Answer::Refused(refusal) => Err(format!("forbidden: {refusal}")),
            Answer::None => Err("the API server has not answered yet".to_owned()),
        }
    }

    fn interval(&self, intervals: Intervals) -> Duration {
        match *self.answer.lock() {
            Answer::None => intervals.unanswered,
            Answer::Granted => intervals.granted,
            Answer::Refused(_) => intervals.refused,
        }
    }

    /// Makes the call in a namespace that exists in every cluster.
    async fn try_call(&self, client: &Client) -> Result<(), ApiError> {
        let namespace = self.kind.is_namespaced().then_some("default");
        match self.how {
            LiveRead::Get => {
                let name = if namespace.is_some() { "kubernetes" } else { "default" };
                api::get(client, self.kind, namespace, name).await.map(drop)
            }
            LiveRead::List => {
                let selection = Selection { page: 1, ..Selection::all(self.kind, namespace) };
                Pages::new(client, selection).next().await.map_or(Ok(()), |page| page.map(drop))
            }
        }
    }

    async fn test(&self, client: &Client) {
        let answer = match timeout(PATIENCE, self.try_call(client)).await {
            Ok(Ok(())) => Answer::Granted,
            Ok(Err(error)) => match (error.kind, error.status) {
                (ErrorKind::Forbidden, _) => Answer::Refused(error.message),
                // These come before the permission is looked at.
                (ErrorKind::Unauthorized | ErrorKind::TooManyRequests, _) => return,
                // The result does not matter, and the object does not have to exist.
                (_, Some(400..500)) | (ErrorKind::TooLarge | ErrorKind::Undecodable, _) => Answer::Granted,
                // This is not an answer, so the last answer stays valid.
                _ => return,
            },
            Err(_) => return,
        };
        let mut known = self.answer.lock();
        match (&*known, &answer) {
            (Answer::None | Answer::Granted, Answer::Refused(reason)) => {
                tracing::warn!(permission = self.name, reason, "a permission is missing");
            }
            (Answer::Refused(_), Answer::Granted) => {
                tracing::info!(permission = self.name, "a permission is granted again");
            }
            _ => {}
        }
        *known = answer;
    }
}

/// The permissions of live reads. The answers are kept up to date until this value is dropped.
pub struct Permissions {
    each: Arc<[Arc<Permission>]>,
    _asking: JoinSet<()>,
}

impl Permissions {
    /// Starts to test the permissions, and tests them again when a refused call is reported to the connection. Must be
    /// called within a tokio runtime.
    ///
    /// # Errors If no client can be created. The function does not wait for the API server.
    pub fn watch(connection: &Connection) -> Result<Self, ConnectError> {
        Ok(Self::with(connection.live_client()?, connection.refusals(), Intervals::default()))
    }

    fn with(client: Client, refusals: Refusals, intervals: Intervals) -> Self {
        let each: Arc<[Arc<Permission>]> = Permission::all().map(Arc::new).collect();
        let mut asking = JoinSet::new();
        asking.spawn(keep_testing(client, Arc::clone(&each), refusals, intervals));
        Self { each, _asking: asking }
    }

    /// The permissions.
    pub fn each(&self) -> impl Iterator<Item = Arc<Permission>> + use<'_> {
        self.each.iter().cloned()
    }
}

/// A permission, and the time of its next test.
struct Schedule {
    permission: Arc<Permission>,
    tested_at: Option<Instant>,
    due: Instant,
}

/// Tests each permission when it is due. A refused call elsewhere makes all permissions due, but not more often than
/// after a refusal.
async fn keep_testing(
    client: Client,
    each: Arc<[Arc<Permission>]>,
    Refusals(refusals): Refusals,
    intervals: Intervals,
) {
    let schedule = |permission: &Arc<Permission>| Schedule {
        permission: Arc::clone(permission),
        tested_at: None,
        due: Instant::now(),
    };
    let mut schedules: Vec<Schedule> = each.iter().map(schedule).collect();
    loop {
        for Schedule { permission, tested_at, due } in &mut schedules {
            if *due <= Instant::now() {
                permission.test(&client).await;
                let now = Instant::now();
                *tested_at = Some(now);
                *due = now + permission.interval(intervals);
            }
        }
        let Some(next) = schedules.iter().map(|schedule| schedule.due).min() else { return };
        tokio::select! {
            () = sleep_until(next) => {}
            () = refusals.notified() => {
                for Schedule { tested_at, due, .. } in &mut schedules {
                    *due = tested_at.map_or(*due, |at| (at + intervals.refused).min(*due));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use http_body_util::Full;
    use kube::client::Body;
    use tokio::time::sleep;
    use tower::service_fn;

    use super::*;

    /// The answer of an API server to calls about Pods. To all other calls it answers that the object does not exist.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Pods {
        Refused,
        Granted,
        /// The answer for an API group that is not served.
        NotServed,
        Down,
        Busy,
    }

    struct Server {
        pods: Mutex<Pods>,
        requests: Mutex<Vec<String>>,
    }

    impl Server {
        fn new(pods: Pods) -> Arc<Self> {
            Arc::new(Self { pods: Mutex::new(pods), requests: Mutex::default() })
        }

        fn client(self: &Arc<Self>) -> Client {
            let server = Arc::clone(self);
            let answer = service_fn(move |request: Request<Body>| {
                server.requests.lock().push(request.uri().to_string());
                let pods = Some(*server.pods.lock()).filter(|_| request.uri().path().ends_with("/pods"));
                let status = |code: u16, reason: &str| {
                    (code, format!(r#"{{"kind":"Status","message":"no","reason":"{reason}","code":{code}}}"#))
                };
                let (code, body) = match pods {
                    Some(Pods::Refused) => status(403, "Forbidden"),
                    Some(Pods::NotServed) => (404, "404 page not found".to_owned()),
                    Some(Pods::Down) => (503, "down".to_owned()),
                    Some(Pods::Busy) => status(429, "TooManyRequests"),
                    Some(Pods::Granted) | None => status(404, "NotFound"),
                };
                let answer = Response::builder().status(code).body(Full::from(body));
                async move { answer }
            });
            Client::new(answer, "default")
        }

        /// The number of calls about Pods.
        fn pod_calls(&self) -> usize {
            self.requests.lock().iter().filter(|path| path.contains("/pods?")).count()
        }
    }

    fn permissions(server: &Arc<Server>, refusals: &Refusals) -> Permissions {
        Permissions::with(server.client(), refusals.clone(), Intervals::default())
    }

    fn missing(permissions: &Permissions) -> Vec<String> {
        permissions.each().filter(|permission| permission.granted().is_err()).map(|it| it.name.clone()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_calls_are_those_of_live_reads() {
        let server = Server::new(Pods::Granted);
        let permissions = permissions(&server, &Refusals::default());
        sleep(Duration::from_millis(100)).await;
        assert_eq!(
            server.requests.lock().as_slice(),
            [
                "/api/v1/namespaces/default/services/kubernetes",
                "/api/v1/namespaces/default",
                "/api/v1/namespaces/default/pods?&limit=1",
                "/apis/apps/v1/namespaces/default/deployments?&limit=1",
                "/apis/apps/v1/namespaces/default/statefulsets?&limit=1",
                "/apis/apps/v1/namespaces/default/daemonsets?&limit=1",
                "/apis/apps/v1/namespaces/default/replicasets?&limit=1",
                "/apis/flagger.app/v1beta1/namespaces/default/canaries?&limit=1",
            ]
        );
        let named: Vec<_> =
            permissions.each().map(|permission| (permission.name.clone(), permission.required)).collect();
        let required = named.iter().filter(|(_, required)| *required).map(|(name, _)| name.as_str());
        assert_eq!(required.collect::<Vec<_>>(), ["get/services", "get/namespaces"]);
        assert_eq!(named.len(), 8);
        assert_eq!(missing(&permissions), [""; 0]);
    }

    /// Without an answer of the API server, a permission counts as not granted.
    #[test]
    fn a_permission_without_an_answer_is_not_granted() {
        for permission in Permission::all() {
            assert_eq!(permission.granted(), Err("the API server has not answered yet".to_owned()));
        }
    }

    /// The number of calls within a period after the first one.
    #[tokio::test(start_paused = true)]
    async fn the_answer_determines_when_a_permission_is_tested_again() {
        for (pods, within, expected) in [
            (Pods::Granted, Duration::from_secs(599), 1),
            (Pods::Granted, Duration::from_secs(1201), 3),
            (Pods::NotServed, Duration::from_secs(599), 1),
            (Pods::Refused, Duration::from_secs(101), 11),
            (Pods::Down, Duration::from_secs(10), 10),
            (Pods::Busy, Duration::from_secs(10), 10),
        ] {
            let server = Server::new(pods);
            let permissions = permissions(&server, &Refusals::default());
            sleep(within).await;
            assert_eq!(server.pod_calls(), expected);
            assert_eq!(missing(&permissions).is_empty(), matches!(pods, Pods::Granted | Pods::NotServed));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_reported_until_the_permission_is_granted() {
        let server = Server::new(Pods::Refused);
        let permissions = permissions(&server, &Refusals::default());
        sleep(Duration::from_secs(5)).await;
        assert_eq!(missing(&permissions), ["list/pods"]);
        *server.pods.lock() = Pods::Down;
        sleep(Duration::from_secs(10)).await;
        assert_eq!(missing(&permissions), ["list/pods"], "no answer says nothing");
        *server.pods.lock() = Pods::Granted;
        sleep(Duration::from_secs(10)).await;
        assert_eq!(missing(&permissions), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_call_elsewhere_causes_a_new_test() {
        let server = Server::new(Pods::Granted);
        let refusals = Refusals::default();
        let permissions = permissions(&server, &refusals);
        sleep(Duration::from_mins(1)).await;
        *server.pods.lock() = Pods::Refused;
        refusals.report();
        sleep(Duration::from_secs(1)).await;
        assert_eq!((missing(&permissions), server.pod_calls()), (vec!["list/pods".to_owned()], 2));
        // Thousands of refused reads do not make the tests more frequent.
        for _ in 0..1000 {
            refusals.report();
            sleep(Duration::from_millis(100)).await;
        }
        assert!(server.pod_calls() <= 13, "{}", server.pod_calls());
    }
}
