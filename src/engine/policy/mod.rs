//! Policy: modes, gates and exemptions; from findings to a verdict.

mod change;
mod exempt;
mod judge;
mod mode;
mod unknown;

pub use change::Change;
pub use judge::{Circumstances, DRY_RUN, Judged, Judgement, Verdict, judge};
pub use mode::{Mode, UnknownMode};
pub use unknown::{Answer, Trouble, answer};
