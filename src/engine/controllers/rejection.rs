//! Ingresses that a controller rejects as a whole (rulebook 2.5.4).

use ahash::HashSet;

use super::{Controller, Profile};
use crate::engine::model::{Action, Target};
use crate::engine::subject::{IngressPart, PathType, Reference, Subject, is_boolean};

/// A shape of an Ingress that a controller rejects as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The shape.
    pub shape: RejectedShape,
    /// `Warn`; `Audit` if an option decides that many users of the shape set, or if only some versions reject it.
    pub action: Action,
}

/// What is wrong with an Ingress that a controller rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectedShape {
    /// There are no rules.
    NoRules,
    /// There are rules, and none has a path.
    NoPaths,
    /// A rule has no paths.
    PathlessRule,
    /// A rule has no host.
    HostlessRule,
    /// Two rules have the same host.
    RepeatedHost,
    /// A path of type Exact or Prefix contains one of these characters.
    PathCharacter(&'static [char]),
    /// A path is not a regular expression.
    PathPattern,
    /// The annotation with this key is set, and not empty.
    Annotation(&'static str),
    /// The value of the annotation with this key contains one of these characters.
    AnnotationCharacter(&'static str, &'static [char]),
    /// An annotation needs TLS, and there is no TLS.
    WithoutTls {
        /// The key of the annotation.
        key: &'static str,
        /// The value with which it needs TLS.
        value: &'static str,
        /// The key of an annotation that names a certificate instead of `spec.tls`.
        unless: Option<&'static str>,
    },
    /// The value of the annotation with this key is not a boolean of Go.
    NotBoolean(&'static str),
    /// The value of the annotation with this key is not a whole number.
    NotNumber(&'static str),
    /// The annotation with this key lists a Service that no backend names.
    UnknownService(&'static str),
    /// The annotation with this key makes the Ingress a master or a minion of mergeable Ingresses, and the Ingress does not
    /// have the form of one.
    Mergeable(&'static str),
    /// `spec.tls` names more than one host beside the annotation with this key.
    TlsHosts(&'static str),
}

/// Where in an Ingress the reason for its rejection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectedPlace {
    /// The annotation with this key.
    Annotation(&'static str),
    /// `spec.rules`.
    Rules,
    /// The host of the rule with this index.
    Host(u32),
    /// The rule with this index.
    Rule(u32),
    /// The path of the reference with this index.
    Path(u32),
    /// `spec.tls`.
    Tls,
}

impl RejectedShape {
    /// The first place of `subject` that has this shape; `None` if the subject does not have the shape.
    fn find(self, subject: &Subject) -> Option<RejectedPlace> {
        let ingress = subject.ingress.as_ref()?;
        let value = |key: &str| subject.annotations.get(key);
        let path = |wrong: &dyn Fn(&Reference) -> bool| {
            let mut paths = (0..).zip(&subject.references);
            paths
                .find(|(_, reference)| reference.path.is_some() && wrong(reference))
                .map(|(at, _)| RejectedPlace::Path(at))
        };
        let annotation = |key, wrong: bool| wrong.then_some(RejectedPlace::Annotation(key));
        match self {
            Self::NoRules => (ingress.rule_count == 0).then_some(RejectedPlace::Rules),
            Self::NoPaths => {
                let none = ingress.rule_count > 0 && ingress.pathless_rules.len() == ingress.rule_count;
                none.then_some(RejectedPlace::Rules)
            }
            Self::PathlessRule => ingress.pathless_rules.first().map(|rule| RejectedPlace::Rule(rule.rule)),
            Self::HostlessRule => {
                let hostless = rules(subject, ingress).find(|(_, host)| host.is_none());
                hostless.map(|(rule, _)| RejectedPlace::Host(rule))
            }
            Self::RepeatedHost => {
                let mut known = HashSet::default();
                let mut hosts = rules(subject, ingress).filter_map(|(rule, host)| Some((rule, host?)));
                hosts.find(|(_, host)| !known.insert(*host)).map(|(rule, _)| RejectedPlace::Host(rule))
            }
            Self::PathCharacter(characters) => path(&|reference| {
                let is_literal = reference.path_type != PathType::ImplementationSpecific;
                is_literal && reference.path.as_deref().is_some_and(|path| path.contains(characters))
            }),
            Self::PathPattern => path(&|reference| !reference.path.as_deref().is_none_or(may_be_pattern)),
            Self::Annotation(key) => annotation(key, value(key).is_some_and(|value| !value.is_empty())),
            Self::AnnotationCharacter(key, characters) => {
                annotation(key, value(key).is_some_and(|value| value.contains(characters)))
            }
            Self::WithoutTls { key, value: needs_tls, unless } => {
                let has_tls = ingress.has_tls || unless.and_then(value).is_some();
                annotation(key, !has_tls && value(key) == Some(needs_tls))
            }
            Self::NotBoolean(key) => annotation(key, value(key).is_some_and(|value| !is_boolean(value))),
            Self::NotNumber(key) => {
                annotation(key, value(key).is_some_and(|value| value.trim().parse::<i64>().is_err()))
            }
            Self::UnknownService(key) => {
                let listed = value(key).into_iter().flat_map(|value| value.split(',')).map(str::trim);
                annotation(key, names_other_service(subject, listed))
            }
            Self::Mergeable(key) => value(key).and_then(|value| misshapen(value, key, ingress)),
            Self::TlsHosts(key) => (value(key).is_some() && ingress.tls_hosts.len() > 1).then_some(RejectedPlace::Tls),
        }
    }
}

/// The rules, each with its index and its host: first those with paths, then those without.
fn rules<'a>(subject: &'a Subject, ingress: &'a IngressPart) -> impl Iterator<Item = (u32, Option<&'a str>)> {
    let with_paths = subject.references.chunk_by(|a, b| a.rule() == b.rule());
    let with_paths = with_paths.filter_map(|rule| {
        let first = rule.first()?;
        Some((first.rule()?, first.host.as_deref()))
    });
    with_paths.chain(ingress.pathless_rules.iter().map(|rule| (rule.rule, rule.host.as_deref())))
}

/// Whether one of the `listed` names is not the name of a Service in a backend.
fn names_other_service<'a>(subject: &Subject, listed: impl Iterator<Item = &'a str>) -> bool {
    let mut listed = listed.peekable();
    if listed.peek().is_none() {
        return false;
    }
    let names = subject.targets.iter().filter_map(|target| match target {
        Target::Service(service) => Some(&*service.name),
        Target::Action(name) => Some(&**name),
        Target::Resource { .. } | Target::Nothing => None,
    });
    let known: HashSet<&str> = names.collect();
    listed.any(|name| !known.contains(name))
}

/// The place where a master or a minion does not have its form: a master has one rule without paths; a minion has one rule
/// with paths, and no TLS.
fn misshapen(kind: &str, key: &'static str, ingress: &IngressPart) -> Option<RejectedPlace> {
    let has_paths = ingress.pathless_rules.len() < ingress.rule_count;
    match kind {
        "master" => (ingress.rule_count != 1 || has_paths).then_some(RejectedPlace::Rules),
        "minion" if ingress.has_tls => Some(RejectedPlace::Tls),
        "minion" => (ingress.rule_count != 1 || !has_paths).then_some(RejectedPlace::Rules),
        _ => Some(RejectedPlace::Annotation(key)),
    }
}

/// Whether `text` may be a regular expression of Perl. The function finds brackets that are not closed, or not opened, a
/// repetition of nothing and of a repetition, and a backslash at the end.
fn may_be_pattern(text: &str) -> bool {
    let mut rest = text.chars().peekable();
    let (mut open, mut repeatable, mut repeated) = (0_usize, false, false);
    while let Some(c) = rest.next() {
        let repeats = matches!(c, '*' | '+') || (c == '?' && !repeated);
        match c {
            '\\' if rest.next().is_none() => return false,
            '[' if !closes_class(&mut rest) => return false,
            '*' | '+' | '?' if !repeatable => return false,
            '*' | '+' if repeated => return false,
            '(' => {
                open += 1;
                // `(?:` and the like begin a group of another kind.
                if rest.next_if_eq(&'?').is_some() {
                    while rest.next_if(|c| ":=!<>".contains(*c)).is_some() {}
                }
            }
            ')' => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return false,
            },
            _ => {}
        }
        repeatable = !matches!(c, '(' | '|');
        // A question mark after a repetition makes it lazy.
        repeated = repeats;
    }
    open == 0
}

/// Reads a class of characters up to the bracket that closes it. A bracket that comes first is a member.
fn closes_class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    rest.next_if_eq(&'^');
    rest.next_if_eq(&']');
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                rest.next();
            }
            ']' => return true,
            _ => {}
        }
    }
    false
}

/// A reason for which a controller rejects an Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// What is wrong.
    pub shape: RejectedShape,
    /// Where it is.
    pub place: RejectedPlace,
    /// The action of the finding.
    pub action: Action,
}

impl Profile {
    /// The reasons for which the controller rejects `subject` as a whole: at most one for each shape. The cost is linear in
    /// the size of the subject.
    pub fn rejections<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = Rejected> {
        self.rejects.iter().filter_map(|Rejection { shape, action }| {
            Some(Rejected { shape: *shape, place: shape.find(subject)?, action: *action })
        })
    }
}

impl Controller<'_> {
    /// Whether the controller, with its default options, rejects `subject` as a whole. Then no backend of the subject is
    /// the reason why requests fail.
    pub fn rejects(&self, subject: &Subject) -> bool {
        let certain = self.profile().rejects.iter().filter(|rejection| rejection.action >= Action::Warn);
        certain.map(|rejection| rejection.shape).any(|shape| shape.find(subject).is_some())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/", true)]
    #[case("/a(/|$)(.*)", true)]
    #[case("/*", true)]
    #[case("/(?i)a+?", true)]
    #[case("/(?<name>a)[]a\\]]*", true)]
    #[case("/[^/]+/x{2}", true)]
    #[case("/\\(", true)]
    #[case("/(old", false)]
    #[case("/old)", false)]
    #[case("/[a-z", false)]
    #[case("/a**", false)]
    #[case("/a?+", false)]
    #[case("/(*)", false)]
    #[case("/a|+", false)]
    #[case("/a\\", false)]
    fn patterns(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(may_be_pattern(text), expected);
    }
}
