//! What a test of the server comes to.

/// The answer of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It matches.
    Yes,
    /// It does not match.
    No,
    /// The server cannot judge it; in a condition this is no match.
    Error,
    /// What the server decides is not known here.
    Open,
}

impl From<bool> for Answer {
    fn from(matches: bool) -> Self {
        if matches { Self::Yes } else { Self::No }
    }
}

impl Answer {
    /// Whether it matches, if that is known here.
    pub fn known(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No | Self::Error => Some(false),
            Self::Open => None,
        }
    }
}
