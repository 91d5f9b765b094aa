//! A truth that may not be known.

/// Yes, no, or not to be told from what is known. Never taken for the milder or the worse of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// Certainly not.
    No,
    /// What is known does not tell.
    Unknown,
    /// Certainly.
    Yes,
}

impl Truth {
    /// Whether all hold: a single *no* settles it.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().min().unwrap_or(Self::Yes)
    }

    /// Whether any holds: a single *yes* settles it.
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().max().unwrap_or(Self::No)
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
