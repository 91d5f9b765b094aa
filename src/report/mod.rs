//! Reports for users and programs. Pure: judgements and texts in, text out.

mod controllers;
mod model;
mod problems;
mod subject;
mod text;
mod texts;
mod visible;

pub use model::{
    BackendReport, ControllerReport, ErrorReport, FileSpan, FindingReport, GapReport, Port, Report, ResourceReport,
    Source, SourceDocument, SubjectReport, Summary,
};
pub use problems::{FileReport, ProblemReport, ProblemsReport};
pub use text::{Detail, error, problem, text};
pub use texts::Texts;
pub use visible::visible_json;

#[cfg(test)]
mod tests;
