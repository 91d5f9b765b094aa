//! `backstop check --cluster`, as users run it.

use std::process::Command;

use backstop::cluster::Connection;
use serde_json::json;

use crate::fake::{FORBIDDEN, Fake, Verb};

/// Runs it as a user whose context is the namespace `shop`: exit code, and all that it says.
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
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code().unwrap(), said)
}

const INGRESS: &str = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}
";

/// A Service `web` in the namespace `shop` alone, with an endpoint.
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
async fn a_manifest_without_a_namespace_is_of_the_context_as_with_kubectl() {
    let fake = shop().await;
    let (code, said) = check(&fake, Some(INGRESS), &[]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = check(&fake, Some(INGRESS), &["-n", "default"]).await;
    assert!(code == 1 && said.contains("web"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_does_not_exist_is_a_mistake() {
    let fake = shop().await;
    let (code, said) = check(&fake, None, &["-n", "shpo"]).await;
    assert_eq!((code, &*said), (2, "error: the namespace \"shpo\" does not exist: did you mean \"shop\"?\n"));
    let (code, said) = check(&fake, None, &["-n", "shop"]).await;
    assert_eq!(code, 0, "{said}");
    fake.always(Verb::Get, "namespaces", FORBIDDEN);
    let (code, said) = check(&fake, None, &["-n", "shpo"]).await;
    assert!(code == 0 && said.contains("warning: you may not list namespaces: "), "nobody knows: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_classes_is_not_refused_and_told_why() {
    let fake = shop().await;
    fake.always(Verb::List, "ingressclasses", FORBIDDEN);
    let (code, said) = check(&fake, Some(INGRESS), &[]).await;
    assert!(code == 0 && said.contains("warning: you may not list ingressclasses: "), "{said}");
    let (code, said) = check(&fake, Some(&INGRESS.replace("name: web, port", "name: wbe, port")), &[]).await;
    assert!(code == 0 && said.contains("wbe"), "{said}");
}

/// A Pod that has just been made may fail its probe; one that is older than `grace` may not.
#[tokio::test(flavor = "multi_thread")]
async fn grace_counts_from_the_present() {
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
    let (code, said) = check(&fake, Some(INGRESS), &["--fail-on", "warn"]).await;
    assert!(code == 0 && said.contains("0 warn, 1 audit"), "{said}");
    fake.put("pods", "shop", "web-1", pod("2020-01-01T00:00:00Z".to_owned()));
    let (code, said) = check(&fake, Some(INGRESS), &["--fail-on", "warn"]).await;
    assert!(code == 1 && said.contains("1 warn, 0 audit"), "{said}");
}

/// An object that does not decode is there all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_decode_is_not_missing() {
    let fake = shop().await;
    fake.put("services", "shop", "web", json!({"spec": {"ports": "none"}}));
    let (code, said) = check(&fake, Some(INGRESS), &[]).await;
    assert!(code == 0 && said.contains("could not be looked up: it does not decode"), "{said}");
}
