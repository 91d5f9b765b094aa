//! The source of the facts that reviews are judged by.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use tokio::time::Instant;

use crate::engine::view::{LiveFacts, Need, Purpose, View};

/// The source of the facts.
pub trait Facts: Send + Sync + 'static {
    /// A consistent view of `namespaces` as they are now. The view holds no lock.
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync>;

    /// Starts to read `needs` from the API server, and returns the results by `deadline`. Facts that were not read by
    /// then are unknown.
    fn read(
        &self,
        needs: BTreeSet<Need>,
        purpose: Purpose,
        deadline: Instant,
    ) -> impl Future<Output = LiveFacts> + Send;
}
