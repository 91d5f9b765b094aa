//! Computes medians and percentiles, and prints figures with their bounds.

// Each benchmark uses a part of this module.
#![allow(dead_code, reason = "each bench uses its own part of it")]

use std::cmp::Ordering;

/// The median of `values`; 0 if there are none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(&sorted(values.into_iter().collect()), 50.0)
}

pub(crate) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    values
}

/// The percentile of `sorted`; 0 if it is empty.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and times stay far below what would lose digits"
)]
pub(crate) fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// A bound of a figure.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// Prints `figure` and its bound. Returns whether the bound is kept.
pub(crate) fn holds(what: &str, figure: f64, unit: &str, bound: Bound) -> bool {
    let (kept, words) = match bound {
        Bound::AtLeast(least) => (figure >= least, format!("at least {least}")),
        Bound::AtMost(most) => (figure <= most, format!("at most {most}")),
    };
    println!("{what}: {figure:.2}{unit} ({words}{unit}): {}", if kept { "kept" } else { "MISSED" });
    kept
}

/// Whether this run is a measurement (`cargo bench`), not only a test that the benchmark works (`cargo test`).
pub(crate) fn measuring() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
