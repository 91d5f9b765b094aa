//! Objects of kinds that have no row, as far as they concern Pods: custom resources whose operators create Pods, and
//! objects that decide how many Pods a workload has.

use super::Labels;
use crate::text::near;

/// The facts of a custom resource that a decision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomFacts {
    /// The kind, for example `Prometheus`.
    pub kind: String,
    /// The API group, for example `monitoring.coreos.com`.
    pub group: String,
    /// The name of the object.
    pub name: String,
    /// The labels of the Pod templates anywhere in the object. Its operator completes the templates, so their containers
    /// are not known.
    pub templates: Vec<Labels>,
    /// An operator may create further objects for the object, such as Pods and Services, which the object does not show.
    pub is_expanded: bool,
    /// The kind and name of the workload whose replicas the object decides.
    pub scales: Option<(String, String)>,
}

/// Labels that a controller or the program in the Pod sets on the Pod, so that no template shows them (rulebook 6.4). A
/// key that ends in `-` or `/` stands for all keys that begin with it.
const SET_LATER: [&str; 15] = [
    // Kubernetes (`pkg/apis/apps/types.go`, `pkg/apis/batch/types.go`).
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/",
    "statefulset.kubernetes.io/",
    "apps.kubernetes.io/",
    // Argo Rollouts (`DefaultRolloutUniqueLabelKey`).
    "rollouts-pod-template-hash",
    // Vault and OpenBao label the Pod of the active server (service registration in Kubernetes).
    "vault-",
    "openbao-",
    // Patroni, Spilo, CloudNativePG and Rook label the Pod of the primary.
    "role",
    "spilo-role",
    "cnpg.io/",
    "mgr_role",
];

/// Whether the label `key` is set on a Pod after its workload creates it.
pub fn is_set_later(key: &str) -> bool {
    SET_LATER.iter().any(|own| key == *own || (own.ends_with(['-', '/']) && key.starts_with(own)))
}

/// Why an operator may create Pods that a selector selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// A value of the selector has the name of the object. Most objects of an application have the name of the application.
    Name,
    /// A Pod template of the object has the labels, or a key of the selector has the API group of the object.
    Labels,
}

impl CustomFacts {
    /// Why the operator may create Pods that `selector` selects; `None` if nothing shows it.
    pub fn relation(&self, selector: &Labels) -> Option<Relation> {
        let has_group = |(key, _): (&str, &str)| key.split_once('/').is_some_and(|(domain, _)| domain == self.group);
        if self.templates.iter().any(|labels| selector.selects(labels))
            || (self.is_expanded && selector.iter().any(has_group))
        {
            return Some(Relation::Labels);
        }
        let has_name = || selector.iter().any(|(_, value)| has_segments(value, &self.name));
        (self.is_expanded && has_name()).then_some(Relation::Name)
    }
}

/// Whether `selector` selects `labels` but for a typing error: one value is similar, or one key with the same value is.
pub fn nearly_selects(selector: &Labels, labels: &Labels) -> bool {
    let mut misses = selector.differences(labels);
    let Some((key, wanted, found)) = misses.next() else { return false };
    if misses.next().is_some() || is_set_later(key) {
        return false;
    }
    match found {
        Some(found) => near(wanted, [found]).is_some(),
        None => labels.iter().any(|(other, value)| value == wanted && near(key, [other]).is_some()),
    }
}

/// Whether the parts of `text` between dashes contain those of `name`: `prometheus-main-0` contains `main`.
fn has_segments(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(['-', '.']));
        let after = text.get(at + name.len()..).is_some_and(|after| after.is_empty() || after.starts_with(['-', '.']));
        before && after
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("main", true)]
    #[case("prometheus-main-0", true)]
    #[case("main-x", true)]
    #[case("domain", false)]
    #[case("main2", false)]
    #[case("", false)]
    fn a_value_names_the_object(#[case] value: &str, #[case] expected: bool) {
        let object = CustomFacts {
            kind: "Prometheus".to_owned(),
            group: "monitoring.coreos.com".to_owned(),
            name: "main".to_owned(),
            templates: Vec::new(),
            is_expanded: true,
            scales: None,
        };
        let selector = |key: &str| [(key, value)].into_iter().collect::<Labels>();
        assert_eq!(object.relation(&selector("app")), expected.then_some(Relation::Name));
        assert_eq!(object.relation(&selector("monitoring.coreos.com/x")), Some(Relation::Labels));
        assert_eq!(CustomFacts { is_expanded: false, ..object }.relation(&selector("app")), None);
    }

    #[rstest]
    #[case::a_value("app=web", "app=wbe,tier=front", true)]
    #[case::a_key("app=web,teir=front", "app=web,tier=front", true)]
    #[case::another_value("app=web", "app=db", false)]
    #[case::another_part("app=shop,part=redis", "app=shop,part=web", false)]
    #[case::a_key_more("app=web,part=redis", "app=web", false)]
    #[case::equal("app=web", "app=web", false)]
    #[case::two_errors("app=web,tier=front", "app=wbe,tier=fornt", false)]
    #[case::set_later("app=web,role=master", "app=web,role=mister", false)]
    fn a_typing_error_in_a_selector(#[case] selector: &str, #[case] template: &str, #[case] expected: bool) {
        let labels = |text: &str| text.split(',').filter_map(|pair| pair.split_once('=')).collect::<Labels>();
        assert_eq!(nearly_selects(&labels(selector), &labels(template)), expected);
    }

    #[rstest]
    #[case("vault-active", true)]
    #[case("role", true)]
    #[case("batch.kubernetes.io/job-name", true)]
    #[case("app", false)]
    #[case("role-x", false)]
    #[case("app.kubernetes.io/name", false)]
    fn labels_that_no_template_shows(#[case] key: &str, #[case] expected: bool) {
        assert_eq!(is_set_later(key), expected);
    }
}
