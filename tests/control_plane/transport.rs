//! The API server calls the webhook by its Service, and by a loopback URL.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use k8s_openapi::ByteString;
use serde_json::json;

use crate::harness::{Replica, Setup, World, eventually};
use crate::manifests::ingress;

fn replica(world: &World, certificates: &str) -> Replica {
    let setup = Setup { certificates, ..Setup::default() };
    let replica = world.replica(&setup);
    eventually("Backstop to be ready", Duration::from_secs(30), || replica.ready());
    replica
}

fn assert_refused(world: &World, name: &str) {
    let result = world.namespace(name).apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    assert!(result.refusal().contains("\"nobody\" does not exist"), "{}", result.err);
}

#[test]
fn a_webhook_is_called_by_service_and_by_loopback_url() {
    let mut world = World::installed();
    world.replicas = vec![replica(&world, "certs")];
    world.route();
    eventually("a call by Service", Duration::from_secs(20), || world.called());
    assert_refused(&world, "by-service");

    certificates_for_loopback(&world.plane.folder);
    let by_url = replica(&world, "loopback");
    world.replicas.clear();
    register_by_url(&world, &by_url);
    eventually("a call by URL", Duration::from_secs(20), || world.called());
    assert_refused(&world, "by-url");
}

/// Writes a certificate for 127.0.0.1, and its key, to `folder/loopback`.
fn certificates_for_loopback(folder: &Path) {
    let made = Command::new(env!("CARGO_BIN_EXE_backstop"))
        .current_dir(folder)
        .args(["certs", "generate", "--out", "loopback", "--dns-name", "127.0.0.1"])
        .output()
        .expect("backstop starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn register_by_url(world: &World, replica: &Replica) {
    let authority = ByteString(fs::read(world.plane.folder.join("loopback/ca.crt")).expect("the CA is there"));
    let client = json!({"url": format!("https://{}/validate", replica.admission), "caBundle": authority});
    let patch = json!([{"op": "replace", "path": "/webhooks/0/clientConfig", "value": client}]).to_string();
    let arguments = ["patch", "validatingwebhookconfiguration", "backstop", "--type=json", "-p", &patch];
    world.kubectl(&arguments).done();
}

/// The API server sends no request, and with `Ignore` it stores every Ingress. The replica must report the failed
/// handshakes.
#[test]
fn a_replica_reports_an_api_server_that_rejects_its_certificate() {
    let world = World::own(1);
    certificates_for_loopback(&world.plane.folder);
    let authority = ByteString(fs::read(world.plane.folder.join("loopback/ca.crt")).expect("the CA is there"));
    let patch = json!([{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": authority}]).to_string();
    world.kubectl(&["patch", "validatingwebhookconfiguration", "backstop", "--type=json", "-p", &patch]).done();
    let replica = &world.replicas[0];
    eventually("a refused handshake", Duration::from_secs(20), || {
        let _ = world.called();
        let refused = replica.metric("backstop_tls_handshakes_failed_total{reason=\"refused_by_client\"}");
        refused.filter(|refused| *refused > 0.0).map(|_| ()).ok_or_else(|| format!("{refused:?}"))
    });
    let log = replica.process.log();
    assert!(log.contains("a client rejected the certificate"), "{log}");
}
