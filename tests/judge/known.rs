//! The expected disagreements between Backstop and the answers, each with its reason. An entry without a disagreement is an
//! error.

/// A set-up (`*`: all), the prefix of a shape's name, and why Backstop's verdict differs from the answer.
type Known = (&'static str, &'static str, &'static str);

const ASKED: &str = "the Ingress asks for it: for a redirect, or for no requests";
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
    ("*", "external-unknown", "what DNS knows cannot be read from the API"),
    ("nginx", "redirect-healthy", ASKED),
    ("nginx", "temporal-healthy", ASKED),
    ("nginx", "canary-healthy-0", ASKED),
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

/// All entries: index, set-up, prefix of the shape's name.
pub(crate) fn entries() -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    KNOWN.iter().enumerate().map(|(entry, (setup, shape, _))| (entry, *setup, *shape))
}
