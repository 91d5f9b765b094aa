//! A proxy in front of the API server that delays watches and lists of Pods, and no other requests.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use crate::control_plane::runtime;

/// The delays.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delays {
    /// The delay of every byte that a watch receives.
    pub(crate) watches: Duration,
    /// The delay of the answer to a list of Pods.
    pub(crate) pods: Duration,
}

#[derive(Clone)]
struct Proxy {
    upstream: Client,
    delays: Delays,
}

/// Starts a proxy with the credentials of `kubeconfig`, which serves plain HTTP. Returns its address.
pub(super) fn start(kubeconfig: &Path, delays: Delays) -> Result<SocketAddr, String> {
    backstop::tls::install_crypto_provider();
    runtime().block_on(async {
        let kubeconfig = Kubeconfig::read_from(kubeconfig).map_err(|error| error.to_string())?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let config = config.map_err(|error| error.to_string())?;
        let proxy = Proxy { upstream: Client::try_from(config).map_err(|error| error.to_string())?, delays };
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let router = axum::Router::new().fallback(forward).with_state(proxy);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    })
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response<Body> {
    let watch = request.uri().query().is_some_and(|query| query.contains("watch="));
    if !watch && request.uri().path().ends_with("/pods") {
        sleep(proxy.delays.pods).await;
    }
    let (mut head, body) = request.into_parts();
    // The headers of the connection and of the user are those of the client of the proxy.
    for hop in ["host", "connection", "authorization"] {
        head.headers.remove(hop);
    }
    let Ok(body) = body.collect().await else { return failure("no request body") };
    let request = axum::http::Request::from_parts(head, kube::client::Body::from(body.to_bytes().to_vec()));
    match proxy.upstream.send(request).await {
        Ok(answer) if watch => answer.map(|body| delayed(body, proxy.delays.watches)),
        Ok(answer) => answer.map(Body::new),
        Err(error) => failure(&error.to_string()),
    }
}

fn failure(why: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(why.to_owned()));
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
}

/// The same bytes, each delayed by `behind`.
fn delayed(mut body: kube::client::Body, behind: Duration) -> Body {
    let (sender, receiver) = mpsc::unbounded_channel::<(Instant, Bytes)>();
    tokio::spawn(async move {
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(data) = frame.into_data() else { continue };
            if sender.send((Instant::now() + behind, data)).is_err() {
                return;
            }
        }
    });
    Body::from_stream(stream::unfold(receiver, async |mut receiver| {
        let (due, data) = receiver.recv().await?;
        sleep_until(due).await;
        Some((Ok::<_, io::Error>(data), receiver))
    }))
}
