//! The budget of one evaluation, and how long its result is valid.

use std::cell::Cell;

use jiff::Timestamp;

use crate::engine::view::Unknown;

/// The maximum number of objects and label pairs that one evaluation may examine. The maximum takes some 50 ms; an
/// ordinary evaluation examines a few dozen. The budget is a count and not a time, so that equal inputs give equal
/// results.
pub const MOST_UNITS: usize = 1_000_000;

/// Counts the work of one evaluation, and keeps the moment until which its result is valid.
#[derive(Debug)]
pub struct Meter {
    left: Cell<usize>,
    exhausted: Cell<bool>,
    valid_until: Cell<Option<Timestamp>>,
}

impl Meter {
    /// Returns a meter with a budget of `units`, at most [`MOST_UNITS`].
    pub fn new(units: usize) -> Self {
        Self { left: Cell::new(units.min(MOST_UNITS)), exhausted: Cell::new(false), valid_until: Cell::new(None) }
    }

    /// Takes `units` from the rest of the budget.
    ///
    /// # Errors
    /// [`Unknown::TooLarge`] if the rest is smaller. Cheaper work can still be paid for afterwards.
    pub fn spend(&self, units: usize) -> Result<(), Unknown> {
        let Some(rest) = self.left.get().checked_sub(units) else {
            self.exhausted.set(true);
            return Err(Unknown::TooLarge);
        };
        self.left.set(rest);
        Ok(())
    }

    /// Whether work was refused.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// Notes that the result may change after `moment`, even if no object changes.
    pub fn note_expiry(&self, moment: Timestamp) {
        let earlier = self.valid_until.get().map_or(moment, |known| known.min(moment));
        self.valid_until.set(Some(earlier));
    }

    /// The time until which the result is valid if no object changes; `None` if time alone cannot change it.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_beyond_the_budget_is_refused_and_cheaper_work_is_still_possible() {
        let meter = Meter::new(usize::MAX);
        assert_eq!(meter.spend(MOST_UNITS - 1), Ok(()));
        assert!(!meter.is_exhausted());
        assert_eq!(meter.spend(2), Err(Unknown::TooLarge));
        assert!(meter.is_exhausted());
        assert_eq!(meter.spend(1), Ok(()));
        assert_eq!(meter.spend(1), Err(Unknown::TooLarge));
    }

    #[test]
    fn the_earliest_expiry_counts() {
        let meter = Meter::new(0);
        assert_eq!(meter.valid_until(), None);
        for second in [5, 3, 9] {
            meter.note_expiry(Timestamp::from_second(second).unwrap());
        }
        assert_eq!(meter.valid_until(), Some(Timestamp::from_second(3).unwrap()));
    }
}
