//! Logs on standard error, metrics, and readiness conditions.

mod conditions;
pub mod labels;
pub mod logs;
pub mod metrics;
mod one_line;
mod received;
mod scrape;
mod throttle;

pub use conditions::Conditions;
pub use received::{Beginning, ReceivedAt};
pub use throttle::Throttle;
