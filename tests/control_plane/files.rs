//! `backstop check` judges files as the webhook judges the same objects in the cluster.

use std::fs;
use std::path::Path;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use crate::harness::{Namespace, shared};
use crate::manifests::{deployment, file, ingress, service, service_to};
use crate::modes::annotations;
use crate::warnings::wait_for_endpoints;

/// What the cluster holds, written by kubectl into a folder as a user would.
fn snapshot(namespace: &Namespace<'_>) {
    fs::create_dir(namespace.folder.join("snapshot")).expect("the folder is new");
    let kinds = "services,endpointslices,pods,deployments,replicasets,statefulsets,daemonsets";
    for (name, kinds) in [("cluster.yaml", "namespaces,ingressclasses"), ("namespace.yaml", kinds)] {
        let text = namespace.kubectl(&["get", kinds, "-o=yaml"]).silently();
        namespace.file(&format!("snapshot/{name}"), &text);
    }
}

/// The exit code and the findings of `backstop check`, each as `check=action@field`.
fn checked(folder: &Path, namespace: &str, manifest: &str) -> (i32, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_backstop"))
        .current_dir(folder)
        .args(["check", "-n", namespace, "--snapshot=snapshot", "-f", manifest, "-o=json"])
        .output()
        .expect("backstop starts");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["subjects"][0]["findings"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = findings.iter().map(|finding| {
        assert_eq!(finding["location"]["file"], manifest, "{finding}");
        format!("{}={}@{}", text(&finding["check"]), text(&finding["action"]), text(&finding["field"]))
    });
    let mut findings: Vec<String> = findings.collect();
    findings.sort();
    (output.status.code().unwrap_or(-1), findings)
}

#[rstest]
#[case::healthy("healthy", &[("/", "healthy", 80)])]
#[case::missing("missing", &[("/", "nobody", 80)])]
#[case::port("port", &[("/", "healthy", 8081)])]
#[case::crashing("crashing", &[("/", "crashing", 80)])]
#[case::starting("starting", &[("/", "starting", 80)])]
#[case::nothing_selected("nothing-selected", &[("/", "alone", 80)])]
#[case::target_port("target-port", &[("/", "named", 80)])]
#[case::several("several", &[("/", "healthy", 80), ("/a", "nobody", 80), ("/b", "alone", 80), ("/c", "named", 81)])]
fn files_get_the_verdict_of_the_webhook(#[case] case: &str, #[case] paths: &[crate::manifests::Path<'_>]) {
    let space = shared().namespace(&format!("files-{case}"));
    let services =
        [service("healthy"), service("crashing"), service("starting"), service("alone"), service_to("named", "webb")];
    let fates = [("healthy", "ready"), ("crashing", "crash-loop"), ("starting", "starting"), ("named", "ready")];
    let deployments = fates.map(|(name, fate)| deployment(name, fate));
    let objects: Vec<&str> = services.iter().chain(&deployments).map(String::as_str).collect();
    space.apply("objects.yaml", &file(&objects)).silently();
    wait_for_endpoints(&space, "healthy", true, 1);
    wait_for_endpoints(&space, "named", true, 1);
    wait_for_endpoints(&space, "crashing", false, 1);
    snapshot(&space);

    let said = space.apply("web.yaml", &ingress("web", paths));
    let told = annotations(&space, "web");
    let told = told.iter().find(|(key, _)| key == "findings").map(|(_, findings)| findings.split(','));
    let mut told: Vec<String> = told.into_iter().flatten().map(str::to_owned).collect();
    told.sort();
    assert_eq!(checked(&space.folder, &space.name, "web.yaml"), (said.code, told), "{}", said.err);
}

/// A developer may read one namespace, and nothing that belongs to the whole cluster.
#[test]
fn the_role_view_in_a_namespace_is_enough_for_the_live_cluster() {
    let space = shared().namespace("files-developer");
    space.apply("shop.yaml", &file(&[&service("cart"), &deployment("cart", "ready")])).done();
    wait_for_endpoints(&space, "cart", true, 1);
    space.kubectl(&["create", "serviceaccount", "dev"]).done();
    // What the ClusterRole view is made of.
    let role = "--clusterrole=system:aggregate-to-view";
    let account = format!("--serviceaccount={}:dev", space.name);
    space.kubectl(&["create", "rolebinding", "dev", role, &account]).done();
    let token = space.kubectl(&["create", "token", "dev"]).done();
    let plane = &shared().plane;
    let admin = fs::read_to_string(plane.folder.join("admin.kubeconfig")).expect("it is there");
    let own = format!("cluster: test, namespace: {}", space.name);
    let developer = admin.replace("admin-token", token.trim()).replace("cluster: test, user", &format!("{own}, user"));
    space.file("developer.kubeconfig", &developer);
    let check = |name: &str, backend: &str| {
        space.file("web.yaml", &ingress(name, &[("/", backend, 80)]));
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        command.current_dir(&space.folder).args([
            "check",
            "--cluster",
            "--kubeconfig=developer.kubeconfig",
            "-f=web.yaml",
        ]);
        let output = command.output().expect("backstop starts");
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.code(), said)
    };
    let (code, said) = check("web", "cart");
    assert_eq!((code, said.matches("warning: you may not list").count()), (Some(0), 1), "{said}");
    assert!(said.contains("warning: you may not list ingressclasses: "), "{said}");
    let (_, said) = check("web", "crat");
    assert!(said.contains("Service \"crat\" does not exist"), "{said}");
}
