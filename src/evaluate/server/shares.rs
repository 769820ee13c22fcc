//! What a condition gives whose filters match: the rollout and the variants.

use crate::compiled::server::{ServerCondition, ServerRules};
use crate::evaluate::evaluation::Evaluation;
use crate::evaluate::visitor::Visitor;
use crate::outcome::{Fallback, ValueCode};

/// What a condition gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Value(ValueCode),
    /// Its rollout leaves the subject out.
    Out,
    /// Only the server knows.
    Open,
}

impl<V: Visitor> Evaluation<'_, V> {
    /// What a condition about the person gives.
    pub(super) fn give_to_person(
        &self,
        condition: &ServerCondition,
        rules: &ServerRules,
        is_complete: bool,
    ) -> Result<Given, Fallback> {
        let Some(slot) = rules.device else {
            let id = self.distinct_id();
            return Ok(give(condition, rules, id.as_deref(), rules.has_continuity));
        };
        match self.device(slot, is_complete) {
            Err(fallback) if needs_hash(condition, rules) => Err(fallback),
            device => {
                let device = device.ok().flatten();
                Ok(give(condition, rules, device.as_deref(), false))
            }
        }
    }

    /// Whether a condition about the person does not count, whatever its filters say, because there is no device to hash.
    pub(super) fn lacks_device(
        &self,
        condition: &ServerCondition,
        rules: &ServerRules,
        is_complete: bool,
    ) -> bool {
        let device = rules.device.map(|slot| self.device(slot, is_complete));
        device == Some(Ok(None)) && needs_hash(condition, rules)
    }
}

/// Whether a hash decides what a condition gives.
fn needs_hash(condition: &ServerCondition, rules: &ServerRules) -> bool {
    condition.rollout.is_some() || chooses_variant(condition, rules)
}

fn chooses_variant(condition: &ServerCondition, rules: &ServerRules) -> bool {
    condition.variant.is_none() && rules.variants.for_all.is_none()
}

/// What a condition gives to the person, the device or the group with this id.
pub fn give(
    condition: &ServerCondition,
    rules: &ServerRules,
    id: Option<&str>,
    hash_is_unknown: bool,
) -> Given {
    if let Some(threshold) = condition.rollout {
        if hash_is_unknown {
            return match nobody_passes(rules) && id != Some("") {
                true => Given::Out,
                false => Given::Open,
            };
        }
        if threshold < 0.0 {
            return Given::Out;
        }
        match id {
            None => return Given::Open,
            Some(id) if hash(id, |id| rules.hasher.rollout(id)) > threshold => return Given::Out,
            Some(_) => {}
        }
    }
    if let Some(value) = condition.variant.or(rules.variants.for_all) {
        return Given::Value(value);
    }
    match id {
        Some(id) if !hash_is_unknown => {
            let hash = hash(id, |id| rules.hasher.variant(id));
            Given::Value(rules.variants.of_hash(hash))
        }
        _ => Given::Open,
    }
}

/// Whether the rollout of every condition is 0. With a stored id nobody passes 0 either, but the server may fail for want of
/// that id, unless no condition needs it.
fn nobody_passes(rules: &ServerRules) -> bool {
    let mut conditions = rules.conditions.iter();
    conditions.all(|condition| condition.rollout == Some(0.0) && !chooses_variant(condition, rules))
}

/// The hash of an id; that of an empty one is 0.
pub fn hash(id: &str, compute: impl FnOnce(&str) -> f64) -> f64 {
    match id {
        "" => 0.0,
        id => compute(id),
    }
}
