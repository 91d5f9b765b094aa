//! `backstop certs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use backstop::cli::certs::{Command, Output, run};
use clap::{FromArgMatches, Subcommand};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// Whole seconds, as certificates count.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

fn certs(directory: &Path, line: &str, now: Timestamp) -> Result<Output, String> {
    let words = line.replace("DIR", directory.to_str().unwrap());
    let command = Command::augment_subcommands(clap::Command::new("certs"));
    let matches = command
        .try_get_matches_from(std::iter::once("certs").chain(words.split_whitespace()))
        .map_err(|error| error.to_string())?;
    let command = Command::from_arg_matches(&matches).map_err(|error| error.to_string())?;
    run(&command, Some("infra"), now).map_err(|error| format!("{error:#}"))
}

#[test]
fn generates_what_inspect_finds_good() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let now = now();
    let output = certs(dir, "generate --out DIR/new --service hook --days 90", now).unwrap();
    let files: Vec<_> = output.result.lines().collect();
    assert_eq!(files.len(), 4);
    for (file, mode) in [("ca.crt", 0o644), ("ca.key", 0o600), ("tls.crt", 0o644), ("tls.key", 0o600)] {
        let path = dir.join("new").join(file);
        assert!(files.contains(&path.to_str().unwrap()), "{files:?}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{file}");
    }
    for step in ["hook.infra.svc", "--tls-cert", "kubectl create secret tls", "-n infra", "caBundle"] {
        assert!(output.notes.contains(step), "{}", output.notes);
    }
    let json = certs(dir, "inspect DIR/new/tls.crt --key DIR/new/tls.key -o json", now).unwrap();
    assert_eq!(json.code, 0, "{json:?}");
    let value: serde_json::Value = serde_json::from_str(&json.result).unwrap();
    assert_eq!(value["certificates"][0]["names"][0], "hook.infra.svc");
    assert_eq!(value["certificates"][0]["keyType"], "ECDSA P-256");
    assert_eq!(value["keyMatches"], true);
    assert_eq!(value["daysLeft"], 90);
    assert_eq!(value["problems"], serde_json::json!([]));
}

#[test]
fn overwrites_only_when_told() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let now = now();
    fs::write(dir.join("tls.key"), "mine").unwrap();
    let error = certs(dir, "generate --out DIR", now).unwrap_err();
    assert!(error.contains("tls.key: exists") && error.contains("--force"), "{error}");
    assert_eq!(fs::read_dir(dir).unwrap().count(), 1, "nothing was written");
    certs(dir, "generate --out DIR --force", now).unwrap();
    let mode = fs::metadata(dir.join("tls.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "not the mode of what was there");
}

#[test]
fn an_existing_ca_signs_so_that_ca_bundles_stay() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let now = now();
    certs(dir, "generate --out DIR", now).unwrap();
    let ca = fs::read(dir.join("ca.crt")).unwrap();
    let before = fs::read(dir.join("tls.crt")).unwrap();
    let line = "generate --out DIR --ca-cert DIR/ca.crt --ca-key DIR/ca.key --dns-name webhook.example --force";
    certs(dir, line, now).unwrap();
    assert_eq!(fs::read(dir.join("ca.crt")).unwrap(), ca);
    assert_ne!(fs::read(dir.join("tls.crt")).unwrap(), before);
    let no_ca = "generate --out DIR --ca-cert DIR/tls.crt --ca-key DIR/tls.key --force";
    let error = certs(dir, no_ca, now).unwrap_err();
    assert!(error.contains("tls.crt") && error.contains("may not sign"), "{error}");
}

#[test]
fn inspect_tells_what_is_wrong() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let now = now();
    certs(dir, "generate --out DIR --days 10", now).unwrap();
    let later = |days: i64| now + SignedDuration::from_hours(24 * days);
    let cases = [
        ("inspect DIR/tls.crt", now, 0, "Days left:   10"),
        ("inspect DIR/tls.crt", later(11), 1, "expired at"),
        ("inspect DIR/tls.crt", later(-1), 1, "is not valid before"),
        ("inspect DIR/tls.crt --key DIR/ca.key", now, 1, "Key matches: no"),
        ("inspect DIR/ca.crt", now, 1, "no subject alternative names"),
    ];
    for (line, now, code, text) in cases {
        let output = certs(dir, line, now).unwrap();
        assert_eq!(output.code, code, "{line}: {}", output.result);
        assert!(output.result.contains(text), "{line}: {}", output.result);
    }
    for (line, text) in [
        ("inspect DIR/nothing", "nothing: no such file"),
        ("inspect DIR/tls.key", "holds a private key"),
        ("inspect DIR/tls.crt --key DIR/tls.crt", "holds a certificate"),
    ] {
        let error = certs(dir, line, now).unwrap_err();
        assert!(error.contains(text), "{line}: {error}");
    }
}

#[test]
fn a_chain_out_of_order_is_noticed() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let now = now();
    certs(dir, "generate --out DIR", now).unwrap();
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    fs::write(dir.join("good.crt"), read("tls.crt") + &read("ca.crt")).unwrap();
    assert_eq!(certs(dir, "inspect DIR/good.crt", now).unwrap().code, 0);
    fs::write(dir.join("bad.crt"), read("tls.crt") + &read("tls.crt")).unwrap();
    let output = certs(dir, "inspect DIR/bad.crt", now).unwrap();
    assert!(output.result.contains("put the chain in order"), "{}", output.result);
}
