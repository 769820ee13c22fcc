//! One flag: its rules, conditions and variants.

use std::collections::{HashMap, HashSet};

use super::document::deep;
use super::document::definition::Definition;
use super::values::ValueTable;
use super::{Compiler, Scope, expected};
use crate::compiled::{
    Aggregation, CompiledFlag, Condition, DefinitionReason, HashNumbers, Holdout, Input, Rollout,
    Rules, Subject, Targeting, VariantOverride, VariantRange, Variants,
};
use crate::hashing::FlagHasher;
use crate::js;
use crate::js::identity;
use crate::js::json::Json;
use crate::outcome::ValueCode;

/// More variants than a result code can tell apart.
const TOO_MANY_VALUES: &str = "the flag has more than 65,000 variants";

/// Whether a flag is kept: it has no evaluation contexts, or shares one. `Err` where posthog-node throws.
pub fn shares_context(flag: &Json, evaluation_contexts: &HashSet<&str>) -> Result<bool, Box<str>> {
    if evaluation_contexts.is_empty() {
        return Ok(true);
    }
    let name = match flag.get("evaluation_contexts") {
        None | Some(Json::Null) => "evaluation_tags",
        Some(_) => "evaluation_contexts",
    };
    match flag.get(name) {
        falsy if !js::truthy(falsy) => Ok(true),
        Some(Json::Array(tags)) => {
            let shared = |tag: &Json| matches!(tag, Json::String(tag) if evaluation_contexts.contains(&**tag));
            Ok(tags.is_empty() || tags.iter().any(shared))
        }
        other => Err(expected(name, "a list of strings", other)),
    }
}

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
        let rules = match malformed.map(Self::malformed).or(unreadable) {
            Some(rules) => rules,
            None if !js::truthy(flag.get("active")) => Rules::Inactive,
            None if js::truthy(flag.get("ensure_experience_continuity")) => {
                Rules::ExperienceContinuity
            }
            None => match self.compile_targeting(index, flag, reason, &mut values) {
                Ok(targeting) => Rules::Targeting(Box::new(targeting)),
                Err(message) => Self::malformed(message),
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
        let names = VariantNames::of(variants);

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
            hasher: FlagHasher::new(self.by_key.get_index(index).map_or("", |(key, _)| key)),
            // Known once all flags are compiled.
            hash_numbers: HashNumbers::default(),
            subject,
            holdout,
            conditions: conditions.into(),
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

    fn group_name(&self, index: &Json) -> Result<Option<Box<str>>, Box<str>> {
        let refuse = |_| {
            expected(
                "aggregation_group_type_index",
                "the index of a group type",
                Some(index),
            )
        };
        self.document.group_name(index).map_err(refuse)
    }

    fn compile_condition(
        &mut self,
        condition: &Json,
        filters: &Json,
        flag_scope: &Scope,
        names: &VariantNames,
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
        let (compiled_filters, malformed_filters) = match malformed {
            None => self.compile_condition_filters(condition.get("properties"), &scope),
            Some(_) => (Vec::new(), None),
        };
        let rollout = condition
            .get("rollout_percentage")
            .filter(|percentage| **percentage != Json::Null);
        Condition {
            malformed,
            aggregation,
            filters: compiled_filters.into(),
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

fn compile_variants(variants: Option<&Json>, values: &mut ValueTable) -> Variants {
    let mut ranges = Vec::new();
    let mut malformed = None;
    match variants {
        // A string is walked by character; none has a percentage, so none is ever picked.
        None | Some(Json::String(_)) => {}
        Some(Json::Array(variants)) => {
            let mut min = 0.0;
            for variant in variants {
                match compile_range(variant, min, values) {
                    Ok(range) => {
                        min = range.max;
                        ranges.push(range);
                    }
                    Err(message) => {
                        malformed = Some(message);
                        break;
                    }
                }
            }
        }
        other => {
            malformed = Some(expected(
                "multivariate.variants",
                "a list of variants",
                other,
            ))
        }
    }
    Variants {
        ranges: ranges.into(),
        malformed,
    }
}

fn compile_range(
    variant: &Json,
    min: f64,
    values: &mut ValueTable,
) -> Result<VariantRange, Box<str>> {
    if *variant == Json::Null {
        return Err(expected("a variant", "an object", Some(variant)));
    }
    let percentage = variant.get("rollout_percentage");
    let share = js::to_number(percentage)
        .map_err(|_| expected("a variant's rollout_percentage", "a number", percentage))?;
    let value = match variant.get("key") {
        Some(key) if js::truthy(Some(key)) => values.code(key).ok_or(TOO_MANY_VALUES)?,
        // Without a key of its own the flag is simply on.
        _ => ValueCode::TRUE,
    };
    Ok(VariantRange {
        min,
        max: min + share / 100.0,
        value,
    })
}

/// The variants that conditions may name.
enum VariantNames {
    None,
    Malformed(Box<str>),
    Of {
        /// By what tells them apart. Many conditions may name one of many.
        places: HashMap<String, usize>,
        /// The place of the first that is null; posthog-node throws on reaching it.
        null: Option<usize>,
    },
}

impl VariantNames {
    fn of(variants: Option<&Json>) -> Self {
        let variants = match variants {
            None => return Self::None,
            Some(Json::Array(variants)) => variants,
            other => {
                return Self::Malformed(expected(
                    "multivariate.variants",
                    "a list of variants",
                    other,
                ));
            }
        };
        let mut places = HashMap::with_capacity(variants.len());
        for (place, variant) in variants.iter().enumerate() {
            if let Some(name) = identity(variant.get("key")) {
                places.entry(name).or_insert(place);
            }
        }
        Self::Of {
            places,
            null: variants.iter().position(|variant| *variant == Json::Null),
        }
    }
}

fn compile_override(
    variant: Option<&Json>,
    names: &VariantNames,
    values: &mut ValueTable,
) -> VariantOverride {
    let Some(variant) = variant.filter(|variant| js::truthy(Some(variant))) else {
        return VariantOverride::None;
    };
    let (places, null) = match names {
        VariantNames::None => return VariantOverride::None,
        VariantNames::Malformed(message) => return VariantOverride::Malformed(message.clone()),
        VariantNames::Of { places, null } => (places, null),
    };
    let place = identity(Some(variant)).and_then(|name| places.get(&name).copied());
    if null.is_some_and(|null| place.is_none_or(|place| null < place)) {
        return VariantOverride::Malformed(expected("a variant", "an object", Some(&Json::Null)));
    }
    match place.map(|_| values.code(variant)) {
        None => VariantOverride::None,
        Some(Some(code)) => VariantOverride::Value(code),
        Some(None) => VariantOverride::Malformed(TOO_MANY_VALUES.into()),
    }
}
