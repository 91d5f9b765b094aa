//! A dry run stores nothing, so that what belongs together cannot be seen together: it is never refused.

use crate::harness::{root, shared};
use crate::manifests::{file, ingress, service};

#[test]
fn a_service_and_its_ingress_pass_a_server_side_dry_run() {
    let shop = shared().namespace("dry-run");
    shop.file("shop.yaml", &file(&[&service("cart"), &ingress("web", &[("/cart", "cart", 80)])]));
    for how in [&["apply", "--dry-run=server"][..], &["apply", "--dry-run=server", "--server-side"]] {
        let said = shop.kubectl(&[how, &["-f", "shop.yaml"]].concat());
        assert_eq!(
            said.warnings(),
            ["spec.rules[0].http.paths[0].backend: Service \"cart\" does not exist \
              (dry run: may follow) [dry-run/web]"],
            "{how:?}"
        );
        let out = said.done();
        assert_eq!(out.lines().count(), 2, "{how:?}: {out}");
    }
    assert!(!shop.has("ingress/web"), "a dry run stores nothing");
    assert_eq!(shop.kubectl(&["apply", "-f", "shop.yaml"]).done().lines().count(), 2);
}

#[test]
fn kubectl_diff_shows_the_difference() {
    let shop = shared().namespace("diff");
    shop.file("shop.yaml", &file(&[&service("cart"), &ingress("web", &[("/cart", "cart", 80)])]));
    let said = shop.kubectl(&["diff", "-f", "shop.yaml"]);
    // 1: there are differences; more than that: it failed.
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(!said.err.contains("denied the request"), "{}", said.err);
    for added in ["+kind: Service", "+kind: Ingress"] {
        assert!(said.out.contains(added), "{added}: {}", said.out);
    }
}

/// The line with which people see that reviews arrive, word for word.
#[test]
fn the_probe_of_the_guides_is_warned_of() {
    let probe = |file: &str| {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        text.lines().find(|line| line.starts_with("kubectl create ingress ")).map(str::to_owned)
    };
    let line = probe("deploy/README.md").unwrap();
    assert_eq!(probe("README.md"), Some(line.clone()));
    let arguments: Vec<String> = line.split_whitespace().skip(1).map(|word| word.replace('\'', "")).collect();
    let said = shared().kubectl(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let warned = said.warnings().iter().any(|warning| warning.contains("Service \"nowhere\" does not exist"));
    assert!(warned, "{}", said.err);
    assert!(said.done().contains("backstop-probe created (server dry run)"));
}
