//! When deployment tools apply an object, as its own annotations say.

/// Whether a value of some annotation has its object applied early.
type IsEarly = fn(&str) -> bool;

/// The annotations that may have an object applied before the others of its release, which as a rule say nothing of the
/// kind; and which of their values do.
const EARLY: [(&str, IsEarly); 3] = [
    // The wave of the others is 0.
    ("argocd.argoproj.io/sync-wave", |wave| wave.trim().parse::<i64>().is_ok_and(|wave| wave < 0)),
    ("argocd.argoproj.io/hook", |hooks| any(hooks, &["PreSync"])),
    ("helm.sh/hook", |hooks| any(hooks, &["pre-install", "pre-upgrade", "pre-rollback"])),
];

fn any(hooks: &str, early: &[&str]) -> bool {
    hooks.split(',').any(|hook| early.contains(&hook.trim()))
}

/// What tells whether a value of the annotation `key` has its object applied early; `None` if it is about something else.
pub(super) fn order(key: &str) -> Option<IsEarly> {
    EARLY.into_iter().find(|(known, _)| *known == key).map(|(_, is_early)| is_early)
}
