//! Flags that somebody asks for, one or all at once. What most flags have in common is decided here in few steps; whatever is out of the ordinary, and
//! whatever cannot be decided, goes the long way, which alone knows all the rules.

use super::hashes::Bucketed;
use super::{Evaluation, Outcome, Properties};
use crate::compiled::{Rollout, Rules, Shortcut, Targeting, VariantOverride};
use crate::context::Value;
use crate::hashing::Path;
use crate::outcome::{Fallback, ResultCode, ValueCode};

impl<'a> Evaluation<'a> {
    /// Evaluates all flags: writes their result codes to `codes`, in their order, and calls back for those without a value.
    pub fn all(
        &mut self,
        path: Path,
        codes: &mut Vec<u16>,
        mut without_value: impl FnMut(usize, Fallback),
    ) {
        let definitions = self.definitions;
        self.scratch.hashes.compute(definitions, self.inputs, path);
        self.scratch.answers.keep(definitions.filters.len());
        codes.clear();
        codes.resize(definitions.shortcuts.len(), 0);
        let distinct_id = self.plain_distinct_id();
        for (flag, code) in codes.iter_mut().enumerate() {
            let value = distinct_id.and_then(|id| self.shortcut(flag, id));
            *code = match value {
                Some(value) => value.0,
                None => {
                    let outcome = self.flag(flag);
                    let code = ResultCode::of(&outcome).0;
                    if let Err(fallback) = outcome {
                        without_value(flag, fallback);
                    }
                    code
                }
            };
        }
    }

    /// The value of one flag, an index into `definitions.flags`.
    pub fn one(&mut self, flag: usize) -> Outcome {
        let value = self
            .plain_distinct_id()
            .and_then(|id| self.shortcut(flag, id));
        value.map_or_else(|| self.flag(flag), Ok)
    }

    fn plain_distinct_id(&self) -> Option<Value<'a>> {
        Some(self.value(0)).filter(|id| matches!(id, Value::Text(_)))
    }

    #[inline]
    fn shortcut(&mut self, flag: usize, distinct_id: Value<'a>) -> Option<ValueCode> {
        match &self.definitions.shortcuts[flag] {
            Shortcut::Value(value) => Some(*value),
            // A number rather than a branch: nobody can tell which way it would go.
            Shortcut::Rollout { hash, count } => {
                let hash = self.scratch.hashes.number(*hash);
                hash.map(|hash| ValueCode(u16::from(hash < *count)))
            }
            Shortcut::Conditions => self.conditions(flag, distinct_id),
            Shortcut::None => None,
        }
    }

    /// The value of a flag with [`Shortcut::Conditions`]; `None` if that takes the long way.
    fn conditions(&mut self, flag: usize, distinct_id: Value<'a>) -> Option<ValueCode> {
        let Rules::Targeting(targeting) = &self.definitions.flags[flag].rules else {
            return None;
        };
        let bucketed = self.scratch.hashes.bucket(distinct_id, targeting);
        self.depth += 1;
        let value = self.first_match(targeting, bucketed);
        self.depth -= 1;
        value
    }

    fn first_match(&mut self, targeting: &Targeting, bucketed: Bucketed<'a>) -> Option<ValueCode> {
        let properties = Properties { absent: false };
        'conditions: for condition in &targeting.conditions {
            for filter in &condition.filters {
                match self.filter(filter, properties) {
                    Ok(true) => {}
                    Ok(false) => continue 'conditions,
                    // Another filter may still rule the condition out, or have the better reason.
                    Err(_) => return None,
                }
            }
            if let Some(Rollout::Threshold(threshold)) = condition.rollout
                && threshold < 1.0
                && bucketed.rollout(&targeting.hasher).ok()? > threshold
            {
                continue;
            }
            return Some(match condition.variant_override {
                VariantOverride::Value(value) => value,
                _ if targeting.variants.ranges.is_empty() => ValueCode::TRUE,
                _ => targeting
                    .variants
                    .pick(bucketed.variant(&targeting.hasher).ok()?),
            });
        }
        Some(ValueCode::FALSE)
    }
}
