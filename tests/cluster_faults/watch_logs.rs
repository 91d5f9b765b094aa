//! The log of a failing watch: the failure once, with the address of the API server, and the recovery.

use std::sync::Arc;
use std::time::Duration;

use backstop::cluster::{Bounds, Cluster, Connection, NoObserver};
use backstop::engine::kinds::Kind;

use crate::fake::{FORBIDDEN, Fake, Verb};
use crate::log_lines::LogLines;
use crate::until;

/// The number of lines that contain `text`.
fn count(lines: &LogLines, text: &str) -> usize {
    lines.text().lines().filter(|line| line.contains(text)).count()
}

const BOUNDS: Bounds = Bounds { watch: 1, max_age: Duration::from_secs(10), pause: Duration::from_millis(10) };

#[tokio::test]
async fn a_lasting_failure_and_its_recovery_are_logged_once() {
    let lines = LogLines::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_target(false).with_writer(lines.writer()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // While there is only one subscriber, the thread that logs an event first decides whether anybody wants the event. It
    // may be the thread of another test.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let fake = Fake::start().await;
    fake.always(Verb::List, "services", FORBIDDEN);
    let cluster = Cluster::start(&fake.connection, BOUNDS, Arc::new(NoObserver)).unwrap();
    until("some attempts", || fake.count(Verb::List, "services") > 5).await;
    assert_eq!(count(&lines, "WARN the watch failed; trying again kind=services error=\"services is forbidden"), 1);
    fake.always(Verb::List, "services", None);
    until("the log of the recovery", || count(&lines, "INFO the watch works again kind=services") == 1).await;
    assert!(cluster.synced(Kind::Service));
    fake.always(Verb::List, "services", FORBIDDEN);
    fake.always(Verb::Watch, "services", FORBIDDEN);
    until("the log of the next failure", || count(&lines, "WARN the watch failed; trying again kind=services") == 2)
        .await;
}

#[tokio::test]
async fn the_address_of_an_unreachable_api_server_is_reported() {
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let connection = Connection::from_config(kube::Config::new(format!("http://{unused}").parse().unwrap()));
    let cluster = Cluster::start(&connection, BOUNDS, Arc::new(NoObserver)).unwrap();
    let condition = || cluster.condition(Kind::Service).unwrap_err();
    until("the refusal", || condition().contains("refused")).await;
    assert!(condition().starts_with(&format!("waiting for the first list: http://{unused}/: ")), "{}", condition());
}
