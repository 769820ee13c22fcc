//! One flag: its rules, whom it buckets, and its holdout.

use std::cell::LazyCell;

use super::compiler::Compiler;
use super::document::deep;
use super::document::definition::Definition;
use super::messages::expected;
use super::scope::Scope;
use super::values::{TOO_MANY_VALUES, ValueTable};
use super::variants::{VariantNames, compile_variants};
use crate::compiled::{
    CompiledFlag, DefinitionReason, HashNumbers, Holdout, Input, Rules, Span, Subject, Targeting,
};
use crate::hashing::FlagHasher;
use crate::js;
use crate::js::json::Json;
use crate::outcome::UnresolvedReason;

impl Compiler<'_> {
    /// The flag with this index.
    pub(super) fn compile_flag(
        &mut self,
        index: usize,
        definition: &Definition<'_>,
        reason: &DefinitionReason,
        malformed: Option<Box<str>>,
    ) -> CompiledFlag {
        let flag = &definition.fields;
        let mut values = ValueTable::default();
        let unreadable = deep::why_unreadable(flag).map(Rules::Unreadable);
        let rules = match malformed.map(Rules::Malformed).or(unreadable) {
            Some(rules) => rules,
            None if !js::truthy(flag.get("active")) => Rules::Inactive,
            None if !self.semantics.is_server()
                && js::truthy(flag.get("ensure_experience_continuity")) =>
            {
                Rules::Undecided(UnresolvedReason::ExperienceContinuity)
            }
            None if has_unknown_version(flag) => {
                Rules::Undecided(UnresolvedReason::UnsupportedDefinition)
            }
            None if self.semantics.is_server() => {
                let text = self.kept[self.last[index]].text;
                match self.compile_server(index, text, &mut values) {
                    Ok(rules) => Rules::Server(Box::new(rules)),
                    Err(_) => Rules::Undecided(UnresolvedReason::UnsupportedDefinition),
                }
            }
            None => match self.compile_targeting(index, flag, reason, &mut values) {
                Ok(targeting) => Rules::Targeting(targeting),
                Err(message) => Rules::Malformed(message),
            },
        };
        CompiledFlag {
            rules,
            // Known once all are compiled.
            is_dependency: false,
            without_payload: match definition.has_payloads() {
                true => values.without_text().collect(),
                false => Box::default(),
            },
            values: values.values.into(),
        }
    }

    fn compile_targeting(
        &mut self,
        index: usize,
        flag: &Json,
        reason: &DefinitionReason,
        values: &mut ValueTable,
    ) -> Result<Targeting, Box<str>> {
        let no_filters = Json::Null;
        let filters = flag.get("filters").unwrap_or(&no_filters);
        let (subject, scope) = self.compile_subject(flag, filters)?;
        let holdout = compile_holdout(filters, values);
        let variants = filters
            .get("multivariate")
            .and_then(|multivariate| multivariate.get("variants"));
        let variants = variants.filter(|variants| js::truthy(Some(variants)));
        let compiled_variants = compile_variants(variants, values);
        // Hardly any condition names a variant.
        let names = LazyCell::new(|| VariantNames::of(variants));

        let mut conditions = Vec::new();
        let mut malformed_conditions = None;
        let primitive = Json::Bool(true);
        match filters.get("groups") {
            falsy if !js::truthy(falsy) => {}
            Some(Json::Array(groups)) => {
                for condition in groups {
                    conditions
                        .push(self.compile_condition(condition, filters, &scope, &names, values));
                }
            }
            // A string is walked by character, none of which has any fields.
            Some(Json::String(text)) => {
                for _ in text.chars() {
                    conditions
                        .push(self.compile_condition(&primitive, filters, &scope, &names, values));
                }
            }
            other => {
                malformed_conditions =
                    Some(expected("filters.groups", "a list of conditions", other))
            }
        }
        Ok(Targeting {
            hasher: FlagHasher::new(self.keys.get(index)),
            // Known once all flags are compiled.
            hash_numbers: HashNumbers::default(),
            subject,
            holdout,
            conditions: Span::append(&mut self.conditions, &mut conditions),
            malformed_conditions,
            early_exit: js::truthy(filters.get("early_exit")),
            variants: compiled_variants,
            definition_reason: reason.clone(),
        })
    }

    fn compile_subject(
        &mut self,
        flag: &Json,
        filters: &Json,
    ) -> Result<(Subject, Scope), Box<str>> {
        if let Some(index) = filters
            .get("aggregation_group_type_index")
            .filter(|index| **index != Json::Null)
        {
            return match self.group_name(index)? {
                Some(group) => Ok((
                    Subject::Group(self.group_slots(&group)),
                    Scope::Group(group),
                )),
                None => Ok((Subject::UnknownGroupType, Scope::Person)),
            };
        }
        let subject = match flag.get("bucketing_identifier") {
            Some(Json::String(identifier)) if &**identifier == "device_id" => {
                Subject::Device(self.slot(Input::Person("$device_id".into())))
            }
            _ => Subject::Person,
        };
        Ok((subject, Scope::Person))
    }
}

/// Whether the flag is written in another format than the conditions that are known here: its `filters.version` is neither
/// absent nor 1. Version 2 has rules in place of conditions.
pub(super) fn has_unknown_version(flag: &Json) -> bool {
    let version = flag
        .get("filters")
        .and_then(|filters| filters.get("version"));
    !matches!(version, None | Some(Json::Null)) && version != Some(&Json::Number(1.0))
}

fn compile_holdout(
    filters: &Json,
    values: &mut ValueTable,
) -> Result<Option<Box<Holdout>>, Box<str>> {
    let field = |name: &str| {
        let holdout = filters.get("holdout")?;
        holdout.get(name).filter(|value| **value != Json::Null)
    };
    let (Some(id), Some(percentage)) = (field("id"), field("exclusion_percentage")) else {
        return Ok(None);
    };
    let refuse =
        |name: &str, value: &Json| expected(&format!("holdout.{name}"), "a number", Some(value));
    let number =
        js::to_number(Some(percentage)).map_err(|_| refuse("exclusion_percentage", percentage))?;
    if !number.is_finite() {
        return Ok(None);
    }
    let value = match js::to_text(Some(id)) {
        Ok(id) => values
            .code(&Json::String(format!("holdout-{id}").into()))
            .ok_or_else(|| TOO_MANY_VALUES.into()),
        Err(js::NoText) => Err(refuse("id", id)),
    };
    let percentage = number.clamp(0.0, 100.0);
    Ok(Some(Box::new(Holdout {
        threshold: (percentage != 100.0).then_some(percentage / 100.0),
        value,
    })))
}
