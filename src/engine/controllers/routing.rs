//! Which rules, paths and default backends of an Ingress a controller uses (rulebook 2.5).

use ahash::HashSet;

use super::{Profile, ProfileSet};
use crate::engine::model::Unused;
use crate::engine::subject::{IngressPart, PathType, Reference, Subject, is_true};

/// When a controller uses `spec.defaultBackend` (rulebook 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultBackendUse {
    /// For the requests that no rule serves.
    Always,
    /// As [`Self::Always`]; besides, for all requests of the hosts of `spec.tls`, and instead of the prefix `/` without a
    /// host. A rule without a host takes precedence on the hosts of `spec.tls`, too.
    First,
    /// Only if the Ingress has no rules.
    WithoutRules,
    /// The controller is not known: always, or only if the Ingress has no rules.
    PerhapsWithoutRules,
    /// Without rules, for all requests. Beside rules, as the path `/` of their hosts that have no path `/`.
    OwnHosts {
        /// A rule without a host counts as a host.
        hostless: bool,
    },
    /// As the path `/` of the rules that have none. Each of the paths `/`, `/*` and the empty path replaces it.
    OwnRules,
    /// Unless a rule that the controller reads has the path `/`.
    UnlessRoot,
    /// Unless a rule without a host has the path `/`.
    UnlessHostlessRoot,
    /// Never.
    Never,
}

/// Which rules and paths of an Ingress a controller reads (rulebook 2.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleUse {
    /// The hosts whose rules the controller reads.
    pub hosts: RuleHosts,
    /// The controller reads paths of type Exact.
    pub exact: bool,
    /// What the controller reads of an Ingress with TLS passthrough, if that differs.
    pub passthrough: Option<Passthrough>,
    /// The key of the annotation with which the controller merges Ingresses. It then ignores their default backends.
    pub merging: Option<&'static str>,
}

impl RuleUse {
    /// The controller reads every rule and path.
    pub const ALL: Self = Self { hosts: RuleHosts::Any, exact: true, passthrough: None, merging: None };
}

/// The hosts whose rules a controller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleHosts {
    /// Every host, and rules without a host.
    Any,
    /// Every host. A rule without a host is ignored.
    Required,
    /// The first host of `spec.tls`, and rules without a host.
    FirstTlsHost {
        /// The key of the annotation with which the controller compares another name, which the Ingress does not state.
        unless: &'static str,
    },
}

/// What a controller reads of an Ingress with TLS passthrough: the path `/` of each rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passthrough {
    /// The keys of the annotations that turn it on.
    pub keys: &'static [&'static str],
    /// A value of the annotations that turns it on besides the values that are true.
    pub word: &'static str,
    /// The controller reads rules without a host.
    pub hostless: bool,
    /// The default backend serves rules without paths.
    pub default_backend: bool,
}

impl Passthrough {
    fn is_on(self, subject: &Subject) -> bool {
        let turns_on = |value: &str| is_true(value) || value.eq_ignore_ascii_case(self.word);
        self.keys.iter().any(|key| subject.annotations.get(key).is_some_and(turns_on))
    }
}

/// The references to which a controller sends no request, with the reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnusedReferences(Vec<(u32, Unused)>);

impl UnusedReferences {
    /// Whether the controller uses every reference.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why the controller does not use the reference with this index; `None` if it does.
    pub fn why(&self, reference: u32) -> Option<Unused> {
        let at = self.0.binary_search_by_key(&reference, |(index, _)| *index).ok()?;
        self.0.get(at).map(|(_, why)| *why)
    }

    /// The indexes of the references, in ascending order, each with the reason.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Unused)> {
        self.0.iter().copied()
    }
}

impl Profile {
    /// The references of `subject` to which the controller sends no request, whatever their targets are. The cost is
    /// linear in the number of references, and nothing for a controller that reads every rule of an Ingress without a
    /// default backend.
    pub fn unused(&self, subject: &Subject) -> UnusedReferences {
        let mut unused = Vec::new();
        self.each_unused(subject, &mut |index, why| unused.push((index, why)));
        UnusedReferences(unused)
    }

    /// Passes each index of [`Self::unused`] to `found`.
    fn each_unused(&self, subject: &Subject, found: &mut dyn FnMut(u32, Unused)) {
        let Some(ingress) = &subject.ingress else { return };
        let has_default = subject.references.first().is_some_and(Reference::is_default_backend);
        let passthrough = self.rules.passthrough.filter(|passthrough| passthrough.is_on(subject));
        let by_host = self.default_backend == DefaultBackendUse::First && !ingress.tls_hosts.is_empty();
        let reads_all = self.rules.hosts == RuleHosts::Any && self.rules.exact && passthrough.is_none() && !by_host;
        if has_default || !reads_all {
            Routing { profile: self, subject, ingress, has_default, passthrough }.each_unused(found);
        }
    }
}

impl ProfileSet {
    /// For each reference of `subject`, the profiles whose controllers use it. Empty if all profiles use all references.
    pub fn of_references(subject: &Subject) -> Vec<Self> {
        let mut sets = Vec::new();
        for (profile, only) in Self::each() {
            profile.each_unused(subject, &mut |index, _| {
                sets.resize(subject.references.len(), Self::EVERY);
                if let Some(users) = usize::try_from(index).ok().and_then(|index| sets.get_mut(index)) {
                    users.remove(only);
                }
            });
        }
        sets
    }
}

/// An Ingress, as a controller reads its rules.
struct Routing<'a> {
    profile: &'a Profile,
    subject: &'a Subject,
    ingress: &'a IngressPart,
    /// The first reference is the default backend.
    has_default: bool,
    /// The Ingress has TLS passthrough.
    passthrough: Option<Passthrough>,
}

impl<'a> Routing<'a> {
    fn each_unused(&self, found: &mut dyn FnMut(u32, Unused)) {
        if let Some(why) = self.unused_default_backend() {
            found(0, why);
        }
        let behind = self.tls_hosts_behind();
        let mut index = u32::from(self.has_default);
        for rule in self.rules() {
            let host = rule.first().and_then(|reference| reference.host.as_deref());
            let of_host = self.unused_host(host, &behind);
            for reference in rule {
                if let Some(why) = of_host.or_else(|| self.unused_path(reference)) {
                    found(index, why);
                }
                index = index.saturating_add(1);
            }
        }
    }

    /// The references of the rules, without the default backend.
    fn of_rules(&self) -> &'a [Reference] {
        self.subject.references.get(usize::from(self.has_default)..).unwrap_or_default()
    }

    /// The references of each rule that has paths.
    fn rules(&self) -> impl Iterator<Item = &'a [Reference]> {
        self.of_rules().chunk_by(|a, b| a.rule() == b.rule())
    }

    fn unused_default_backend(&self) -> Option<Unused> {
        if !self.has_default {
            return None;
        }
        let (ingress, rules) = (self.ingress, self.profile.rules);
        if let Some(passthrough) = self.passthrough {
            let used = passthrough.default_backend && (ingress.rule_count == 0 || !ingress.pathless_rules.is_empty());
            return (!used).then_some(Unused::Passthrough);
        }
        if rules.merging.is_some_and(|key| self.subject.annotations.get(key).is_some()) {
            return Some(Unused::Merged);
        }
        let replaced = match self.profile.default_backend {
            DefaultBackendUse::Always | DefaultBackendUse::First => return None,
            DefaultBackendUse::Never => return Some(Unused::DefaultBackend),
            DefaultBackendUse::WithoutRules => return (ingress.rule_count > 0).then_some(Unused::BesideRules),
            DefaultBackendUse::PerhapsWithoutRules => {
                return (ingress.rule_count > 0).then_some(Unused::PerhapsBesideRules);
            }
            DefaultBackendUse::OwnHosts { hostless } => {
                let unused = ingress.rule_count > 0 && !self.has_host_without_root(hostless);
                return unused.then_some(Unused::HostsHaveRoot);
            }
            DefaultBackendUse::OwnRules => {
                let is_root = |reference: &Reference| ["/", "/*"].contains(&reference.path_or_root());
                let mut rules = self.rules().peekable();
                rules.peek().is_some() && rules.all(|rule| rule.iter().any(is_root))
            }
            DefaultBackendUse::UnlessRoot => self.rules().any(|rule| {
                let host = rule.first().and_then(|reference| reference.host.as_deref());
                self.is_read(host) && rule.iter().any(|reference| reference.path_or_root() == "/")
            }),
            DefaultBackendUse::UnlessHostlessRoot => {
                self.of_rules().iter().any(|reference| reference.host.is_none() && reference.is_root())
            }
        };
        replaced.then_some(Unused::Replaced)
    }

    /// Whether a host of the rules has no path `/`.
    fn has_host_without_root(&self, hostless: bool) -> bool {
        let roots = self.of_rules().iter().filter(|reference| reference.is_root());
        let with_root: HashSet<Option<&str>> = roots.map(|reference| reference.host.as_deref()).collect();
        let of_paths = self.rules().filter_map(|rule| Some(rule.first()?.host.as_deref()));
        let pathless = self.ingress.pathless_rules.iter().map(|rule| rule.host.as_deref());
        let mut hosts = of_paths.chain(pathless);
        hosts.any(|host| (hostless || host.is_some()) && !with_root.contains(&host))
    }

    /// Whether the controller certainly reads the rules for `host`.
    fn is_read(&self, host: Option<&str>) -> bool {
        match self.profile.rules.hosts {
            RuleHosts::Any => true,
            RuleHosts::Required => host.is_some(),
            RuleHosts::FirstTlsHost { unless } => {
                let compares_tls = self.subject.annotations.get(unless).is_none();
                host.is_none() || (compares_tls && host == self.ingress.tls_hosts.first().map(|host| &**host))
            }
        }
    }

    /// The hosts of `spec.tls` whose rules get no request, sorted.
    fn tls_hosts_behind(&self) -> Vec<&'a str> {
        let first = self.profile.default_backend == DefaultBackendUse::First && self.passthrough.is_none();
        if !first || !(self.has_default || self.of_rules().iter().any(|reference| reference.host.is_none())) {
            return Vec::new();
        }
        let mut hosts: Vec<&str> = self.ingress.tls_hosts.iter().map(|host| &**host).collect();
        hosts.sort_unstable();
        hosts
    }

    /// Why the controller reads no rule for `host`.
    fn unused_host(&self, host: Option<&str>, behind: &[&str]) -> Option<Unused> {
        if self.passthrough.is_some_and(|passthrough| !passthrough.hostless && host.is_none()) {
            return Some(Unused::Passthrough);
        }
        match self.profile.rules.hosts {
            RuleHosts::Required if host.is_none() => Some(Unused::NoHost),
            RuleHosts::FirstTlsHost { unless } if self.subject.annotations.get(unless).is_none() => {
                (!self.is_read(host)).then_some(Unused::OtherHost)
            }
            _ => host.filter(|host| behind.binary_search(host).is_ok()).map(|_| Unused::TlsHost),
        }
    }

    /// Why the controller does not read the path of `reference`, in a rule that it reads.
    fn unused_path(&self, reference: &Reference) -> Option<Unused> {
        if self.passthrough.is_some() {
            return (reference.path_or_root() != "/").then_some(Unused::Passthrough);
        }
        if !self.profile.rules.exact && reference.path_type == PathType::Exact {
            return Some(Unused::Exact);
        }
        let first = self.profile.default_backend == DefaultBackendUse::First && self.has_default;
        let is_prefix = reference.path_type == PathType::Prefix && reference.path_or_root() == "/";
        (first && is_prefix && reference.host.is_none()).then_some(Unused::BehindDefaultBackend)
    }
}
