//! The configuration file: read strictly, written, and described by a JSON schema.
//!
//! One table, [`keys`], lists the keys and the form of their values. A file is compared with the whole table, so that all
//! mistakes are reported at once; only a file without mistakes becomes a [`Configuration`].

mod format;
mod keys;
mod read;
mod schema;
mod suggest;
mod walk;
mod write;

pub use keys::{Key, keys};
pub use schema::schema;

use crate::engine::policy::Configuration;
use crate::text::{Position, Problem, documents_with_duplicates};

/// Reads the bytes of a configuration file.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn parse(bytes: &[u8]) -> Result<Configuration, Vec<Problem>> {
    let whole = |message: &str, suggestion: &str| Problem {
        position: Position { line: 1, column: 1, length: 0 },
        path: String::new(),
        message: message.to_owned(),
        suggestion: Some(suggestion.to_owned()),
    };
    let (mut problems, mut found) = (Vec::new(), Vec::new());
    for document in documents_with_duplicates(bytes) {
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
        let problem = whole("the file has more than one document", "merge them into one, without ---");
        problems.push(Problem { position: second.start(), ..problem });
    }
    problems.sort();
    match found.first().filter(|_| problems.is_empty()) {
        Some(document) => Ok(read::configuration(&document.value)),
        None if problems.is_empty() => {
            let suggestion = format!("begin with apiVersion: {} and kind: {}", keys::API_VERSION, keys::KIND);
            Err(vec![whole("the file is empty", &suggestion)])
        }
        None => Err(problems),
    }
}

#[cfg(test)]
mod tests;
