//! `backstop checks`: lists the checks, or explains one.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::{CommandError, Console, Global, PASSED};
use crate::engine::checks::{ALL, Check, by_id};
use crate::engine::model::Action;
use crate::engine::policy::{NOTES, Note};
use crate::text::near;

/// Arguments of `checks`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  backstop checks
  backstop checks port-not-found
  backstop checks -o json")]
pub(super) struct Args {
    /// The check to explain (default: list all)
    id: Option<String>,
}

/// The JSON form of a check.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    summary: &'static str,
    action: Action,
    when: &'static str,
    what: &'static str,
    why: &'static str,
    example: &'static str,
    fix: &'static str,
    configuration: String,
}

impl From<&'static Check> for Entry {
    fn from(check: &'static Check) -> Self {
        let Check { id, summary, action, when, docs, .. } = check;
        Self {
            id: id.0,
            summary,
            action: *action,
            when,
            what: docs.what,
            why: docs.why,
            example: docs.example,
            fix: docs.fix,
            configuration: check.configuration(),
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, global: &Global, console: Console) -> Result<u8, CommandError> {
    if let Some(flag) = global.unused_flag(&["--output"]) {
        return Err(CommandError::new(format!("{flag} has no effect: the checks are always the same")));
    }
    let answer = if let Some(note) = args.id.as_ref().and_then(|id| NOTES.iter().find(|note| note.id.0 == id)) {
        let Note { id, summary, about } = note;
        let entry = serde_json::json!({"id": id, "summary": summary, "what": about});
        global.form().write(&entry, || noted(note))?
    } else if let Some(id) = &args.id {
        let check = by_id(id).ok_or_else(|| unknown(id))?;
        global.form().write(&Entry::from(check), || explain(check))?
    } else {
        global.form().write(&ALL.iter().map(|check| Entry::from(*check)).collect::<Vec<_>>(), list)?
    };
    console.result(&answer)?;
    Ok(PASSED)
}

/// Explains a note of the policy, which cannot be configured or ignored.
fn noted(note: &Note) -> String {
    let bold = Style::new().bold();
    let Note { id, summary, about } = note;
    let own = "This is a note of the policy, not a check: it cannot be configured or ignored.";
    format!("{bold}{id}{bold:#}: {summary}\n\n{}\n{}", wrapped(about), wrapped(own))
}

fn unknown(id: &str) -> CommandError {
    let hint = near(id, ALL.iter().map(|check| check.id.0))
        .map(|near| format!("; did you mean \"{near}\"?"))
        .unwrap_or_default();
    CommandError::new(format!("unknown check \"{id}\"{hint} (`backstop checks` lists them)"))
}

fn style(action: Action) -> Style {
    match action {
        Action::Deny => AnsiColor::BrightRed.on_default(),
        Action::Warn => AnsiColor::Yellow.on_default(),
        Action::Audit | Action::Off => AnsiColor::BrightBlue.on_default(),
    }
}

fn list() -> String {
    let id = ALL.iter().map(|check| check.id.0.len()).max().unwrap_or_default();
    let mut out = String::new();
    for check in ALL {
        let style = style(check.action);
        // Writing to a String does not fail.
        let _ = writeln!(out, "{:id$}  {style}{:5}{style:#}  {}", check.id.0, check.action.as_str(), check.summary);
    }
    out
}

fn explain(check: &Check) -> String {
    let bold = Style::new().bold();
    let Check { id, summary, when, docs, .. } = check;
    let mut out = format!("{bold}{id}{bold:#}: {summary}\n\n{}", wrapped(docs.what));
    let default = format!("By default: {when}.");
    let example = docs.example.lines().fold(String::new(), |text, line| text + "    " + line + "\n");
    let setting = format!("    checks:\n      {id}: {{action: {}}}\n", other(check.action).as_str());
    for (head, body) in [
        ("Why it matters", wrapped(docs.why)),
        ("Example", example),
        ("How to fix it", wrapped(docs.fix)),
        ("Action", wrapped(&default)),
        ("Configuration", wrapped(&check.configuration()) + "\n" + &setting),
    ] {
        let _ = write!(out, "\n{bold}{head}{bold:#}\n\n{body}");
    }
    out
}

/// An action for the example of a configuration: not the default of the check.
fn other(action: Action) -> Action {
    if action == Action::Warn { Action::Audit } else { Action::Warn }
}

/// Wraps paragraphs at 80 columns.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let mut out = String::new();
    for paragraph in text.split('\n') {
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > WIDTH {
                out.push('\n');
                column = 0;
            }
            if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
        out.push('\n');
    }
    out
}
