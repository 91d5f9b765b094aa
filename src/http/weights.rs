//! How much memory a request takes, by what its body holds.

/// The memory of a request, in bytes, for each part of its body: an upper bound of the body itself, of what is decoded from
/// it, and of its judgement. What a body holds is known only by its punctuation, because only this is quick to count.
/// Punctuation inside of strings counts, too: the string may be JSON itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// For each byte.
    pub byte: usize,
    /// For each comma: another item or field follows.
    pub comma: usize,
    /// For each opening bracket or brace that follows no colon: an item of a list, which is a structure.
    pub item: usize,
}

impl Weights {
    /// The weights of an AdmissionReview of an Ingress. `tests/memory_limit` and `benches/memory` hold them: no body takes
    /// more memory than its weight.
    pub const REVIEW: Self = Self { byte: 6, comma: 100, item: 1200 };

    /// The memory of a request with this body, in bytes.
    pub fn of(self, body: &[u8]) -> usize {
        Weigher::new(self).weigh(body)
    }
}

/// Weighs a body that arrives in parts.
#[derive(Debug)]
pub(super) struct Weigher {
    weights: Weights,
    /// The last byte so far.
    before: u8,
}

impl Weigher {
    pub(super) fn new(weights: Weights) -> Self {
        Self { weights, before: 0 }
    }

    /// The weight of the next part.
    pub(super) fn weigh(&mut self, data: &[u8]) -> usize {
        let (mut commas, mut items) = (0_usize, 0_usize);
        // Without a branch, so that the compiler makes one instruction of many comparisons.
        for byte in data {
            commas += usize::from(*byte == b',');
            items += usize::from(matches!(*byte, b'{' | b'[')) * usize::from(self.before != b':');
            self.before = *byte;
        }
        let Weights { byte, comma, item } = self.weights;
        data.len().saturating_mul(byte).saturating_add(commas * comma).saturating_add(items * item)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const WEIGHTS: Weights = Weights { byte: 1, comma: 1_000, item: 1_000_000 };

    #[rstest]
    #[case::empty("", 0)]
    #[case::text("abc", 3)]
    #[case::items(r#"{"a":[{},[],{}]}"#, 4_002_016)]
    #[case::fields(r#"{"a":{"b":{},"c":[]}}"#, 1_001_021)]
    #[case::spaces("[ {} ]", 2_000_006)]
    #[case::escaped(r#"{"a":"[{},{}]"}"#, 4_001_015)]
    fn the_weight_does_not_depend_on_the_parts(#[case] body: &str, #[case] expected: usize) {
        for size in [1, 2, 3, 7, 300] {
            let mut weigher = Weigher::new(WEIGHTS);
            let weight: usize = body.as_bytes().chunks(size).map(|part| weigher.weigh(part)).sum();
            assert_eq!(weight, expected, "in parts of {size}");
        }
    }

    #[test]
    fn long_bodies_are_counted_to_the_end() {
        let body = "{},".repeat(1000);
        assert_eq!(Weigher::new(WEIGHTS).weigh(body.as_bytes()), 1_001_003_000);
    }
}
