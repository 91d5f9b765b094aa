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
mod results;
mod setups;
mod shapes;
mod traffic;

use std::process::ExitCode;

use compare::Outcome;
use control_plane::programs::Programs;
use setups::SetUp;

const USAGE: &str = "name the controllers to judge by: all, or set-ups and controllers separated by commas";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(names) = arguments.next() else {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    };
    run(&names).unwrap_or_else(|error| {
        eprintln!("judge: {error}");
        ExitCode::from(2)
    })
}

/// Judges by the set-ups `names`, in an isolated process.
fn run(names: &str) -> Result<ExitCode, String> {
    let setups = setups::named(names)?;
    if isolation::is_isolated() {
        return judge(&setups);
    }
    isolation::check()?;
    // Building needs the machine's network.
    Programs::with_control_plane(&setups::programs(&setups))?;
    isolation::run_again(names)
}

/// Fails where Backstop and the controllers disagree.
fn judge(setups: &[&'static SetUp]) -> Result<ExitCode, String> {
    isolation::configure()?;
    backends::start()?;
    let shapes = shapes::all();
    let programs = Programs::with_control_plane(&setups::programs(setups))?;
    let cluster = cluster::Cluster::start(setups, &shapes)?;
    let predictions = predict::all(&cluster.dump()?, setups, &shapes)?;
    let owners = traffic::Owners::of(&cluster.dump()?);
    let mut outcomes = Vec::new();
    for setup in setups {
        let answers = cluster.answers(setup, &shapes, &programs, &owners)?;
        for (shape, answers) in shapes.iter().zip(answers) {
            if let Some(answers) = answers {
                let prediction = predictions.of(setup, shape)?;
                outcomes.push(Outcome { setup, shape, prediction, answers });
            }
        }
    }
    if setups.len() == setups::ALL.len() {
        let kubernetes = cluster.version()?;
        page::write(&outcomes, &programs, &kubernetes)?;
        results::write(&outcomes, &programs, &kubernetes)?;
    }
    Ok(if compare::report(&outcomes) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
