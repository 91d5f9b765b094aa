//! What `backstop check` prints about a fixture.

use std::fmt::{self, Write as _};
use std::process::Command;

use serde_json::Value;

use crate::fixture::{Expectation, Fixture};

/// The environment variables that change the output or name a cluster.
const FOREIGN: [&str; 5] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "KUBECONFIG", "TERM"];

/// The findings, the exit code and the texts of a run.
pub struct Outcome {
    /// The name of each Ingress and its findings as `check=action`, `none` or `unknown`.
    ingresses: Vec<(String, Vec<String>)>,
    exit: i32,
    /// The texts of findings, errors and notes.
    texts: Vec<String>,
}

/// Runs `backstop check` on the fixture.
pub fn run(fixture: &Fixture, options: &[String]) -> Result<Outcome, String> {
    let input = fixture.path.file_name().ok_or("no file")?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.args(["check", "-o", "json"]).args(options);
    // A snapshot without a value is the fixture.
    let snapshot = options.last().is_some_and(|option| option == "--snapshot");
    command.args((!snapshot).then_some("-f")).arg(input).current_dir(fixture.path.parent().ok_or("no folder")?);
    for variable in FOREIGN {
        command.env_remove(variable);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let exit = output.status.code().ok_or("the program was killed")?;
    let notes = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).map_err(|error| format!("no report: {error}: {notes}"))?;
    Ok(Outcome::read(&report, exit, &notes))
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Outcome {
    fn read(report: &Value, exit: i32, notes: &str) -> Self {
        // The other lines show the place in the file.
        let notes =
            notes.lines().filter(|line| ["error: ", "warning: ", "note: "].iter().any(|word| line.starts_with(word)));
        let mut texts: Vec<String> = notes.map(str::to_owned).collect();
        texts.extend(list(report, "errors").map(|error| text(error, "message")));
        let mut ingresses = Vec::new();
        for ingress in list(report, "subjects") {
            let mut findings: Vec<String> = Vec::new();
            for finding in list(ingress, "findings") {
                texts.extend(["detail", "help", "softened"].map(|key| text(finding, key)));
                let finding = format!("{}={}", text(finding, "check"), text(finding, "action"));
                // One fault of a Service may concern several paths.
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
            for unknown in list(ingress, "unknown") {
                texts.push(format!("{}: {}", text(unknown, "what"), text(unknown, "why")));
            }
            if list(ingress, "unknown").next().is_some() {
                findings.push("unknown".to_owned());
            }
            if findings.is_empty() {
                findings.push("none".to_owned());
            }
            ingresses.push((text(ingress, "name"), findings));
        }
        Self { ingresses, exit, texts: texts.into_iter().filter(|text| !text.is_empty()).collect() }
    }

    /// Whether findings and exit code are those that are expected.
    pub fn meets(&self, expected: &Expectation) -> bool {
        let exit = expected.exit.unwrap_or_else(|| self.usual_exit());
        self.exit == exit && (expected.ingresses.is_empty() && exit != 0 || self.has_findings(expected))
    }

    fn has_findings(&self, expected: &Expectation) -> bool {
        match expected.ingresses.as_slice() {
            [one] if one.name.is_none() && one.findings == ["none"] => self.healthy(),
            all => {
                all.len() == self.ingresses.len()
                    && all.iter().zip(&self.ingresses).all(|(expected, (name, findings))| {
                        let named = expected.name.as_ref().map_or(all.len() == 1, |expected| expected == name);
                        named && &expected.findings == findings
                    })
            }
        }
    }

    /// Whether Ingresses are judged, and none has a finding.
    fn healthy(&self) -> bool {
        !self.ingresses.is_empty() && self.ingresses.iter().all(|(_, findings)| findings == &["none"])
    }

    /// The exit code that follows from the findings.
    fn usual_exit(&self) -> i32 {
        i32::from(self.ingresses.iter().flat_map(|(_, findings)| findings).any(|finding| finding.ends_with("=deny")))
    }

    /// Whether a text contains the words.
    pub fn says(&self, words: &str) -> bool {
        self.texts.iter().any(|text| text.contains(words))
    }
}

/// As `expected` is written; the alternate form is the texts, each on a line of its own.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if formatter.alternate() {
            return self.texts.iter().try_for_each(|text| write!(formatter, "\n      {text}"));
        }
        if self.ingresses.is_empty() {
            return write!(formatter, "exit {}", self.exit);
        }
        let mut line = String::new();
        for (name, findings) in &self.ingresses {
            let separator = if line.is_empty() { "" } else { "; " };
            let name = if self.ingresses.len() > 1 { format!("{name}: ") } else { String::new() };
            write!(line, "{separator}{name}{}", findings.join(", "))?;
        }
        formatter.write_str(if self.healthy() { "none" } else { &line })?;
        if self.exit != self.usual_exit() {
            write!(formatter, ", exit {}", self.exit)?;
        }
        Ok(())
    }
}
