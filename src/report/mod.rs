//! What people and programs read: the report, and its forms. Pure: judgements and texts in, text out.

mod model;
mod text;
mod texts;
mod visible;

pub use model::{
    BackendReport, ControllerReport, Fault, FindingReport, GapReport, Origin, Place, Port, Report, ResourceReport,
    Source, SubjectReport, Summary,
};
pub use text::{Detail, fault, text};
pub use texts::Texts;
pub use visible::visible;

#[cfg(test)]
mod tests;
