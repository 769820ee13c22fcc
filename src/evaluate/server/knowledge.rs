//! What is known of a call.

use crate::matchers::server::dates::Clock;

/// What all parts of a decision need to know of the call.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge {
    /// The time of the call, and the zone of the project.
    pub clock: Clock,
    /// What is not given is not there.
    pub is_complete: bool,
}
