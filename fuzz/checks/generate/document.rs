//! Definitions documents that compile, mostly, and in which everything that a document can hold occurs.

use posthog_node_native::js::json::{Fields, Json};

use super::bytes::Bytes;
use super::filter;
use super::values::{any, text};

/// Flags and groups of people go by these; so few that they refer to each other.
pub const KEYS: [&str; 6] = ["a", "b", "c", "d", "beta-search", "checkout-layout"];
const GROUPS: [&str; 3] = ["company", "project", ""];
const COHORTS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// A whole document.
pub fn document(bytes: &mut Bytes<'_>) -> Json<'static> {
    let flags = list(bytes, 10, flag);
    let mut cohorts = Fields::default();
    for id in 1..=bytes.below(4) {
        cohorts.insert(id.to_string().into(), cohort(bytes, 0));
    }
    let mut groups = Fields::default();
    for (index, name) in GROUPS.iter().enumerate() {
        groups.insert(index.to_string().into(), text(name));
    }
    let mut fields = vec![
        ("flags", flags),
        ("cohorts", Json::Object(cohorts)),
        ("group_type_mapping", Json::Object(groups)),
    ];
    match bytes.below(4) {
        0 => fields.push(("property_matching_version", Json::Number(2.0))),
        1 => fields.push(("propertyMatchingVersion", Json::Number(2.0))),
        2 => fields.push(("minimal_flag_called_events", Json::Bool(true))),
        _ => {}
    }
    object(bytes, fields)
}

fn flag(bytes: &mut Bytes<'_>) -> Json<'static> {
    let mut fields = vec![
        ("id", Json::Number(f64::from(bytes.byte()))),
        ("key", text(bytes.choose(&KEYS))),
        ("active", Json::Bool(!bytes.chance(16))),
        ("filters", filters(bytes)),
    ];
    match bytes.below(12) {
        0 => fields.push(("ensure_experience_continuity", Json::Bool(true))),
        1 => fields.push(("bucketing_identifier", text("device_id"))),
        2 => fields.push(("evaluation_contexts", Json::Array(vec![text("web")]))),
        3 => fields.push(("evaluation_tags", Json::Array(vec![text("edge")]))),
        _ => {}
    }
    object(bytes, fields)
}

fn filters(bytes: &mut Bytes<'_>) -> Json<'static> {
    let mut fields = vec![("groups", list(bytes, 4, condition))];
    if bytes.chance(64) {
        let variants = list(bytes, 4, variant);
        fields.push(("multivariate", object(bytes, vec![("variants", variants)])));
    }
    match bytes.below(8) {
        0 => fields.push(("aggregation_group_type_index", group_index(bytes))),
        1 => fields.push(("early_exit", Json::Bool(true))),
        2 => {
            let holdout = vec![
                ("id", Json::Number(7.0)),
                ("exclusion_percentage", percentage(bytes)),
            ];
            fields.push(("holdout", object(bytes, holdout)));
        }
        3 => {
            let payloads = vec![("true", text("{\"a\":1}")), ("control", Json::Number(1.0))];
            fields.push(("payloads", object(bytes, payloads)));
        }
        _ => {}
    }
    object(bytes, fields)
}

fn condition(bytes: &mut Bytes<'_>) -> Json<'static> {
    let mut fields = vec![("properties", list(bytes, 4, |bytes| member(bytes, 0)))];
    match bytes.below(8) {
        0..=3 => fields.push(("rollout_percentage", percentage(bytes))),
        4 => fields.push(("variant", variant_key(bytes))),
        5 => fields.push(("aggregation_group_type_index", group_index(bytes))),
        6 => fields.push(("aggregation_group_type_index", Json::Null)),
        _ => {}
    }
    object(bytes, fields)
}

fn variant(bytes: &mut Bytes<'_>) -> Json<'static> {
    let fields = vec![
        ("key", variant_key(bytes)),
        ("rollout_percentage", percentage(bytes)),
    ];
    object(bytes, fields)
}

fn variant_key(bytes: &mut Bytes<'_>) -> Json<'static> {
    text(bytes.choose(&["control", "test", "blue", ""]))
}

fn percentage(bytes: &mut Bytes<'_>) -> Json<'static> {
    match bytes.below(6) {
        0 => Json::Null,
        1 => text(bytes.choose(&["50", "12.5", "", "x"])),
        2 => Json::Number(bytes.number()),
        _ => Json::Number(bytes.choose(&[50.0, 100.0, 0.0, 25.0, 12.5, 99.9])),
    }
}

fn group_index(bytes: &mut Bytes<'_>) -> Json<'static> {
    Json::Number(bytes.below(4) as f64)
}

/// A filter of a condition or of a cohort.
fn member(bytes: &mut Bytes<'_>, depth: usize) -> Json<'static> {
    let mut fields = match bytes.below(8) {
        0 if depth < 4 => vec![
            ("type", text("cohort")),
            ("key", text("id")),
            ("value", cohort_id(bytes)),
        ],
        1 => {
            let key = text(bytes.choose(&KEYS));
            let mut chain = vec![key.clone()];
            while bytes.chance(64) && chain.len() < 4 {
                chain.push(text(bytes.choose(&KEYS)));
            }
            // The flag itself comes last in a chain that PostHog writes.
            let key = if bytes.chance(16) {
                text(bytes.choose(&KEYS))
            } else {
                key
            };
            let value = match bytes.below(4) {
                0 => variant_key(bytes),
                1 => Json::Bool(false),
                _ => Json::Bool(true),
            };
            let chain = if bytes.chance(8) {
                any(bytes, 2)
            } else {
                Json::Array(chain)
            };
            vec![
                ("type", text("flag")),
                ("key", key),
                ("operator", text("flag_evaluates_to")),
                ("value", value),
                ("dependency_chain", chain),
            ]
        }
        _ => {
            let (operator, value) = filter::operator_and_value(bytes);
            let mut fields = vec![
                (
                    "key",
                    text(bytes.choose(&["email", "plan", "$device_id", "x"])),
                ),
                ("value", value),
            ];
            if !operator.is_empty() {
                fields.push(("operator", text(operator)));
            }
            fields
        }
    };
    match bytes.below(8) {
        0 => fields.push(("negation", Json::Bool(true))),
        1 => fields.push(("operator", text("not_in"))),
        _ => {}
    }
    object(bytes, fields)
}

fn cohort_id(bytes: &mut Bytes<'_>) -> Json<'static> {
    let id = bytes.choose(&COHORTS);
    match bytes.chance(64) {
        true => text(&format!("{id}")),
        false => Json::Number(id),
    }
}

fn cohort(bytes: &mut Bytes<'_>, depth: usize) -> Json<'static> {
    let nested = depth < 4 && bytes.chance(96);
    let values = match nested {
        true => list(bytes, 3, |bytes| cohort(bytes, depth + 1)),
        false => list(bytes, 3, |bytes| member(bytes, depth)),
    };
    let kind = text(bytes.choose(&["AND", "OR", "property", "XOR"]));
    object(bytes, vec![("type", kind), ("values", values)])
}

fn list(
    bytes: &mut Bytes<'_>,
    limit: usize,
    mut item: impl FnMut(&mut Bytes<'_>) -> Json<'static>,
) -> Json<'static> {
    let count = bytes.below(limit);
    let mut items = Vec::new();
    for _ in 0..count {
        if bytes.is_empty() {
            break;
        }
        items.push(item(bytes));
    }
    odd(bytes, Json::Array(items))
}

fn object(bytes: &mut Bytes<'_>, fields: Vec<(&'static str, Json<'static>)>) -> Json<'static> {
    let fields: Fields = fields
        .into_iter()
        .map(|(key, value)| (key.into(), odd(bytes, value)))
        .collect();
    odd(bytes, Json::Object(fields))
}

/// Once in a while anything stands in place of a value.
fn odd(bytes: &mut Bytes<'_>, value: Json<'static>) -> Json<'static> {
    match bytes.chance(2) {
        true => any(bytes, 3),
        false => value,
    }
}
