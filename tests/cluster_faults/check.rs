//! `backstop check --cluster`.

use std::process::Command;

use backstop::cluster::Connection;
use serde_json::json;

use crate::fake::{FORBIDDEN, Fake, Verb};

/// Runs `backstop check` with a context in the namespace `shop`. Returns the exit code, and the text of stdout and
/// stderr.
async fn check(fake: &Fake, manifest: Option<&str>, flags: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let server = Connection::server(&fake.connection);
    let kubeconfig = json!({
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
        "current-context": "c",
        "users": [{"name": "u", "user": {"token": "t"}}],
    });
    std::fs::write(folder.path().join("config"), kubeconfig.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.current_dir(folder.path()).args(["check", "--cluster", "--kubeconfig", "config"]).args(flags);
    if let Some(manifest) = manifest {
        std::fs::write(folder.path().join("ingress.yaml"), manifest).unwrap();
        command.args(["-f", "ingress.yaml"]);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code().unwrap(), text)
}

const INGRESS: &str = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}
";

/// An API server with one Service, `web` in the namespace `shop`, and a ready endpoint.
async fn shop() -> Fake {
    let fake = Fake::start().await;
    fake.put("namespaces", "", "shop", json!({}));
    fake.put("services", "shop", "web", json!({"spec": {"ports": [{"port": 80}], "selector": {"app": "web"}}}));
    let labels = json!({"labels": {"kubernetes.io/service-name": "web"}});
    let endpoints = json!([{"addresses": ["10.0.0.1"]}]);
    let ports = json!([{"name": "", "port": 80, "protocol": "TCP"}]);
    fake.put(
        "endpointslices",
        "shop",
        "web-1",
        json!({"metadata": labels, "addressType": "IPv4", "endpoints": endpoints, "ports": ports}),
    );
    fake.put("ingressclasses", "", "nginx", json!({"spec": {"controller": "k8s.io/ingress-nginx"}}));
    fake
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_without_a_namespace_gets_the_namespace_of_the_context() {
    let fake = shop().await;
    let (code, text) = check(&fake, Some(INGRESS), &[]).await;
    assert_eq!(code, 0, "{text}");
    let (code, text) = check(&fake, Some(INGRESS), &["-n", "default"]).await;
    assert!(code == 1 && text.contains("web"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_does_not_exist_is_a_mistake() {
    let fake = shop().await;
    let (code, text) = check(&fake, None, &["-n", "shpo"]).await;
    assert_eq!((code, &*text), (2, "error: the namespace \"shpo\" does not exist: did you mean \"shop\"?\n"));
    let (code, text) = check(&fake, None, &["-n", "shop"]).await;
    assert_eq!(code, 0, "{text}");
    fake.always(Verb::Get, "namespaces", FORBIDDEN);
    let (code, text) = check(&fake, None, &["-n", "shpo"]).await;
    assert!(code == 0 && text.contains("warning: you may not list namespaces: "), "nobody knows: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_for_classes_there_is_a_warning_with_the_reason() {
    let fake = shop().await;
    fake.always(Verb::List, "ingressclasses", FORBIDDEN);
    let (code, text) = check(&fake, Some(INGRESS), &[]).await;
    assert!(code == 0 && text.contains("warning: you may not list ingressclasses: "), "{text}");
    let (code, text) = check(&fake, Some(&INGRESS.replace("name: web, port", "name: wbe, port")), &[]).await;
    assert!(code == 0 && text.contains("wbe"), "{text}");
}

/// A new Pod may fail its readiness probe. For a Pod that is older than `grace`, this is a finding.
#[tokio::test(flavor = "multi_thread")]
async fn grace_counts_from_the_current_time() {
    let fake = shop().await;
    let slice = json!({
        "metadata": {"labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": false}}],
        "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
    });
    fake.put("endpointslices", "shop", "web-1", slice);
    let pod = |created: String| {
        json!({
            "metadata": {"labels": {"app": "web"}, "creationTimestamp": created},
            "spec": {"containers": [{"name": "app", "readinessProbe": {"tcpSocket": {"port": 80}}}]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
                "containerStatuses": [{"name": "app", "ready": false, "state": {"running": {}}}],
            },
        })
    };
    fake.put("pods", "shop", "web-1", pod(jiff::Timestamp::now().to_string()));
    let (code, text) = check(&fake, Some(INGRESS), &["--fail-on", "warn"]).await;
    assert!(code == 0 && text.contains("1 audit finding in 1 of 1 Ingress"), "{text}");
    fake.put("pods", "shop", "web-1", pod("2020-01-01T00:00:00Z".to_owned()));
    let (code, text) = check(&fake, Some(INGRESS), &["--fail-on", "warn"]).await;
    assert!(code == 1 && text.contains("1 warning in 1 of 1 Ingress"), "{text}");
}

/// An object that cannot be decoded exists, so it is not missing.
#[tokio::test(flavor = "multi_thread")]
async fn an_undecodable_object_is_not_missing() {
    let fake = shop().await;
    fake.put("services", "shop", "web", json!({"spec": {"ports": "none"}}));
    let (code, text) = check(&fake, Some(INGRESS), &[]).await;
    assert!(code == 0 && text.contains("could not be looked up: it does not decode"), "{text}");
}
