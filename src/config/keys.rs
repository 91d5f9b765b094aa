//! The table of the keys. Validation, the schema and the reference in the documentation follow from it.

use super::format::Format;
use crate::engine::{checks, controllers};

/// One key of the file.
#[derive(Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// The description, one sentence.
    pub about: &'static str,
    /// The default as it would be written; empty if there is none.
    pub default: &'static str,
    /// Whether the key must be present.
    pub required: bool,
    pub(super) shape: Shape,
    /// The only check that has the key; `None` if all checks have it.
    pub(super) only: Option<&'static str>,
    /// The controller profiles that have the key; empty if all profiles have it.
    pub(super) profiles: &'static [&'static str],
}

/// The form of the value of a key.
#[derive(Debug)]
pub(super) enum Shape {
    /// Exactly this text.
    Exactly(&'static str),
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Flag,
    /// A duration such as `2m`.
    Duration,
    /// A text.
    Text(Format),
    /// A list of distinct texts.
    Texts(Format),
    /// A mapping from label keys to label values.
    Labels,
    /// A mapping with these keys.
    Object(&'static [Key]),
    /// A list of mappings with these keys.
    Objects(&'static [Key]),
    /// A mapping from the ids of checks to mappings with these keys.
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

    /// Returns whether the check `id` has the key.
    pub(super) fn belongs_to(&self, id: &str) -> bool {
        self.only.is_none_or(|only| only == id)
    }

    /// The keys below this key.
    pub(super) fn below(&self) -> &'static [Self] {
        match self.shape {
            Shape::Object(keys) | Shape::Objects(keys) | Shape::Checks(keys) => keys,
            _ => &[],
        }
    }

    /// Describes the form of the value.
    pub fn value(&self) -> String {
        self.shape.to_string()
    }
}

pub(super) const API_VERSION: &str = "backstop.dev/v1";
pub(super) const KIND: &str = "Configuration";
/// The only check that has a `grace`.
pub(super) const GRACE_CHECK: &str = "endpoints-not-ready";

/// The keys at the top level of the file.
pub(super) static ROOT: &[Key] = &[
    Key::new("apiVersion", Shape::Exactly(API_VERSION), "", "The version of the file format.").required(),
    Key::new("kind", Shape::Exactly(KIND), "", "The kind of the file.").required(),
    Key::new(
        "mode",
        Shape::OneOf(modes),
        "enforce",
        "The mode of the whole cluster: the strictest action that findings can have. The label `backstop.dev/mode` of a namespace can only lower it there; `--mode` overrides it.",
    ),
    Key::new("checks", Shape::Checks(CHECK), "{}", "Settings of single checks, by the id of the check."),
    Key::new(
        "controllers",
        Shape::Objects(CONTROLLER),
        "[]",
        "The ingress controllers that serve classes, and their settings; in addition to the IngressClasses of the cluster.",
    ),
    Key::new("exempt", Shape::Object(EXEMPT), "{}", "Namespaces, users, groups and labels that are exempt."),
    Key::new(
        "allowIgnoreAnnotation",
        Shape::Flag,
        "false",
        "Whether the annotation `backstop.dev/ignore` of an Ingress can silence checks.",
    ),
    Key::new(
        "onUnknown",
        Shape::OneOf(on_unknown),
        "allow",
        "The answer to a new reference whose Service could not be looked up: `allow` admits it with a warning, `deny` denies it.",
    ),
];

static CHECK: &[Key] = &[
    Key::new(
        "action",
        Shape::OneOf(actions),
        "the default action of the check",
        "The action of the findings of the check. `deny` still denies only a reference that is new, proven to be broken, and not exempt, in a namespace that enforces.",
    ),
    Key::new(
        "grace",
        Shape::Duration,
        "2m",
        "The age up to which Pods count as starting (only `endpoints-not-ready`). It has no effect on manifests and snapshots, which have no current time.",
    )
    .only(GRACE_CHECK),
];

static CONTROLLER: &[Key] = &[
    Key::new("match", Shape::Object(MATCH), "", "The Ingresses that the entry applies to.").required(),
    Key::new("profile", Shape::OneOf(profiles), "as identified", "The profile of the controller that serves them."),
    Key::new("options", Shape::Object(OPTIONS), "{}", "Settings of the controller that change its behavior."),
    Key::new(
        "pods",
        Shape::Object(PODS),
        "unknown",
        "The Pods of the controller. Backstop compares their labels with NetworkPolicies. `check` reads the controller and its version from the image of the Pods.",
    ),
];

static MATCH: &[Key] = &[Key::new(
    "ingressClass",
    Shape::Text(Format::Class),
    "",
    "The ingress class: `spec.ingressClassName`, or the annotation `kubernetes.io/ingress.class`.",
)
.required()];

pub(super) static OPTIONS: &[Key] = &[
    Key::new(
        "version",
        Shape::Text(Format::Version),
        "unknown",
        "The version of the controller, such as `\"3.7\"`. Without it, every version that the profile describes may run.",
    ),
    Key::new("allowExternalName", Shape::Flag, "the value of the profile", "Whether the controller serves ExternalName Services."),
    Key::new(
        "allowEmptyServices",
        Shape::Flag,
        "the value of the profile",
        "Whether the controller keeps the route of a Service without ready endpoints and answers 503 (only Traefik).",
    )
    .for_profiles(&["traefik", "traefik-nginx"]),
    Key::new(
        "annotationsPrefix",
        Shape::Text(Format::Subdomain),
        "the value of the profile",
        "The prefix of the annotations of the controller, without the `/`.",
    ),
    Key::new(
        "targetType",
        Shape::OneOf(target_types),
        "the value of the profile",
        "The target of the load balancer if neither the Ingress nor the Service sets it: Pods (`ip`) or node ports (`instance`). Only on AWS and GKE.",
    )
    .for_profiles(&["aws-alb", "gce"]),
    Key::new(
        "serviceUpstream",
        Shape::Flag,
        "the value of the profile",
        "Whether the controller connects to the ClusterIP or the DNS name of every Service whose annotations say nothing else: `service-upstream` of ingress-nginx and HAProxy Ingress, `nativeLBByDefault` of Traefik, `serviceUpstream` in IngressClassParameters of Kong.",
    )
    .for_profiles(&["ingress-nginx", "traefik", "haproxy-ingress", "kong"]),
];

static PODS: &[Key] = &[
    Key::new("namespace", Shape::Text(Format::Namespace), "", "The namespace of the Pods.").required(),
    Key::new("selector", Shape::Labels, "{}", "Labels that the Pods have."),
    Key::new(
        "hostNetwork",
        Shape::Flag,
        "false",
        "Whether the Pods use the network of the node, so that NetworkPolicies cannot select them.",
    ),
];

static EXEMPT: &[Key] = &[
    Key::new("namespaces", Shape::Texts(Format::Namespace), "[]", "Namespaces whose Ingresses are not judged."),
    Key::new(
        "users",
        Shape::Texts(Format::User),
        "[system:serviceaccount:cert-manager:cert-manager]",
        "Users whose requests are never denied, only warned about.",
    ),
    Key::new(
        "groups",
        Shape::Texts(Format::Group),
        "[system:serviceaccounts:kube-system]",
        "Groups whose members' requests are never denied, only warned about.",
    ),
    Key::new(
        "labels",
        Shape::Labels,
        "{}",
        "Ingresses with one of these labels are not judged. Solver Ingresses of cert-manager are always exempt.",
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
            Self::OneOf(words) => write!(f, "one of {}", words().join(", ")),
            Self::Flag => f.write_str("true or false"),
            Self::Duration => f.write_str("a duration such as 2m or 1m30s"),
            Self::Text(format) => f.write_str(format.nouns().0),
            Self::Texts(format) => write!(f, "a list of {}", format.nouns().1),
            Self::Labels => f.write_str("labels: a mapping from keys to values"),
            Self::Object(_) => f.write_str("a mapping"),
            Self::Objects(_) => f.write_str("a list of mappings"),
            Self::Checks(_) => f.write_str("a mapping from ids of checks to settings"),
        }
    }
}

/// Returns all keys with their paths, in the order of the file.
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
