//! `backstop checks`, and the help of the program.

use snapbox::str;

use crate::{run, stderr, stdout};

#[test]
fn every_check_is_listed_and_documented() {
    let list = stdout(&run(&["checks"]).code(0));
    let checks: serde_json::Value = serde_json::from_str(&stdout(&run(&["checks", "-o", "json"]).code(0))).unwrap();
    let checks = checks.as_array().unwrap();
    assert_eq!(list.lines().count(), checks.len());
    for (line, check) in list.lines().zip(checks) {
        let words = ["id", "action", "summary"].map(|field| check[field].as_str().unwrap());
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
        let one = stdout(&run(&["checks", words[0]]).code(0));
        assert!(
            ["Why it matters", "Example", "How to fix it", "Action", "Configuration"]
                .iter()
                .all(|part| one.contains(part)),
            "{one}"
        );
        assert!(one.lines().skip(1).all(|line| !line.ends_with(' ') && line.chars().count() <= 100), "{one}");
    }
}

/// `backstop checks ID` also explains the findings that do not come from checks.
#[test]
fn findings_of_policy_are_documented() {
    for id in ["mode-label", "ignore-annotation", "lookup-failed"] {
        let text = stdout(&run(&["checks", id]).code(0));
        assert!(text.starts_with(&format!("{id}: ")) && text.contains("not a check"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&stdout(&run(&["checks", id, "-o", "json"]))).unwrap();
        assert_eq!(json["id"], id);
    }
}

#[test]
fn a_check_that_does_not_exist() {
    let output = run(&["checks", "service-notfound"]).code(2).stdout_eq(str![""]);
    assert!(stderr(&output).contains("did you mean \"service-not-found\"?"), "{}", stderr(&output));
    let output = run(&["checks", "entirely-else"]).code(2);
    assert!(!stderr(&output).contains("did you mean"), "{}", stderr(&output));
}

#[test]
fn flags_without_effect_are_refused() {
    let output = run(&["checks", "-n", "shop"]).code(2);
    assert!(stderr(&output).contains("--namespace has no effect"), "{}", stderr(&output));
}

#[test]
fn help_goes_to_stdout() {
    for args in [&["--help"][..], &["check", "--help"], &["help", "checks"], &["--version"]] {
        let output = run(args).code(0).stderr_eq(str![""]);
        assert!(stdout(&output).contains("ackstop"), "{args:?}");
    }
}

#[test]
fn the_kubectl_plugin_has_its_own_name() {
    let output = snapbox::cmd::Command::new(env!("CARGO_BIN_EXE_kubectl-backstop")).arg("check").assert().code(2);
    assert!(stderr(&output).contains("Usage: kubectl backstop check"), "{}", stderr(&output));
}
