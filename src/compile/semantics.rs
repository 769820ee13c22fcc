//! Whose decisions the answers are.

use crate::matchers::server::zones::Zone;

/// Whose decisions the answers are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Semantics {
    /// Those of posthog-node.
    #[default]
    PosthogNode,
    /// Those of PostHog's server, for a project in this time zone if it is known.
    Server(Option<Zone>),
}

impl Semantics {
    /// Whether they are those of the server.
    pub fn is_server(self) -> bool {
        self != Self::PosthogNode
    }

    /// The time zone of the project.
    pub fn zone(self) -> Option<Zone> {
        match self {
            Self::PosthogNode => None,
            Self::Server(zone) => zone,
        }
    }
}
