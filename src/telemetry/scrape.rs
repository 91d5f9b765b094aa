//! Metrics whose values are read at each scrape from the component that owns them.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// A metric whose values are read at each scrape.
#[derive(Clone, Copy, Debug)]
pub struct Scraped {
    name: &'static str,
    help: &'static str,
    kind: MetricKind,
}

#[derive(Clone, Copy, Debug)]
enum MetricKind {
    Gauge,
    Counter,
}

/// The number of objects in the index, with the label `kind`.
pub const INDEX_OBJECTS: Scraped =
    Scraped { name: "index_objects", help: "Number of objects in the index", kind: MetricKind::Gauge };

/// 1 while a watch is in sync and alive, otherwise 0; with the label `kind`.
pub const WATCH_SYNCED: Scraped =
    Scraped { name: "watch_synced", help: "Whether a watch is in sync and alive", kind: MetricKind::Gauge };

/// The time since the data of a watch was last known to be current, with the label `kind`.
pub const WATCH_AGE_SECONDS: Scraped =
    Scraped { name: "watch_age_seconds", help: "Age of the data of a watch", kind: MetricKind::Gauge };

/// The number of objects that a watch skipped because they cannot be decoded, with the label `kind`. The log names each.
pub const WATCH_SKIPPED: Scraped = Scraped {
    name: "watch_skipped",
    help: "Objects that were skipped because they cannot be decoded",
    kind: MetricKind::Counter,
};

/// The number of failed TLS handshakes, with the label `reason`.
pub const TLS_HANDSHAKES_FAILED: Scraped =
    Scraped { name: "tls_handshakes_failed", help: "Failed TLS handshakes", kind: MetricKind::Counter };

/// Receives the samples of one metric during a scrape.
pub struct Samples<'a> {
    encoder: MetricEncoder<'a>,
    kind: MetricKind,
    result: fmt::Result,
}

impl Samples<'_> {
    /// Sets the value for `labels`. Each combination of labels can be set once per scrape.
    pub fn set(&mut self, labels: &[(&str, &str)], value: f64) {
        let written = self.encoder.encode_family(&labels).and_then(|mut sample| match self.kind {
            MetricKind::Gauge => sample.encode_gauge(&value),
            MetricKind::Counter => sample.encode_counter::<NoLabelSet, _, f64>(&value, None),
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
        let Scraped { name, help, kind } = self.metric;
        let metric_type = match kind {
            MetricKind::Gauge => MetricType::Gauge,
            MetricKind::Counter => MetricType::Counter,
        };
        let encoder = encoder.encode_descriptor(name, help, None, metric_type)?;
        let mut samples = Samples { encoder, kind, result: Ok(()) };
        (self.read)(&mut samples);
        samples.result
    }
}
