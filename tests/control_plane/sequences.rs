//! The requests of programs that write Ingresses, in their order: none is refused (rulebook 7.3 to 7.11).

use serde_json::{Value, json};

use crate::exemptions::allow;
use crate::harness::{KubectlOutput, Namespace, shared};
use crate::manifests::{deployment, file, ingress, service, service_to};

const CERT_MANAGER: &str = "system:serviceaccount:cert-manager:cert-manager";

/// Not refused; the warnings.
#[track_caller]
pub(crate) fn stored(said: &KubectlOutput) -> Vec<String> {
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.warnings().into_iter().map(str::to_owned).collect()
}

/// An Ingress as it is stored.
pub(crate) fn get(namespace: &Namespace<'_>, name: &str) -> Value {
    serde_json::from_str(&namespace.kubectl(&["get", "ingress", name, "-o=json"]).done()).expect("kubectl prints JSON")
}

/// A PUT of the whole Ingress, as controllers update, by whoever `who` says.
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

/// Rulebook 7.9.1: Service and Ingress right after each other, no Pod ready; by cert-manager's account, and by another
/// account.
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
        // Cleaning up, the Service first: the Ingress may still be written to.
        shop.kubectl(&["delete", "service", &name, "--as", user]).silently();
        shop.kubectl(&["annotate", "ingress", &name, "example.com/seen=1", "--as", user]).silently();
        shop.kubectl(&["delete", "ingress", &name, "--as", user]).silently();
    }
}

/// Rulebook 7.9.2: a path before those of the user's Ingress, one of which is broken; and away again.
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
        // The Service may be gone before the path is.
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

/// Rulebook 7.11, with ingress-nginx: a canary Ingress beside the user's one, patched step by step.
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
    // The rollout is over: the canary's Service selects nothing, and the Ingress stays.
    shop.kubectl(&["annotate", "ingress", "web-web-canary", "example.com/seen=1"]).silently();
}

/// Rulebook 7.11, with AWS: the user's Ingress names an action that comes later, and changes with every step.
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
    let said = shop.apply("web.yaml", &web);
    assert!(stored(&said).iter().any(|warning| warning.contains("web-root")), "{}", said.err);
    for weight in [0, 10, 50, 100, 0] {
        let group = |name: &str, weight: i32| json!({"ServiceName": name, "ServicePort": "80", "Weight": weight});
        let action = json!({"Type": "forward", "ForwardConfig": {
            "TargetGroups": [group("web-canary", weight), group("web-stable", 100 - weight)]}});
        let patch =
            json!({"metadata": {"annotations": {"alb.ingress.kubernetes.io/actions.web-root": action.to_string()}}});
        stored(&shop.kubectl(&["patch", "ingress", "web", "--type=merge", "-p", &patch.to_string()]));
    }
}

/// The objects of a release, in the order in which Helm, Argo CD and Flux apply them: Service, Deployment, Ingress.
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
        let said = shop.kubectl(&[&["apply", "-f", name], how].concat());
        assert_eq!(said.code, 0, "{name} {how:?}: {}{}", said.out, said.err);
    }
}

/// Rulebook 7.3, client-side and, as Helm 4 does, server-side: an install, an upgrade that renames the Service, and one
/// that repairs what is broken meanwhile.
#[test]
fn helm_installs_and_upgrades() {
    for (namespace, how) in [
        ("helm-client", &["--field-manager=helm"][..]),
        ("helm-server", &["--server-side", "--field-manager=helm", "--force-conflicts"]),
    ] {
        let shop = shared().namespace(namespace);
        apply_in_order(&shop, &release("web"), how);
        // Create what is new, patch what is there, delete what is gone last.
        apply_in_order(&shop, &release("web-v2"), how);
        shop.kubectl(&["delete", "deployment/web", "service/web"]).done();
        // Somebody deletes the Service; the release that brings it back begins with it, and sends the Ingress unchanged.
        shop.kubectl(&["delete", "service", "web-v2"]).done();
        shop.file("ingress.yaml", &release("web-v2")[2].1);
        stored(&shop.kubectl(&[&["apply", "-f", "ingress.yaml"], how].concat()));
        apply_in_order(&shop, &release("web-v2"), how);
    }
}

/// Rulebook 7.5: a sync by kinds, and the server-side diff that is taken of what exists, broken as it may be by then.
#[test]
fn argo_cd_syncs_and_compares() {
    let shop = shared().namespace("argo-cd");
    let manager = "--field-manager=argocd-controller";
    apply_in_order(&shop, &release("web"), &["--server-side", manager, "--force-conflicts"]);
    let diff = ["--server-side", "--dry-run=server", manager, "--force-conflicts"];
    apply_in_order(&shop, &release("web"), &diff);
    shop.kubectl(&["delete", "service", "web"]).done();
    apply_in_order(&shop, &release("web")[2..], &diff);
    // A new revision, whose Service is not there yet when it is compared.
    apply_in_order(&shop, &release("web-v2")[2..], &diff);
    apply_in_order(&shop, &release("web-v2"), &["--server-side", manager, "--force-conflicts"]);
}

/// Rulebook 7.5.5 and 7.3.3: an Ingress in a wave before that of its Service, for its address or its certificate, or as
/// a hook. A refusal would end every sync before the Service is applied.
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
        let warnings = stored(&shop.kubectl(&[&apply[..], &["ingress.yaml"]].concat()));
        assert!(matches!(&warnings[..], [only] if only.contains("does not exist")), "{warnings:?}");
        shop.file("rest.yaml", &file(&[&service(name), &deployment(name, "starting")]));
        shop.kubectl(&[&apply[..], &["rest.yaml"]].concat()).silently();
        shop.kubectl(&[&apply[..], &["ingress.yaml"]].concat()).silently();
    }
}

/// Rulebook 7.6: the whole stage is dry-run before any of it is applied, and again at each interval.
#[test]
fn flux_dry_runs_a_stage_before_it_applies_it() {
    let shop = shared().namespace("flux");
    let apply = ["--server-side", "--field-manager=kustomize-controller", "--force-conflicts"];
    let dry_run = [&apply[..], &["--dry-run=server"]].concat();
    // The first install: no Service when the Ingress is tried.
    let mut objects = release("web");
    objects.reverse();
    apply_in_order(&shop, &objects, &dry_run);
    assert!(!shop.has("ingress/web"), "a dry run stores nothing");
    apply_in_order(&shop, &release("web"), &apply);
    for _ in 0..2 {
        apply_in_order(&shop, &release("web"), &dry_run);
    }
    // What is broken since is compared all the same, or its mending could not be applied.
    shop.kubectl(&["delete", "service", "web"]).done();
    apply_in_order(&shop, &objects, &dry_run);
    apply_in_order(&shop, &release("web"), &apply);
}
