//! Exempt users and groups. The administrator impersonates them.

use std::time::Duration;

use crate::harness::{KubectlOutput, Namespace, World, eventually, shared};
use crate::manifests::ingress;
use crate::modes::annotations;

const CERT_MANAGER: &str = "system:serviceaccount:cert-manager:cert-manager";

/// Allows users and groups to write Ingresses in the namespace. Returns when the permission is effective.
pub(crate) fn allow(namespace: &Namespace<'_>, users: &[&str], groups: &[&str]) {
    let users = users.iter().map(|user| format!("--user={user}"));
    let subjects: Vec<String> = users.chain(groups.iter().map(|group| format!("--group={group}"))).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    namespace
        .kubectl(&[&["create", "rolebinding", "writers", "--clusterrole=cluster-admin"], &subjects[..]].concat())
        .done();
    let probe = groups.first().map_or_else(String::new, |group| format!("--as-group={group}"));
    let user = subjects.iter().find_map(|one| one.strip_prefix("--user=")).unwrap_or("nobody");
    let user = format!("--as={user}");
    let asked = ["auth", "can-i", "create", "ingresses", &user, &probe];
    let asked: Vec<&str> = asked.into_iter().filter(|argument| !argument.is_empty()).collect();
    eventually("the permission to create Ingresses", Duration::from_secs(10), || namespace.kubectl(&asked).result());
}

/// Creates an Ingress to a Service that does not exist, as the user that the flags `who` impersonate.
fn create_as(namespace: &Namespace<'_>, name: &str, who: &[&str]) -> KubectlOutput {
    let file = format!("{name}.yaml");
    namespace.file(&file, &ingress(name, &[("/", "nobody", 80)]));
    namespace.kubectl(&[&["create", "-f", &file], who].concat())
}

/// Asserts that the Ingress is stored, with one warning that the Service does not exist.
#[track_caller]
fn assert_one_warning(output: &KubectlOutput) {
    assert_eq!(output.code, 0, "{}", output.err);
    let [only] = output.warnings()[..] else { panic!("one warning: {}", output.err) };
    assert!(only.contains("Service \"nobody\" does not exist"), "{only}");
}

#[test]
fn exempt_users_and_groups_get_warnings_and_others_are_denied() {
    let world = World::configured(
        "apiVersion: backstop.dev/v1
kind: Configuration
exempt: {users: [jane], groups: [operators]}
allowIgnoreAnnotation: true
",
    );
    let shop = world.namespace("exempt");
    allow(&shop, &["jane", "joe"], &["writers"]);

    assert_one_warning(&create_as(&shop, "by-jane", &["--as=jane"]));
    assert_one_warning(&create_as(
        &shop,
        "by-an-operator",
        &["--as=joe", "--as-group=writers", "--as-group=operators"],
    ));
    for who in [&["--as=joe"][..], &["--as=joe", "--as-group=writers"], &["--as=operators", "--as-group=writers"]] {
        let output = create_as(&shop, "by-others", who);
        assert!(output.refusal().contains("\"nobody\" does not exist"), "{who:?}: {}", output.err);
    }
    assert!(create_as(&shop, "by-the-administrator", &[]).refusal().contains("\"nobody\""));

    // The annotation, which the configuration allows: the Ingress is stored without a warning, and the audit log has
    // the finding.
    let annotated = ingress("ignoring", &[("/", "nobody", 80)]).replace(
        "{name: ignoring}",
        "{name: ignoring, annotations: {backstop.dev/ignore: service-not-found, backstop.dev/ignore-reason: soon}}",
    );
    shop.apply("ignoring.yaml", &annotated).silently();
    let findings = "service-not-found=audit@spec.rules[0].http.paths[0].backend.service.name,\
                    ignore-annotation=audit@metadata.annotations[backstop.dev/ignore]";
    let expected = [("findings".to_owned(), findings.to_owned()), ("verdict".to_owned(), "audit".to_owned())];
    assert_eq!(annotations(&shop, "ignoring"), expected);
}

/// cert-manager and the controllers in kube-system are exempt without a configuration.
#[test]
fn control_loops_are_exempt_by_default() {
    let shop = shared().namespace("exempt-loops");
    let controller = "system:serviceaccount:kube-system:some-controller";
    allow(&shop, &[CERT_MANAGER, controller], &[]);
    assert_one_warning(&create_as(&shop, "by-cert-manager", &["--as", CERT_MANAGER]));
    // The API server adds the groups of an impersonated service account.
    assert_one_warning(&create_as(&shop, "by-a-controller", &["--as", controller]));
    assert!(create_as(&shop, "by-others", &[]).refusal().contains("\"nobody\""));
}

/// With `onUnknown: deny`, a lookup that fails because of a missing permission causes a denial.
#[test]
fn a_failed_lookup_is_denied_with_on_unknown_deny() {
    let world = World::configured("apiVersion: backstop.dev/v1\nkind: Configuration\nonUnknown: deny\n");
    let shop = world.namespace("on-unknown");
    shop.apply(
        "old.yaml",
        &crate::manifests::file(&[&crate::manifests::service("old"), &ingress("old", &[("/", "old", 80)])]),
    )
    .done();
    world.kubectl(&["delete", "clusterrolebinding", "backstop"]).done();
    let output = eventually("a refusal for want of permission", Duration::from_secs(20), || {
        let output = create_as(&shop, "web", &[]);
        if output.err.contains("could not be looked up") {
            Ok(output)
        } else {
            Err(format!("{}{}", output.out, output.err))
        }
    });
    let reason = output.refusal();
    assert!(reason.contains("ServiceAccount cannot read") && reason.contains("onUnknown: deny"), "{reason}");
    // The other conditions for a denial still apply.
    assert_eq!(create_as(&shop, "web", &["--dry-run=server"]).code, 0);
    shop.kubectl(&["annotate", "ingress", "old", "nginx.ingress.kubernetes.io/app-root=/x"]).done();
    shop.kubectl(&["delete", "ingress", "old"]).done();
}
