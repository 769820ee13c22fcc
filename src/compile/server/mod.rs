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
        let device = match &flag["bucketing_identifier"] {
            Value::Null => None,
            identifier if identifier == "distinct_id" => None,
            identifier if identifier == "device_id" => {
                Some(self.slot(Input::Person("$device_id".into())))
            }
            _ => return Err(OnlyServer),
        };
        let enrollment = truth(&filters["feature_enrollment"])?
            .then(|| self.slot(Input::Person(format!("$feature_enrollment/{key}").into())));
        let holdout = compile_holdout(&filters["holdout"], values)?;
        let (variants, codes) = compile_variants(&filters["multivariate"], values)?;
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
            has_continuity: truth(&flag["ensure_experience_continuity"])?
                && group.is_none()
                && device.is_none(),
            group,
            device,
            enrollment,
            holdout,
            conditions: conditions.into(),
            early_exit: truth(&filters["early_exit"])?,
            variants,
            flags: flags.into(),
            may_fail: false,
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

/// A field that is true or false, and false if it is not there.
fn truth(stored: &Value) -> Compiled<bool> {
    match stored {
        Value::Null => Ok(false),
        Value::Bool(value) => Ok(*value),
        _ => Err(OnlyServer),
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
    multivariate: &Value,
    values: &mut ValueTable,
) -> Compiled<(ServerVariants, HashMap<String, ValueCode>)> {
    let mut codes = HashMap::new();
    let mut shares = Vec::new();
    let stored = match (multivariate, &multivariate["variants"]) {
        (Value::Null, _) => &[],
        (_, Value::Array(stored)) => stored.as_slice(),
        _ => return Err(OnlyServer),
    };
    for variant in stored {
        let key = variant["key"].as_str().ok_or(OnlyServer)?;
        let percentage = variant["rollout_percentage"].as_f64();
        let value = values.code(&Json::String(key.into())).ok_or(OnlyServer)?;
        shares.push((percentage.ok_or(OnlyServer)? / 100.0, value));
        codes.insert(key.to_owned(), value);
    }
    Ok((ServerVariants::new(shares), codes))
}

/// Marks all flags that depend on flags in a circle, which the server decides as off before anything else, and those that the
/// server may fail to decide.
pub fn settle_dependencies(flags: &mut [CompiledFlag]) {
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
        let depends_on_such = references[flag]
            .iter()
            .any(|other| flags[*other].may_fail());
        if let Rules::Server(rules) = &mut flags[flag].rules {
            let mut conditions = rules.conditions.iter();
            rules.may_fail = depends_on_such
                || rules.has_continuity
                || conditions.any(|condition| condition.cohorts.is_none());
        }
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

#[cfg(test)]
mod cases_tests;

#[cfg(test)]
mod identifier_tests;

#[cfg(test)]
mod told_tests;

#[cfg(test)]
mod unreadable_tests;
