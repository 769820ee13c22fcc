//! Whose properties filters read.

/// The person or the group whose properties the filters of a condition or a cohort read.
#[derive(Debug, Clone, Copy)]
pub struct PropertyHolder {
    /// The holder is a group, and the call gives no properties for it: posthog-node throws on looking for one.
    pub absent: bool,
}
