//! The permissions of the service account: exactly the calls of the code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use backstop::cluster::{Access, required_access};
use backstop::engine::kinds::Watch;
use serde_json::{Value, json};

use crate::manifests::{base, strings};

/// One permission: API group, resource, verb.
type Permission = (String, String, String);

fn required() -> BTreeSet<Permission> {
    let mut permissions = BTreeSet::new();
    for access in required_access() {
        for verb in access.verbs {
            permissions.insert((access.kind.group().into(), access.kind.plural().into(), verb.into()));
        }
    }
    permissions
}

fn granted(role: &Value) -> BTreeSet<Permission> {
    let mut permissions = BTreeSet::new();
    for rule in role["rules"].as_array().expect("rules") {
        let keys: BTreeSet<&str> = rule.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["apiGroups", "resources", "verbs"]), "plain rules only");
        for group in strings(&rule["apiGroups"]) {
            for resource in strings(&rule["resources"]) {
                for verb in strings(&rule["verbs"]) {
                    let permission = (group.into(), resource.into(), verb.into());
                    assert!(permissions.insert(permission.clone()), "{permission:?} is granted twice");
                }
            }
        }
    }
    permissions
}

/// The expected table in `deploy/README.md`, from the table of kinds.
fn expected_table() -> String {
    let mut table = "| kind | `apiVersion` | verbs | read | without it |\n|---|---|---|---|---|\n".to_owned();
    for Access { kind, verbs } in required_access() {
        let read = match kind.row().watched {
            Watch::Always => "watched",
            Watch::WhereUsed => "watched where the configuration names the Pods of a controller",
            Watch::Never => "live, in one namespace",
        };
        let effect = kind.row().without_permission.unwrap_or("nothing can be judged");
        let (name, version, verbs) = (kind.name(), kind.row().api_version, verbs.join(", "));
        writeln!(table, "| {name} | `{version}` | {verbs} | {read} | {effect} |").unwrap();
    }
    table
}

#[test]
fn the_readme_lists_what_the_code_reads() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/README.md")).unwrap();
    let table = expected_table();
    assert!(readme.contains(&table), "deploy/README.md lacks this table:\n{table}");
}

#[test]
fn the_role_grants_what_the_code_reads_and_nothing_else() {
    assert_eq!(granted(&base("ClusterRole")), required());
}

/// The role must never grant more, even if the code needs it: any Pod can post to the webhook, so it must be no
/// worthwhile target for an attack.
#[test]
fn the_role_never_writes_and_never_sees_a_secret() {
    for (group, resource, verb) in granted(&base("ClusterRole")) {
        assert!(["get", "list", "watch"].contains(&verb.as_str()), "{verb} {resource}.{group} is read-only");
        assert!(!resource.contains('*') && !group.contains('*'), "{resource}.{group} is named");
        assert!(
            !["secrets", "configmaps", "serviceaccounts"].contains(&resource.as_str()),
            "{resource} may hold credentials"
        );
        assert!(!resource.contains('/'), "{resource} is no subresource such as pods/exec");
    }
}

#[test]
fn the_role_is_bound_to_the_account_of_the_pods() {
    let binding = base("ClusterRoleBinding");
    let (role, account, pods) = (base("ClusterRole"), base("ServiceAccount"), base("Deployment"));
    assert_eq!(
        binding["roleRef"],
        json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role["metadata"]["name"]})
    );
    assert_eq!(
        binding["subjects"],
        json!([{
            "kind": "ServiceAccount",
            "name": account["metadata"]["name"],
            "namespace": account["metadata"]["namespace"],
        }])
    );
    assert_eq!(pods.pointer("/spec/template/spec/serviceAccountName"), Some(&account["metadata"]["name"]));
}

/// Only Pods that mount the token explicitly get it, not every Pod with this service account.
#[test]
fn the_token_is_mounted_where_it_is_needed() {
    assert_eq!(base("ServiceAccount")["automountServiceAccountToken"], false);
    assert_eq!(base("Deployment").pointer("/spec/template/spec/automountServiceAccountToken"), Some(&json!(true)));
}
