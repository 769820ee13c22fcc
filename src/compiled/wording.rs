//! How a definition puts a filter, for those who want to read it.

/// The wording of a filter, as JSON texts; a part that the definition leaves out is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording<'d> {
    /// The key; the slot of the input in that of a test of a property.
    pub key: &'d str,
    /// The operator.
    pub operator: &'d str,
    /// The value.
    pub value: &'d str,
}

impl<'d> Wording<'d> {
    /// Reads what `write_wording` of the compiler has written.
    pub fn read(text: &'d str) -> Self {
        let mut parts = text.splitn(3, '\0');
        let mut next = || parts.next().unwrap_or_default();
        Self {
            key: next(),
            operator: next(),
            value: next(),
        }
    }
}
