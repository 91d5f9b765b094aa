//! Services of a snapshot about which nothing is proven.

use std::collections::BTreeMap;

use crate::engine::model::{Claim, NamePair, NameRef, ObjectName};

/// See the documentation of the module. The reasons are clauses for people.
#[derive(Debug, Default)]
pub struct DoubtfulServices {
    /// The Services that may differ from those in the snapshot, by namespace and name. `None` stands for all namespaces or
    /// names.
    disputed: BTreeMap<(Option<String>, Option<String>), &'static str>,
    /// The Services that do not exist for the subject that is judged now.
    hidden: BTreeMap<ObjectName, &'static str>,
}

impl DoubtfulServices {
    /// Notes that the Services of this namespace and name may differ from those in the snapshot; `None` stands for all
    /// namespaces or names. `why` is a clause for people.
    pub fn dispute(&mut self, (namespace, name): (Option<&str>, Option<&str>), why: &'static str) {
        self.disputed.entry((namespace.map(str::to_owned), name.map(str::to_owned))).or_insert(why);
    }

    /// Ends the disputes with this reason.
    pub fn settle(&mut self, why: &str) {
        self.disputed.retain(|_, reason| *reason != why);
    }

    /// Sets the Services that do not exist for the subject that is judged next, although the snapshot has them, and why that
    /// is not proven, as a clause for people.
    pub fn set_hidden(&mut self, hidden: BTreeMap<ObjectName, &'static str>) {
        self.hidden = hidden;
    }

    /// Whether the Service does not exist for the subject.
    pub(super) fn hide(&self, namespace: &str, name: &str) -> bool {
        !self.hidden.is_empty() && self.hidden.contains_key(&(namespace, name) as &dyn NamePair)
    }

    /// Why `claim` is not proven; `None` if it is.
    pub(super) fn why_unproven(&self, claim: Claim<NameRef<'_>>) -> Option<&'static str> {
        let NameRef { namespace, name } = match claim {
            Claim::Absent(_) if self.hidden.is_empty() => return None,
            Claim::Absent(service) => return self.hidden.get(&service as &dyn NamePair).copied(),
            Claim::Service(_) if self.disputed.is_empty() => return None,
            Claim::Service(service) => service,
            Claim::View => return None,
        };
        let of = |namespace: Option<&str>, name: Option<&str>| {
            self.disputed.get(&(namespace.map(str::to_owned), name.map(str::to_owned))).copied()
        };
        let of_name = |name: Option<&str>| of(None, name).or_else(|| of(Some(namespace), name));
        of_name(None).or_else(|| of_name(Some(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service<'a>(namespace: &'a str, name: &'a str) -> NameRef<'a> {
        NameRef { namespace, name }
    }

    #[test]
    fn a_dispute_is_about_a_namespace_and_a_name() {
        let mut services = DoubtfulServices::default();
        services.dispute((Some("shop"), Some("web")), "first");
        services.dispute((None, Some("api")), "second");
        let why = |services: &DoubtfulServices, of| services.why_unproven(Claim::Service(of));
        assert_eq!(why(&services, service("shop", "web")), Some("first"));
        assert_eq!(why(&services, service("blog", "web")), None);
        assert_eq!(why(&services, service("blog", "api")), Some("second"));
        services.dispute((Some("blog"), None), "third");
        assert_eq!(why(&services, service("blog", "any")), Some("third"));
        services.settle("first");
        assert_eq!(why(&services, service("shop", "web")), None);
        assert_eq!(services.why_unproven(Claim::Absent(service("blog", "any"))), None);
    }

    #[test]
    fn the_absence_of_a_hidden_service_is_not_proven() {
        let mut services = DoubtfulServices::default();
        assert!(!services.hide("shop", "web"));
        services.set_hidden(BTreeMap::from([(ObjectName::new("shop", "web"), "why")]));
        assert!(services.hide("shop", "web") && !services.hide("blog", "web"));
        assert_eq!(services.why_unproven(Claim::Absent(service("shop", "web"))), Some("why"));
        assert_eq!(services.why_unproven(Claim::Absent(service("shop", "api"))), None);
    }
}
