//! The expected disagreements between Backstop and the answers, each with its reason. An entry without a disagreement is an
//! error.

use crate::cluster::Answers;
use crate::predict::Prediction;
use crate::traffic::Answer;

/// A set-up (`*`: all), the prefix of a shape's name, and why Backstop's verdict differs from the answer.
type Known = (&'static str, &'static str, &'static str);

const ASKED: &str = "the Ingress asks for it: for a redirect, or for no requests";
const LONE_CANARY: &str = "a canary alone has no route, and its primary may come later";
const UNKNOWN_NAME: &str = "what DNS knows cannot be read from the API";
const EXTERNAL_TARGET: &str = "Traefik connects to the targetPort, as ingress-nginx does";

const KNOWN: &[Known] = &[
    (
        "nginx",
        "port-crossed",
        "the Service answers: ingress-nginx takes the first port that has the number as port or targetPort",
    ),
    ("nginx", "external-target", "ingress-nginx connects to the targetPort, which means nothing for an ExternalName"),
    ("traefik-nginx", "external-target", EXTERNAL_TARGET),
    ("traefik-3.6-nginx", "external-target", EXTERNAL_TARGET),
    ("*", "external-unknown", UNKNOWN_NAME),
    ("nginx", "redirect-healthy", ASKED),
    ("nginx", "temporal-healthy", ASKED),
    ("nginx", "canary-healthy-0", ASKED),
    ("nginx", "value-canary", LONE_CANARY),
    ("traefik-nginx", "redirect-healthy", ASKED),
    ("traefik-nginx", "temporal-healthy", ASKED),
    ("traefik-nginx", "canary-healthy-0", ASKED),
];

/// The index and the reason of the entry for a shape.
pub(crate) fn reason(setup: &str, shape: &str) -> Option<(usize, &'static str)> {
    let fits = |(whose, start, _): &&Known| (*whose == "*" || *whose == setup) && shape.starts_with(start);
    let entry = KNOWN.iter().position(|known| fits(&known))?;
    KNOWN.get(entry).map(|(_, _, why)| (entry, *why))
}

/// Why a random shape disagrees on a set-up: by its description, the prediction and the answers. `None` if no reason is known.
pub(crate) fn random_reason(
    setup: &str,
    what: &str,
    prediction: &Prediction,
    answers: &Answers,
) -> Option<&'static str> {
    let redirected = |answer: &Answer| matches!(answer, Answer::Status(300..400));
    let has = |change: &str| what.contains(change);
    let is_canary = has(r#"/canary", "true""#) || (setup == "nginx" && has(r#"/canary", "1""#));
    let is_rejected = prediction.checks.contains(&"ingress-rejected");
    let reasons = [
        (redirected(&answers.alone) && redirected(&answers.with_catch_all), ASKED),
        (has("External(Unknown)"), UNKNOWN_NAME),
        (is_canary && !has("Beside(Primary)"), LONE_CANARY),
        (
            is_canary && (has("Backend(Resource)") || has("use-annotation")),
            "the primary answers, and the finding is only recorded",
        ),
        (is_rejected, "an option decides whether the controller rejects the Ingress"),
        (
            has(r#"Name("use-annotation")"#) && has("Fallback(Healthy)"),
            "the Service of `default-backend` answers, and the action that is missing is still a mistake",
        ),
    ];
    reasons.into_iter().find(|(is_it, _)| *is_it).map(|(_, why)| why)
}

/// All entries: index, set-up, prefix of the shape's name.
pub(crate) fn entries() -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    KNOWN.iter().enumerate().map(|(entry, (setup, shape, _))| (entry, *setup, *shape))
}
