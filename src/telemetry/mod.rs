//! What the process says about itself: logs to standard error, metrics to whoever scrapes them.

pub mod labels;
pub mod logs;
pub mod metrics;
mod scrape;
