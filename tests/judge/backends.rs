//! The backends of all shapes: an HTTP server that answers with its own address, and a DNS server.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::control_plane::runtime;

/// The ports on which every address answers.
const PORTS: [u16; 4] = [80, 81, 8080, 9090];

/// The address of the ExternalName target `n<number>.external.test`.
pub(crate) fn external_address(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(10, 199, high, low)
}

/// Starts both servers.
pub(crate) fn start() -> Result<(), String> {
    runtime().block_on(async {
        for port in PORTS {
            let listener =
                TcpListener::bind(("0.0.0.0", port)).await.map_err(|error| format!("port {port}: {error}"))?;
            tokio::spawn(serve(listener));
        }
        let socket = UdpSocket::bind("127.0.0.1:53").await.map_err(|error| format!("port 53: {error}"))?;
        tokio::spawn(resolve(socket));
        Ok(())
    })
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream));
    }
}

/// Answers each request with the address and port that received it.
async fn answer(stream: TcpStream) {
    let Ok(address) = stream.local_addr() else { return };
    let service = service_fn(move |_| async move { Ok::<_, Infallible>(body(address)) });
    // A controller may close the connection at any time.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn body(address: SocketAddr) -> Response<Full<Bytes>> {
    Response::new(Full::new(Bytes::from(address.to_string())))
}

async fn resolve(socket: UdpSocket) {
    let mut query = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut query).await {
        if let Some(reply) = reply(&query[..length]) {
            let _ = socket.send_to(&reply, from).await;
        }
    }
}

/// The reply to a DNS query for one name: an address for `nN.external.test`, no such name for others.
fn reply(query: &[u8]) -> Option<Vec<u8>> {
    let header = query.get(..12)?;
    let mut end = 12;
    let mut labels = Vec::new();
    while let Some(length) = query.get(end).map(|length| usize::from(*length)).filter(|length| *length > 0) {
        labels.push(std::str::from_utf8(query.get(end + 1..end + 1 + length)?).ok()?.to_ascii_lowercase());
        end += 1 + length;
    }
    // The empty label, the type and the class.
    let question = query.get(12..end + 5)?;
    let address = question.ends_with(&[0, 1, 0, 1]);
    let number = match labels.as_slice() {
        [host, external, test] if external == "external" && test == "test" => {
            host.strip_prefix('n').and_then(|number| number.parse::<u16>().ok())
        }
        _ => None,
    };
    let (code, answers) = match number {
        Some(_) => (0, u8::from(address)),
        None => (3, 0),
    };
    let mut reply = header[..2].to_vec();
    // A response with recursion, as asked for; one question, no further sections.
    reply.extend([0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0]);
    reply.extend(question);
    if let Some(number) = number.filter(|_| address) {
        // A pointer to the name, type A, class IN, a TTL of a minute, and a length of four bytes.
        reply.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(external_address(number).octets());
    }
    Some(reply)
}
