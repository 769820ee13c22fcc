//! Flags that are decided as PostHog's server decides them. Numbers are read from the text once more, because the server tells
//! `1` from `1.0`.

mod circles;
mod cohorts;
mod conditions;
mod filters;
mod initial;
pub mod parts;

use std::collections::HashMap;

use serde_json::Value;

use super::compiler::Compiler;
use super::values::ValueTable;
use crate::compiled::server::{ServerGroup, ServerHoldout, ServerRules, ServerVariants};
use crate::compiled::{CompiledFlag, Input, Rules};
use crate::hashing::FlagHasher;
use crate::js::json::Json;
use crate::outcome::ValueCode;
use parts::{Compiled, OnlyServer};

impl Compiler<'_> {
    /// The rules of an active flag with this index.
    pub(super) fn compile_server(
        &mut self,
        index: usize,
        text: &str,
        values: &mut ValueTable,
    ) -> Compiled<ServerRules> {
        let flag: Value = serde_json::from_str(text).map_err(|_| OnlyServer)?;
        let filters = &flag["filters"];
        self.server.flags.clear();
        let key = self.keys.get(index).to_owned();
        let group = self.server_group(filters.get("aggregation_group_type_index"))?;
        let device = match flag["bucketing_identifier"].as_str() {
            Some("device_id") => Some(self.slot(Input::Person("$device_id".into()))),
            _ => None,
        };
        let enrollment = (filters["feature_enrollment"] == true)
            .then(|| self.slot(Input::Person(format!("$feature_enrollment/{key}").into())));
        let holdout = compile_holdout(&filters["holdout"], values)?;
        let (variants, codes) = compile_variants(&filters["multivariate"]["variants"], values)?;
        let conditions = match &filters["groups"] {
            Value::Null => Vec::new(),
            Value::Array(groups) => groups
                .iter()
                .map(|condition| self.server_condition(condition, group, &codes))
                .collect::<Compiled<_>>()?,
            _ => return Err(OnlyServer),
        };
        let mut flags = std::mem::take(&mut self.server.flags);
        flags.sort_unstable();
        flags.dedup();
        self.dependencies.extend(&flags);
        Ok(ServerRules {
            complete: self.slot(Input::Complete),
            hasher: FlagHasher::new(&key),
            has_continuity: flag["ensure_experience_continuity"] == true
                && group.is_none()
                && device.is_none(),
            group,
            device,
            enrollment,
            holdout,
            conditions: conditions.into(),
            early_exit: filters["early_exit"] == true,
            variants,
            flags: flags.into(),
            leads_into_a_circle: false,
        })
    }

    /// The group type with this index; nothing if it is the person that is meant.
    fn server_group(&mut self, index: Option<&Value>) -> Compiled<Option<ServerGroup>> {
        let number = match index {
            None | Some(Value::Null) => return Ok(None),
            Some(index) => index.as_i64().ok_or(OnlyServer)?,
        };
        let name = self.document.group_name(&Json::Number(number as f64));
        let name = name.map_err(|_| OnlyServer)?;
        Ok(Some(match name {
            None => ServerGroup::Unknown,
            Some(name) => ServerGroup::Known(self.group_slots(&name)),
        }))
    }
}

fn compile_holdout(holdout: &Value, values: &mut ValueTable) -> Compiled<Option<ServerHoldout>> {
    if holdout.is_null() {
        return Ok(None);
    }
    let id = holdout["id"].as_i64().ok_or(OnlyServer)?;
    let percentage = holdout["exclusion_percentage"].as_f64();
    let percentage = percentage.ok_or(OnlyServer)?.clamp(0.0, 100.0);
    let value = values.code(&Json::String(format!("holdout-{id}").into()));
    Ok(Some(ServerHoldout {
        threshold: (percentage < 100.0).then_some(percentage / 100.0),
        value: value.ok_or(OnlyServer)?,
    }))
}

/// The variants of a flag, and the value of each by its key.
fn compile_variants(
    stored: &Value,
    values: &mut ValueTable,
) -> Compiled<(ServerVariants, HashMap<String, ValueCode>)> {
    let mut codes = HashMap::new();
    let mut shares = Vec::new();
    for variant in stored.as_array().into_iter().flatten() {
        let key = variant["key"].as_str().ok_or(OnlyServer)?;
        let percentage = variant["rollout_percentage"].as_f64();
        let value = values.code(&Json::String(key.into())).ok_or(OnlyServer)?;
        shares.push((percentage.ok_or(OnlyServer)? / 100.0, value));
        codes.insert(key.to_owned(), value);
    }
    Ok((ServerVariants::new(shares), codes))
}

/// Marks all flags that depend on flags in a circle: the server decides them as off before anything else.
pub fn mark_circles(flags: &mut [CompiledFlag]) {
    let references: Vec<_> = flags
        .iter()
        .map(|flag| match &flag.rules {
            Rules::Server(rules) => rules.flags.to_vec(),
            _ => Vec::new(),
        })
        .collect();
    let mut leads_into_a_circle = vec![true; flags.len()];
    for flag in circles::order(&references) {
        leads_into_a_circle[flag] = false;
    }
    for (flag, leads) in flags.iter_mut().zip(leads_into_a_circle) {
        if let Rules::Server(rules) = &mut flag.rules {
            rules.leads_into_a_circle = leads;
        }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod property_tests;
