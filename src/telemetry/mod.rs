//! What the process says about itself: logs to standard error, metrics to whoever scrapes them.

mod conditions;
pub mod labels;
pub mod logs;
pub mod metrics;
mod scrape;

pub use conditions::Conditions;
