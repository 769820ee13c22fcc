//! Whose properties filters read.

/// Whose properties a filter reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those of the person.
    Person,
    /// Those of the group of this type.
    Group(Box<str>),
}

/// A cohort, and whose properties its filters read.
pub type CohortId = (Box<str>, Scope);
