//! The memory of decoded reviews, besides their bodies.
//!
//! A review takes the most memory while it is decoded: an empty path takes three bytes of JSON, and becomes a structure.
//! [`Weights`] bound this memory before anything is decoded, by what the body holds. Afterwards the memory is known, and the
//! rest is given back. Until enough memory is free, a review waits. So many large reviews are judged one after the other,
//! and the process does not outgrow its container.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// The memory in bytes for each part of a body: an upper bound of what is decoded from it. What a body holds is known only
/// by its punctuation, because only this is quick to count. Punctuation inside of strings counts, too: the string may be
/// JSON itself.
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
    /// The weights of an AdmissionReview of an Ingress. `tests/review_memory` holds them: no review takes more memory.
    pub const REVIEW: Self = Self { byte: 4, comma: 80, item: 100 };

    /// The memory for a body of `size` bytes whose content is not known, in bytes: each byte is a comma or an item.
    pub(super) fn at_most(self, size: usize) -> usize {
        size.saturating_mul(self.byte.saturating_add(self.comma.max(self.item)))
    }

    /// The memory for a body, in bytes.
    pub fn of(self, body: &[u8]) -> usize {
        let Some((first, rest)) = body.split_first() else { return 0 };
        let before = body.get(..rest.len()).unwrap_or_default();
        // In portions of a fixed size whose counts fit into a byte: the compiler then compares many bytes at once.
        let ((portions_before, last_before), (portions, last)) = (before.as_chunks::<128>(), rest.as_chunks::<128>());
        let (mut commas, mut items) = count(&[0], &[*first]);
        for (before, bytes) in portions_before.iter().zip(portions) {
            let (more_commas, more_items) = count(before, bytes);
            (commas, items) = (commas + more_commas, items + more_items);
        }
        let (last_commas, last_items) = count(last_before, last);
        let counted = (commas + last_commas) * self.comma + (items + last_items) * self.item;
        body.len().saturating_mul(self.byte).saturating_add(counted)
    }
}

/// The commas and the items of at most 255 bytes. `before` has the byte before each.
#[inline]
fn count(before: &[u8], bytes: &[u8]) -> (usize, usize) {
    let (mut commas, mut items) = (0_u8, 0_u8);
    for (before, byte) in before.iter().zip(bytes) {
        commas += u8::from(*byte == b',');
        // `[` and `{` differ in this bit only.
        items += u8::from(*byte | 0x20 == b'{') & u8::from(*before != b':');
    }
    (commas.into(), items.into())
}

/// Bytes of the unit in which memory is counted.
const UNIT: usize = 1 << 10;
/// The memory in bytes up to which a review is small. Small reviews have memory of their own, so that they never wait for
/// large ones.
pub(super) const SMALL: usize = 512 << 10;

/// The maximum memory of one review besides its body, in bytes.
pub const MAX_MEMORY: usize = 80 << 20;

/// The memory for the reviews of a process.
pub(super) struct Memory {
    small: Pool,
    large: Pool,
}

/// Why a review gets no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoMemory {
    /// The review alone needs more than there is.
    TooLarge,
    /// Other reviews used the memory until the deadline.
    Late,
}

impl Memory {
    /// The memory of the shipped deployment, which has 256 MiB for the whole process.
    pub(super) fn new() -> Self {
        Self { small: Pool::of(16 << 20), large: Pool::of(MAX_MEMORY) }
    }

    /// Takes `bytes` bytes as soon as they are free.
    pub(super) async fn take(&self, bytes: usize, deadline: Instant) -> Result<Share, NoMemory> {
        let pool = if bytes <= SMALL { &self.small } else { &self.large };
        pool.take(bytes, deadline).await
    }
}

/// Memory that several reviews share. Reviews get memory in the order in which they ask.
struct Pool {
    /// Units of [`UNIT`] bytes.
    units: u32,
    free: Arc<Semaphore>,
}

impl Pool {
    fn of(bytes: usize) -> Self {
        let units = units(bytes);
        Self { units, free: Arc::new(Semaphore::new(usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS))) }
    }

    async fn take(&self, bytes: usize, deadline: Instant) -> Result<Share, NoMemory> {
        let units = units(bytes);
        if units > self.units {
            return Err(NoMemory::TooLarge);
        }
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_many_owned(units) {
            return Ok(Share(permit));
        }
        // The semaphore is never closed. The wait is boxed, because it is rare: the future of every request would be as large.
        let permit = Box::pin(timeout_at(deadline, Arc::clone(&self.free).acquire_many_owned(units))).await;
        permit.ok().and_then(Result::ok).map(Share).ok_or(NoMemory::Late)
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// The memory of one review, until it is dropped.
#[derive(Debug)]
pub(super) struct Share(OwnedSemaphorePermit);

impl Share {
    /// The memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.num_permits() * UNIT
    }

    /// Gives memory back until at most `bytes` bytes are left.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let rest = usize::try_from(units(bytes)).unwrap_or(usize::MAX);
        drop(self.0.split(self.0.num_permits().saturating_sub(rest)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    fn the_weight_follows_from_the_punctuation(#[case] body: &str, #[case] expected: usize) {
        assert_eq!(WEIGHTS.of(body.as_bytes()), expected);
        assert!(WEIGHTS.at_most(body.len()) >= expected);
    }

    #[test]
    fn long_bodies_are_counted_to_the_end() {
        let body = "{},".repeat(1000);
        assert_eq!(WEIGHTS.of(body.as_bytes()), 1_001_003_000);
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[tokio::test]
    async fn a_review_waits_until_enough_memory_is_free() {
        let pool = Pool::of(10 * UNIT);
        let mut first = pool.take(8 * UNIT, soon()).await.unwrap();
        assert_eq!(pool.take(3 * UNIT, soon()).await.unwrap_err(), NoMemory::Late);
        assert_eq!(pool.take(10 * UNIT + 1, soon()).await.unwrap_err(), NoMemory::TooLarge);
        first.shrink_to(7 * UNIT - 1);
        first.shrink_to(100 * UNIT);
        let second = pool.take(3 * UNIT, soon()).await.unwrap();
        assert_eq!(pool.free.available_permits(), 0);
        drop((first, second));
        assert_eq!(pool.free.available_permits(), 10);
    }

    #[tokio::test]
    async fn small_reviews_do_not_wait_for_large_ones() {
        let memory = Memory::new();
        let _large = memory.take(usize::try_from(memory.large.units).unwrap() * UNIT, soon()).await.unwrap();
        assert_eq!(memory.take(SMALL + 1, soon()).await.unwrap_err(), NoMemory::Late);
        assert!(memory.take(SMALL, soon()).await.is_ok());
    }
}
