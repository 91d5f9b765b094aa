//! The judge: real ingress controllers serve real requests, and the answers are compared with Backstop's verdicts.
//!
//! Run: `make judge`, or `make judge CONTROLLERS=traefik,contour` for some of the controllers. The judge needs root or user
//! namespaces, for a network of its own. `tests/cluster/build.sh` builds the controllers once.
//!
//! A set-up is a controller with its options; a shape is one way to make a route. Each shape has a Service and Pods of its
//! own, and for each set-up an Ingress with a host of its own. One API server stores all of them,
//! kube-controller-manager and kwok run the workloads, and one HTTP server answers for all Pods. Each set-up gets the
//! requests twice: first as it is, then with a healthy default backend for all hosts.
//!
//! The judge fails where Backstop and the answers disagree and `known.rs` has no reason for it. A run of all set-ups writes
//! `docs/controllers.md` and `docs/controllers.json`.
//!
//! `tests/engine/house.rs` holds the order in which the modules import each other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(clippy::print_stdout, reason = "the program prints its results")]

#[path = "../cluster/control_plane/mod.rs"]
#[allow(dead_code, unused_imports, clippy::exit, reason = "other tests use other parts of it")]
mod control_plane;

mod backends;
mod cluster;
mod command;
mod compare;
mod isolation;
mod known;
mod page;
mod predict;
mod random;
mod results;
mod setups;
mod shapes;
mod traffic;

use std::process::ExitCode;
use std::time::SystemTime;

use cluster::{Batch, Cluster};
use compare::Outcome;
use control_plane::programs::Programs;
use random::Random;
use setups::SetUp;

const USAGE: &str = "name the controllers to judge by: all, or set-ups and controllers separated by commas; \
for random shapes, add random=NUMBER and perhaps seed=NUMBER";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if words.is_empty() {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    run(&words).unwrap_or_else(|error| {
        eprintln!("judge: {error}");
        ExitCode::from(2)
    })
}

/// Judges in an isolated process. The first of `words` names the set-ups.
fn run(words: &[String]) -> Result<ExitCode, String> {
    let setups = setups::named(&words[0])?;
    let random = random_shapes(&words[1..])?;
    if isolation::is_isolated() {
        return judge(&setups, random);
    }
    isolation::check()?;
    // Building needs the machine's network.
    Programs::with_control_plane(&setups::programs(&setups))?;
    isolation::run_again(words)
}

/// The random shapes for which `words` ask, if they do.
fn random_shapes(words: &[String]) -> Result<Option<Random>, String> {
    let (mut count, mut seed) = (None, None);
    for word in words {
        let failed = || format!("{word} is neither random=NUMBER nor seed=NUMBER");
        match word.split_once('=').ok_or_else(failed)? {
            ("random", number) => count = Some(number.parse().map_err(|_| failed())?),
            ("seed", number) => seed = Some(number.parse().map_err(|_| failed())?),
            _ => return Err(failed()),
        }
    }
    // A run without a seed gets one that the last runs did not have.
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    Ok(count.map(|count| Random { count, seed: seed.unwrap_or_else(now) }))
}

/// Fails where Backstop and the controllers disagree.
fn judge(setups: &[&'static SetUp], random: Option<Random>) -> Result<ExitCode, String> {
    isolation::configure()?;
    backends::start()?;
    let programs = Programs::with_control_plane(&setups::programs(setups))?;
    let fine = match random {
        Some(random) => random::judge(setups, &programs, random)?,
        None => judge_fixed(setups, &programs)?,
    };
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Judges all fixed shapes. Returns whether all disagreements are known.
fn judge_fixed(setups: &[&'static SetUp], programs: &Programs) -> Result<bool, String> {
    let shapes = shapes::all();
    let cluster = Cluster::start(setups)?;
    let batch = Batch { name: "shapes", shapes: &shapes, control: shapes::CONTROL };
    cluster.add(&batch, setups)?;
    let dump = cluster.dump()?;
    let predictions = predict::all(&dump, setups, &shapes)?;
    let owners = traffic::Owners::of(&dump);
    let mut outcomes = Vec::new();
    for setup in setups {
        let answers = cluster.answers(setup, &batch, programs, &owners)?;
        for (shape, answers) in shapes.iter().zip(answers) {
            if let Some(answers) = answers {
                let prediction = predictions.of(setup, shape)?;
                outcomes.push(Outcome { setup, shape, prediction, answers });
            }
        }
    }
    if setups.len() == setups::ALL.len() {
        let kubernetes = cluster.version()?;
        page::write(&outcomes, programs, &kubernetes)?;
        results::write(&outcomes, programs, &kubernetes)?;
    }
    Ok(compare::report(&outcomes))
}
