//! The configuration file of a running server: mistakes are reported, and the last valid configuration stays in use.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backstop::tls::authority::{Authority, DAY};
use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::support::{Client, eventually};

const PATIENCE: Duration = Duration::from_secs(20);

/// The real program, which serves a snapshot without the Services of reviews.
struct Serving {
    child: Child,
    folder: TempDir,
    log: Arc<Mutex<Vec<Value>>>,
    admission: SocketAddr,
    admin: SocketAddr,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    async fn start(configuration: &str, more: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        // Without any Service, the Services of the cluster would be unknown.
        let cluster = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n\
                       apiVersion: v1\nkind: Service\nmetadata: {name: other, namespace: shop}\n";
        fs::write(file("cluster.yaml"), cluster).unwrap();
        fs::write(file("backstop.yaml"), configuration).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_backstop"))
            .args(["serve", "--self-signed", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--log-format=json"])
            .args(["--snapshot", &file("cluster.yaml"), "--config", &file("backstop.yaml")])
            .args(["--ca-out", &file("ca.crt")])
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (stderr, lines) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                lines.lock().unwrap().push(line);
            }
        });
        let serving = || log.lock().unwrap().iter().find(|line| line["message"] == "serving").cloned();
        assert!(eventually(PATIENCE, async || serving().is_some()).await, "{:?}", log.lock().unwrap());
        let line = serving().unwrap();
        let address = |field: &str| line[field].as_str().unwrap().parse().unwrap();
        Self { admission: address("admission"), admin: address("admin"), child, folder, log }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("backstop.yaml")
    }

    /// Replaces the file atomically, as the kubelet replaces a mounted ConfigMap.
    fn write(&self, text: &str) {
        let new = self.folder.path().join("new.yaml");
        fs::write(&new, text).unwrap();
        fs::rename(&new, self.file()).unwrap();
    }

    /// The answer to a new Ingress with a Service that does not exist.
    async fn verdict(&self) -> String {
        let authority = fs::read(self.folder.path().join("ca.crt")).unwrap();
        let client = Client::new(self.admission, &authority, &["http/1.1"]);
        let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "u-1", "resource": {"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"},
            "namespace": "shop", "name": "web", "operation": "CREATE", "dryRun": false, "userInfo": {"username": "jane"},
            "object": {"metadata": {"name": "web", "namespace": "shop"},
                       "spec": {"defaultBackend": {"service": {"name": "nobody", "port": {"number": 80}}}}}}});
        let request = http::Request::post("/validate").header("host", "localhost");
        let request = request.header("content-type", "application/json").body(Full::from(review.to_string())).unwrap();
        let answer = client.http1().await.send(request).await.unwrap();
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        answer["response"]["auditAnnotations"]["verdict"].as_str().unwrap_or("pass").to_owned()
    }

    async fn get(&self, path: &str) -> String {
        let io = TokioIo::new(TcpStream::connect(self.admin).await.unwrap());
        let (mut sender, connection) = handshake(io).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::get(path).header("host", "localhost").body(Full::<bytes::Bytes>::default());
        let answer = sender.send_request(request.unwrap()).await.unwrap();
        let text = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
        String::from_utf8(text.to_vec()).unwrap()
    }

    /// Whether the metric `name` has this value.
    async fn counts(&self, name: &str, value: u32) -> bool {
        let line = format!("{name} {value}");
        self.get("/metrics").await.lines().any(|found| found == line)
    }

    async fn reloads(&self, result: &str, count: u32) {
        let name = format!("backstop_config_reloads_total{{result=\"{result}\"}}");
        let counted = eventually(PATIENCE, async || self.counts(&name, count).await).await;
        assert!(counted, "{name} is not {count}: {:?}", self.log.lock().unwrap());
    }

    /// The errors in the log.
    fn errors(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        let text =
            |line: &Value| [&line["mistake"], &line["message"]].map(|it| it.as_str().unwrap_or_default().to_owned());
        log.iter().filter(|line| line["level"] == "ERROR").map(|line| text(line).join(" ")).collect()
    }
}

fn configuration(mode: &str) -> String {
    format!("apiVersion: backstop.dev/v1\nkind: Configuration\nmode: {mode}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_valid_configuration_stays_in_use() {
    let server = Serving::start(&configuration("warn"), &[]).await;
    assert_eq!(server.verdict().await, "warn");
    server.reloads("ok", 0).await;
    server.reloads("failed", 0).await;
    let metrics = server.get("/metrics").await;
    assert!(metrics.contains("backstop_index_objects{kind=\"namespaces\"} 1.0\n"), "{metrics}");

    server.write(&(configuration("enfroce") + "moed: audit\n"));
    server.reloads("failed", 1).await;
    assert_eq!(server.verdict().await, "warn");
    let readyz = server.get("/readyz?verbose").await;
    let condition = "[+]configuration not ok, but not required: keeping the one in use: ";
    assert!(readyz.contains(condition) && readyz.contains("backstop.yaml:3:7: "), "{readyz}");
    let errors = server.errors();
    for (place, near) in [("backstop.yaml:3:7: ", "enforce"), ("backstop.yaml:4:1: ", "mode")] {
        let near = format!("(did you mean \"{near}\"?)");
        assert!(errors.iter().any(|error| error.contains(place) && error.contains(&near)), "{place}{near}: {errors:?}");
    }

    server.write(&configuration("enforce"));
    server.reloads("ok", 1).await;
    assert_eq!(server.verdict().await, "deny");
    assert_eq!(
        server.get("/readyz?verbose").await,
        "[+]certificate ok\n[+]certificate/files ok\n[+]certificate/clients ok\n[+]configuration ok\n[+]shutdown ok\n\
         readyz check passed\n"
    );

    fs::remove_file(server.file()).unwrap();
    server.reloads("failed", 2).await;
    assert_eq!(server.verdict().await, "deny");
    assert!(server.errors().last().unwrap().contains("there is no such file"), "{:?}", server.errors());

    server.write(&configuration("audit"));
    server.reloads("ok", 2).await;
    assert_eq!(server.verdict().await, "audit");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_overrides_the_file() {
    let server = Serving::start(&configuration("audit"), &["--mode=warn"]).await;
    assert_eq!(server.verdict().await, "warn");
    server.write(&configuration("enforce"));
    server.reloads("ok", 1).await;
    assert_eq!(server.verdict().await, "warn");
}

/// If the CA bundle is wrong, the API server aborts the handshake and reports nothing to users.
#[tokio::test(flavor = "multi_thread")]
async fn rejected_handshakes_are_logged_counted_and_shown() {
    let server = Serving::start(&configuration("warn"), &[]).await;
    let failed = "backstop_tls_handshakes_failed_total";
    for reason in ["refused_by_client", "timeout", "other"] {
        assert!(server.get("/metrics").await.contains(&format!("{failed}{{reason=\"{reason}\"}} 0")), "{reason}");
    }
    let other = Authority::generate(Timestamp::now(), DAY).unwrap();
    let stranger = Client::new(server.admission, other.certificate().as_bytes(), &["http/1.1"]);
    for _ in 0..3 {
        assert!(stranger.tls().await.is_err());
    }
    let three = format!("{failed}{{reason=\"refused_by_client\"}} 3");
    assert!(eventually(PATIENCE, async || server.get("/metrics").await.contains(&three)).await);
    let readyz = server.get("/readyz?verbose").await;
    assert!(
        readyz.contains("[+]certificate/clients not ok, but not required: the API server or another client "),
        "{readyz}"
    );
    assert!(readyz.ends_with("readyz check passed\n"), "{readyz}");
    let log = server.log.lock().unwrap();
    let warned: Vec<_> = log.iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!(warned.len(), 1, "once a minute: {warned:?}");
    assert!(warned[0]["message"].as_str().unwrap().contains("caBundle"), "{warned:?}");
}
