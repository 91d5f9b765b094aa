//! A truth value that may be unknown.

/// Yes, no or unknown. Unknown is treated neither as yes nor as no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// Certainly not.
    No,
    /// The known facts do not decide.
    Unknown,
    /// Certainly.
    Yes,
}

impl Truth {
    /// Whether all hold: `No` if one is `No`, else `Unknown` if one is `Unknown`, else `Yes`.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().min().unwrap_or(Self::Yes)
    }

    /// Whether any holds: `Yes` if one is `Yes`, else `Unknown` if one is `Unknown`, else `No`.
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().max().unwrap_or(Self::No)
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
