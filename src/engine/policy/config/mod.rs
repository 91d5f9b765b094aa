//! The configuration file: what an operator decides, read strictly.
//!
//! One table, [`keys`], says which keys there are and what their values look like. A file is held against it as a
//! whole, so that all mistakes are told at once; only a file without any becomes a [`Configuration`].

mod keys;
mod problem;
mod read;
mod schema;
mod text;
mod walk;
mod write;

pub use keys::{Key, keys};
pub use problem::Problem;
pub use schema::schema;

use jiff::Timestamp;

use super::Mode;
use super::exempt::Exemptions;
use super::unknown::OnUnknown;
use crate::engine::checks::CheckSettings;
use crate::engine::controllers::{Assignments, Profile};
use crate::engine::evaluate::Settings;
use crate::engine::manifest::{Position, drafts};

/// What an operator decides.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// The cap for the whole cluster.
    pub mode: Mode,
    /// Settings of checks.
    pub checks: CheckSettings,
    /// What is said about controllers.
    pub controllers: Assignments,
    /// Who and what is spared.
    pub exempt: Exemptions,
    /// Whether Ingresses may silence checks by annotation.
    pub allow_ignore_annotation: bool,
    /// What happens where something could not be looked up.
    pub on_unknown: OnUnknown,
}

impl Configuration {
    /// What an evaluation may assume, where `fallback` serves Ingresses whose controller nothing tells.
    pub fn settings(&self, fallback: Option<&'static Profile>, now: Option<Timestamp>) -> Settings<'_> {
        Settings { controllers: &self.controllers, checks: &self.checks, fallback, now, stored: false }
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// All that is wrong with it, in the order of the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let whole = |message: &str, suggestion: &str| Problem {
            position: Position { line: 1, column: 1, length: 0 },
            path: String::new(),
            message: message.to_owned(),
            suggestion: Some(suggestion.to_owned()),
        };
        let (mut problems, mut found) = (Vec::new(), Vec::new());
        for document in drafts(bytes) {
            match document {
                Ok(document) => found.push(document),
                Err(broken) => problems.push(Problem {
                    position: broken.position,
                    path: String::new(),
                    message: broken.reason,
                    suggestion: None,
                }),
            }
        }
        let text = String::from_utf8_lossy(bytes);
        problems.extend(found.iter().flat_map(|document| walk::problems(document, &text)));
        if let Some(second) = found.get(1) {
            let problem = whole("there is more than one document", "a configuration is one: join them, without ---");
            problems.push(Problem { position: second.start(), ..problem });
        }
        problems.sort();
        match found.first().filter(|_| problems.is_empty()) {
            Some(document) => Ok(read::configuration(&document.value)),
            None if problems.is_empty() => {
                let suggestion = format!("begin with apiVersion: {} and kind: {}", keys::API_VERSION, keys::KIND);
                Err(vec![whole("there is nothing in it", &suggestion)])
            }
            None => Err(problems),
        }
    }
}

#[cfg(test)]
mod tests;
