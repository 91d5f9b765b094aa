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
