//! The release conditions of a flag.

use std::ops::Deref;

use super::compiler::Compiler;
use super::messages::expected;
use super::scope::Scope;
use super::values::ValueTable;
use super::variants::{VariantNames, compile_override};
use crate::compiled::{Aggregation, Condition, Rollout, Span};
use crate::js;
use crate::js::json::Json;

impl Compiler<'_> {
    /// One condition. A condition that does not say whose properties it reads reads those of the flag.
    pub(super) fn compile_condition(
        &mut self,
        condition: &Json,
        filters: &Json,
        flag_scope: &Scope,
        names: &impl Deref<Target = VariantNames>,
        values: &mut ValueTable,
    ) -> Condition {
        let aggregation = match condition {
            Json::Null => Err(expected("a condition", "an object", Some(condition))),
            condition => self.compile_aggregation(condition, filters),
        };
        let (aggregation, scope, malformed) = match aggregation {
            Ok(Some((aggregation, scope))) => (aggregation, scope, None),
            Ok(None) => (Aggregation::Inherited, flag_scope.clone(), None),
            Err(message) => (Aggregation::Inherited, flag_scope.clone(), Some(message)),
        };
        let (mut compiled_filters, malformed_filters) = match malformed {
            None => self.compile_condition_filters(condition.get("properties"), &scope),
            Some(_) => (Vec::new(), None),
        };
        let rollout = condition
            .get("rollout_percentage")
            .filter(|percentage| **percentage != Json::Null);
        Condition {
            malformed,
            aggregation,
            filters: Span::append(&mut self.condition_filters, &mut compiled_filters),
            malformed_filters,
            rollout: rollout.map(|percentage| match js::to_number(Some(percentage)) {
                Ok(percentage) => Rollout::Threshold(percentage / 100.0),
                Err(js::NoText) => {
                    Rollout::Malformed(expected("rollout_percentage", "a number", Some(percentage)))
                }
            }),
            variant_override: compile_override(condition.get("variant"), names, values),
        }
    }

    /// The condition's own aggregation, if it has one that differs from the flag's; `None` inherits the flag's.
    fn compile_aggregation(
        &mut self,
        condition: &Json,
        filters: &Json,
    ) -> Result<Option<(Aggregation, Scope)>, Box<str>> {
        let of_flag = filters.get("aggregation_group_type_index");
        let own = condition.get("aggregation_group_type_index");
        let Some(index) = own.filter(|index| **index != Json::Null) else {
            return Ok(None);
        };
        if js::strictly_equal(own, of_flag) {
            return Ok(None);
        }
        Ok(Some(match self.group_name(index)? {
            Some(group) => (
                Aggregation::Group(self.group_slots(&group)),
                Scope::Group(group),
            ),
            None => (Aggregation::UnknownGroupType, Scope::Person),
        }))
    }
}
