//! Where facts come from: files, directories, standard input, snapshots.

use std::fs;
use std::path::Path;

use rstest::rstest;
use snapbox::str;

use crate::{backstop, run, stderr, stdout};

/// Namespace, name, file and line of each subject.
fn subjects(output: &snapbox::cmd::OutputAssert) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&stdout(output)).unwrap();
    let subject = |it: &serde_json::Value| {
        let source = &it["source"];
        let at = source["file"].as_str().map(|file| format!(" {file}:{}", source["line"])).unwrap_or_default();
        format!("{}/{}{at}", it["namespace"].as_str().unwrap(), it["name"].as_str().unwrap())
    };
    report["subjects"].as_array().unwrap().iter().map(subject).collect()
}

const JSON: [&str; 2] = ["-o", "json"];

#[test]
fn directories_are_read_with_their_subdirectories() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, name: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let ingress = format!("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}}}\n");
        fs::write(path, ingress).unwrap();
    };
    write("z.yaml", "a");
    write("b/c/d.yml", "b");
    write("b/e.json", "c");
    write("b/README.md", "no-manifest");
    write(".git/f.yaml", "hidden");
    write("b/.g.yaml", "hidden");
    let output = backstop(&["check", "-f", ".", "-o", "json"]).current_dir(root.path()).assert().code(0);
    assert_eq!(subjects(&output), ["default/a z.yaml:1", "default/b b/c/d.yml:1", "default/c b/e.json:1"]);
    // A file that two arguments name counts once.
    let twice = backstop(&["check", "-f", "z.yaml", "-f", ".", "-o", "json"]).current_dir(root.path()).assert().code(0);
    assert_eq!(subjects(&twice).len(), 3);
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_ends() {
    let root = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root.path(), root.path().join("self")).unwrap();
    std::os::unix::fs::symlink("nowhere.yaml", root.path().join("dangling.yaml")).unwrap();
    let output = backstop(&["check", "-f", "."]).current_dir(root.path()).assert().code(2);
    assert_eq!(stderr(&output), "error: dangling.yaml: there is no such file\n");
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_read_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let closed = root.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let superuser = fs::read_dir(&closed).is_ok();
    let output = backstop(&["check", "-f", "."]).current_dir(root.path()).assert().code(2);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let expected = if superuser { "there is no *.yaml" } else { "closed: permission to read it is missing" };
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

#[test]
fn standard_input_is_a_file() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/fixtures/shop/ingress.yaml")).unwrap();
    let output = backstop(&["check", "-f", "-", "-o", "json"]).stdin(text).assert().code(1);
    assert_eq!(subjects(&output), ["shop/web -:2"]);
    let output = backstop(&["check", "-f", "-"]).stdin("a: [\n").assert().code(2);
    assert!(stderr(&output).contains("-:1:4"), "{}", stderr(&output));
}

#[test]
fn a_missing_file_is_an_error() {
    let output =
        run(&["check", "-f", "nowhere.yaml", "-f", "verdicts/pass.yaml", "-f", "verdicts/world.yaml", "-o", "json"])
            .code(2);
    assert_eq!(subjects(&output), ["shop/pass verdicts/pass.yaml:1"]);
    assert!(stderr(&output).starts_with("error: nowhere.yaml: there is no such file\n"), "{}", stderr(&output));
}

#[rstest]
#[case::no_object(&["-f", "odd/empty.yaml"], 2, "there is no Kubernetes object in odd/empty.yaml")]
#[case::no_manifest(&["-f", "text"], 2, "there is no *.yaml, *.yml or *.json file in text")]
#[case::empty_snapshot(&["--snapshot", "odd/empty.yaml"], 2, "there is no Kubernetes object in odd/empty.yaml")]
#[case::no_ingress(&["-f", "odd/services-only.yaml"], 0, "note: there is no Ingress to check")]
fn nothing_to_check_is_reported(#[case] args: &[&str], #[case] code: i32, #[case] expected: &str) {
    let output = run(&[&["check"], args].concat()).code(code).stdout_eq(str![""]);
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

#[test]
fn a_duplicate_manifest_causes_a_warning_and_is_judged_twice() {
    let output = run(&["check", "-f", "duplicates", "-o", "json"]).code(0);
    assert_eq!(subjects(&output), ["default/web duplicates/a.yaml:6", "default/web duplicates/b.yaml:6"]);
    assert_eq!(
        stderr(&output),
        "warning: Service default/web in duplicates/b.yaml:1 replaces the one in duplicates/a.yaml:1\n\
         warning: Ingress default/web in duplicates/b.yaml:6 replaces the one in duplicates/a.yaml:6\n"
    );
}

#[test]
fn manifests_lie_over_the_snapshot() {
    let deny = |args: &[&str]| {
        let output = run(&[&["check"], args, &JSON].concat());
        serde_json::from_str::<serde_json::Value>(&stdout(&output)).unwrap()["summary"]["deny"].as_u64().unwrap()
    };
    let pass = ["-f", "verdicts/pass.yaml"];
    assert_eq!(deny(&pass), 1, "alone, its Service is missing");
    assert_eq!(deny(&[&pass[..], &["--snapshot", "verdicts/world.yaml"]].concat()), 0, "the snapshot has it");
    assert_eq!(deny(&[&pass[..], &["--snapshot", "odd"]].concat()), 1, "this one has it in another namespace only");
}

#[test]
fn without_manifests_the_snapshot_is_judged() {
    let all = run(&["check", "--snapshot", "verdicts", "-o", "json"]).code(1);
    assert_eq!(subjects(&all), ["shop/audit", "shop/deny", "shop/pass", "shop/warn"]);
    let other = run(&["check", "--snapshot", "verdicts", "-n", "other", "-o", "json"]).code(0);
    assert_eq!(subjects(&other), Vec::<String>::new());
    let text = stdout(&run(&["check", "--snapshot", "verdicts"]));
    assert!(text.contains("--> Ingress shop/deny, every other request: spec.defaultBackend.service.name"), "{text}");
}

#[test]
fn a_namespace_left_out_is_filled_in() {
    assert_eq!(subjects(&run(&["check", "-f", "odd", "-n", "shop", "-o", "json"])), ["shop/web odd/escapes.yaml:1"]);
    assert_eq!(subjects(&run(&["check", "-f", "odd", "-o", "json"])), ["default/web odd/escapes.yaml:1"]);
}

#[rstest]
#[case::nothing(&["check"], "required")]
#[case::unknown_flag(&["check", "-f", "shop", "--fail-an", "warn"], "--fail-on")]
#[case::unknown_word(&["check", "-f", "shop", "--fail-on", "error"], "possible values")]
#[case::unknown_form(&["check", "-f", "shop", "-o", "xml"], "possible values")]
#[case::twice(&["check", "-f", "shop", "-o", "json", "-o", "text"], "cannot be used multiple times")]
#[case::partial_alone(&["check", "--partial"], "--filename")]
#[case::partial_snapshot(&["check", "-f", "shop", "--partial", "--snapshot", "odd"], "cannot be used with")]
#[case::two_worlds(&["check", "--cluster", "--snapshot", "odd"], "cannot be used with")]
#[case::idle_context(&["check", "-f", "shop", "--context", "prod"], "--context has no effect without --cluster")]
#[case::loud_and_quiet(&["check", "-f", "shop", "-v", "-q"], "cannot be used with")]
#[case::no_command(&[], "Usage: backstop")]
#[case::unknown_command(&["chek"], "check")]
fn wrong_usage_is_reported_on_stderr(#[case] args: &[&str], #[case] expected: &str) {
    let output = run(args).code(2).stdout_eq(str![""]);
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

/// A file of another program says nothing about the cluster. What a program writes to standard input or to a snapshot
/// instead of objects is probably its error message.
#[test]
fn what_is_no_object_is_an_error_in_the_output_of_a_program_only() {
    let text = "Error: no chart found\n";
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("values.yaml");
    fs::write(&file, text).unwrap();
    let file = run(&["check", "-f", "verdicts/deny.yaml", "-f", file.to_str().unwrap()]).code(1);
    assert!(
        stderr(&file).starts_with("note: documents that are no Kubernetes objects are left out ("),
        "{}",
        stderr(&file)
    );
    let input = backstop(&["check", "-f", "verdicts/deny.yaml", "-f", "-"]).stdin(text).assert().code(2);
    assert!(stderr(&input).starts_with("error: it is no Kubernetes object\n"), "{}", stderr(&input));
    let snapshot = backstop(&["check", "-f", "verdicts/pass.yaml", "--snapshot", "-"]).stdin(text).assert().code(2);
    assert!(stdout(&snapshot).ends_with("1 unknown fact in 1 of 1 Ingress\n"), "{}", stdout(&snapshot));
}

/// A Service that exists but cannot be read is not missing.
#[rstest]
#[case::undecodable(
    "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: \"80\"}]}\n",
    "it does not decode"
)]
#[case::another_version(
    "apiVersion: v2\nkind: Service\nmetadata: {name: web, namespace: shop}\n",
    "it does not decode"
)]
#[case::nameless("apiVersion: v1\nkind: Service\nmetadata: {namespace: shop}\n", "some of the files could not be read")]
#[case::broken("apiVersion: v1\nkind: Service\n metadata:\n", "some of the files could not be read")]
fn an_unreadable_service_is_not_missing(#[case] text: &str, #[case] why: &str) {
    let verdicts = |args: &[&str]| {
        let output = backstop(&[&["check", "-o", "json"], args].concat()).stdin(text).assert();
        let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let subjects = report["subjects"].as_array().unwrap();
        let one = subjects.iter().find(|one| one["name"] == "pass").unwrap();
        let unknown = one["unknown"][0]["why"].as_str().unwrap_or_default().to_owned();
        (output.get_output().status.code(), one["verdict"].as_str().unwrap().to_owned(), unknown)
    };
    let unknown = (Some(2), "unknown".to_owned(), why.to_owned());
    assert_eq!(verdicts(&["-f", "verdicts/pass.yaml", "-f", "-"]), unknown, "among the manifests");
    assert_eq!(verdicts(&["-f", "verdicts/pass.yaml", "--snapshot", "-"]), unknown, "in the snapshot");
    if why == "it does not decode" {
        let over = ["-f", "verdicts/pass.yaml", "-f", "verdicts/world.yaml", "--snapshot", "-"];
        assert_eq!(verdicts(&over), (Some(2), "pass".to_owned(), String::new()), "what lies over it is known");
    }
}

#[test]
fn with_a_missing_snapshot_file_nothing_is_missing() {
    let output = run(&["check", "-f", "verdicts/pass.yaml", "--snapshot", "none.yaml"]).code(2);
    assert!(stdout(&output).ends_with("1 unknown fact in 1 of 1 Ingress\n"), "{}", stdout(&output));
    assert!(stderr(&output).ends_with("note: objects that could not be read count as unknown, not as missing\n"));
}

#[test]
fn an_undecodable_object_is_shown_with_its_line() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  defaultBackend:\n    \
                service:\n      name: web\n      port:\n        number: \"80\"\n";
    backstop(&["check", "-f", "-"]).stdin(text).assert().code(2).stdout_eq(str![""]).stderr_eq(str![[r#"
error: cannot read it as an Ingress: spec.defaultBackend.service.port.number: expected a whole number, found "80"; leave out the quotes
 --> -:9:17
  |
9 |         number: "80"
  |                 ^


"#]]);
}

/// A snapshot with Namespace objects shows which namespaces exist. "nothing to check" would look like a pass.
#[test]
fn a_namespace_that_is_not_in_the_snapshot_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let snapshot = root.path().join("snapshot.yaml");
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: blog}\n";
    let check = |space: &str| backstop(&["check", "--snapshot", snapshot.to_str().unwrap(), "-n", space]).assert();
    fs::write(&snapshot, ingress).unwrap();
    assert!(stderr(&check("shpo").code(0)).contains("there is no Ingress to check"), "nobody knows");
    fs::write(&snapshot, format!("{ingress}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop}}\n")).unwrap();
    let missing = "error: the namespace \"shpo\" does not exist: did you mean \"shop\"?\n";
    check("shpo").code(2).stderr_eq(missing);
    check("shop").code(0);
    check("blog").code(0);
}
