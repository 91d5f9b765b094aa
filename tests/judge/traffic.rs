//! Real requests, and the Services that answered them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::backends;
use crate::control_plane::runtime;
use crate::shapes::{Shape, UNKNOWN_HOST};

/// Concurrent requests.
const AT_A_TIME: usize = 16;
const BETWEEN: Duration = Duration::from_millis(500);
/// The time without a change after which answers count as settled. Controllers read changes every 3.3 s (ingress-nginx) or
/// 2 s (Traefik).
const STABLE: Duration = Duration::from_secs(5);
const START: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_secs(30);
const REQUEST: Duration = Duration::from_secs(10);

/// The prefix of every ClusterIP.
const CLUSTER_IPS: &str = "10.96.";

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// A Pod of the Service that the rule names, on the port that it means.
    Served,
    /// The same Service on another port.
    OtherPort(u16),
    /// Another Service.
    Other(String),
    /// A status other than 200.
    Status(u16),
    /// No status: the connection failed or timed out.
    Nothing,
    /// Answers that differ from request to request.
    Varies,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served => f.write_str("served"),
            Self::OtherPort(port) => write!(f, "served by port {port}"),
            Self::Other(who) => write!(f, "served by {who}"),
            Self::Status(code) => write!(f, "{code}"),
            Self::Nothing => f.write_str("no answer"),
            Self::Varies => f.write_str("varies"),
        }
    }
}

/// The Service that owns each address.
pub(crate) struct Owners {
    /// By address.
    services: BTreeMap<String, String>,
    /// Each ClusterIP with the ports that kube-proxy would forward to an endpoint. No kube-proxy runs here, so every
    /// connection to a ClusterIP gets an answer.
    forwarded: BTreeSet<(String, u64)>,
}

impl Owners {
    /// The owners of the addresses in a dump of the cluster: endpoints, cluster IPs and targets of ExternalName Services.
    pub(crate) fn of(dump: &str) -> Self {
        let dump: Value = serde_json::from_str(dump).unwrap_or_default();
        let (slices, others): (Vec<&Value>, Vec<&Value>) =
            list(&dump["items"]).partition(|item| item["kind"] == "EndpointSlice");
        let (mut services, mut forwarded) = (BTreeMap::new(), BTreeSet::new());
        let mut of_service: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for slice in slices {
            let service = text(&slice["metadata"]["labels"]["kubernetes.io/service-name"]);
            for address in list(&slice["endpoints"]).flat_map(|endpoint| list(&endpoint["addresses"])) {
                services.insert(resolved(&text(address)), service.clone());
            }
            of_service.entry(service).or_default().push(slice);
        }
        for item in others {
            let name = text(&item["metadata"]["name"]);
            for field in ["externalName", "clusterIP"] {
                services.insert(resolved(&text(&item["spec"][field])), name.clone());
            }
            let slices = of_service.get(&name).map_or(&[][..], Vec::as_slice);
            for port in list(&item["spec"]["ports"]).filter(|port| slices.iter().any(|slice| serves(slice, port))) {
                forwarded.insert((text(&item["spec"]["clusterIP"]), port["port"].as_u64().unwrap_or_default()));
            }
        }
        Self { services, forwarded }
    }
}

/// Whether kube-proxy forwards TCP connections for the `port` of a Service to an endpoint of `slice`.
fn serves(slice: &Value, port: &Value) -> bool {
    let is_it = |it: &Value| text(&it["name"]) == text(&port["name"]) && it["protocol"] == "TCP" && it["port"].is_u64();
    let uses = |conditions: &Value| {
        let serving_to_the_end = conditions["terminating"] == true && conditions["serving"] != false;
        conditions["ready"] != false || serving_to_the_end
    };
    port["protocol"] == "TCP"
        && slice["addressType"] == "IPv4"
        && list(&slice["ports"]).any(is_it)
        && list(&slice["endpoints"]).any(|endpoint| uses(&endpoint["conditions"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The address of a name that the judge's DNS server knows; any other name unchanged.
fn resolved(name: &str) -> String {
    let number = name.strip_prefix('n').and_then(|rest| rest.split_once(".external."));
    let address = number.and_then(|(number, _)| number.parse().ok()).map(backends::external_address);
    address.map_or_else(|| name.to_owned(), |address| address.to_string())
}

/// A request, and the Service and port that should answer it.
pub(crate) struct Route {
    host: String,
    path: &'static str,
    service: String,
    /// `None`: any port.
    port: Option<u16>,
    /// The Service means the machine of the controller.
    local: bool,
}

impl Route {
    /// The route of a shape through the Ingress of class `class`.
    pub(crate) fn of(shape: &Shape, class: &str) -> Self {
        let service = shape.service().to_owned();
        let (host, path, port) = (shape.host(class), shape.asked_path(), shape.right_port);
        Self { host, path, service, port, local: shape.is_local() }
    }

    /// A request for a host that no rule has.
    pub(crate) fn unknown() -> Self {
        Self { host: UNKNOWN_HOST.to_owned(), path: "/", service: String::new(), port: None, local: false }
    }

    /// Sends one request.
    async fn ask(&self, controller: SocketAddr, owners: &Owners) -> Answer {
        match timeout(REQUEST, self.get(controller)).await {
            Ok(Some((200, body))) => self.who(&body, owners),
            Ok(Some((code, _))) => Answer::Status(code),
            Ok(None) | Err(_) => Answer::Nothing,
        }
    }

    async fn get(&self, controller: SocketAddr) -> Option<(u16, String)> {
        let stream = TcpStream::connect(controller).await.ok()?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let request = Request::get(self.path).header("host", &self.host).body(Empty::<Bytes>::new()).ok()?;
        let answer = sender.send_request(request).await.ok()?;
        let code = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        Some((code, String::from_utf8_lossy(&body).into_owned()))
    }

    /// The owner of the address and port in `body`.
    fn who(&self, body: &str, owners: &Owners) -> Answer {
        let Ok(server) = body.trim().parse::<SocketAddr>() else {
            return Answer::Other("an unknown server".to_owned());
        };
        let address = server.ip().to_string();
        let local = server.ip().is_loopback() && self.local;
        match owners.services.get(&address) {
            Some(owner) if *owner != self.service => Answer::Other(owner.clone()),
            None if !local => Answer::Other(address),
            // A connection to a ClusterIP uses the port of the Service.
            _ if address.starts_with(CLUSTER_IPS) => {
                let forwarded = owners.forwarded.contains(&(address, server.port().into()));
                if forwarded { Answer::Served } else { Answer::Nothing }
            }
            _ if self.port.is_none_or(|port| port == server.port()) => Answer::Served,
            _ => Answer::OtherPort(server.port()),
        }
    }
}

/// Sends requests for all `routes` until `ready` accepts the answers and they no longer change.
pub(crate) fn settled(
    controller: SocketAddr,
    routes: &[Route],
    owners: &Owners,
    mut ready: impl FnMut(&[Answer]) -> Result<bool, String>,
) -> Result<Vec<Answer>, String> {
    runtime().block_on(async {
        let sweep = || async {
            let answers = routes.iter().map(|route| route.ask(controller, owners));
            stream::iter(answers).buffered(AT_A_TIME).collect::<Vec<_>>().await
        };
        let started = Instant::now();
        let mut last = sweep().await;
        while !ready(&last)? {
            if started.elapsed() > START {
                return Err(format!("it does not serve after {} s", START.as_secs()));
            }
            sleep(BETWEEN).await;
            last = sweep().await;
        }
        let (started, mut since) = (Instant::now(), Instant::now());
        let mut changed = vec![false; routes.len()];
        while since.elapsed() < STABLE && started.elapsed() < PATIENCE {
            sleep(BETWEEN).await;
            let now = sweep().await;
            if now != last {
                since = Instant::now();
                // Early changes belong to the start of the controller.
                let late = started.elapsed() > PATIENCE / 2;
                for (changed, (now, last)) in changed.iter_mut().zip(now.iter().zip(&last)) {
                    *changed |= late && now != last;
                }
            }
            last = now;
        }
        let settled = last.into_iter().zip(changed);
        Ok(settled.map(|(answer, changed)| if changed { Answer::Varies } else { answer }).collect())
    })
}
