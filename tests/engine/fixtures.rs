//! Every check against its fixtures: `tests/checks/<id>/fail-*.yaml` have a finding of the check, `pass-*.yaml` have
//! none. A fixture has no finding of another check unless its header declares it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use backstop::engine::checks;

use backstop::engine::evaluate::Settings;
use backstop::engine::model::{Action, Effect};

use rstest::rstest;

use crate::world::{evaluated, fields, judged, sentence, subject, world};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_check_has_fixtures_and_every_fixture_a_check() {
    let ids: BTreeSet<String> = checks::ALL.iter().map(|check| check.id.to_string()).collect();
    assert_eq!(names(&folder()), ids);
    for id in ids {
        let files = names(&folder().join(&id));
        for kind in ["fail-", "pass-"] {
            assert!(files.iter().any(|file| file.starts_with(kind)), "{id} lacks a {kind} fixture");
        }
        assert!(files.iter().all(|file| file.starts_with("fail-") || file.starts_with("pass-")), "{files:?}");
    }
}

/// The findings of other checks that a fixture declares in its first lines: `# also: readiness-probe=audit`.
fn declared(text: &str) -> Vec<&str> {
    let header = text.lines().take_while(|line| line.starts_with('#'));
    header.filter_map(|line| line.strip_prefix("# also: ")).flat_map(|list| list.split(", ")).collect()
}

#[test]
fn fixtures_have_the_findings_that_they_declare() {
    for id in names(&folder()) {
        let mut rendered = String::new();
        for file in names(&folder().join(&id)) {
            let text = std::fs::read_to_string(folder().join(&id).join(&file)).unwrap();
            let world = world(&text);
            let judgement = judged(&world);
            let (own, others): (Vec<_>, Vec<_>) = judgement.findings.iter().partition(|it| it.finding.check.0 == id);
            let others: Vec<String> =
                others.iter().map(|it| format!("{}={}", it.finding.check, it.action.as_str())).collect();
            assert_eq!(others, declared(&text), "{id}/{file}: findings of other checks");
            assert!(judgement.gaps.is_empty(), "{id}/{file}: {:?}", judgement.gaps);
            assert_eq!(!own.is_empty(), file.starts_with("fail-"), "{id}/{file}: {:?}", judgement.findings);
            for judged in own {
                let (subject, finding) = (subject(&world), &judged.finding);
                let evidence: Vec<String> =
                    finding.text.evidence.iter().map(|fact| format!("  evidence: {fact}\n")).collect();
                let evidence = evidence.concat();
                let _ = writeln!(
                    rendered,
                    "{file}: {}\n  {}: {}\n  {}\n{evidence}  help: {}\n",
                    judged.action.as_str(),
                    fields(subject, &finding.field, &finding.references).join(", "),
                    finding.headline(),
                    sentence(subject, finding),
                    finding.help()
                );
            }
        }
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(id, rendered);
        });
    }
}

#[test]
fn ids_are_unique_and_documented() {
    let mut seen = BTreeSet::new();
    for check in checks::ALL {
        assert!(seen.insert(check.id), "{} twice", check.id);
        let docs = &check.docs;
        for text in [check.summary, check.when, docs.what, docs.why, docs.example, docs.fix] {
            assert!(!text.trim().is_empty(), "{} lacks a text", check.id);
        }
    }
}

/// The action at `now` for Pods that were created at the beginning of the year.
fn at(fixture: &str, now: &str) -> Action {
    let yaml = std::fs::read_to_string(folder().join("endpoints-not-ready").join(fixture)).unwrap();
    let aged =
        yaml.replace("labels: {app: web}}\n", "labels: {app: web}, creationTimestamp: '2026-01-01T00:00:00Z'}\n");
    assert_ne!(yaml, aged);
    let world = world(&aged);
    let settings = Settings { now: Some(now.parse().unwrap()), ..Settings::default() };
    let evaluation = evaluated(subject(&world), &world, settings);
    evaluation.findings[0].action
}

/// If a volume cannot be mounted, the Pod keeps starting forever.
#[test]
fn pods_that_do_not_start_in_time_are_worth_a_warning() {
    assert_eq!(at("fail-starting.yaml", "2026-01-01T00:01:59Z"), Action::Audit);
    assert_eq!(at("fail-starting.yaml", "2026-01-01T00:02:01Z"), Action::Warn);
}

/// A readiness probe does not pass in the first second, and a cluster autoscaler needs a minute for a new node. For a
/// while that is a normal start (row 19). Without a current time, as with files, the age is unknown.
#[rstest]
#[case::readiness_probe("fail-readiness-probe.yaml")]
#[case::unschedulable("fail-unschedulable.yaml")]
fn pods_may_be_unready_for_a_while(#[case] fixture: &str) {
    assert_eq!(at(fixture, "2026-01-01T00:00:01Z"), Action::Audit);
    assert_eq!(at(fixture, "2026-01-01T00:01:59Z"), Action::Audit);
    assert_eq!(at(fixture, "2026-01-01T00:02:01Z"), Action::Warn);
    let yaml = std::fs::read_to_string(folder().join("endpoints-not-ready").join(fixture)).unwrap();
    assert_eq!(judged(&world(&yaml)).findings[0].action, Action::Warn);
}

/// Crashing Pods are reported at once, whatever their age.
#[test]
fn crashing_pods_are_reported_at_once() {
    assert_eq!(at("fail-crashing.yaml", "2026-01-01T00:00:01Z"), Action::Warn);
}

/// A gateway that also sends requests to unready endpoints may get answers (rulebook 4.10).
#[rstest]
#[case("fail-crashing.yaml", Effect::Fails)]
#[case("fail-crashing-on-agic.yaml", Effect::Unsure)]
fn what_unready_pods_mean(#[case] fixture: &str, #[case] expected: Effect) {
    let yaml = std::fs::read_to_string(folder().join("endpoints-not-ready").join(fixture)).unwrap();
    assert_eq!(judged(&world(&yaml)).findings[0].finding.effect, expected);
}

/// Pods that wait for a load balancer get no warning, however long the load balancer takes (rulebook 6.1).
#[test]
fn pods_that_wait_for_a_readiness_gate_get_no_warning() {
    assert_eq!(at("fail-readiness-gate.yaml", "2026-02-01T00:00:00Z"), Action::Audit);
}
