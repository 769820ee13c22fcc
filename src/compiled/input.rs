//! What definitions read from a call.

/// One thing a definition reads from a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Input {
    /// The distinct id.
    DistinctId,
    /// Whether the given properties are all that the person and the groups have.
    Complete,
    /// An own property of the person.
    Person(Box<str>),
    /// The key of the group of this type, missing if the call names none.
    GroupKey(Box<str>),
    /// Whether properties of that group were given: missing, null (given, but unusable) or `true`.
    GroupGiven(Box<str>),
    /// An own property of the group of this type.
    Group(Box<str>, Box<str>),
}

/// The place of an input among those that the definitions read, see
/// [`CompiledDefinitions::inputs`](super::CompiledDefinitions::inputs).
pub type Slot = usize;

/// Where a group of one type is found in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupSlots {
    /// [`Input::GroupKey`].
    pub key: Slot,
    /// [`Input::GroupGiven`].
    pub given: Slot,
}
