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
