//! How much memory the rules of the server take.

use super::server::{
    CohortTree, PropertyRead, ServerCondition, ServerExpected, ServerFilter, ServerRules,
};
use crate::footprint::{boxed, list};
use crate::matchers::server::ServerTest;

impl ServerRules {
    /// How many bytes it keeps elsewhere.
    pub(super) fn footprint(&self) -> usize {
        self.hasher.footprint()
            + list(&self.conditions, condition)
            + boxed(&*self.variants.shares)
            + boxed(&*self.flags)
    }
}

impl CohortTree {
    /// How many bytes it keeps elsewhere.
    pub(super) fn footprint(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => list(parts, Self::footprint),
            Self::Leaf(leaf, _) => filter(leaf),
            Self::Cohort(..) => 0,
        }
    }
}

fn condition(condition: &ServerCondition) -> usize {
    list(&condition.filters, filter)
        + condition.cohorts.as_deref().map_or(0, boxed)
        + boxed(&*condition.wordings)
}

fn filter(filter: &ServerFilter) -> usize {
    match filter {
        ServerFilter::Property(property) => {
            let (PropertyRead { instead, .. }, test) = &**property;
            boxed(&**property) + boxed(&**instead) + test.footprint()
        }
        ServerFilter::UnknownGroup(test) => boxed::<ServerTest>(test) + test.footprint(),
        ServerFilter::Flag { expected, .. } => match expected {
            ServerExpected::Variant(variant) => boxed(&**variant),
            ServerExpected::Bool(_) => 0,
        },
        ServerFilter::Never | ServerFilter::Open => 0,
    }
}
