//! Whether the API server grants what live reads need, asked before one needs it: a missing permission would
//! otherwise show only as warnings in place of denials.
//!
//! Each permission is tried by the call itself. The permissions of the watches are not tried: the conditions of the watches
//! report them.

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

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// When a permission is asked for again.
#[derive(Clone, Copy, Debug)]
struct Intervals {
    /// It was never answered. Readiness waits for the first answer.
    unanswered: Duration,
    /// It was refused. A repaired role should soon be seen.
    refused: Duration,
    /// It was granted. Roles change seldom.
    granted: Duration,
}

impl Default for Intervals {
    fn default() -> Self {
        Self { unanswered: Duration::from_secs(1), refused: Duration::from_secs(10), granted: Duration::from_mins(10) }
    }
}

/// Reports of calls that the API server refused. Clones report to the same [`Permissions`], which then ask anew.
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
    /// Nothing can be denied without it. Without another one, warnings only say less.
    pub required: bool,
    kind: Kind,
    how: LiveRead,
    answer: Mutex<Answer>,
}

/// What the API server said of a permission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Answer {
    /// Nothing yet.
    #[default]
    None,
    Granted,
    /// In its words.
    Refused(String),
}

impl Permission {
    fn new(kind: Kind, how: LiveRead) -> Self {
        let name = format!("{}/{}", how.verb(), kind.plural());
        Self { name, required: how == LiveRead::Get, kind, how, answer: Mutex::default() }
    }

    /// All that live reads need beside what the watches need.
    fn all() -> impl Iterator<Item = Self> {
        let each = Kind::ALL.into_iter().flat_map(|kind| kind.row().live.iter().map(move |how| (kind, *how)));
        let watched = |kind: Kind, how| how == LiveRead::List && kind.row().watched != Watch::Never;
        each.filter(move |(kind, how)| !watched(*kind, *how)).map(|(kind, how)| Self::new(kind, how))
    }

    /// Whether the API server grants it, as far as is known.
    ///
    /// # Errors
    /// The refusal, in the API server's words, or that it has not answered yet.
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

    /// Makes the call in a namespace that every cluster has.
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

    async fn ask(&self, client: &Client) {
        let answer = match timeout(PATIENCE, self.try_call(client)).await {
            Ok(Ok(())) => Answer::Granted,
            Ok(Err(error)) => match (error.kind, error.status) {
                (ErrorKind::Forbidden, _) => Answer::Refused(error.message),
                // These come before the permission is looked at.
                (ErrorKind::Unauthorized | ErrorKind::TooManyRequests, _) => return,
                // What the call found does not matter, nor whether it exists.
                (_, Some(400..500)) | (ErrorKind::TooLarge | ErrorKind::Undecodable, _) => Answer::Granted,
                // Not an answer, so nothing new is known.
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

/// The permissions of live reads, kept up to date until this is dropped.
pub struct Permissions {
    each: Arc<[Arc<Permission>]>,
    _asking: JoinSet<()>,
}

impl Permissions {
    /// Begins to ask, and asks anew when a refused call is reported to the connection. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If no client can be made; the API server is not waited for.
    pub fn watch(connection: &Connection) -> Result<Self, ConnectError> {
        Ok(Self::with(connection.live_client()?, connection.refusals(), Intervals::default()))
    }

    fn with(client: Client, refusals: Refusals, intervals: Intervals) -> Self {
        let each: Arc<[Arc<Permission>]> = Permission::all().map(Arc::new).collect();
        let mut asking = JoinSet::new();
        asking.spawn(keep_asking(client, Arc::clone(&each), refusals, intervals));
        Self { each, _asking: asking }
    }

    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = Arc<Permission>> + use<'_> {
        self.each.iter().cloned()
    }
}

/// A permission and when it is asked for.
struct Schedule {
    permission: Arc<Permission>,
    asked_at: Option<Instant>,
    due: Instant,
}

/// Asks for each permission when it is due. A refusal elsewhere makes all due, but none more often than a refused one.
async fn keep_asking(client: Client, each: Arc<[Arc<Permission>]>, Refusals(refusals): Refusals, intervals: Intervals) {
    let schedule = |permission: &Arc<Permission>| Schedule {
        permission: Arc::clone(permission),
        asked_at: None,
        due: Instant::now(),
    };
    let mut schedules: Vec<Schedule> = each.iter().map(schedule).collect();
    loop {
        for Schedule { permission, asked_at, due } in &mut schedules {
            if *due <= Instant::now() {
                permission.ask(&client).await;
                let now = Instant::now();
                *asked_at = Some(now);
                *due = now + permission.interval(intervals);
            }
        }
        let Some(next) = schedules.iter().map(|schedule| schedule.due).min() else { return };
        tokio::select! {
            () = sleep_until(next) => {}
            () = refusals.notified() => {
                for Schedule { asked_at, due, .. } in &mut schedules {
                    *due = asked_at.map_or(*due, |at| (at + intervals.refused).min(*due));
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

    /// How an API server answers calls about Pods; it has nothing else, and answers that.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Pods {
        Refused,
        Granted,
        /// As of an API group that is not served.
        NotServed,
        Down,
        Busy,
    }

    struct Server {
        pods: Mutex<Pods>,
        asked: Mutex<Vec<String>>,
    }

    impl Server {
        fn new(pods: Pods) -> Arc<Self> {
            Arc::new(Self { pods: Mutex::new(pods), asked: Mutex::default() })
        }

        fn client(self: &Arc<Self>) -> Client {
            let server = Arc::clone(self);
            let answer = service_fn(move |request: Request<Body>| {
                server.asked.lock().push(request.uri().to_string());
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

        /// How often Pods were asked for.
        fn asked(&self) -> usize {
            self.asked.lock().iter().filter(|path| path.contains("/pods?")).count()
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
            server.asked.lock().as_slice(),
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

    /// An API server that was never reached grants nothing, as far as is known.
    #[test]
    fn a_permission_that_was_not_answered_is_not_granted() {
        for permission in Permission::all() {
            assert_eq!(permission.granted(), Err("the API server has not answered yet".to_owned()));
        }
    }

    /// The number of calls within a time after the first.
    #[tokio::test(start_paused = true)]
    async fn a_permission_is_asked_for_as_often_as_its_answer_demands() {
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
            assert_eq!(server.asked(), expected);
            assert_eq!(missing(&permissions).is_empty(), matches!(pods, Pods::Granted | Pods::NotServed));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_known_until_it_is_taken_back() {
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
    async fn a_refusal_elsewhere_is_looked_into() {
        let server = Server::new(Pods::Granted);
        let refusals = Refusals::default();
        let permissions = permissions(&server, &refusals);
        sleep(Duration::from_mins(1)).await;
        *server.pods.lock() = Pods::Refused;
        refusals.report();
        sleep(Duration::from_secs(1)).await;
        assert_eq!((missing(&permissions), server.asked()), (vec!["list/pods".to_owned()], 2));
        // Thousands of refused reads are no reason to ask more often.
        for _ in 0..1000 {
            refusals.report();
            sleep(Duration::from_millis(100)).await;
        }
        assert!(server.asked() <= 13, "{}", server.asked());
    }
}
