//! The requests of programs that write Ingresses, in their usual order. None of them is denied (rulebook 7.3 to 7.11).

use serde_json::{Value, json};

use crate::exemptions::allow;
use crate::harness::{KubectlOutput, Namespace, shared};
use crate::manifests::{deployment, file, ingress, service, service_to};

const CERT_MANAGER: &str = "system:serviceaccount:cert-manager:cert-manager";

/// Asserts that the object is stored, and returns the warnings.
#[track_caller]
pub(crate) fn assert_stored(output: &KubectlOutput) -> Vec<String> {
    assert_eq!(output.code, 0, "{}{}", output.out, output.err);
    output.warnings().into_iter().map(str::to_owned).collect()
}

/// The stored Ingress `name`.
pub(crate) fn get(namespace: &Namespace<'_>, name: &str) -> Value {
    serde_json::from_str(&namespace.kubectl(&["get", "ingress", name, "-o=json"]).done()).expect("kubectl prints JSON")
}

/// Replaces the whole Ingress, as controllers do, as the user that the flags `who` impersonate.
pub(crate) fn put(namespace: &Namespace<'_>, object: &Value, who: &[&str]) -> KubectlOutput {
    namespace.file("put.json", &object.to_string());
    namespace.kubectl(&[&["replace", "-f", "put.json"], who].concat())
}

/// The paths of the first rule.
fn paths(object: &mut Value) -> &mut Vec<Value> {
    object["spec"]["rules"][0]["http"]["paths"].as_array_mut().expect("it has paths")
}

fn solver_service(name: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: {name}, labels: {{acme.cert-manager.io/http01-solver: \"true\"}}}}
spec:
  type: NodePort
  selector: {{acme.cert-manager.io/http01-solver: \"true\"}}
  ports: [{{name: http, port: 8089, targetPort: 8089}}]
"
    )
}

/// Rulebook 7.9.1: a Service and an Ingress right after each other, without a ready Pod. Once with the account of
/// cert-manager, and once with another account.
#[test]
fn cert_manager_solves_with_an_ingress_of_its_own() {
    let shop = shared().namespace("acme-own");
    allow(&shop, &[CERT_MANAGER, "other-installation"], &[]);
    for user in [CERT_MANAGER, "other-installation"] {
        let name = format!("cm-acme-http-solver-{}", if user == CERT_MANAGER { "a1b2c" } else { "d3e4f" });
        let solver = ingress(&name, &[("/.well-known/acme-challenge/token", &name, 8089)]).replace(
            &format!("{{name: {name}}}"),
            &format!("{{name: {name}, labels: {{acme.cert-manager.io/http01-solver: \"true\"}}}}"),
        );
        shop.file("solver.yaml", &file(&[&solver_service(&name), &solver]));
        shop.kubectl(&["create", "-f", "solver.yaml", "--as", user]).silently();
        // The cleanup deletes the Service first. The Ingress can still be updated.
        shop.kubectl(&["delete", "service", &name, "--as", user]).silently();
        shop.kubectl(&["annotate", "ingress", &name, "example.com/seen=1", "--as", user]).silently();
        shop.kubectl(&["delete", "ingress", &name, "--as", user]).silently();
    }
}

/// Rulebook 7.9.2: cert-manager adds a path to the Ingress of a user, which has a broken path, and removes it again.
#[test]
fn cert_manager_solves_in_the_ingress_of_a_user() {
    let shop = shared().namespace("acme-in-place");
    allow(&shop, &[CERT_MANAGER, "other-installation"], &[]);
    let web = ingress("web", &[("/cart", "cart", 80), ("/gone", "gone", 80)]);
    shop.apply("shop.yaml", &file(&[&service("cart"), &service("gone"), &web])).done();
    shop.kubectl(&["delete", "service", "gone"]).silently();
    let before = get(&shop, "web");

    for user in [CERT_MANAGER, "other-installation"] {
        shop.file("solver.yaml", &solver_service("cm-acme-http-solver-x"));
        shop.kubectl(&["create", "-f", "solver.yaml", "--as", user]).silently();
        let mut solving = get(&shop, "web");
        let path = json!({"path": "/.well-known/acme-challenge/token", "pathType": "ImplementationSpecific",
            "backend": {"service": {"name": "cm-acme-http-solver-x", "port": {"number": 8089}}}});
        paths(&mut solving).insert(0, path);
        put(&shop, &solving, &["--as", user]).silently();
        assert_eq!(paths(&mut get(&shop, "web")).len(), 3);
        // The Service may be deleted before the path is removed.
        shop.kubectl(&["delete", "service", "cm-acme-http-solver-x", "--as", user]).silently();
        let mut solved = get(&shop, "web");
        paths(&mut solved).remove(0);
        put(&shop, &solved, &["--as", user]).silently();
    }
    assert_eq!(get(&shop, "web")["spec"], before["spec"]);
}

/// A canary Ingress of ingress-nginx, with a weight.
pub(crate) fn canary(name: &str, service: &str, weight: u8) -> String {
    let annotations = format!(
        "{{nginx.ingress.kubernetes.io/canary: \"true\", nginx.ingress.kubernetes.io/canary-weight: \"{weight}\"}}"
    );
    ingress(name, &[("/", service, 80)])
        .replace(&format!("{{name: {name}}}"), &format!("{{name: {name}, annotations: {annotations}}}"))
}

/// Rulebook 7.11, with ingress-nginx: a canary Ingress beside the Ingress of the user, patched step by step.
#[test]
fn argo_rollouts_with_nginx() {
    let shop = shared().namespace("rollouts-nginx");
    let services = file(&[&service("web-stable"), &service("web-canary"), &deployment("web-stable", "ready")]);
    shop.apply("services.yaml", &services).done();
    shop.apply("web.yaml", &ingress("web", &[("/", "web-stable", 80)])).done();
    shop.file("canary.yaml", &canary("web-web-canary", "web-canary", 0));
    shop.kubectl(&["create", "-f", "canary.yaml"]).silently();
    for weight in ["10", "50", "100", "0"] {
        let patch = json!({"metadata": {"annotations": {"nginx.ingress.kubernetes.io/canary-weight": weight}}});
        let arguments = ["patch", "ingress", "web-web-canary", "--type=merge", "-p", &patch.to_string()];
        shop.kubectl(&arguments).silently();
    }
    // The rollout is finished: the Service of the canary selects nothing, and the canary Ingress stays.
    shop.kubectl(&["annotate", "ingress", "web-web-canary", "example.com/seen=1"]).silently();
}

/// Rulebook 7.11, with AWS: the Ingress of the user names an action. The rollout adds the action later, and changes it
/// with every step.
#[test]
fn argo_rollouts_with_an_aws_load_balancer() {
    let shop = shared().namespace("rollouts-alb");
    let class = "apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: rollouts-alb}
spec: {controller: ingress.k8s.aws/alb}
";
    shop.apply("class.yaml", class).done();
    let node_ports = ["web-stable", "web-canary"].map(|name| service_to(name, "8080") + "  type: NodePort\n");
    shop.apply("services.yaml", &file(&node_ports.each_ref().map(String::as_str))).done();
    let web = ingress("web", &[("/", "web-root", 80)])
        .replace("ingressClassName: nginx", "ingressClassName: rollouts-alb")
        .replace("\"number\": 80", "\"name\": \"use-annotation\"");
    let output = shop.apply("web.yaml", &web);
    assert!(assert_stored(&output).iter().any(|warning| warning.contains("web-root")), "{}", output.err);
    for weight in [0, 10, 50, 100, 0] {
        let group = |name: &str, weight: i32| json!({"ServiceName": name, "ServicePort": "80", "Weight": weight});
        let action = json!({"Type": "forward", "ForwardConfig": {
            "TargetGroups": [group("web-canary", weight), group("web-stable", 100 - weight)]}});
        let patch =
            json!({"metadata": {"annotations": {"alb.ingress.kubernetes.io/actions.web-root": action.to_string()}}});
        assert_stored(&shop.kubectl(&["patch", "ingress", "web", "--type=merge", "-p", &patch.to_string()]));
    }
}

/// The objects of a release in the order of Helm, Argo CD and Flux: Service, Deployment, Ingress.
fn release(service: &str) -> [(&'static str, String); 3] {
    [
        ("service.yaml", crate::manifests::service(service)),
        ("deployment.yaml", deployment(service, "starting")),
        ("ingress.yaml", ingress("web", &[("/", service, 80)])),
    ]
}

fn apply_in_order(shop: &Namespace<'_>, objects: &[(&str, String)], how: &[&str]) {
    for (name, text) in objects {
        shop.file(name, text);
        let output = shop.kubectl(&[&["apply", "-f", name], how].concat());
        assert_eq!(output.code, 0, "{name} {how:?}: {}{}", output.out, output.err);
    }
}

/// Rulebook 7.3, with client-side apply and with the server-side apply of Helm 4: an install, an upgrade that renames
/// the Service, and an upgrade that repairs a broken release.
#[test]
fn helm_installs_and_upgrades() {
    for (namespace, how) in [
        ("helm-client", &["--field-manager=helm"][..]),
        ("helm-server", &["--server-side", "--field-manager=helm", "--force-conflicts"]),
    ] {
        let shop = shared().namespace(namespace);
        apply_in_order(&shop, &release("web"), how);
        // Helm creates new objects, patches existing ones, and deletes old ones last.
        apply_in_order(&shop, &release("web-v2"), how);
        shop.kubectl(&["delete", "deployment/web", "service/web"]).done();
        // Somebody deletes the Service. The next release creates the Service first, and sends the unchanged Ingress.
        shop.kubectl(&["delete", "service", "web-v2"]).done();
        shop.file("ingress.yaml", &release("web-v2")[2].1);
        assert_stored(&shop.kubectl(&[&["apply", "-f", "ingress.yaml"], how].concat()));
        apply_in_order(&shop, &release("web-v2"), how);
    }
}

/// Rulebook 7.5: a sync in the order of kinds, and a server-side diff of existing objects, which may be broken.
#[test]
fn argo_cd_syncs_and_compares() {
    let shop = shared().namespace("argo-cd");
    let manager = "--field-manager=argocd-controller";
    apply_in_order(&shop, &release("web"), &["--server-side", manager, "--force-conflicts"]);
    let diff = ["--server-side", "--dry-run=server", manager, "--force-conflicts"];
    apply_in_order(&shop, &release("web"), &diff);
    shop.kubectl(&["delete", "service", "web"]).done();
    apply_in_order(&shop, &release("web")[2..], &diff);
    // The diff of a new revision whose Service does not exist yet.
    apply_in_order(&shop, &release("web-v2")[2..], &diff);
    apply_in_order(&shop, &release("web-v2"), &["--server-side", manager, "--force-conflicts"]);
}

/// Rulebook 7.5.5 and 7.3.3: an Ingress in an earlier wave than its Service, or in a hook. A denial would end every
/// sync before the Service is applied.
#[test]
fn argo_cd_and_helm_apply_an_ingress_before_its_service() {
    let shop = shared().namespace("early");
    let apply = ["apply", "--server-side", "--field-manager=argocd-controller", "-f"];
    for (name, order) in [
        ("wave", "argocd.argoproj.io/sync-wave: \"-1\""),
        ("hook", "argocd.argoproj.io/hook: PreSync"),
        ("helm", "helm.sh/hook: \"pre-install,pre-upgrade\""),
    ] {
        let annotated = format!("{{name: {name}, annotations: {{{order}}}}}");
        let early = ingress(name, &[("/", name, 80)]).replace(&format!("{{name: {name}}}"), &annotated);
        shop.file("ingress.yaml", &early);
        let warnings = assert_stored(&shop.kubectl(&[&apply[..], &["ingress.yaml"]].concat()));
        assert!(matches!(&warnings[..], [only] if only.contains("does not exist")), "{warnings:?}");
        shop.file("rest.yaml", &file(&[&service(name), &deployment(name, "starting")]));
        shop.kubectl(&[&apply[..], &["rest.yaml"]].concat()).silently();
        shop.kubectl(&[&apply[..], &["ingress.yaml"]].concat()).silently();
    }
}

/// Rulebook 7.6: Flux dry-runs all objects of a stage before it applies the first one, and again at each interval.
#[test]
fn flux_dry_runs_a_stage_before_it_applies_it() {
    let shop = shared().namespace("flux");
    let apply = ["--server-side", "--field-manager=kustomize-controller", "--force-conflicts"];
    let dry_run = [&apply[..], &["--dry-run=server"]].concat();
    // The first install: the Service does not exist at the dry run of the Ingress.
    let mut objects = release("web");
    objects.reverse();
    apply_in_order(&shop, &objects, &dry_run);
    assert!(!shop.has("ingress/web"), "a dry run stores nothing");
    apply_in_order(&shop, &release("web"), &apply);
    for _ in 0..2 {
        apply_in_order(&shop, &release("web"), &dry_run);
    }
    // The dry run of a broken Ingress must pass, because the fix could not be applied otherwise.
    shop.kubectl(&["delete", "service", "web"]).done();
    apply_in_order(&shop, &objects, &dry_run);
    apply_in_order(&shop, &release("web"), &apply);
}
