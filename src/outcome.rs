//! The results of evaluating a flag, a condition or a filter.

/// Why local evaluation could not resolve a flag, in posthog-node's order of precedence: the least wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnresolvedReason {
    /// The flag has experience continuity enabled.
    ExperienceContinuity,
    /// The definition uses something local evaluation does not support.
    UnsupportedDefinition,
    /// A flag that this one depends on could not be resolved.
    UnresolvedDependency,
    /// The call did not bring a property, a group or a device id that the definition needs.
    MissingContext,
}

impl UnresolvedReason {
    /// The name posthog-node gives the reason.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExperienceContinuity => "experience_continuity",
            Self::UnsupportedDefinition => "unsupported_definition",
            Self::UnresolvedDependency => "unresolved_dependency",
            Self::MissingContext => "missing_context",
        }
    }

    /// The reason with the higher precedence of two.
    pub fn or_higher(self, other: Option<Self>) -> Self {
        other.map_or(self, |other| self.min(other))
    }
}

/// Why there is no definite answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fallback {
    /// posthog-node's `InconclusiveMatchError`: another filter or condition may still decide.
    Inconclusive {
        /// The cause.
        reason: UnresolvedReason,
        /// A regex that only the server can run is among the causes; it defers later matches.
        server_regex: bool,
    },
    /// posthog-node's `RequiresServerEvaluation`: later conditions are not tried.
    RequiresServer {
        /// The cause.
        reason: UnresolvedReason,
    },
    /// posthog-node's evaluator throws here; the text says what is wrong with the definition or the value.
    Thrown(Box<str>),
    /// The definition cannot be read here, although posthog-node may read it; the text says why. Flags that depend on it have
    /// no answer either.
    Unreadable(Box<str>),
    /// posthog-node never returns here: the flag depends on itself. The text names the circle.
    Endless(Box<str>),
}

impl Fallback {
    /// An inconclusive match for this reason.
    pub const fn inconclusive(reason: UnresolvedReason) -> Self {
        Self::Inconclusive {
            reason,
            server_regex: false,
        }
    }

    /// The definition uses something that cannot be evaluated locally.
    pub const UNSUPPORTED: Self = Self::inconclusive(UnresolvedReason::UnsupportedDefinition);
    /// The call lacks something.
    pub const MISSING_CONTEXT: Self = Self::inconclusive(UnresolvedReason::MissingContext);
    /// Only the server can run this regex.
    pub const SERVER_REGEX: Self = Self::Inconclusive {
        reason: UnresolvedReason::UnsupportedDefinition,
        server_regex: true,
    };

    /// posthog-node's evaluator would throw.
    pub fn thrown(message: impl Into<Box<str>>) -> Self {
        Self::Thrown(message.into())
    }
}

/// The value of a flag: an index into what the flag can evaluate to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueCode(pub u16);

impl ValueCode {
    /// The flag is off.
    pub const FALSE: Self = Self(0);
    /// The flag is on, without a variant.
    pub const TRUE: Self = Self(1);
    /// The code of the first entry of the flag's own values.
    pub const FIRST_OWN: u16 = 2;

    /// The index into the flag's own values, unless it is `false` or `true`.
    pub fn own_index(self) -> Option<usize> {
        self.0.checked_sub(Self::FIRST_OWN).map(usize::from)
    }
}

/// The result of one flag.
pub type Outcome = Result<ValueCode, Fallback>;

/// The compact result of one flag, as it crosses into JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultCode(pub u16);

impl ResultCode {
    /// The flag is unresolved: the code is `UNRESOLVED - n` for the n-th [`UnresolvedReason`].
    pub const UNRESOLVED: u16 = 0xFFFF;
    /// posthog-node's evaluator would throw; an error text goes with it.
    pub const THROWN: u16 = 0xFFFB;
    /// posthog-node would never return; an error text goes with it.
    pub const ENDLESS: u16 = 0xFFFA;
    /// The largest code of a value.
    pub const LAST_VALUE: u16 = 0xFFF0;

    /// The code of an outcome.
    pub fn of(outcome: &Outcome) -> Self {
        Self(match outcome {
            Ok(code) => code.0,
            Err(Fallback::Inconclusive { reason, .. } | Fallback::RequiresServer { reason }) => {
                Self::UNRESOLVED - *reason as u16
            }
            Err(Fallback::Thrown(_) | Fallback::Unreadable(_)) => Self::THROWN,
            Err(Fallback::Endless(_)) => Self::ENDLESS,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_ordered_by_precedence() {
        use UnresolvedReason::*;
        assert_eq!(
            MissingContext.or_higher(Some(ExperienceContinuity)),
            ExperienceContinuity
        );
        assert_eq!(
            UnsupportedDefinition.or_higher(Some(UnresolvedDependency)),
            UnsupportedDefinition
        );
        assert_eq!(MissingContext.or_higher(None), MissingContext);
    }

    #[test]
    fn codes_of_values_and_of_reasons_do_not_meet() {
        assert_eq!(ResultCode::of(&Ok(ValueCode::TRUE)).0, 1);
        assert_eq!(ResultCode::of(&Err(Fallback::MISSING_CONTEXT)).0, 0xFFFC);
        const { assert!(ResultCode::LAST_VALUE < ResultCode::ENDLESS) };
    }
}
