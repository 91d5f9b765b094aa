//! The sources of certificates: the script, and cert-manager.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::manifests::{base, documents, parse, root};

/// Replaces the program: records its arguments, and writes short files whose Base64 form is known.
const PROGRAM: &str = r#"#!/bin/sh
set -eu
dir=$4
printf '%s\n' "$*" >"$dir/arguments"
echo ca >"$dir/ca.crt"
echo crt >"$dir/tls.crt"
echo key >"$dir/tls.key"
"#;

/// Runs the script with the fake program.
fn make(folder: &Path, arguments: &[&str]) -> Output {
    let program = folder.join("backstop");
    fs::write(&program, PROGRAM).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    make_with(&program, folder, arguments)
}

fn make_with(program: &Path, folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new("sh")
        .arg(root().join("certs/make.sh"))
        .args(arguments)
        .current_dir(folder)
        .env("BACKSTOP", program)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn object(path: &Path) -> Value {
    parse(&fs::read_to_string(path).unwrap()).unwrap().remove(0)
}

#[test]
fn the_script_writes_the_secret_that_the_pods_mount() {
    let folder = TempDir::new().unwrap();
    let output = make(folder.path(), &["-o", "out"]);
    let out = folder.path().join("out");

    let deployment = base("Deployment");
    let secret_name = deployment.pointer("/spec/template/spec/volumes/0/secret/secretName").unwrap();
    assert_eq!(
        object(&out.join("secret.yaml")),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"name": secret_name, "namespace": deployment["metadata"]["namespace"]},
            "data": {"tls.crt": "Y3J0Cg==", "tls.key": "a2V5Cg=="},
        })
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("kubectl apply -f out/secret.yaml"), "{stdout}");
    assert!(stdout.contains("kubectl patch validatingwebhookconfiguration backstop"), "{stdout}");
}

#[test]
fn the_script_patches_the_webhook_that_is_shipped() {
    let folder = TempDir::new().unwrap();
    make(folder.path(), &["-o", "out"]);
    let name = &base("ValidatingWebhookConfiguration")["webhooks"][0]["name"];
    assert_eq!(
        object(&folder.path().join("out/ca-bundle.json")),
        json!([
            {"op": "test", "path": "/webhooks/0/name", "value": name},
            {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "Y2EK"},
        ])
    );
}

/// The bundle contains `ca` and `old`, even if the new CA overwrites the file of the old one.
#[test]
fn the_script_can_keep_the_old_ca() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/ca.crt"), "old\n").unwrap();
    make(folder.path(), &["-o", "out", "-k", "out/ca.crt"]);
    let patch = object(&folder.path().join("out/ca-bundle.json"));
    assert_eq!(patch[1]["value"], "Y2EKb2xkCg==");
}

/// A renewal keeps the CA, so that only the Secret must be replaced.
#[rstest]
#[case(&[], "")]
#[case(&["-r"], " --force --ca-cert out/ca.crt --ca-key out/ca.key")]
#[case(&["-k", "old.crt"], " --force")]
#[case(&["-n", "edge", "-s", "guard"], "")]
fn the_script_calls_the_program(#[case] arguments: &[&str], #[case] more: &str) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("old.crt"), "old\n").unwrap();
    make(folder.path(), &[&["-o", "out"], arguments].concat());
    let called = fs::read_to_string(folder.path().join("out/arguments")).unwrap();
    let names = if arguments.contains(&"-n") {
        "--service guard --namespace edge"
    } else {
        "--service backstop --namespace backstop"
    };
    assert_eq!(called, format!("certs generate --out out {names}{more}\n"));
}

#[test]
fn only_the_owner_can_read_the_keys_of_the_script() {
    let folder = TempDir::new().unwrap();
    make(folder.path(), &["-o", "out"]);
    for file in ["out", "out/secret.yaml"] {
        let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}

/// With the real program, the script creates a usable certificate, and a renewal keeps the CA.
#[test]
fn the_script_works_with_the_real_program() {
    let folder = TempDir::new().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_backstop"));
    let read = |file: &str| fs::read_to_string(folder.path().join("out").join(file)).unwrap();
    make_with(program, folder.path(), &["-o", "out"]);
    let (ca, certificate) = (read("ca.crt"), read("tls.crt"));
    make_with(program, folder.path(), &["-o", "out", "-r"]);
    assert_eq!(read("ca.crt"), ca);
    assert_ne!(read("tls.crt"), certificate);

    let mut inspect = Command::new(program);
    let output = inspect
        .args(["certs", "inspect", "out/tls.crt", "--key", "out/tls.key"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let facts = String::from_utf8(output.stdout).unwrap();
    assert!(facts.contains("backstop.backstop.svc"), "{facts}");
}

#[test]
fn cert_manager_creates_the_same_secret_for_the_name_of_the_service() {
    let certificates = documents("deploy/components/cert-manager/certificate.yaml");
    let serving = certificates.iter().find(|object| object["metadata"]["name"] == "backstop").unwrap();
    let service = base("Service");
    let (name, namespace) =
        (service["metadata"]["name"].as_str().unwrap(), service["metadata"]["namespace"].as_str().unwrap());
    assert_eq!(serving["spec"]["dnsNames"], json!([format!("{name}.{namespace}.svc")]));
    assert_eq!(serving["spec"]["secretName"], "backstop-tls");
    for certificate in &certificates {
        let key = &certificate["spec"]["privateKey"];
        assert_eq!((&key["algorithm"], &key["size"]), (&json!("ECDSA"), &json!(256)));
    }
}

#[test]
fn cert_manager_injects_the_ca_of_the_serving_certificate() {
    let component = documents("deploy/components/cert-manager/kustomization.yaml").remove(0);
    let patch = parse(component["patches"][0]["patch"].as_str().unwrap()).unwrap().remove(0);
    let configuration = base("ValidatingWebhookConfiguration");
    assert_eq!(
        patch,
        json!({
            "apiVersion": configuration["apiVersion"],
            "kind": configuration["kind"],
            "metadata": {
                "name": configuration["metadata"]["name"],
                "annotations": {"cert-manager.io/inject-ca-from": "backstop/backstop"},
            },
        })
    );
}
