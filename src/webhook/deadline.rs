//! The time limit of an answer.

use std::time::Duration;

/// The time limit if the request has no `timeout` (gate G8, rulebook 1.6.1).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest timeout of a webhook (rulebook 1.6.1). A longer one does not come from an API server.
const MAX_TIMEOUT: Duration = Duration::from_secs(30);
/// The API server rounds its `?timeout=` up to whole seconds (rulebook 1.6.3), so the real timeout may be up to one
/// second shorter.
const ROUNDING: Duration = Duration::from_secs(1);

/// The time limit for a request with this query: the `timeout` of the API server, minus the rounding.
pub(super) fn budget(query: Option<&str>) -> Duration {
    let pairs = query.unwrap_or_default().split('&');
    let timeout = pairs.filter_map(|pair| pair.strip_prefix("timeout=")).find_map(go_duration);
    let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT).min(MAX_TIMEOUT);
    timeout.checked_sub(ROUNDING).filter(|rest| !rest.is_zero()).unwrap_or(timeout / 2)
}

/// Parses a duration in the format of Go: `10s`, `1m30s`, `500ms`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_end)?;
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::granted("timeout=10s", 9_000)]
    #[case::most("timeout=30s", 29_000)]
    #[case::minutes("a=b&timeout=0m8s", 7_000)]
    #[case::more_than_the_api_grants("timeout=1m0s", 29_000)]
    #[case::more_than_the_clock_holds("timeout=4000000000000000h", 29_000)]
    #[case::short("timeout=1s", 500)]
    #[case::milliseconds("timeout=500ms", 250)]
    #[case::nonsense("timeout=soon", 4_000)]
    #[case::absent("", 4_000)]
    #[case::overflow("timeout=99999999999999999999h", 4_000)]
    fn budgets(#[case] query: &str, #[case] milliseconds: u64) {
        assert_eq!(budget(Some(query)), Duration::from_millis(milliseconds));
    }
}
