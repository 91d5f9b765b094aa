//! Situations of the real world: the test runs `backstop check` on each and compares the findings with its header.
//!
//! `reports` has situations from public bug reports, `charts` has layouts of public Helm charts, and `programs` has
//! programs that create Ingresses or Services. A fixture is a YAML file, or a folder with a `README`. Its header is
//! described in [`fixture`]. All content is rewritten, and all names are replaced.

// Clippy allows unwrap and panic only in `#[test]` functions, not in their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic at the first failure")]

mod fixture;
mod outcome;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use backstop::engine::checks;

use crate::fixture::{Expectation, Fixture, Run, Today};
use crate::outcome::{Outcome, run};

const FOLDERS: [&str; 3] = ["reports", "charts", "programs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_world")
}

/// All fixtures, sorted by folder and name.
fn fixtures() -> Vec<Result<Fixture, String>> {
    let mut paths = Vec::new();
    for folder in FOLDERS {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        paths.append(&mut entries);
    }
    paths.iter().map(|path| Fixture::read(path).map_err(|fault| format!("{}: {fault}", label(path)))).collect()
}

/// `charts/grafana.yaml`
fn label(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// What is wrong with the outcome; `None` if it is right or a known fault.
fn fault(run: &Run, outcome: &Outcome) -> Option<String> {
    let findings = outcome.meets(&run.expected);
    let missing = run.messages.iter().find(|words| !outcome.says(words));
    if findings && missing.is_none() {
        return run.today.as_ref().map(|_| "the findings are as expected: remove `today`".to_owned());
    }
    match (&run.today, missing) {
        (Some(Today::Findings(today)), _) if outcome.meets(today) => None,
        (Some(Today::NoMessage), Some(_)) if findings => None,
        (None | Some(Today::NoMessage), Some(words)) if findings => Some(format!("no text has {words:?}{outcome:#}")),
        (Some(Today::Findings(today)), _) => Some(format!("today: expected \"{today}\", got \"{outcome}\"{outcome:#}")),
        _ => Some(format!("expected \"{}\", got \"{outcome}\"{outcome:#}", run.expected)),
    }
}

/// The faults of all runs, in the order of the runs. As many processes run at a time as there are cores.
fn faults(runs: &[(&Fixture, &Run)]) -> String {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((fixture, one)) = runs.get(index) else { return };
                    let fault = run(fixture, &one.options).map_or_else(Some, |outcome| fault(one, &outcome));
                    if let Some(fault) = fault {
                        let options: String = one.options.iter().flat_map(|option| [" ", option]).collect();
                        let line = format!("  {}{options}: {fault}\n", label(&fixture.path));
                        wrong.lock().unwrap().insert(index, line);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap().into_values().collect()
}

#[test]
fn situations_have_the_expected_findings() {
    let fixtures: Vec<Fixture> = fixtures().into_iter().filter_map(Result::ok).collect();
    let runs: Vec<(&Fixture, &Run)> =
        fixtures.iter().flat_map(|fixture| fixture.runs.iter().map(move |run| (fixture, run))).collect();
    let wrong = faults(&runs);
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A misspelt finding would count as a known fault for ever.
fn unknown_finding(expected: &Expectation) -> Option<String> {
    let parts = expected.ingresses.iter().flat_map(|ingress| &ingress.findings);
    let unknown = parts.filter(|part| !matches!(part.as_str(), "none" | "unknown")).find(|part| {
        part.split_once('=').is_none_or(|(id, action)| {
            !checks::ALL.iter().any(|check| check.id.0 == id) || !["deny", "warn", "audit"].contains(&action)
        })
    });
    unknown.map(|part| format!("{part:?} is no finding"))
}

#[test]
fn headers_are_complete_and_names_are_unique() {
    let mut wrong = Vec::new();
    let mut names = BTreeMap::new();
    for fixture in fixtures() {
        let fixture = match fixture {
            Ok(fixture) => fixture,
            Err(fault) => {
                wrong.push(fault);
                continue;
            }
        };
        let label = label(&fixture.path);
        for run in &fixture.runs {
            let today = run.today.iter().filter_map(Today::findings);
            wrong.extend(
                today.chain([&run.expected]).filter_map(unknown_finding).map(|fault| format!("{label}: {fault}")),
            );
        }
        if let Some(other) = names.insert(fixture.name.clone(), label.clone()) {
            wrong.push(format!("{label} has the name of {other}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(names.len() > 150, "only {} fixtures", names.len());
}
