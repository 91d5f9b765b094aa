//! A dry run stores nothing, so that what belongs together cannot be seen together: it is never refused.

use crate::harness::shared;
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
