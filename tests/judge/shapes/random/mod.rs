//! Random shapes: the plain route with some random changes.
//!
//! A shape is minimal if each of its changes is needed for what it shows. So the judge can leave out changes until
//! nothing can be left out.

mod change;
mod dice;
mod draw;
mod plan;
mod states;

use change::Change;
use dice::Dice;
pub(crate) use plan::MOST;
use plan::Plan;

use super::{Beside, Shape};

/// A random shape without a name: the changes to the plain route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft(Vec<Change>);

impl Draft {
    /// A route that every controller serves.
    pub(crate) fn plain() -> Self {
        Self(Vec::new())
    }

    /// The same with a healthy default backend in its Ingress.
    pub(crate) fn with_default_backend() -> Self {
        Self(vec![Change::Beside(Beside::Default)])
    }

    /// The draft `number` of the seed.
    pub(crate) fn random(seed: u64, number: u64) -> Self {
        Self(draw::changes(&mut Dice::new(seed, number)))
    }

    /// The shape `id` with the number `number` in its cluster, which is at most [`MOST`].
    pub(crate) fn shape(&self, id: &str, number: u16) -> Shape {
        let mut plan = Plan::plain();
        for change in &self.0 {
            change.apply(&mut plan);
        }
        plan.shape(id, number, self.to_string())
    }

    /// Drafts with one or two of the changes, the shortest first.
    pub(crate) fn parts(&self) -> Vec<Self> {
        let one = self.0.iter().map(|change| Self(vec![change.clone()]));
        let two = self.0.iter().enumerate().flat_map(|(at, first)| {
            self.0.iter().skip(at + 1).map(move |second| Self(vec![first.clone(), second.clone()]))
        });
        let parts = one.chain(two);
        parts.filter(|part| part.0.len() < self.0.len()).collect()
    }

    /// Drafts with one change less, or with a simpler one.
    pub(crate) fn simpler(&self) -> Vec<Self> {
        let mut drafts = Vec::new();
        let without = |at: usize| self.0.iter().enumerate().filter(move |(other, _)| *other != at);
        for at in 0..self.0.len() {
            drafts.push(Self(without(at).map(|(_, change)| change.clone()).collect()));
        }
        for (at, change) in self.0.iter().enumerate() {
            for simpler in change.simpler() {
                let mut changes = self.0.clone();
                changes[at] = simpler;
                drafts.push(Self(changes));
            }
        }
        drafts
    }
}

impl std::fmt::Display for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let changes: Vec<String> = self.0.iter().map(|change| format!("{change:?}")).collect();
        f.write_str(if changes.is_empty() { "plain".to_owned() } else { changes.join(", ") }.as_str())
    }
}
