//! The metrics, in `OpenMetrics` text.
//!
//! [`Metrics`] is the handle for counting; [`Exporter`] owns the registry and writes the text.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

pub use super::labels::{Outcome, ReadResult};
use super::scrape::AtScrape;
pub use super::scrape::{
    INDEX_OBJECTS, Samples, Scraped, TLS_HANDSHAKES_FAILED, WATCH_AGE_SECONDS, WATCH_SKIPPED, WATCH_SYNCED,
};
use crate::engine::model::Action;
use crate::engine::policy::Verdict;

/// The media type of [`Exporter::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper limits in seconds: an answer from memory takes about 100 µs, and callers give up after at most 30 s.
const LATENCY_BUCKETS: [f64; 17] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

type Latency<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    operation: &'static str,
    verdict: Verdict,
    dry_run: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FindingLabels {
    check: &'static str,
    action: Action,
    /// The source of the finding, such as `admission`.
    source: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    kind: &'static str,
    result: ReadResult,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    result: Outcome,
}

/// The counters of this process. Clones share their values.
#[derive(Clone, Debug)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    request_duration: Latency<OperationLabels>,
    findings: Family<FindingLabels, Counter>,
    would_deny: Counter,
    malformed_requests: Counter,
    live_reads: Family<ReadLabels, Counter>,
    live_read_duration: Histogram,
    config_reloads: Family<OutcomeLabels, Counter>,
    certificate_reloads: Family<OutcomeLabels, Counter>,
    certificate_not_after: Gauge,
    panics: Counter,
}

/// Creates the metrics of a process with this version.
pub fn new(version: &'static str) -> (Metrics, Exporter) {
    let metrics = Metrics {
        requests: Family::default(),
        request_duration: Family::new_with_constructor(latency),
        findings: Family::default(),
        would_deny: Counter::default(),
        malformed_requests: Counter::default(),
        live_reads: Family::default(),
        live_read_duration: latency(),
        config_reloads: Family::default(),
        certificate_reloads: Family::default(),
        certificate_not_after: Gauge::default(),
        panics: Counter::default(),
    };
    let mut registry = Registry::with_prefix("backstop");
    metrics.register(&mut Registrar(&mut registry));
    registry.register("build", "Version of this process", Info::new([("version", version)]));
    (metrics, Exporter { registry })
}

impl Metrics {
    /// Counts an answered review.
    pub fn request(&self, operation: &'static str, verdict: Verdict, dry_run: bool, took: Duration) {
        self.requests.get_or_create(&RequestLabels { operation, verdict, dry_run }).inc();
        self.request_duration.get_or_create(&OperationLabels { operation }).observe(took.as_secs_f64());
    }

    /// Counts a finding with its action.
    pub fn findings(&self, check: &'static str, action: Action, count: usize) {
        let labels = FindingLabels { check, action, source: "admission" };
        self.findings.get_or_create(&labels).inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Counts a request that was only admitted because of the mode.
    pub fn would_deny(&self) {
        self.would_deny.inc();
    }

    /// Counts a request to the webhook without an AdmissionReview.
    pub fn malformed_request(&self) {
        self.malformed_requests.inc();
    }

    /// Counts a live read of an object of `kind`.
    pub fn live_read(&self, kind: &'static str, result: ReadResult, took: Duration) {
        self.live_reads.get_or_create(&ReadLabels { kind, result }).inc();
        self.live_read_duration.observe(took.as_secs_f64());
    }

    /// Creates the counters of live reads of `kinds` with the value 0: a monitoring system sees the first event only if the
    /// counter exists before it.
    pub fn may_read_live(&self, kinds: &[&'static str]) {
        for kind in kinds {
            for result in ReadResult::ALL {
                drop(self.live_reads.get_or_create(&ReadLabels { kind, result: *result }));
            }
        }
    }

    /// Creates the counters of reloads of the configuration file with the value 0.
    pub fn may_reload_config(&self) {
        for result in Outcome::ALL {
            drop(self.config_reloads.get_or_create(&OutcomeLabels { result: *result }));
        }
    }

    /// Creates the counters of reloads of the certificate with the value 0.
    pub fn may_reload_certificate(&self) {
        for result in Outcome::ALL {
            drop(self.certificate_reloads.get_or_create(&OutcomeLabels { result: *result }));
        }
    }

    /// Counts a reload of the configuration file.
    pub fn config_reload(&self, result: Outcome) {
        self.config_reloads.get_or_create(&OutcomeLabels { result }).inc();
    }

    /// Counts a reload of the certificate.
    pub fn certificate_reload(&self, result: Outcome) {
        self.certificate_reloads.get_or_create(&OutcomeLabels { result }).inc();
    }

    /// Sets the end of the validity of the certificate in use, in seconds since 1970.
    pub fn certificate_not_after(&self, unix_seconds: i64) {
        self.certificate_not_after.set(unix_seconds);
    }

    /// Counts a panic of a request handler.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    fn register(&self, to: &mut Registrar<'_>) {
        to.add("admission_requests", "Admission reviews answered", &self.requests);
        to.add("admission_duration_seconds", "Time to answer an admission review", &self.request_duration);
        to.add("findings", "Findings by their action", &self.findings);
        to.add("live_reads", "Live reads of the API server", &self.live_reads);
        to.add("live_read_duration_seconds", "Duration of a live read", &self.live_read_duration);
        to.add("config_reloads", "Reloads of the configuration file", &self.config_reloads);
        to.add("certificate_reloads", "Reloads of the serving certificate", &self.certificate_reloads);
        to.add(
            "certificate_not_after_seconds",
            "End of the validity of the serving certificate, in seconds since 1970",
            &self.certificate_not_after,
        );
        to.add("admission_would_deny", "Requests that only a milder mode than enforce admitted", &self.would_deny);
        to.add(
            "admission_malformed_requests",
            "Requests to the webhook without an AdmissionReview",
            &self.malformed_requests,
        );
        to.add("panics", "Panics of request handlers", &self.panics);
    }
}

fn latency() -> Histogram {
    Histogram::new(LATENCY_BUCKETS)
}

/// Registers clones, which share their values with the original.
struct Registrar<'a>(&'a mut Registry);

impl Registrar<'_> {
    fn add<M: Metric + Clone>(&mut self, name: &'static str, help: &'static str, metric: &M) {
        self.0.register(name, help, metric.clone());
    }
}

/// Writes the metrics as text.
#[derive(Debug)]
pub struct Exporter {
    registry: Registry,
}

impl Exporter {
    /// Adds a metric whose values `read` sets at each scrape.
    pub fn at_scrape(&mut self, metric: Scraped, read: impl Fn(&mut Samples<'_>) + Send + Sync + 'static) {
        self.registry.register_collector(Box::new(AtScrape::new(metric, read)));
    }

    /// All metrics as `OpenMetrics` text.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail; the encoder has the error type of every writer.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_exist_with_0_before_the_first_event() {
        let (metrics, exporter) = new("1.2.3");
        assert!(!exporter.encode().contains("reloads_total"), "there may be no file");
        metrics.may_read_live(&["services"]);
        metrics.may_reload_config();
        metrics.may_reload_certificate();
        metrics.config_reload(Outcome::Failed);
        metrics.may_reload_config();
        let text = exporter.encode();
        for line in [
            r#"backstop_live_reads_total{kind="services",result="found"} 0"#,
            r#"backstop_live_reads_total{kind="services",result="unknown"} 0"#,
            r#"backstop_config_reloads_total{result="ok"} 0"#,
            r#"backstop_config_reloads_total{result="failed"} 1"#,
            r#"backstop_certificate_reloads_total{result="failed"} 0"#,
        ] {
            assert!(text.lines().any(|got| got == line), "no line {line} in\n{text}");
        }
    }

    #[test]
    fn names_and_labels_are_the_documented_ones() {
        let (metrics, mut exporter) = new("1.2.3");
        metrics.request("CREATE", Verdict::Deny, false, Duration::from_micros(80));
        metrics.findings("service-not-found", Action::Deny, 1);
        metrics.would_deny();
        metrics.malformed_request();
        metrics.live_read("services", ReadResult::Absent, Duration::from_millis(3));
        metrics.config_reload(Outcome::Failed);
        metrics.certificate_not_after(1_800_000_000);
        metrics.panicked();
        exporter.at_scrape(INDEX_OBJECTS, |samples| {
            samples.set(&[("kind", "services")], 3.0);
            samples.set(&[("kind", "endpointslices")], 5.0);
        });
        exporter.at_scrape(WATCH_AGE_SECONDS, |samples| samples.set(&[("kind", "services")], 0.5));
        exporter.at_scrape(WATCH_SKIPPED, |samples| samples.set(&[("kind", "services")], 2.0));
        let text = exporter.encode();
        for line in [
            r#"backstop_admission_requests_total{operation="CREATE",verdict="deny",dry_run="false"} 1"#,
            r#"backstop_admission_duration_seconds_bucket{le="0.0001",operation="CREATE"} 1"#,
            r#"backstop_admission_duration_seconds_bucket{le="0.00005",operation="CREATE"} 0"#,
            r#"backstop_findings_total{check="service-not-found",action="deny",source="admission"} 1"#,
            r#"backstop_live_reads_total{kind="services",result="absent"} 1"#,
            "backstop_live_read_duration_seconds_count 1",
            r#"backstop_config_reloads_total{result="failed"} 1"#,
            "backstop_certificate_not_after_seconds 1800000000",
            "backstop_admission_would_deny_total 1",
            "backstop_admission_malformed_requests_total 1",
            "backstop_panics_total 1",
            r#"backstop_build_info{version="1.2.3"} 1"#,
            r#"backstop_index_objects{kind="services"} 3.0"#,
            r#"backstop_index_objects{kind="endpointslices"} 5.0"#,
            r#"backstop_watch_age_seconds{kind="services"} 0.5"#,
            "# TYPE backstop_watch_skipped counter",
            r#"backstop_watch_skipped_total{kind="services"} 2.0"#,
            "# EOF",
        ] {
            assert!(text.lines().any(|got| got == line), "no line {line} in\n{text}");
        }
    }
}
