//! What people and programs read: the report, and its forms. Pure: judgements and texts in, text out.

mod model;
mod problems;
mod text;
mod texts;
mod visible;

pub use model::{
    BackendReport, ControllerReport, ErrorReport, FindingReport, GapReport, Origin, Place, Port, Report,
    ResourceReport, Source, SubjectReport, Summary,
};
pub use problems::{FileReport, ProblemReport, ProblemsReport};
pub use text::{Detail, error, problem, text};
pub use texts::Texts;
pub use visible::visible_json;

#[cfg(test)]
mod tests;
