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
        let Some((first, rest)) = data.split_first() else { return 0 };
        let before = data.get(..rest.len()).unwrap_or_default();
        // In portions of a fixed size whose counts fit into a byte: the compiler then compares many bytes at once.
        let ((portions_before, last_before), (portions, last)) = (before.as_chunks::<128>(), rest.as_chunks::<128>());
        let (mut commas, mut items) = count(&[self.before], &[*first]);
        for (before, bytes) in portions_before.iter().zip(portions) {
            let (more_commas, more_items) = count(before, bytes);
            (commas, items) = (commas + more_commas, items + more_items);
        }
        let (last_commas, last_items) = count(last_before, last);
        self.before = data.last().copied().unwrap_or(self.before);
        let Weights { byte, comma, item } = self.weights;
        let counted = (commas + last_commas) * comma + (items + last_items) * item;
        data.len().saturating_mul(byte).saturating_add(counted)
    }
}

/// The commas and the items of at most 255 bytes. `before` has the byte before each.
#[inline]
fn count(before: &[u8], bytes: &[u8]) -> (usize, usize) {
    let (mut commas, mut items) = (0_u8, 0_u8);
    for (before, byte) in before.iter().zip(bytes) {
        commas += u8::from(*byte == b',');
        items += u8::from(matches!(*byte, b'{' | b'[')) * u8::from(*before != b':');
    }
    (commas.into(), items.into())
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
