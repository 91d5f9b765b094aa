//! When deployment tools apply an object, as its own annotations say.

/// The annotations that say so.
pub(super) const ORDER_ANNOTATIONS: [&str; 3] =
    ["argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave", "helm.sh/hook"];
/// Helm's hooks before it installs, upgrades or rolls back.
const HELM_HOOKS: [&str; 3] = ["pre-install", "pre-upgrade", "pre-rollback"];

/// Whether the annotation `key` says that the object comes before the others of its release, which as a rule say
/// nothing: in a wave of Argo CD before theirs, which is 0, or as a hook.
pub(super) fn is_early(key: &str, value: &str) -> bool {
    let mut words = value.split(',').map(str::trim);
    match key {
        "argocd.argoproj.io/sync-wave" => value.trim().parse::<i64>().is_ok_and(|wave| wave < 0),
        "argocd.argoproj.io/hook" => words.any(|hook| hook == "PreSync"),
        "helm.sh/hook" => words.any(|hook| HELM_HOOKS.contains(&hook)),
        _ => false,
    }
}
