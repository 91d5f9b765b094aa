//! Policy: the configuration, modes, gates and exemptions; from findings to a verdict.

mod change;
mod circumstances;
mod configuration;
mod exempt;
mod ignore;
mod judge;
mod mode;
mod notes;
mod unknown;
mod worst;

pub use change::Change;
pub use circumstances::{Circumstances, Occasion};
pub use configuration::{Configuration, Policy};
pub use exempt::Exemptions;
pub use judge::{Judged, Judgement, Verdict, judge};
pub use mode::{Mode, UnknownMode};
pub use notes::{NOTES, Note};
pub use unknown::{Answer, Obstacle, OnUnknown, answer};
