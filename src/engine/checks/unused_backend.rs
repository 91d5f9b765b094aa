//! The controller sends no request to a backend, whatever the state of the backend is.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Claim, FindingText, Found, Part, Unused};
use crate::engine::resolve::Context;

const ID: CheckId = CheckId("unused-backend");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the controller sends no request to the backend",
    action: Action::Warn,
    when: "warn; audit if other rules of the Ingress take the requests",
    docs: Docs {
        what: "No other check finds a fault of the backend, but the controller does not read it: OpenShift ignores the \
               default backend, rules without a host and paths of type Exact; Istio ignores the default backend; Traefik \
               ignores the default backend beside rules; Tailscale's operator ignores rules for hosts other than the first \
               of `spec.tls`; Cilium serves the default backend instead of the rules of TLS hosts.",
        why: "Requests for which the backend is meant get 404, or another backend answers them. If the Ingress has no other \
              backend, it serves nothing.",
        example: "# OpenShift\nspec:\n  rules:\n    - http:                # the rule has no host\n        paths: [ … ]",
        fix: "Write the backend as the controller reads it, as the finding says, or remove it.",
        options: "`controllers[].profile` states which controller serves a class, if no IngressClass identifies it.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::Unused(run),
    elaborate: None,
};

fn run<'r>(context: &'r Context<'_>, why: Unused) -> Found<'r> {
    let title = context.profile().title;
    let text = move || FindingText {
        reason: why.why(title),
        consequence: "this backend gets no requests".into(),
        help: why.help().to_owned(),
        ..FindingText::default()
    };
    let finding = Found::about_target(ID, Part::Whole, why.action(), text);
    Found { effect: why.effect(), claim: Some(Claim::View), ..finding }
}
