//! Numbers that look random, and are the same for the same seed on every machine and with every version of Rust.

/// A generator of numbers: `SplitMix64`, which passes the usual tests of randomness.
pub(super) struct Dice(u64);

impl Dice {
    /// The generator of the draft `number` of a run with this seed.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed);
        // Neighbouring seeds and numbers would otherwise share most of their numbers.
        Self(dice.next() ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// True in one of `times` cases.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    /// One of `choices`, each with the same probability.
    pub(super) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        let count = u64::try_from(choices.len()).expect("there are few choices");
        let at = usize::try_from(self.next() % count).expect("there are few choices");
        choices[at].clone()
    }
}
