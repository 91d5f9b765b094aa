//! Annotations that make deployment tools apply an object before the others of its release.

/// Whether a value of the annotation makes the tool apply the object early.
type IsEarly = fn(&str) -> bool;

/// The annotations, and which of their values mean early. Objects without them are applied in the default order.
const EARLY: [(&str, IsEarly); 3] = [
    // The default wave is 0.
    ("argocd.argoproj.io/sync-wave", |wave| wave.trim().parse::<i64>().is_ok_and(|wave| wave < 0)),
    ("argocd.argoproj.io/hook", |hooks| any(hooks, &["PreSync"])),
    ("helm.sh/hook", |hooks| any(hooks, &["pre-install", "pre-upgrade", "pre-rollback"])),
];

fn any(hooks: &str, early: &[&str]) -> bool {
    hooks.split(',').any(|hook| early.contains(&hook.trim()))
}

/// Returns the rule for values of the annotation `key`; `None` if the annotation does not affect the order.
pub(super) fn early_rule(key: &str) -> Option<IsEarly> {
    EARLY.into_iter().find(|(known, _)| *known == key).map(|(_, is_early)| is_early)
}
