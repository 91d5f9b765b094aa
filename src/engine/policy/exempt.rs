//! Legal shapes that look broken: they are never denied (gate G6, rulebook 4.5).

use crate::engine::model::Subject;

const CANARY: &str = "nginx.ingress.kubernetes.io/canary";
const REDIRECTS: [&str; 2] =
    ["nginx.ingress.kubernetes.io/permanent-redirect", "nginx.ingress.kubernetes.io/temporal-redirect"];
const SOLVER: &str = "acme.cert-manager.io/http01-solver";

/// Why `subject` is not denied whatever its backends are, for people; `None` for ordinary ones.
pub(super) fn exemption(subject: &Subject) -> Option<&'static str> {
    if subject.labels.get(SOLVER) == Some("true") {
        Some("it is a cert-manager solver")
    } else if subject.annotation(CANARY) == Some("true") {
        Some("it is a canary: the primary serves while the canary's backend does not")
    } else if REDIRECTS.iter().any(|redirect| subject.annotation(redirect).is_some()) {
        Some("it only redirects, so that its backend may be a dummy")
    } else {
        None
    }
}

/// Whether `subject` is one of cert-manager's short-lived solvers, which are not judged at all (row 35).
pub(super) fn is_solver(subject: &Subject) -> bool {
    subject.labels.get(SOLVER) == Some("true")
}
