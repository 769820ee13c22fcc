//! Evaluates flags of one snapshot for one call. It never panics, and is pure apart from the questions that it asks its
//! [`Host`](crate::js::host::Host).
//!
//! An [`Evaluation`] is one posthog-node "evaluation snapshot": each flag that others depend on, and each cohort, is
//! evaluated at most once in it.

mod answers;
mod asked;
pub mod call;
mod cohorts;
mod conditions;
mod dependencies;
mod depth;
mod evaluation;
mod explanation;
mod hashes;
mod ledger;
mod property_holder;
mod reasons;
mod report;
mod row;
mod rules;
pub mod server;
mod shortcuts;
mod uncertainty;
mod visitor;

pub use evaluation::{Evaluation, Scratch};
pub use reasons::Reason;
pub use visitor::{Recorder, Visitor};

use crate::hashing::Path;
use crate::outcome::{Fallback, Outcome, ResultCode};

impl<'a, V: Visitor> Evaluation<'a, V> {
    /// Evaluates all flags: writes their result codes to `codes`, in their order, and calls back for those without a value.
    pub fn all(
        &mut self,
        path: Path,
        codes: &mut Vec<u16>,
        mut without_value: impl FnMut(usize, Fallback),
    ) {
        self.prepare(path);
        codes.clear();
        codes.resize(self.definitions.shortcuts.len(), 0);
        let distinct_id = self.plain_distinct_id();
        for (flag, code) in codes.iter_mut().enumerate() {
            *code = self.code(flag, distinct_id, |fallback| without_value(flag, fallback));
        }
    }

    /// Evaluates some flags, indices into `definitions.flags`: writes the result code of each over its index, and calls
    /// back with the places of those without a value. With a path, all inputs must be there, and what many flags have in
    /// common is worked out for all of them first.
    pub fn some(
        &mut self,
        path: Option<Path>,
        flags: &mut [u32],
        mut without_value: impl FnMut(usize, Fallback),
    ) {
        if let Some(path) = path {
            self.prepare(path);
        }
        let distinct_id = self.plain_distinct_id();
        for (place, flag) in flags.iter_mut().enumerate() {
            let code = self.code(*flag as usize, distinct_id, |fallback| {
                without_value(place, fallback);
            });
            *flag = u32::from(code);
        }
    }

    /// Works out what all flags have in common.
    fn prepare(&mut self, path: Path) {
        let definitions = self.definitions;
        self.scratch.hashes.compute(definitions, self.inputs, path);
        self.scratch.answers.keep(definitions.filters.len());
    }

    /// The result code of one flag among many.
    #[inline]
    fn code(
        &mut self,
        flag: usize,
        distinct_id: Option<&'a str>,
        without_value: impl FnOnce(Fallback),
    ) -> u16 {
        let outcome = match distinct_id.and_then(|id| self.shortcut(flag, id)) {
            Some(Ok(value)) => return value.0,
            Some(undecided) => undecided,
            None => self.asked_for(flag),
        };
        let code = ResultCode::of(&outcome).0;
        if let Err(fallback) = outcome {
            without_value(fallback);
        }
        code
    }

    /// The value of one flag, an index into `definitions.flags`.
    pub fn one(&mut self, flag: usize) -> Outcome {
        let outcome = self
            .plain_distinct_id()
            .and_then(|id| self.shortcut(flag, id));
        match outcome {
            Some(Ok(value)) => Ok(value),
            Some(undecided) => undecided,
            None => self.asked_for(flag),
        }
    }

    /// The value of a flag that the program asks for, by its rules. The program gets the payload too, so a value by which no
    /// payload can be found is an error; a flag that only another flag asks for needs no payload.
    pub fn asked_for(&mut self, flag: usize) -> Outcome {
        let value = self.flag(flag)?;
        let unanswerable = &self.definitions.flags[flag].without_payload;
        match unanswerable.contains(&value) {
            true => Err(Fallback::thrown(
                "expected the key of a variant of a flag with payloads to be a string, \
                 but received one that cannot be converted to text",
            )),
            false => Ok(value),
        }
    }
}
