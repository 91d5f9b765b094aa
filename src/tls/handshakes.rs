//! TLS handshakes that failed. A client that refuses our certificate leaves no other trace here: the API server asks
//! nobody then, and `failurePolicy: Ignore` lets everything pass.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use rustls::AlertDescription as Alert;
use tokio::time::Instant;

/// How often a refusal is logged at most: the API server tries again with each request.
const SAY_EVERY: Duration = Duration::from_mins(1);

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFailure {
    /// The client does not trust the certificate.
    Refused,
    /// It took too long.
    Timeout,
    /// Anything else: a scanner, a health check that only connects, a lost connection.
    Other,
}

impl HandshakeFailure {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Refused, Self::Timeout, Self::Other];

    /// The label's value in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused_by_client",
            Self::Timeout => "timeout",
            Self::Other => "other",
        }
    }

    fn of(error: &io::Error) -> Self {
        let told = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match told {
            Some(rustls::Error::AlertReceived(
                Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                // A signature in the chain does not hold: another CA of the same name.
                | Alert::DecryptError,
            )) => Self::Refused,
            _ => Self::Other,
        }
    }
}

/// Counts the handshakes of a listener.
#[derive(Debug, Default)]
pub struct Handshakes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    refused: u64,
    timeout: u64,
    other: u64,
    /// Since a client accepted the certificate last.
    streak: Option<Streak>,
    /// When a refusal was logged last, and how many there have been since.
    said: Option<Instant>,
    unsaid: u64,
}

#[derive(Clone, Copy, Debug)]
struct Streak {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

impl Handshakes {
    /// How often handshakes failed so.
    pub fn failed(&self, why: HandshakeFailure) -> u64 {
        let state = self.0.lock();
        match why {
            HandshakeFailure::Refused => state.refused,
            HandshakeFailure::Timeout => state.timeout,
            HandshakeFailure::Other => state.other,
        }
    }

    /// Whether the client that came last accepted the certificate.
    ///
    /// # Errors
    /// How often it was refused since one did, for people.
    pub fn accepted(&self) -> Result<(), String> {
        match self.0.lock().streak {
            None => Ok(()),
            Some(Streak { count, first, last }) => {
                let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
                Err(format!(
                    "the API server, or another client, refused the certificate {times} since {first:.0}, last at {last:.0}; \
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
    pub fn broke(&self, error: &io::Error) {
        if HandshakeFailure::of(error) == HandshakeFailure::Other {
            tracing::debug!(%error, "TLS handshake failed");
            self.0.lock().other += 1;
            return;
        }
        if let Some(times) = self.refused(Timestamp::now(), Instant::now()) {
            tracing::warn!(
                %error,
                times,
                "a client refused the certificate; if it is the API server, Ingresses pass unchecked: compare the \
                 caBundle of the webhook configuration and the names in the certificate (backstop certs inspect)"
            );
        }
    }

    /// Notes a refusal; how many there are to tell of, if it is time to.
    fn refused(&self, now: Timestamp, tick: Instant) -> Option<u64> {
        let mut state = self.0.lock();
        state.refused += 1;
        state.unsaid += 1;
        let Streak { count, first, .. } = state.streak.unwrap_or(Streak { count: 0, first: now, last: now });
        state.streak = Some(Streak { count: count + 1, first, last: now });
        if state.said.is_some_and(|said| tick.saturating_duration_since(said) < SAY_EVERY) {
            return None;
        }
        state.said = Some(tick);
        Some(std::mem::take(&mut state.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_once_a_minute_with_their_number() {
        let (handshakes, start) = (Handshakes::default(), Instant::now());
        let now: Timestamp = "2030-01-01T00:00:00.5Z".parse().unwrap();
        let told: Vec<_> = [0, 1, 59, 60, 61, 121]
            .map(|second| handshakes.refused(now + Duration::from_secs(second), start + Duration::from_secs(second)))
            .into();
        assert_eq!(told, [Some(1), None, None, Some(3), None, Some(2)]);
        let told = handshakes.accepted().unwrap_err();
        assert!(told.contains(" 6 times since 2030-01-01T00:00:00Z, last at 2030-01-01T00:02:01Z; "), "{told}");
        handshakes.succeeded();
        assert_eq!(handshakes.accepted(), Ok(()));
        assert_eq!(handshakes.failed(HandshakeFailure::Refused), 6);
    }
}
