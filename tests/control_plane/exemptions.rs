//! Who asks: users and groups as the API server knows them, by impersonation, which the administrator may do.

use std::time::Duration;

use crate::harness::{KubectlOutput, Namespace, World, eventually, shared};
use crate::manifests::ingress;
use crate::modes::annotations;

const CERT_MANAGER: &str = "system:serviceaccount:cert-manager:cert-manager";

/// Lets users and groups write Ingresses in the namespace; returns once the API server knows.
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

/// Creates a new Ingress to a Service that does not exist, as somebody.
fn create_as(namespace: &Namespace<'_>, name: &str, who: &[&str]) -> KubectlOutput {
    let file = format!("{name}.yaml");
    namespace.file(&file, &ingress(name, &[("/", "nobody", 80)]));
    namespace.kubectl(&[&["create", "-f", &file], who].concat())
}

/// Stored, with the one warning that the Service does not exist.
#[track_caller]
fn warned(said: &KubectlOutput) {
    assert_eq!(said.code, 0, "{}", said.err);
    let [only] = said.warnings()[..] else { panic!("one warning: {}", said.err) };
    assert!(only.contains("Service \"nobody\" does not exist"), "{only}");
}

#[test]
fn exempt_users_and_groups_are_warned_and_others_refused() {
    let world = World::configured(
        "apiVersion: backstop.dev/v1
kind: Configuration
exempt: {users: [jane], groups: [operators]}
allowIgnoreAnnotation: true
",
    );
    let shop = world.namespace("exempt");
    allow(&shop, &["jane", "joe"], &["writers"]);

    warned(&create_as(&shop, "by-jane", &["--as=jane"]));
    warned(&create_as(&shop, "by-an-operator", &["--as=joe", "--as-group=writers", "--as-group=operators"]));
    for who in [&["--as=joe"][..], &["--as=joe", "--as-group=writers"], &["--as=operators", "--as-group=writers"]] {
        let said = create_as(&shop, "by-others", who);
        assert!(said.refusal().contains("\"nobody\" does not exist"), "{who:?}: {}", said.err);
    }
    assert!(create_as(&shop, "by-the-administrator", &[]).refusal().contains("\"nobody\""));

    // The annotation, where it is allowed: stored without a word, and kept in the audit log.
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

/// cert-manager and the controllers of kube-system are exempt where no configuration says otherwise.
#[test]
fn control_loops_are_exempt_by_default() {
    let shop = shared().namespace("exempt-loops");
    let controller = "system:serviceaccount:kube-system:some-controller";
    allow(&shop, &[CERT_MANAGER, controller], &[]);
    warned(&create_as(&shop, "by-cert-manager", &["--as", CERT_MANAGER]));
    // The API server adds the groups of a service account that is impersonated.
    warned(&create_as(&shop, "by-a-controller", &["--as", controller]));
    assert!(create_as(&shop, "by-others", &[]).refusal().contains("\"nobody\""));
}

/// A permission is missing, and the operator wants what cannot be looked up to be refused.
#[test]
fn what_cannot_be_looked_up_is_refused_where_the_operator_says_so() {
    let world = World::configured("apiVersion: backstop.dev/v1\nkind: Configuration\nonUnknown: deny\n");
    let shop = world.namespace("on-unknown");
    shop.apply(
        "old.yaml",
        &crate::manifests::file(&[&crate::manifests::service("old"), &ingress("old", &[("/", "old", 80)])]),
    )
    .done();
    world.kubectl(&["delete", "clusterrolebinding", "backstop"]).done();
    let said = eventually("a refusal for want of permission", Duration::from_secs(20), || {
        let said = create_as(&shop, "web", &[]);
        if said.err.contains("could not be looked up") { Ok(said) } else { Err(format!("{}{}", said.out, said.err)) }
    });
    let reason = said.refusal();
    assert!(reason.contains("permission to read it is missing") && reason.contains("onUnknown: deny"), "{reason}");
    // What could not be refused otherwise is not refused for this either.
    assert_eq!(create_as(&shop, "web", &["--dry-run=server"]).code, 0);
    shop.kubectl(&["annotate", "ingress", "old", "nginx.ingress.kubernetes.io/app-root=/x"]).done();
    shop.kubectl(&["delete", "ingress", "old"]).done();
}
