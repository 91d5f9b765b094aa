//! Failed TLS handshakes. They are the only sign of a client that rejects the certificate: the API server then sends no
//! request, and with `failurePolicy: Ignore` it admits everything.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use rustls::AlertDescription as Alert;
use tokio::time::Instant;

/// The shortest time between two log messages about rejections: the API server tries again with each request.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// The reason why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFailure {
    /// The client does not trust the certificate.
    Rejected,
    /// The handshake took too long.
    Timeout,
    /// Any other reason: a scanner, a health check that only connects, a lost connection.
    Other,
}

impl HandshakeFailure {
    /// All reasons.
    pub const ALL: [Self; 3] = [Self::Rejected, Self::Timeout, Self::Other];

    /// The value of the metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "refused_by_client",
            Self::Timeout => "timeout",
            Self::Other => "other",
        }
    }

    fn of(error: &io::Error) -> Self {
        let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match cause {
            Some(rustls::Error::AlertReceived(
                Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                // A signature in the chain is invalid: the CA bundle has another CA with the same name.
                | Alert::DecryptError,
            )) => Self::Rejected,
            _ => Self::Other,
        }
    }
}

/// Counts the handshakes of a listener.
#[derive(Debug, Default)]
pub struct Handshakes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rejected: u64,
    timeout: u64,
    other: u64,
    /// The rejections since a client last accepted the certificate.
    streak: Option<Streak>,
    /// The time of the last log message about rejections.
    last_logged: Option<Instant>,
    /// The number of rejections since then.
    not_logged: u64,
}

#[derive(Clone, Copy, Debug)]
struct Streak {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

impl Handshakes {
    /// Returns the number of handshakes that failed for this reason.
    pub fn failures(&self, reason: HandshakeFailure) -> u64 {
        let state = self.0.lock();
        match reason {
            HandshakeFailure::Rejected => state.rejected,
            HandshakeFailure::Timeout => state.timeout,
            HandshakeFailure::Other => state.other,
        }
    }

    /// Returns whether the last client accepted the certificate.
    ///
    /// # Errors
    /// If not, a sentence with the number of rejections since a client last accepted it.
    pub fn client_trust(&self) -> Result<(), String> {
        match self.0.lock().streak {
            None => Ok(()),
            Some(Streak { count, first, last }) => {
                let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
                Err(format!(
                    "the API server or another client rejected the certificate {times} since {first:.0}, last at {last:.0}; \
                     compare the caBundle and the names (backstop certs inspect)"
                ))
            }
        }
    }

    /// Counts a handshake that succeeded.
    pub fn succeeded(&self) {
        self.0.lock().streak = None;
    }

    /// Counts a handshake that did not end in time.
    pub fn timed_out(&self) {
        tracing::debug!("TLS handshake timed out");
        self.0.lock().timeout += 1;
    }

    /// Counts a handshake that failed with `error`.
    pub fn failed(&self, error: &io::Error) {
        if HandshakeFailure::of(error) == HandshakeFailure::Other {
            tracing::debug!(%error, "TLS handshake failed");
            self.0.lock().other += 1;
            return;
        }
        if let Some(times) = self.rejected(Timestamp::now(), Instant::now()) {
            tracing::warn!(
                %error,
                times,
                "a client rejected the certificate; if it is the API server, Ingresses are admitted without a check: compare the \
                 caBundle of the webhook configuration and the names in the certificate (backstop certs inspect)"
            );
        }
    }

    /// Counts a rejection. If it is time for a log message, returns the number of rejections since the last one.
    fn rejected(&self, now: Timestamp, tick: Instant) -> Option<u64> {
        let mut state = self.0.lock();
        state.rejected += 1;
        state.not_logged += 1;
        let Streak { count, first, .. } = state.streak.unwrap_or(Streak { count: 0, first: now, last: now });
        state.streak = Some(Streak { count: count + 1, first, last: now });
        if state.last_logged.is_some_and(|last| tick.saturating_duration_since(last) < LOG_INTERVAL) {
            return None;
        }
        state.last_logged = Some(tick);
        Some(std::mem::take(&mut state.not_logged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_are_logged_once_a_minute_with_their_number() {
        let (handshakes, start) = (Handshakes::default(), Instant::now());
        let now: Timestamp = "2030-01-01T00:00:00.5Z".parse().unwrap();
        let logged: Vec<_> = [0, 1, 59, 60, 61, 121]
            .map(|second| handshakes.rejected(now + Duration::from_secs(second), start + Duration::from_secs(second)))
            .into();
        assert_eq!(logged, [Some(1), None, None, Some(3), None, Some(2)]);
        let message = handshakes.client_trust().unwrap_err();
        assert!(message.contains(" 6 times since 2030-01-01T00:00:00Z, last at 2030-01-01T00:02:01Z; "), "{message}");
        handshakes.succeeded();
        assert_eq!(handshakes.client_trust(), Ok(()));
        assert_eq!(handshakes.failures(HandshakeFailure::Rejected), 6);
    }
}
