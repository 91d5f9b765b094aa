//! `backstop certs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use backstop::tls::authority::{Authority, DAY};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// The output and the exit code of a command.
struct Output {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `backstop certs` with the arguments in `line`, in which `DIR` stands for `directory`.
fn certs(directory: &Path, line: &str) -> Output {
    let line = line.replace("DIR", directory.to_str().unwrap());
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_backstop"))
        .args(["certs", "-n", "infra"])
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn inspect_accepts_what_generate_writes() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let output = certs(dir, "generate --out DIR/new --service hook --days 90");
    assert_eq!(output.code, 0, "{}", output.stderr);
    let files: Vec<_> = output.stdout.lines().collect();
    assert_eq!(files.len(), 4);
    for (file, mode) in [("ca.crt", 0o644), ("ca.key", 0o600), ("tls.crt", 0o644), ("tls.key", 0o600)] {
        let path = dir.join("new").join(file);
        assert!(files.contains(&path.to_str().unwrap()), "{files:?}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{file}");
    }
    for step in ["hook.infra.svc", "--tls-cert", "kubectl create secret tls", "-n infra", "caBundle"] {
        assert!(output.stderr.contains(step), "{}", output.stderr);
    }
    let output = certs(dir, "inspect DIR/new/tls.crt --key DIR/new/tls.key --service hook -o json");
    assert_eq!(output.code, 0, "{}", output.stdout);
    let value: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(value["certificates"][0]["names"][0], "hook.infra.svc");
    assert_eq!(value["certificates"][0]["keyType"], "ECDSA P-256");
    assert_eq!(value["keyMatches"], true);
    assert_eq!(value["daysLeft"], 89, "whole days, and the first has begun");
    assert_eq!(value["problems"], serde_json::json!([]));
}

#[test]
fn files_are_overwritten_only_with_force() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    fs::write(dir.join("tls.key"), "mine").unwrap();
    let output = certs(dir, "generate --out DIR");
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("tls.key: exists") && output.stderr.contains("--force"), "{}", output.stderr);
    assert_eq!(fs::read_dir(dir).unwrap().count(), 1, "nothing was written");
    assert_eq!(certs(dir, "generate --out DIR --force").code, 0);
    let mode = fs::metadata(dir.join("tls.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "not the mode of what was there");
}

#[test]
fn an_existing_ca_signs_new_certificates() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    certs(dir, "generate --out DIR");
    let ca = fs::read(dir.join("ca.crt")).unwrap();
    let before = fs::read(dir.join("tls.crt")).unwrap();
    let output =
        certs(dir, "generate --out DIR --ca-cert DIR/ca.crt --ca-key DIR/ca.key --dns-name webhook.example --force");
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(fs::read(dir.join("ca.crt")).unwrap(), ca);
    assert_ne!(fs::read(dir.join("tls.crt")).unwrap(), before);
    let output = certs(dir, "generate --out DIR --ca-cert DIR/tls.crt --ca-key DIR/tls.key --force");
    assert_eq!(output.code, 2);
    assert!(
        output.stderr.contains("tls.crt") && output.stderr.contains("is not a CA certificate"),
        "{}",
        output.stderr
    );
}

#[test]
fn inspect_reports_problems() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    certs(dir, "generate --out DIR");
    let authority = Authority::generate(Timestamp::now(), DAY).unwrap();
    for (file, days) in [("past.crt", -2), ("future.crt", 2)] {
        let then = Timestamp::now() + SignedDuration::from_hours(24 * days);
        let authority = Authority::generate(then, DAY).unwrap();
        fs::write(dir.join(file), authority.issue(&["a.example".into()], then, DAY).unwrap().certificate).unwrap();
    }
    fs::write(dir.join("other.key"), authority.key()).unwrap();
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    fs::write(dir.join("chain.crt"), read("tls.crt") + &read("ca.crt")).unwrap();
    fs::write(dir.join("disordered.crt"), read("tls.crt") + &read("tls.crt")).unwrap();
    fs::write(dir.join("garbage.crt"), "garbage").unwrap();
    fs::write(dir.join("sha1.crt"), SHA1).unwrap();
    fs::write(dir.join("other-ca.crt"), authority.certificate()).unwrap();
    let elsewhere =
        Authority::generate(Timestamp::now(), DAY).unwrap().issue(&["a.example".into()], Timestamp::now(), DAY);
    fs::write(dir.join("elsewhere.crt"), elsewhere.unwrap().certificate).unwrap();
    let cases = [
        ("tls.crt --key DIR/tls.key", 0, "Key matches: yes"),
        ("chain.crt", 0, "Issuer:      CN=Backstop webhook CA"),
        ("past.crt", 1, "expired at"),
        ("future.crt", 1, "is not valid before"),
        ("tls.crt --key DIR/other.key", 1, "Key matches: no"),
        ("ca.crt", 1, "no subject alternative names"),
        ("disordered.crt", 1, "put the chain in order"),
        (
            "tls.crt --service hook",
            1,
            "is not valid for hook.infra.svc, which the API server connects to, but for backstop.infra.svc",
        ),
        ("tls.crt -n other", 1, "is not valid for backstop.other.svc"),
        ("tls.crt --dns-name backstop.infra.svc", 0, "Days left"),
        ("tls.crt --dns-name webhook.example", 1, "is not valid for webhook.example"),
        ("tls.crt --ca-bundle DIR/ca.crt", 0, "Days left"),
        ("tls.crt --ca-bundle DIR/tls.crt", 0, "Days left"),
        ("tls.crt --ca-bundle DIR/other-ca.crt", 1, "other-ca.crt rejects the chain: "),
        ("elsewhere.crt --dns-name a.example --ca-bundle DIR/ca.crt", 1, "ca.crt rejects the chain: "),
        ("tls.crt --ca-bundle DIR/tls.key", 2, "tls.key: contains a private key"),
        ("sha1.crt", 1, "is signed with SHA-1, which the API server rejects"),
        ("nothing.crt", 2, "nothing.crt: no such file"),
        ("garbage.crt", 2, "garbage.crt: contains no certificate"),
        ("tls.key", 2, "contains a private key"),
        ("tls.crt --key DIR/tls.crt", 2, "contains a certificate"),
    ];
    for (arguments, code, expected) in cases {
        let output = certs(dir, &format!("inspect DIR/{arguments}"));
        let text = if code == 2 { output.stderr } else { output.stdout };
        assert_eq!(output.code, code, "{arguments}: {text}");
        assert!(text.contains(expected), "{arguments}: {text}");
    }
}

/// A certificate for `backstop.infra.svc` that is valid for a hundred years, with the SHA-1 signature of `openssl
/// -sha1`.
const SHA1: &str = "
-----BEGIN CERTIFICATE-----
MIIBlzCCAT6gAwIBAgIUNyQ474A51ajsGRC2UwFCx83cVEUwCQYHKoZIzj0EATAT
MREwDwYDVQQDDAhiYWNrc3RvcDAgFw0yNjExMjQxNDI0NDBaGA8yMTI2MTAzMTE0
MjQ0MFowEzERMA8GA1UEAwwIYmFja3N0b3AwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAARx9PdoU/NRAnkzFqcqz6tjHKhXeaMqbdKiqVWYAeBicGEhgDffvvBLEg+6
n8I59D5qy1a1eiESBsdV86G4WztJo28wbTAdBgNVHQ4EFgQUkv1z4f6zH3LQzQeG
qNNQuPRMV3gwHwYDVR0jBBgwFoAUkv1z4f6zH3LQzQeGqNNQuPRMV3gwHQYDVR0R
BBYwFIISYmFja3N0b3AuaW5mcmEuc3ZjMAwGA1UdEwEB/wQCMAAwCQYHKoZIzj0E
AQNIADBFAiEA05Rf5p2WSAbVLNkNSBMnO197nhRZ6fpHjP0hp5ohkNACIH+SxnJX
90GSkZYZYepzCR3Oz7QGoJpZzD1TjdWZdjYP
-----END CERTIFICATE-----
";
