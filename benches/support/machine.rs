//! The processor time of processes, and the cores that they use.

// Each benchmark uses a part of this module.
#![allow(dead_code, reason = "each bench uses its own part of it")]

use std::fs;
use std::process::{Command, Stdio};

/// The ticks of processor time per second in Linux (`USER_HZ`).
const TICKS: f64 = 100.0;

/// The processor time of a process with all threads, in seconds; 0 if it cannot be read.
pub(crate) fn cpu_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name of the program, which may contain any characters: the state, 10 numbers, the user time and the
    // system time.
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// All processor time since boot, and the part that the hypervisor took away.
#[derive(Clone, Copy)]
pub(crate) struct Machine {
    busy: f64,
    stolen: f64,
}

impl Machine {
    pub(crate) fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = stat.lines().next().unwrap_or_default();
        let times: Vec<f64> = line.split_whitespace().skip(1).filter_map(|ticks| ticks.parse().ok()).collect();
        // user, nice, system, idle, iowait, irq, softirq, steal.
        let at = |index: usize| times.get(index).copied().unwrap_or_default() / TICKS;
        Self { busy: at(0) + at(1) + at(2) + at(5) + at(6), stolen: at(7) }
    }

    /// The processor time of all processes since `earlier`, and the part that the hypervisor took away, in seconds.
    pub(crate) fn since(self, earlier: Self) -> (f64, f64) {
        (self.busy - earlier.busy, self.stolen - earlier.stolen)
    }
}

/// Moves this process to one core. Returns whether it succeeded. Later threads stay on this core.
pub(crate) fn stay_on(core: usize) -> bool {
    let process = std::process::id().to_string();
    let moved = Command::new("taskset").args(["-pc", &core.to_string(), &process]).stdout(Stdio::null()).status();
    moved.is_ok_and(|status| status.success())
}

/// The command that runs `program` on one core, if `taskset` exists.
pub(crate) fn on_core(core: usize, program: &std::path::Path) -> Command {
    let known = Command::new("taskset").arg("--version").stdout(Stdio::null()).status();
    if known.is_ok_and(|status| status.success()) {
        let mut command = Command::new("taskset");
        command.arg("-c").arg(core.to_string()).arg(program);
        return command;
    }
    Command::new(program)
}
