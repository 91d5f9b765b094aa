//! The one table of the file's keys: reading, the schema and the reference follow it.

use super::text::Text;
use crate::engine::{checks, controllers};

/// One key of the file.
#[derive(Debug)]
pub struct Key {
    /// How it is written.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub about: &'static str,
    /// What holds where it is left out, as it would be written; empty where nothing does.
    pub default: &'static str,
    /// Whether it must be there.
    pub required: bool,
    pub(super) shape: Shape,
    /// The one check that has it; `None` for keys of all.
    pub(super) only: Option<&'static str>,
    /// The profiles that it means something to; none for keys of all.
    pub(super) profiles: &'static [&'static str],
}

/// What the value of a key looks like.
#[derive(Debug)]
pub(super) enum Shape {
    /// This text and no other.
    Exactly(&'static str),
    /// One word of a closed set.
    Word(fn() -> Vec<&'static str>),
    Flag,
    /// `2m`.
    Duration,
    Text(Text),
    /// A list of distinct texts.
    Texts(Text),
    /// Label keys and values.
    Labels,
    Object(&'static [Key]),
    /// A list of objects.
    Objects(&'static [Key]),
    /// A mapping from the ids of checks.
    Checks(&'static [Key]),
}

impl Key {
    const fn new(name: &'static str, shape: Shape, default: &'static str, about: &'static str) -> Self {
        Self { name, about, default, required: false, shape, only: None, profiles: &[] }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn only(self, check: &'static str) -> Self {
        Self { only: Some(check), ..self }
    }

    const fn for_profiles(self, profiles: &'static [&'static str]) -> Self {
        Self { profiles, ..self }
    }

    /// Whether the check `id` has it.
    pub(super) fn belongs_to(&self, id: &str) -> bool {
        self.only.is_none_or(|only| only == id)
    }

    /// The keys below it.
    pub(super) fn below(&self) -> &'static [Self] {
        match self.shape {
            Shape::Object(keys) | Shape::Objects(keys) | Shape::Checks(keys) => keys,
            _ => &[],
        }
    }

    /// What its value looks like, for people.
    pub fn value(&self) -> String {
        self.shape.to_string()
    }
}

pub(super) const API_VERSION: &str = "backstop.dev/v1";
pub(super) const KIND: &str = "Configuration";
/// The one check that has a `grace`.
pub(super) const GRACE_CHECK: &str = "endpoints-not-ready";

/// The keys of the file itself.
pub(super) static ROOT: &[Key] = &[
    Key::new("apiVersion", Shape::Exactly(API_VERSION), "", "The version of this format.").required(),
    Key::new("kind", Shape::Exactly(KIND), "", "What the file is.").required(),
    Key::new(
        "mode",
        Shape::Word(modes),
        "enforce",
        "The most that findings may do in the whole cluster; the label `backstop.dev/mode` of a namespace lowers it there, and `--mode` replaces it.",
    ),
    Key::new("checks", Shape::Checks(CHECK), "{}", "Settings of single checks, by id."),
    Key::new(
        "controllers",
        Shape::Objects(CONTROLLER),
        "[]",
        "Which ingress controller serves a class, and how it is run; beside what the cluster's IngressClasses tell.",
    ),
    Key::new("exempt", Shape::Object(EXEMPT), "{}", "Who and what is spared."),
    Key::new(
        "allowIgnoreAnnotation",
        Shape::Flag,
        "false",
        "Whether the annotation `backstop.dev/ignore` of an Ingress silences checks.",
    ),
    Key::new(
        "onUnknown",
        Shape::Word(on_unknown),
        "allow",
        "What happens to a new reference whose Service could not be looked up: `allow` stores it with a warning, `deny` refuses it.",
    ),
];

static CHECK: &[Key] = &[
    Key::new(
        "action",
        Shape::Word(actions),
        "the check's own",
        "What its findings do. A denial still needs all that a denial needs: new, real, alive, proven, not exempt, enforced.",
    ),
    Key::new(
        "grace",
        Shape::Duration,
        "2m",
        "How old Pods may be and still count as starting (`endpoints-not-ready` only); files have no present, so that it does not count there.",
    )
    .only(GRACE_CHECK),
];

static CONTROLLER: &[Key] = &[
    Key::new("match", Shape::Object(MATCH), "", "The Ingresses that it is about.").required(),
    Key::new("profile", Shape::Word(profiles), "as identified", "The controller that serves them."),
    Key::new("options", Shape::Object(OPTIONS), "{}", "How it is run, where that changes what it does."),
    Key::new("pods", Shape::Object(PODS), "unknown", "Where it runs, which tells whether a NetworkPolicy admits it."),
];

static MATCH: &[Key] = &[Key::new(
    "ingressClass",
    Shape::Text(Text::Class),
    "",
    "The class that an Ingress names in `spec.ingressClassName` or in the annotation `kubernetes.io/ingress.class`.",
)
.required()];

pub(super) static OPTIONS: &[Key] = &[
    Key::new("allowExternalName", Shape::Flag, "the profile's", "It serves ExternalName Services."),
    Key::new(
        "allowEmptyServices",
        Shape::Flag,
        "the profile's",
        "It keeps the route of a Service without ready endpoints, and answers 503 (Traefik only).",
    )
    .for_profiles(&["traefik", "traefik-nginx"]),
    Key::new(
        "annotationsPrefix",
        Shape::Text(Text::Subdomain),
        "the profile's",
        "What stands before the `/` of its annotations.",
    ),
    Key::new(
        "targetType",
        Shape::Word(target_types),
        "the profile's",
        "Where its load balancer sends requests, where neither Ingress nor Service says: to Pods (`ip`) or to node ports (`instance`); on AWS and GKE only.",
    )
    .for_profiles(&["aws-alb", "gce"]),
];

static PODS: &[Key] = &[
    Key::new("namespace", Shape::Text(Text::Namespace), "", "Their namespace.").required(),
    Key::new("selector", Shape::Labels, "{}", "Labels that they carry."),
    Key::new(
        "hostNetwork",
        Shape::Flag,
        "false",
        "They use the node's network, so that NetworkPolicies do not know them.",
    ),
];

static EXEMPT: &[Key] = &[
    Key::new("namespaces", Shape::Texts(Text::Namespace), "[]", "Their Ingresses are not judged at all."),
    Key::new(
        "users",
        Shape::Texts(Text::User),
        "[system:serviceaccount:cert-manager:cert-manager]",
        "Their requests are warned of at most.",
    ),
    Key::new(
        "groups",
        Shape::Texts(Text::Group),
        "[system:serviceaccounts:kube-system]",
        "The requests of their members are warned of at most.",
    ),
    Key::new(
        "labels",
        Shape::Labels,
        "{}",
        "Ingresses that carry one of these labels are not judged at all. cert-manager's solvers never are.",
    ),
];

fn modes() -> Vec<&'static str> {
    vec!["enforce", "warn", "audit", "off"]
}

fn actions() -> Vec<&'static str> {
    vec!["deny", "warn", "audit", "off"]
}

fn on_unknown() -> Vec<&'static str> {
    vec!["allow", "deny"]
}

fn target_types() -> Vec<&'static str> {
    vec!["instance", "ip"]
}

fn profiles() -> Vec<&'static str> {
    controllers::ALL.iter().map(|profile| profile.id).collect()
}

/// The ids of all checks.
pub(super) fn check_ids() -> Vec<&'static str> {
    checks::ALL.iter().map(|check| check.id.0).collect()
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(text) => f.write_str(text),
            Self::Word(words) => write!(f, "one of {}", words().join(", ")),
            Self::Flag => f.write_str("true or false"),
            Self::Duration => f.write_str("a duration such as 2m or 1m30s"),
            Self::Text(text) => f.write_str(text.called().0),
            Self::Texts(text) => write!(f, "a list of {}", text.called().1),
            Self::Labels => f.write_str("labels, a mapping of texts"),
            Self::Object(_) => f.write_str("a mapping"),
            Self::Objects(_) => f.write_str("a list of mappings"),
            Self::Checks(_) => f.write_str("a mapping from the ids of checks"),
        }
    }
}

/// Each key with its whole path, in the order of the file: for the reference.
pub fn keys() -> Vec<(String, &'static Key)> {
    fn add(out: &mut Vec<(String, &'static Key)>, prefix: &str, keys: &'static [Key]) {
        for key in keys {
            let path = format!("{prefix}{}", key.name);
            out.push((path.clone(), key));
            let below = match key.shape {
                Shape::Objects(_) => format!("{path}[]."),
                Shape::Checks(_) => format!("{path}.<id>."),
                _ => format!("{path}."),
            };
            add(out, &below, key.below());
        }
    }
    let mut out = Vec::new();
    add(&mut out, "", ROOT);
    out
}
