//! What the log says of a watch that fails: once, where it leads, and when it is over.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backstop::cluster::{Bounds, Cluster, Connection, NoObserver};
use backstop::engine::kinds::Kind;

use crate::fake::{FORBIDDEN, Fake, Verb};
use crate::until;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::Error::other("a test panicked"))?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// The lines that hold `text`.
    fn with(&self, text: &str) -> usize {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().filter(|line| line.contains(text)).count()
    }
}

const BOUNDS: Bounds = Bounds { watch: 1, max_age: Duration::from_secs(10), pause: Duration::from_millis(10) };

#[tokio::test]
async fn a_failure_that_lasts_is_told_once_and_so_is_its_end() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_target(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let fake = Fake::start().await;
    fake.always(Verb::List, "services", FORBIDDEN);
    let cluster = Cluster::start(&fake.connection, BOUNDS, Arc::new(NoObserver)).unwrap();
    until("some attempts", || fake.count(Verb::List, "services") > 5).await;
    assert_eq!(lines.with("WARN the watch failed; trying again kind=services error=\"services is forbidden"), 1);
    fake.always(Verb::List, "services", None);
    until("it is told", || lines.with("INFO the watch works again kind=services") == 1).await;
    assert!(cluster.synced(Kind::Service));
    fake.always(Verb::List, "services", FORBIDDEN);
    fake.always(Verb::Watch, "services", FORBIDDEN);
    until("it is told anew", || lines.with("WARN the watch failed; trying again kind=services") == 2).await;
}

#[tokio::test]
async fn an_api_server_that_is_not_reached_is_named() {
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let connection = Connection::from_config(kube::Config::new(format!("http://{unused}").parse().unwrap()));
    let cluster = Cluster::start(&connection, BOUNDS, Arc::new(NoObserver)).unwrap();
    let told = || cluster.condition(Kind::Service).unwrap_err();
    until("the refusal", || told().contains("refused")).await;
    assert!(told().starts_with(&format!("waiting for the first list: http://{unused}/: ")), "{}", told());
}
