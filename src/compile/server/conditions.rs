//! One condition of a flag.

use std::collections::HashMap;

use serde_json::Value;

use super::parts::{Compiled, OnlyServer};
use crate::compile::compiler::Compiler;
use crate::compiled::narrow;
use crate::compiled::server::{ServerCondition, ServerGroup};
use crate::outcome::ValueCode;

impl Compiler<'_> {
    /// A condition of a flag that is about the group `inherited`, unless the condition is about another one.
    pub(super) fn server_condition(
        &mut self,
        condition: &Value,
        inherited: Option<ServerGroup>,
        variants: &HashMap<String, ValueCode>,
    ) -> Compiled<ServerCondition> {
        if !condition.is_object() {
            return Err(OnlyServer);
        }
        let index = condition.get("aggregation_group_type_index");
        let group = match index {
            Some(_) => self.server_group(index)?,
            None => inherited,
        };
        let mut filters = Vec::new();
        let mut cohorts = Some(Vec::new());
        let properties = match &condition["properties"] {
            Value::Null => &[],
            Value::Array(properties) => properties.as_slice(),
            _ => return Err(OnlyServer),
        };
        let (on_cohorts, others): (Vec<_>, Vec<_>) =
            (properties.iter()).partition(|filter| filter["type"] == "cohort");
        let in_order = others.iter().chain(&on_cohorts);
        let wordings = in_order.map(|filter| self.server_wording(filter)).collect();
        for filter in properties {
            if filter["type"] != "cohort" {
                filters.push(self.server_filter(filter, group)?);
                continue;
            }
            // The server resolves all cohorts before it judges any.
            match (self.cohort_test(filter), &mut cohorts) {
                (Ok(test), Some(known)) => known.push(test),
                _ => cohorts = None,
            }
        }
        let rollout = match &condition["rollout_percentage"] {
            Value::Null => None,
            percentage => Some(percentage.as_f64().ok_or(OnlyServer)?),
        };
        let pinned = match &condition["variant"] {
            Value::Null => None,
            variant => Some(variant.as_str().ok_or(OnlyServer)?),
        };
        Ok(ServerCondition {
            group,
            filters: filters.into(),
            cohorts: cohorts.map(Into::into),
            wordings,
            rollout: rollout
                .filter(|percentage| *percentage < 100.0)
                .map(|percentage| percentage / 100.0),
            variant: pinned.and_then(|key| variants.get(key)).copied(),
        })
    }
    /// The number of the wording of a filter.
    fn server_wording(&mut self, filter: &Value) -> u32 {
        let parts = ["key", "operator", "value"].map(|name| filter.get(name).map(Value::to_string));
        let wording = parts.map(Option::unwrap_or_default).join("\0");
        narrow(self.wordings.add(&wording))
    }
}
