//! `backstop check` and the webhook give the same verdicts on the same objects.

use std::fs;
use std::path::Path;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use crate::harness::{Namespace, shared};
use crate::manifests::{deployment, file, ingress, service, service_to};
use crate::modes::annotations;
use crate::warnings::wait_for_endpoints;

/// Saves the state of the cluster into the folder of the namespace, with kubectl.
fn snapshot(namespace: &Namespace<'_>) {
    fs::create_dir(namespace.folder.join("snapshot")).expect("the folder is new");
    let kinds = "services,endpointslices,pods,deployments,replicasets,statefulsets,daemonsets";
    for (name, kinds) in [("cluster.yaml", "namespaces,ingressclasses"), ("namespace.yaml", kinds)] {
        let text = namespace.kubectl(&["get", kinds, "-o=yaml"]).silently();
        namespace.file(&format!("snapshot/{name}"), &text);
    }
}

/// The exit code and the findings of `backstop check`, each as `check=action@field`.
fn check_files(folder: &Path, namespace: &str, manifest: &str) -> (i32, Vec<String>) {
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

    let output = space.apply("web.yaml", &ingress("web", paths));
    let recorded = annotations(&space, "web");
    let recorded = recorded.iter().find(|(key, _)| key == "findings").map(|(_, findings)| findings.split(','));
    let mut recorded: Vec<String> = recorded.into_iter().flatten().map(str::to_owned).collect();
    recorded.sort();
    assert_eq!(check_files(&space.folder, &space.name, "web.yaml"), (output.code, recorded), "{}", output.err);
}

/// The user may read one namespace, and no cluster-scoped objects.
#[test]
fn the_role_view_in_a_namespace_is_enough_for_the_live_cluster() {
    let space = shared().namespace("files-developer");
    space.apply("shop.yaml", &file(&[&service("cart"), &deployment("cart", "ready")])).done();
    wait_for_endpoints(&space, "cart", true, 1);
    space.kubectl(&["create", "serviceaccount", "dev"]).done();
    // The API server creates the ClusterRole `view` from these roles.
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
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.code(), text)
    };
    let (code, text) = check("web", "cart");
    assert_eq!((code, text.matches("warning: you may not list").count()), (Some(0), 1), "{text}");
    assert!(text.contains("warning: you may not list ingressclasses: "), "{text}");
    let (_, text) = check("web", "crat");
    assert!(text.contains("Service \"crat\" does not exist"), "{text}");
}
