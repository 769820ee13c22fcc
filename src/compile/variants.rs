//! The variants of a flag, and those that its conditions name.

use std::collections::HashMap;
use std::ops::Deref;

use super::messages::expected;
use super::values::{TOO_MANY_VALUES, ValueTable};
use crate::compiled::{VariantOverride, VariantRange, Variants};
use crate::js;
use crate::js::identity;
use crate::js::json::Json;
use crate::outcome::ValueCode;

/// The ranges of the hash that select the variants.
pub fn compile_variants(variants: Option<&Json>, values: &mut ValueTable) -> Variants {
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
pub enum VariantNames {
    None,
    Malformed(Box<str>),
    Of {
        /// The place of each variant, by the identity of its key. A map, because many conditions may each name one of many.
        places: HashMap<String, usize>,
        /// The place of the first that is null; posthog-node throws on reaching it.
        null: Option<usize>,
    },
}

impl VariantNames {
    /// The names of these variants.
    pub fn of(variants: Option<&Json>) -> Self {
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

/// The variant that a condition names.
pub fn compile_override(
    variant: Option<&Json>,
    names: &impl Deref<Target = VariantNames>,
    values: &mut ValueTable,
) -> VariantOverride {
    let Some(variant) = variant.filter(|variant| js::truthy(Some(variant))) else {
        return VariantOverride::None;
    };
    let (places, null) = match &**names {
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
