//! The rounds of one review: which reads run at the same time, which reads an answer waits for, and how often the
//! review is judged.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backstop::engine::policy::Configuration;
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Needs, Purpose, Unknown, View};
use backstop::webhook::Facts;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::admission::{ask_with, ingress, nothing, review};
use crate::needs::{index, unready};

/// An index, and live reads of a cluster that holds the same Services and no Pods.
struct Rounds {
    index: Index,
    /// The objects of the live cluster that the index does not contain.
    live: Index,
    /// Explanations never come.
    hangs: bool,
    /// Pods are too many to be read.
    many_pods: bool,
    events: Mutex<Vec<&'static str>>,
}

impl Rounds {
    fn new(seen: Vec<Value>, unseen: &[Value], hangs: bool) -> &'static Self {
        let (index, live) = (index(&seen), index(&[seen, unseen.to_vec()].concat()));
        Box::leak(Box::new(Self { index, live, hangs, many_pods: false, events: Mutex::default() }))
    }

    fn events(&self) -> Vec<&'static str> {
        self.events.lock().unwrap().clone()
    }
}

impl Facts for &'static Rounds {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        self.events.lock().unwrap().push("look");
        Arc::new(self.index.picture(namespaces.iter().copied()))
    }

    fn read(&self, needs: BTreeSet<Need>, purpose: Purpose, _: Instant) -> impl Future<Output = LiveFacts> + Send {
        assert!(!needs.is_empty());
        self.events.lock().unwrap().push(match purpose {
            Purpose::Proof => "prove",
            Purpose::Explanation => "explain",
        });
        let live = self.live.picture(["shop"]);
        let mut facts = LiveFacts::default();
        for need in &needs {
            match need {
                Need::Service(name) => {
                    let service = live.service(&name.namespace, &name.name).map(Clone::clone);
                    facts.services.insert(name.clone(), service);
                }
                Need::Backend(name) => {
                    let service = live.service(&name.namespace, &name.name).map(Clone::clone);
                    facts.services.insert(name.clone(), service);
                    let slices = live.slices(&name.namespace, &name.name).map(<[_]>::to_vec);
                    facts.slices.insert(name.clone(), slices);
                }
                Need::Pods(namespace, selector) => {
                    let key = (namespace.clone(), selector.clone());
                    let pods =
                        if self.many_pods { Lookup::Unknown(Unknown::NotRead) } else { Lookup::Found([].into()) };
                    facts.pods.insert(key.clone(), pods);
                    facts.workloads.insert(key, Lookup::Found([].into()));
                }
                _ => nothing(need, &mut facts),
            }
        }
        let hangs = self.hangs && purpose == Purpose::Explanation;
        async move { if hangs { std::future::pending().await } else { facts } }
    }
}

async fn ask(facts: &'static Rounds, configuration: &str, backends: &[String]) -> Value {
    let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{configuration}\n");
    let configuration = backstop::config::parse(text.as_bytes()).unwrap();
    ask_configured(facts, configuration, backends).await
}

async fn ask_configured(facts: &'static Rounds, configuration: Configuration, backends: &[String]) -> Value {
    let backends: Vec<&str> = backends.iter().map(String::as_str).collect();
    let review = review("CREATE", &ingress(&backends, &json!({})), &Value::Null);
    let answer = ask_with(facts, configuration, &review);
    timeout(Duration::from_mins(1), answer).await.expect("it does not wait for what hangs")
}

fn backend_list(backends: &[&str]) -> Vec<String> {
    backends.iter().map(ToString::to_string).collect()
}

/// `web` is not ready, `new` is not ready and not in the index yet, `gone` does not exist.
#[rstest]
#[case::unready(&["web:80"], "", "warn", &["look", "explain", "look"])]
#[case::missing(&["gone:80"], "", "deny", &["look", "prove", "look"])]
#[case::missing_and_unready(&["gone:80", "web:80"], "", "deny", &["look", "explain", "prove", "look"])]
#[case::missing_and_unready_in_mode_warn(&["gone:80", "web:80"], "mode: warn", "warn", &["look", "explain", "prove", "look", "look"])]
#[case::unseen(&["new:80"], "", "warn", &["look", "prove", "look", "explain", "look"])]
#[case::unseen_and_unready(&["new:80", "web:80"], "", "warn", &["look", "explain", "prove", "look", "explain", "look"])]
#[case::unseen_that_only_warns(&["new:80"], "checks: {service-not-found: {action: warn}}", "warn", &["look", "explain", "look", "explain", "look"])]
#[case::unready_denies(&["web:80"], "checks: {no-endpoints: {action: deny}, endpoints-not-ready: {action: deny}}", "deny", &["look", "prove", "look"])]
#[case::unseen_and_unready_denies(&["new:80"], "checks: {no-endpoints: {action: deny}, endpoints-not-ready: {action: deny}}", "deny", &["look", "prove", "look", "explain", "look"])]
#[tokio::test]
async fn rounds(
    #[case] backends: &[&str],
    #[case] configuration: &str,
    #[case] verdict: &str,
    #[case] events: &[&str],
) {
    let facts = Rounds::new(unready("web").to_vec(), &unready("new"), false);
    let response = ask(facts, configuration, &backend_list(backends)).await;
    assert_eq!(response["auditAnnotations"]["verdict"], verdict, "{response}");
    assert_eq!(facts.events(), events);
}

/// One proof suffices, even if more Services are missing than are read.
#[rstest]
#[case::missing(0, "gone:80")]
#[case::many_missing(2 * Needs::MAX_PROOFS, "gone:80")]
#[case::wrong_port(0, "web:81")]
#[tokio::test]
async fn a_denial_waits_for_no_explanation(#[case] missing: usize, #[case] backend: &str) {
    let facts = Rounds::new(unready("web").to_vec(), &[], true);
    let mut backends = backend_list(&["web:80", backend]);
    backends.extend((0..missing).map(|at| format!("gone-{at}:80")));
    let response = ask(facts, "", &backends).await;
    assert_eq!(response["allowed"], false, "{response}");
}

/// The Pods that a denial depends on are asked for once. If they are too many to be read, no further read can prove more.
#[tokio::test]
async fn a_denial_whose_pods_are_too_many_waits_for_no_explanation() {
    let index = index(&unready("web"));
    let facts =
        Rounds { live: self::index(&unready("web")), index, hangs: true, many_pods: true, events: Mutex::default() };
    let configuration = "checks: {endpoints-not-ready: {action: deny}, service-not-found: {action: warn}}";
    let response = ask(Box::leak(Box::new(facts)), configuration, &backend_list(&["web:80", "gone:80"])).await;
    assert_eq!(response["allowed"], false, "{response}");
}

/// Warnings do not use the budget of proofs.
#[rstest]
#[case::wrong_ports(30, 81, "checks: {port-not-found: {action: warn}}")]
#[case::many_wrong_ports(10_000, 81, "checks: {port-not-found: {action: warn}}")]
#[case::many_wrong_ports_that_deny(10_000, 81, "")]
#[case::many_unready(10_000, 80, "")]
#[tokio::test]
async fn a_missing_service_is_denied_whatever_other_faults_exist(
    #[case] others: usize,
    #[case] port: u16,
    #[case] configuration: &str,
) {
    let name = |at: usize| format!("s{at:05}");
    let facts = Rounds::new((0..others).flat_map(|at| unready(&name(at))).collect(), &[], false);
    let mut backends: Vec<String> = (0..others).map(|at| format!("{}:{port}", name(at))).collect();
    backends.push("zzz:80".to_owned());
    let response = ask(facts, configuration, &backends).await;
    assert_eq!(response["allowed"], false, "{response}");
    let causes = response["status"]["details"]["causes"].as_array().unwrap();
    if port == 80 || !configuration.is_empty() {
        assert!(response["status"]["message"].as_str().unwrap().contains("\"zzz\" does not exist"), "{response}");
        assert_eq!(causes.len(), 1, "{response}");
    }
}
