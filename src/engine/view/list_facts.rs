//! The facts of a list that was read live.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The facts of the objects of a list. Clones and parts share the facts.
#[derive(Clone)]
pub struct ListFacts<T> {
    facts: Arc<[Arc<T>]>,
    /// Dropped with the last clone: it stands for the memory that the facts take.
    held: Option<Arc<dyn Any + Send + Sync>>,
}

impl<T> ListFacts<T> {
    /// The same facts. `held` is dropped when no clone and no part of them is left.
    #[must_use]
    pub fn holding(self, held: impl Any + Send + Sync) -> Self {
        Self { held: Some(Arc::new(held)), ..self }
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The facts of each object.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.facts.iter().map(|facts| &**facts)
    }

    /// The part of the objects that `fits`.
    #[must_use]
    pub fn part(&self, fits: impl Fn(&T) -> bool) -> Self {
        Self { facts: self.facts.iter().filter(|facts| fits(facts)).cloned().collect(), held: self.held.clone() }
    }
}

impl<T> Default for ListFacts<T> {
    fn default() -> Self {
        Self { facts: [].into(), held: None }
    }
}

impl<T> FromIterator<T> for ListFacts<T> {
    fn from_iter<I: IntoIterator<Item = T>>(facts: I) -> Self {
        Self { facts: facts.into_iter().map(Arc::new).collect(), held: None }
    }
}

impl<T, const N: usize> From<[T; N]> for ListFacts<T> {
    fn from(facts: [T; N]) -> Self {
        facts.into_iter().collect()
    }
}

impl<T: PartialEq> PartialEq for ListFacts<T> {
    fn eq(&self, other: &Self) -> bool {
        self.facts == other.facts
    }
}

impl<T: Eq> Eq for ListFacts<T> {}

impl<T: fmt::Debug> fmt::Debug for ListFacts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_lives_as_long_as_the_facts() {
        let held = Arc::new(());
        let all = ListFacts::from([1, 2, 3]).holding(Arc::clone(&held));
        let odd = all.part(|number| number % 2 == 1);
        assert_eq!(odd, ListFacts::from([1, 3]));
        drop(all);
        assert_eq!(Arc::strong_count(&held), 2);
        drop(odd);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
