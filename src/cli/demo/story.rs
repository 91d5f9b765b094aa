//! The texts and manifests of the demo.

use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};

use crate::engine::kinds::{documents, object};
use crate::engine::view::Snapshot;

const CLUSTER: &str = include_str!("cluster.yaml");

pub(super) const ENDING: &str = "\
The same checks for manifests, before they reach a cluster: backstop check -f manifests/
The list of the checks, and how to fix findings:            backstop checks\n\n";

/// One `kubectl apply`.
pub(super) struct Scene {
    file: &'static str,
    manifest: &'static str,
    why: &'static str,
}

/// A working route, and one for each way to break it.
pub(super) const SCENES: &[Scene] = &[
    Scene {
        file: "healthy.yaml",
        manifest: include_str!("healthy.yaml"),
        why: "Service web exists, has port 80, and two of its Pods are ready: no message.",
    },
    Scene {
        file: "misspelt-service.yaml",
        manifest: include_str!("misspelt-service.yaml"),
        why: "There is no Service chekcout. With this Ingress, every request of the route would get a 503.",
    },
    Scene {
        file: "wrong-port.yaml",
        manifest: include_str!("wrong-port.yaml"),
        why: "Service checkout exists, but its port is 8443: again a 503, and again detected before it happens.",
    },
    Scene {
        file: "not-ready.yaml",
        manifest: include_str!("not-ready.yaml"),
        why: "The reference is correct, but the only Pod crashes. The next apply may fix it: a warning, never a denial.",
    },
];

/// The embedded cluster.
pub(super) fn cluster() -> anyhow::Result<Snapshot> {
    let mut snapshot = Snapshot::complete();
    for document in documents(CLUSTER.as_bytes()) {
        snapshot.insert(object(&document?.value, "default")?);
    }
    Ok(snapshot)
}

pub(super) fn opening(address: SocketAddr) -> String {
    format!(
        "A shop behind ingress-nginx: Services web (port 80), checkout (port 8443) and search (its Pod crashes).\n\
         Backstop serves its webhook at https://{address}/validate. This is the output of kubectl:\n\n"
    )
}

impl Scene {
    /// The request of the API server.
    pub(super) fn review(&self) -> anyhow::Result<Value> {
        let document = documents(self.manifest.as_bytes()).into_iter().next().context("the manifest is empty")?;
        let object = document?.value;
        let of = |pointer: &str| object.pointer(pointer).cloned().unwrap_or_default();
        let kind = json!({"group": "networking.k8s.io", "version": "v1", "kind": "Ingress"});
        let resource = json!({"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"});
        Ok(json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": format!("00000000-0000-4000-8000-{:012x}", self.file.len()),
                "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
                "name": of("/metadata/name"), "namespace": of("/metadata/namespace"),
                "operation": "CREATE", "userInfo": {"username": "demo", "groups": ["system:authenticated"]},
                "object": object, "oldObject": null, "dryRun": false,
                "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
            }
        }))
    }

    /// The output of kubectl for `answer`, and an explanation.
    pub(super) fn output(&self, answer: &Value) -> String {
        let mut text = format!("$ kubectl create -f {}\n", self.file);
        for warning in answer.pointer("/warnings").and_then(Value::as_array).into_iter().flatten() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "Warning: {}", warning.as_str().unwrap_or_default());
        }
        let text_at = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str);
        let _ = match text_at("/status/message") {
            Some(message) => writeln!(
                text,
                "Error from server ({}): error when creating \"{}\": admission webhook \"ingress.backstop.dev\" denied \
                 the request: {message}",
                text_at("/status/reason").unwrap_or_default(),
                self.file
            ),
            None => writeln!(text, "ingress.networking.k8s.io/{} created", self.name().unwrap_or_default()),
        };
        let _ = writeln!(text, "  -> {}\n", self.why);
        text
    }

    fn name(&self) -> anyhow::Result<String> {
        let review = self.review()?;
        let name = review.pointer("/request/name").and_then(Value::as_str);
        name.map(str::to_owned).ok_or_else(|| anyhow!("the manifest has no name"))
    }
}
