//! A dry run is never denied: it stores nothing, so an Ingress cannot find the Service from the same dry run.

use crate::harness::{root, shared};
use crate::manifests::{file, ingress, service};

#[test]
fn a_service_and_its_ingress_pass_a_server_side_dry_run() {
    let shop = shared().namespace("dry-run");
    shop.file("shop.yaml", &file(&[&service("cart"), &ingress("web", &[("/cart", "cart", 80)])]));
    for how in [&["apply", "--dry-run=server"][..], &["apply", "--dry-run=server", "--server-side"]] {
        let output = shop.kubectl(&[how, &["-f", "shop.yaml"]].concat());
        assert_eq!(
            output.warnings(),
            ["spec.rules[0].http.paths[0].backend: Service \"cart\" does not exist \
              (dry run: may follow) [dry-run/web]"],
            "{how:?}"
        );
        let out = output.done();
        assert_eq!(out.lines().count(), 2, "{how:?}: {out}");
    }
    assert!(!shop.has("ingress/web"), "a dry run stores nothing");
    assert_eq!(shop.kubectl(&["apply", "-f", "shop.yaml"]).done().lines().count(), 2);
}

#[test]
fn kubectl_diff_shows_the_difference() {
    let shop = shared().namespace("diff");
    shop.file("shop.yaml", &file(&[&service("cart"), &ingress("web", &[("/cart", "cart", 80)])]));
    let output = shop.kubectl(&["diff", "-f", "shop.yaml"]);
    // kubectl diff exits with 1 if there are differences, and with a higher code if it fails.
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(!output.err.contains("denied the request"), "{}", output.err);
    for added in ["+kind: Service", "+kind: Ingress"] {
        assert!(output.out.contains(added), "{added}: {}", output.out);
    }
}

/// Runs the command from the guides that tests whether reviews arrive.
#[test]
fn the_probe_command_of_the_guides_gets_a_warning() {
    let probe = |file: &str| {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        text.lines().find(|line| line.starts_with("kubectl create ingress ")).map(str::to_owned)
    };
    let line = probe("deploy/README.md").unwrap();
    assert_eq!(probe("README.md"), Some(line.clone()));
    let arguments: Vec<String> = line.split_whitespace().skip(1).map(|word| word.replace('\'', "")).collect();
    let output = shared().kubectl(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let warned = output.warnings().iter().any(|warning| warning.contains("Service \"nowhere\" does not exist"));
    assert!(warned, "{}", output.err);
    assert!(output.done().contains("backstop-probe created (server dry run)"));
}
