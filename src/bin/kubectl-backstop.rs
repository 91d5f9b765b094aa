//! `kubectl backstop`: kubectl finds programs named `kubectl-…` on the path.

use std::process::ExitCode;

fn main() -> ExitCode {
    backstop::cli::main(std::env::args_os(), "kubectl backstop")
}
