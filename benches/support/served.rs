//! The real program, `backstop serve`, with a fake API server.

// Each user of this module uses a part of it.
#![allow(dead_code, reason = "benchmarks and tests each use a part of it")]

use std::fs;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api_server::ApiServer;

/// The time limit for the first lists.
const START: Duration = Duration::from_mins(1);

/// A running server. It is killed when dropped.
pub(crate) struct Served {
    process: Child,
    /// The address of the webhook.
    pub(crate) admission: SocketAddr,
    /// The address of `/livez`.
    pub(crate) admin: SocketAddr,
    /// The certificate of its CA, in PEM format.
    pub(crate) ca: Vec<u8>,
}

impl Served {
    /// Starts `program`, which runs `backstop`, with the API server `cluster`. Returns when the server is ready. Its
    /// files are in `folder`.
    pub(crate) fn start(mut program: Command, cluster: &ApiServer, folder: &Path, configuration: &str) -> Self {
        let [ca, config, kubeconfig] = ["ca.crt", "config.yaml", "kubeconfig"].map(|name| folder.join(name));
        fs::write(&config, configuration).unwrap();
        fs::write(&kubeconfig, cluster.kubeconfig()).unwrap();
        program.args(["serve", "--self-signed", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"]);
        program.arg("--log-format=json").arg("--ca-out").arg(&ca);
        program.arg("--config").arg(&config).arg("--kubeconfig").arg(&kubeconfig);
        let mut process = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let (admission, admin) = addresses(&mut log);
        // A thread reads the log, so that the server never waits for a reader.
        thread::spawn(move || io::copy(&mut log, &mut io::sink()));
        let begun = Instant::now();
        while get(admin, "/readyz").unwrap() != 200 {
            assert!(begun.elapsed() < START, "backstop is not ready");
            thread::sleep(Duration::from_millis(50));
        }
        Self { process, admission, admin, ca: fs::read(ca).unwrap() }
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its exit status; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The status of a GET over plain HTTP.
pub(crate) fn get(address: SocketAddr, path: &str) -> io::Result<u16> {
    let patience = Duration::from_secs(5);
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    // With HTTP/1.0, the answer ends with the connection.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::other("an answer without a status"))
}

/// The addresses of the webhook and of `/livez`, from the log line with the message `serving`.
fn addresses(log: &mut impl BufRead) -> (SocketAddr, SocketAddr) {
    let mut before = String::new();
    for line in log.lines() {
        let line = line.unwrap();
        if let Some(serving) = serde_json::from_str::<Value>(&line).ok().filter(|it| it["message"] == "serving") {
            let address = |name: &str| serving[name].as_str().unwrap().parse().unwrap();
            return (address("admission"), address("admin"));
        }
        before.push_str(&line);
        before.push('\n');
    }
    panic!("backstop ended before it served:\n{before}")
}
