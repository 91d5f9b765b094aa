//! Gauges over state that somebody else holds: read when somebody scrapes, so that no number is kept in two places.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder};
use prometheus_client::metrics::MetricType;

/// A gauge whose values are read when somebody scrapes.
#[derive(Clone, Copy, Debug)]
pub struct ScrapedGauge {
    name: &'static str,
    help: &'static str,
}

/// Objects in the index, labelled `kind`.
pub const INDEX_OBJECTS: ScrapedGauge = ScrapedGauge { name: "index_objects", help: "Objects that the index holds" };

/// 1 when a watch has delivered its first list, else 0; labelled `kind`.
pub const WATCH_SYNCED: ScrapedGauge =
    ScrapedGauge { name: "watch_synced", help: "Whether a watch has delivered its first complete list" };

/// Seconds since a watch was last heard of, labelled `kind`.
pub const WATCH_AGE_SECONDS: ScrapedGauge =
    ScrapedGauge { name: "watch_age_seconds", help: "Time since a watch last received anything" };

/// Findings that hold now, labelled `check`, `action`, `namespace`.
pub const FINDINGS: ScrapedGauge = ScrapedGauge { name: "findings", help: "Findings of the audit that hold now" };

/// Receives the samples of one gauge during a scrape.
pub struct GaugeWriter<'a> {
    encoder: MetricEncoder<'a>,
    result: fmt::Result,
}

impl GaugeWriter<'_> {
    /// The gauge has `value` under `labels`. Each set of labels may be given once per scrape.
    pub fn set(&mut self, labels: &[(&str, &str)], value: f64) {
        let written = self.encoder.encode_family(&labels).and_then(|mut sample| sample.encode_gauge(&value));
        self.result = self.result.and(written);
    }
}

pub(super) struct AtScrape {
    gauge: ScrapedGauge,
    read: Box<dyn Fn(&mut GaugeWriter<'_>) + Send + Sync>,
}

impl AtScrape {
    pub(super) fn new(gauge: ScrapedGauge, read: impl Fn(&mut GaugeWriter<'_>) + Send + Sync + 'static) -> Self {
        Self { gauge, read: Box::new(read) }
    }
}

impl fmt::Debug for AtScrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtScrape").field(&self.gauge).finish()
    }
}

impl Collector for AtScrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = encoder.encode_descriptor(self.gauge.name, self.gauge.help, None, MetricType::Gauge)?;
        let mut writer = GaugeWriter { encoder, result: Ok(()) };
        (self.read)(&mut writer);
        writer.result
    }
}
