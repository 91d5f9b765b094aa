//! Objects of kinds that have no row, as far as they concern Pods: custom resources whose operators create Pods, and
//! objects that decide how many Pods a workload has.

use super::Labels;

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
    /// An operator may create Pods for the object, with labels that the object does not show.
    pub makes_pods: bool,
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

impl CustomFacts {
    /// Whether the operator may create Pods that `selector` selects: a template has its labels, or a label names the
    /// object or the API group.
    pub fn may_make(&self, selector: &Labels) -> bool {
        let names_it = |(key, value): (&str, &str)| {
            let domain = key.split_once('/').map_or("", |(domain, _)| domain);
            domain == self.group || has_segments(value, &self.name)
        };
        self.templates.iter().any(|labels| selector.selects(labels))
            || (self.makes_pods && selector.iter().any(names_it))
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
            makes_pods: true,
            scales: None,
        };
        let selector = |key: &str| [(key, value)].into_iter().collect::<Labels>();
        assert_eq!(object.may_make(&selector("app")), expected);
        assert!(object.may_make(&selector("monitoring.coreos.com/x")));
        assert!(!CustomFacts { makes_pods: false, ..object }.may_make(&selector("app")));
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
