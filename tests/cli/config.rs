//! `backstop config`, and the documentation of configuration files.

use std::fmt::Write as _;

use backstop::config::keys;
use snapbox::{file, str};

use crate::{backstop, read, root, run, stderr, stdout};

#[test]
fn ten_mistakes_are_reported_at_once() {
    run(&["config", "validate", "config/ten-mistakes.yaml"])
        .code(2)
        .stdout_eq(str![""])
        .stderr_eq(file!["golden/ten-mistakes.stderr.txt"].raw());
    let output = run(&["config", "validate", "config/ten-mistakes.yaml", "-o", "json"]).code(2).stderr_eq(str![""]);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let file = &report["files"][0];
    assert_eq!((&file["file"], &file["valid"]), (&"config/ten-mistakes.yaml".into(), &false.into()));
    let problems = file["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 10);
    assert!(problems.iter().all(|problem| problem["suggestion"].is_string()), "{problems:?}");
    let lines: Vec<u64> = problems.iter().map(|problem| problem["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [4, 6, 7, 7, 8, 11, 13, 15, 17, 18]);
}

/// Each command that reads the file reports all mistakes, and does nothing else.
#[test]
fn no_command_uses_a_file_with_mistakes() {
    let mistakes = stderr(&run(&["config", "validate", "config/ten-mistakes.yaml"]));
    let summary = "error: the configuration config/ten-mistakes.yaml has 10 mistakes\n";
    for args in [&["config", "show"][..], &["check", "-f", "shop"], &["serve", "--self-signed", "--snapshot", "shop"]] {
        let output = run(&[args, &["--config", "config/ten-mistakes.yaml"]].concat()).code(2).stdout_eq(str![""]);
        assert_eq!(stderr(&output), format!("{mistakes}{summary}"), "{args:?}");
    }
    let output = run(&["check", "-f", "shop", "--config", "config/none.yaml"]).code(2);
    assert_eq!(stderr(&output), "error: config/none.yaml: there is no such file\n");
}

#[test]
fn validate_separates_valid_and_invalid_files() {
    run(&["config", "validate", "config/good.yaml", "config/none.yaml", "config/good.yaml"])
        .code(2)
        .stdout_eq(str![["
config/good.yaml: valid
config/good.yaml: valid

"]])
        .stderr_eq(str![["
error: config/none.yaml: there is no such file

"]]);
    run(&["config", "validate", "config/good.yaml"]).code(0);
    let folder = run(&["config", "validate", "."]).code(2);
    assert!(stderr(&folder).starts_with("error: .: cannot read it: "), "{}", stderr(&folder));
    let piped = backstop(&["config", "validate", "-"]).stdin("apiVersion: backstop.dev/v1\n").assert().code(2);
    assert!(stderr(&piped).contains("error: kind: required key is missing\n --> -:1:1\n"), "{}", stderr(&piped));
}

#[test]
fn show_prints_a_valid_file() {
    run(&["config", "show", "--config", "config/good.yaml"]).code(0).stdout_eq(file!["golden/config-show.yaml"].raw());
    for form in ["text", "yaml", "json"] {
        for file in [&[][..], &["--config", "config/good.yaml"]] {
            let shown = stdout(&run(&[&["config", "show", "-o", form], file].concat()).code(0));
            let again =
                backstop(&["config", "show", "-o", form, "--config", "-"]).stdin(shown.clone()).assert().code(0);
            assert_eq!(stdout(&again), shown);
        }
    }
}

/// `SNAPSHOTS=overwrite` writes it anew.
#[test]
fn the_schema_in_docs_is_up_to_date() {
    run(&["config", "schema"]).code(0).stdout_eq(file!["../../docs/configuration.schema.json"].raw());
    assert_eq!(read("docs/configuration.schema.json"), stdout(&run(&["config", "schema"])));
}

/// The expected table of keys in the documentation.
fn expected_table() -> String {
    let mut out = "| key | value | default | what it says |\n|---|---|---|---|\n".to_owned();
    for (path, key) in keys() {
        let default = if key.required { "required".to_owned() } else { default_value(key.default) };
        writeln!(out, "| `{path}` | {} | {default} | {} |", key.value(), key.about).unwrap();
    }
    out
}

/// Formats a default as code if it is a value, and as text if it is a description.
fn default_value(default: &str) -> String {
    let words = default.contains(' ') || default.contains('\'') || default == "unknown";
    if words { default.to_owned() } else { format!("`{default}`") }
}

/// `SNAPSHOTS=overwrite` writes it anew.
#[test]
fn the_documentation_lists_every_key() {
    const FROM: &str = "<!-- keys -->\n";
    const TO: &str = "<!-- end of keys -->";
    let path = root().join("docs/configuration.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(FROM).unwrap();
    let (_, after) = rest.split_once(TO).unwrap();
    let fresh = format!("{before}{FROM}{}{TO}{after}", expected_table());
    if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
        std::fs::write(&path, &fresh).unwrap();
    } else {
        assert_eq!(page, fresh, "docs/configuration.md is out of date: SNAPSHOTS=overwrite cargo test --test cli");
    }
}

/// The examples in the documentation are valid files.
#[test]
fn the_examples_are_valid() {
    let page = read("docs/configuration.md");
    let examples: Vec<&str> =
        page.split("```yaml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect();
    let files: Vec<&&str> = examples.iter().filter(|text| text.contains("kind: Configuration")).collect();
    assert!(!files.is_empty());
    for text in files {
        if let Err(problems) = backstop::config::parse(text.as_bytes()) {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(problems, [""; 0], "{text}");
        }
    }
}

/// Modes, exemptions and annotations have the same effect on manifests as at admission.
#[test]
fn policy_applies_to_manifests() {
    let verdicts = |more: &[&str]| -> Vec<String> {
        let output = run(&[&["check", "-f", "policy/ingresses.yaml", "-o", "json"], more].concat());
        let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let words = |one: &serde_json::Value| [&one["name"], &one["verdict"]].map(|it| it.as_str().unwrap().to_owned());
        report["subjects"].as_array().unwrap().iter().map(|one| words(one).join(" ")).collect()
    };
    let with = verdicts(&["--config", "policy/backstop.yaml"]);
    let expected =
        ["exempt pass", "malformed deny", "ignoring audit", "ignoring-badly deny", "labelled pass", "plain deny"];
    assert_eq!(with, [&expected[..], &["solver pass", "capped warn"]].concat());
    let without = verdicts(&[]);
    let expected =
        ["exempt deny", "malformed deny", "ignoring deny", "ignoring-badly deny", "labelled deny", "plain deny"];
    assert_eq!(without, [&expected[..], &["solver pass", "capped warn"]].concat());
    run(&["check", "-f", "policy/ingresses.yaml", "--config", "policy/backstop.yaml"])
        .code(1)
        .stdout_eq(file!["golden/policy.txt"].raw());
}
