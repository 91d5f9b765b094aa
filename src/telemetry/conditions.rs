//! Readiness: the conditions under which the process should get requests.
//!
//! The texts are those of the API server's own health endpoints, which operators know.

use std::fmt::{self, Write as _};

type Probe = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// The conditions under which this process is ready.
#[derive(Default)]
pub struct Conditions(Vec<Condition>);

struct Condition {
    name: String,
    /// Whether the process is unready without it; the others are only reported.
    required: bool,
    probe: Probe,
}

impl fmt::Debug for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|condition| &condition.name)).finish()
    }
}

impl Conditions {
    /// No conditions: ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition. `probe` returns why it does not hold, in a few words. It is called on each request and must not
    /// block.
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<String>,
        probe: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Condition { name: name.into(), required: true, probe: Box::new(probe) });
        self
    }

    /// Adds a condition that is reported with `?verbose` and never makes the process unready.
    #[must_use]
    pub fn with_optional(
        mut self,
        name: impl Into<String>,
        probe: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Condition { name: name.into(), required: false, probe: Box::new(probe) });
        self
    }

    /// Returns whether all required conditions hold, and one line for each condition.
    pub fn check(&self) -> (bool, String) {
        let mut ready = true;
        let mut lines = String::new();
        for Condition { name, required, probe } in &self.0 {
            // Writing to a String does not fail.
            let _ = match probe() {
                Ok(()) => writeln!(lines, "[+]{name} ok"),
                Err(reason) if !required => writeln!(lines, "[+]{name} not ok, but not required: {reason}"),
                Err(reason) => {
                    ready = false;
                    writeln!(lines, "[-]{name} failed: {reason}")
                }
            };
        }
        (ready, lines)
    }
}
