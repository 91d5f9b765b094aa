//! The judge: real ingress controllers serve real requests, and what requests got is held against what Backstop says.
//!
//! Run: `make judge`, or `make judge CONTROLLERS=traefik,contour` for a part. It needs root or user namespaces, for
//! a network of its own; `tests/cluster/build.sh` builds the controllers once.
//!
//! A set-up is a controller with its options, a shape is one way in which a route can be made. Every shape has a
//! Service and Pods of its own, and an Ingress with a host of its own for every set-up. One API server stores them
//! all, kube-controller-manager and kwok make of them what a cluster would, and an HTTP server answers in the place of
//! all Pods. Each set-up is asked twice: as it is, and with a healthy default backend beside all routes.
//!
//! It fails when Backstop and the requests disagree, unless `known.rs` has a reason for it; a full run writes
//! `docs/controllers.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

#[path = "../../tests/control_plane/harness/mod.rs"]
#[allow(dead_code, unused_imports, clippy::exit, reason = "each bench uses its own part of it")]
mod harness;

mod answers;
mod cluster;
mod compare;
mod known;
mod page;
mod predict;
mod private;
mod programs;
mod setups;
mod shapes;
mod traffic;

use std::process::ExitCode;

use compare::Outcome;
use setups::SetUp;

const USAGE: &str = "say whom to judge by: all, or set-ups and controllers separated by commas";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(named) = arguments.next() else {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    };
    let result = setups::named(&named)
        .and_then(|setups| if private::inside() { judge(&setups) } else { private::enter(&setups, &named) });
    result.unwrap_or_else(|error| {
        eprintln!("judge: {error}");
        ExitCode::from(2)
    })
}

/// Fails where Backstop and the controllers disagree.
fn judge(setups: &[&'static SetUp]) -> Result<ExitCode, String> {
    private::furnish()?;
    answers::start()?;
    let shapes = shapes::all();
    let programs = programs::find(setups)?;
    let cluster = cluster::Cluster::start(setups, &shapes)?;
    let predictions = predict::all(&cluster.dump()?, setups, &shapes)?;
    let owners = traffic::Owners::of(&cluster.dump()?);
    let mut outcomes = Vec::new();
    for setup in setups {
        let answers = cluster.judge(setup, &shapes, &programs, &owners)?;
        for (shape, answers) in shapes.iter().zip(answers) {
            if let Some(answers) = answers {
                let prediction = predictions.of(setup, shape)?;
                outcomes.push(Outcome { setup, shape, prediction, answers });
            }
        }
    }
    if setups.len() == setups::ALL.len() {
        page::write(&outcomes, &programs, &cluster.version()?)?;
    }
    Ok(if compare::report(&outcomes) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
