//! Numbers that somebody else holds: read when somebody scrapes, so that none is kept in two places.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// A metric whose values are read when somebody scrapes.
#[derive(Clone, Copy, Debug)]
pub struct Scraped {
    name: &'static str,
    help: &'static str,
    sort: Sort,
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    Gauge,
    Counter,
}

/// Objects in the index, labelled `kind`.
pub const INDEX_OBJECTS: Scraped =
    Scraped { name: "index_objects", help: "Objects that the index holds", sort: Sort::Gauge };

/// 1 while a watch is in sync and alive, else 0; labelled `kind`.
pub const WATCH_SYNCED: Scraped =
    Scraped { name: "watch_synced", help: "Whether a watch is in sync and alive", sort: Sort::Gauge };

/// How many seconds ago what a watch shows was known to be true, labelled `kind`.
pub const WATCH_AGE_SECONDS: Scraped =
    Scraped { name: "watch_age_seconds", help: "Age of what a watch shows of the cluster", sort: Sort::Gauge };

/// How often a watch skipped an object that does not decode, labelled `kind`; the log names each.
pub const WATCH_SKIPPED: Scraped = Scraped {
    name: "watch_skipped",
    help: "How often an object was skipped because it does not decode",
    sort: Sort::Counter,
};

/// TLS handshakes that failed, labelled `reason`.
pub const TLS_HANDSHAKES_FAILED: Scraped =
    Scraped { name: "tls_handshakes_failed", help: "TLS handshakes that failed", sort: Sort::Counter };

/// Receives the samples of one metric during a scrape.
pub struct Samples<'a> {
    encoder: MetricEncoder<'a>,
    sort: Sort,
    result: fmt::Result,
}

impl Samples<'_> {
    /// The metric has `value` under `labels`. Each set of labels may be given once per scrape.
    pub fn set(&mut self, labels: &[(&str, &str)], value: f64) {
        let written = self.encoder.encode_family(&labels).and_then(|mut sample| match self.sort {
            Sort::Gauge => sample.encode_gauge(&value),
            Sort::Counter => sample.encode_counter::<NoLabelSet, _, f64>(&value, None),
        });
        self.result = self.result.and(written);
    }
}

pub(super) struct AtScrape {
    metric: Scraped,
    read: Box<dyn Fn(&mut Samples<'_>) + Send + Sync>,
}

impl AtScrape {
    pub(super) fn new(metric: Scraped, read: impl Fn(&mut Samples<'_>) + Send + Sync + 'static) -> Self {
        Self { metric, read: Box::new(read) }
    }
}

impl fmt::Debug for AtScrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtScrape").field(&self.metric).finish()
    }
}

impl Collector for AtScrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Scraped { name, help, sort } = self.metric;
        let sort_of_metric = match sort {
            Sort::Gauge => MetricType::Gauge,
            Sort::Counter => MetricType::Counter,
        };
        let encoder = encoder.encode_descriptor(name, help, None, sort_of_metric)?;
        let mut samples = Samples { encoder, sort, result: Ok(()) };
        (self.read)(&mut samples);
        samples.result
    }
}
