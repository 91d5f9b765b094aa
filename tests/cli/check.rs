//! `backstop check`: reports and exit codes.

use rstest::rstest;
use snapbox::{file, str};

use crate::{backstop, read, run, stderr, stdout};

#[test]
fn a_finding_is_shown_with_its_line() {
    run(&["check", "-f", "shop"]).code(1).stdout_eq(file!["golden/shop.txt"].raw()).stderr_eq(str![""]);
}

#[test]
fn verbose_prints_more() {
    run(&["check", "-v", "-f", "shop", "-f", "odd/class.yaml", "-f", "verdicts/pass.yaml"])
        .code(1)
        .stdout_eq(file!["golden/verbose.txt"].raw())
        .stderr_eq(str![[r"
debug: read shop/ingress.yaml, [..] bytes
debug: read shop/services.yaml, [..] bytes
debug: read odd/class.yaml, [..] bytes
debug: read verdicts/pass.yaml, [..] bytes

"]]);
}

/// The text names one cause once, who serves each Ingress, and what an unknown controller costs. The summary counts what is
/// printed.
#[test]
fn findings_that_read_the_same_are_shown_once() {
    let output = run(&["check", "-f", "manifests"]).code(1);
    output.stdout_eq(file!["golden/manifests.txt"].raw()).stderr_eq(str![""]);
    // Programs get each field.
    let output = run(&["check", "-f", "manifests", "-o", "json"]).code(1);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let counts: Vec<_> = [0, 1].map(|at| report["subjects"][at]["findings"].as_array().unwrap().len()).into();
    assert_eq!(counts, [1, 4]);
}

/// The next step is one that the user of the command can take.
#[rstest]
#[case::alone(&["-f", "verdicts/deny.yaml"], "use --partial, --snapshot or --cluster")]
#[case::over_a_snapshot(&["-f", "verdicts/deny.yaml", "--snapshot", "verdicts/world.yaml"], "save a new snapshot")]
#[case::stored(&["--snapshot", "shop"], "use \"web\" instead; or create Service \"wbe\"")]
fn the_next_step_fits_the_sources(#[case] args: &[&str], #[case] expected: &str) {
    let output = run(&[&["check"], args].concat()).code(1);
    assert!(stdout(&output).contains(expected), "{}", stdout(&output));
}

#[test]
fn quiet_prints_less() {
    run(&["check", "-q", "-f", "verdicts/pass.yaml", "-f", "verdicts/world.yaml"])
        .code(0)
        .stdout_eq(str![""])
        .stderr_eq(str![""]);
    run(&["check", "-q", "-f", "odd/services-only.yaml"]).code(0).stdout_eq(str![""]).stderr_eq(str![""]);
}

#[test]
fn output_json_is_a_report() {
    let output = run(&["check", "-f", "shop", "-o", "json"]).code(1).stdout_eq(file!["golden/shop.json"].raw());
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let finding = &report["subjects"][0]["findings"][0];
    assert_eq!(finding["field"], "spec.rules[0].http.paths[1].backend.service.name");
    assert_eq!(finding["location"]["line"], 23);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&read("tests/cli/golden/shop.json")).unwrap(), report);
}

#[test]
fn output_yaml_is_a_report() {
    let output = run(&["check", "-f", "shop", "-o", "yaml"]).code(1);
    let yaml: serde_json::Value = serde_saphyr::from_str(&stdout(&output)).unwrap();
    let json = run(&["check", "-f", "shop", "-o", "json"]);
    assert_eq!(yaml, serde_json::from_str::<serde_json::Value>(&stdout(&json)).unwrap());
}

#[test]
fn an_item_of_a_list_has_its_own_position() {
    run(&["check", "-f", "list.json"]).code(0).stdout_eq(file!["golden/list.txt"].raw()).stderr_eq(str![""]);
}

#[test]
fn a_broken_document_is_an_error_and_the_others_are_judged() {
    run(&["check", "-f", "broken"])
        .code(2)
        .stdout_eq(file!["golden/broken.txt"].raw())
        .stderr_eq(file!["golden/broken.stderr.txt"].raw());
}

#[test]
fn errors_are_in_the_json_report_too() {
    let output = run(&["check", "-f", "broken", "-f", "missing.yaml", "-o", "json"]).code(2);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let errors: Vec<_> =
        report["errors"].as_array().unwrap().iter().map(|it| (it["file"].as_str(), it["line"].as_u64())).collect();
    let three = Some("broken/three.yaml");
    assert_eq!(errors, [(three, Some(12)), (three, Some(20)), (Some("missing.yaml"), None)]);
    assert_eq!([&report["summary"]["deny"], &report["summary"]["unknown"]], [0, 1]);
}

#[test]
fn stderr_can_be_json_lines() {
    let output = run(&["check", "-f", "broken", "--log-format", "json"]).code(2);
    for line in stderr(&output).lines() {
        let note: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(note["timestamp"].is_string() && note["message"].is_string(), "{line}");
        assert!(["ERROR", "INFO"].contains(&note["level"].as_str().unwrap()), "as in the log of serve: {line}");
    }
}

/// In JSON, an error is part of the report, too.
#[rstest]
#[case::nothing(&["-f", "odd/empty.yaml"], "there is no Kubernetes object in odd/empty.yaml: nothing to check")]
#[case::no_manifest(&["-f", "text"], "there is no *.yaml, *.yml or *.json file in text: name a file or another directory")]
#[case::no_cluster(&["--cluster", "--kubeconfig", "text/readme.txt"], "text/readme.txt")]
#[case::no_configuration(&["-f", "shop", "--config", "none.yaml"], "none.yaml: there is no such file")]
fn an_error_is_in_the_json_report(#[case] args: &[&str], #[case] expected: &str) {
    let output = run(&[&["check", "-o", "json"], args].concat()).code(2);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&report["kind"], &report["summary"]["subjects"]), (&"Report".into(), &0.into()));
    let error = &report["errors"][0];
    assert_eq!((&error["file"], &error["line"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

/// Control characters become JSON escapes. The meaning stays the same, also in a pipe.
#[test]
fn json_escapes_control_characters() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: \"w\\x7f\\u202eb\"}\n";
    let output = backstop(&["check", "-f", "-", "-o", "json"]).stdin(text).assert().code(0);
    assert!(stdout(&output).is_ascii(), "{}", stdout(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["subjects"][0]["name"], "w\u{7f}\u{202e}b");
}

/// A value of several lines is marked on its first line.
#[test]
fn the_mark_of_a_long_value_ends_with_its_line() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  defaultBackend:\n    \
                service:\n      name: |-\n        wbe\n      port: {number: 80}\n";
    let output = backstop(&["check", "-f", "-", "-o", "json"]).stdin(text).assert().code(1);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let place = &report["subjects"][0]["findings"][0]["location"];
    let (line, end) = (place["line"].as_u64().unwrap(), place["endColumn"].as_u64().unwrap());
    let row = text.lines().nth(usize::try_from(line).unwrap() - 1).unwrap();
    assert!(end <= row.len() as u64 + 1, "{place} {row}");
}

/// Whether each file in `verdicts/` fails for a value of `--fail-on`.
#[rstest]
#[case::default(None, [0, 0, 0, 0, 1])]
#[case::deny(Some("deny"), [0, 0, 0, 0, 1])]
#[case::warn(Some("warn"), [0, 0, 0, 1, 1])]
#[case::audit(Some("audit"), [0, 0, 1, 1, 1])]
#[case::unknown(Some("unknown"), [0, 1, 1, 1, 1])]
#[case::never(Some("never"), [0, 0, 0, 0, 0])]
fn fail_on_selects_the_exit_code(#[case] fail_on: Option<&str>, #[case] codes: [i32; 5]) {
    let world = ["-f", "verdicts/world.yaml"].as_slice();
    let cases = [("pass", world), ("pass", &["--partial"]), ("audit", world), ("warn", world), ("deny", world)];
    for ((name, more), code) in cases.into_iter().zip(codes) {
        let file = format!("verdicts/{name}.yaml");
        let mut args = vec!["check", "-f", &file];
        args.extend(more);
        args.extend(fail_on.iter().flat_map(|word| ["--fail-on", word]));
        let output = backstop(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn partial_manifests_prove_no_absence() {
    run(&["check", "-f", "shop/ingress.yaml", "--partial"])
        .code(0)
        .stdout_eq(file!["golden/partial.txt"].raw())
        .stderr_eq(str![""]);
    run(&["check", "-f", "shop/ingress.yaml"]).code(1);
}

#[test]
fn the_flag_controller_sets_the_profile() {
    let profile = |args: &[&str]| {
        let output = run(&[&["check", "-f", "shop", "-o", "json"], args].concat());
        let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let controller = &report["subjects"][0]["controller"];
        [&controller["profile"], &controller["identifiedBy"]].map(|it| it.as_str().unwrap().to_owned())
    };
    assert_eq!(profile(&[]), ["unknown", "none"]);
    assert_eq!(profile(&["--controller", "traefik"]), ["traefik", "flag"]);
    assert_eq!(profile(&["--controller", "traefik@3.7"]), ["traefik", "flag"]);
    let output = run(&["check", "-f", "shop", "-o", "json", "--controller", "traefik-nginx@3.6.12"]);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["subjects"][0]["controller"]["candidates"], serde_json::json!(["traefik-nginx@3.6.14"]));
    let output = run(&["check", "-f", "shop", "--controller", "traefik@new"]).code(2);
    assert!(stderr(&output).contains("\"new\": it is not a version such as 3.7 or 3.7.13"), "{}", stderr(&output));
    let output = run(&["check", "-f", "shop", "--controller", "trafik"]).code(2);
    assert!(stderr(&output).contains("did you mean \"traefik\"?"), "{}", stderr(&output));
    let output = run(&["check", "-f", "shop", "--controller", "nginx"]).code(2);
    let expected = "did you mean \"ingress-nginx\", \"traefik-nginx\" or \"nginx-inc\"?";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

#[test]
fn names_cannot_contain_terminal_escapes() {
    let output = run(&["check", "-f", "odd/escapes.yaml", "--color", "never"]).code(1);
    let shown = stdout(&output);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    assert!(shown.contains("w\\u{1b}[2Jb"), "{shown}");
    // The text without colors is the same in a pipe.
    assert_eq!(shown, stdout(&run(&["check", "-f", "odd/escapes.yaml"])));
}

#[test]
fn the_flag_color_selects_colors() {
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let command = backstop(&[&["check", "-f", "shop"], args].concat());
        let command = env.iter().fold(command, |it, (name, value)| it.env(name, value));
        stdout(&command.assert()).contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(!coloured(&["--color", "auto"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_backstop"))
        .args(["check", "-o", "json", "-f", "shop"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/fixtures"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}
