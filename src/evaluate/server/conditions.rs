//! Whether the filters of a condition match.

use crate::compiled::server::{ServerCondition, ServerExpected, ServerFilter};
use crate::evaluate::evaluation::Evaluation;
use crate::evaluate::visitor::{Visitor, place_of};
use crate::js;
use crate::matchers::server::Answer;
use crate::outcome::{Fallback, Outcome, ValueCode};

impl<V: Visitor> Evaluation<'_, V> {
    /// Whether the filters of a condition match: `Open` if that is not known.
    pub(super) fn condition_matches(
        &mut self,
        condition: &ServerCondition,
        is_complete: bool,
    ) -> Result<Answer, Fallback> {
        let mut is_open = false;
        for filter in &condition.filters {
            let answer = self.server_filter(filter, is_complete)?;
            self.visitor.server_filter(place_of(filter), answer);
            match answer {
                Answer::Yes => {}
                Answer::Open => is_open = true,
                Answer::No | Answer::Error => return Ok(Answer::No),
            }
        }
        let Some(cohorts) = &condition.cohorts else {
            // The server resolves all cohorts before it judges any, and this cannot be done here.
            return Err(Fallback::UNSUPPORTED);
        };
        for test in cohorts {
            let answer = self.cohort_test(test, is_complete);
            self.visitor.server_filter(place_of(test), answer);
            match answer {
                Answer::Yes => {}
                Answer::Open => is_open = true,
                Answer::No | Answer::Error => return Ok(Answer::No),
            }
        }
        Ok(if is_open { Answer::Open } else { Answer::Yes })
    }

    pub(super) fn server_filter(
        &mut self,
        filter: &ServerFilter,
        is_complete: bool,
    ) -> Result<Answer, Fallback> {
        Ok(match filter {
            ServerFilter::Never => Answer::No,
            ServerFilter::Open => Answer::Open,
            ServerFilter::Property(property) => {
                let (read, test) = &**property;
                self.server_property(read, test, is_complete)
            }
            ServerFilter::UnknownGroup(test) => {
                match test.absent() {
                    // No match if the call names a group, and the answer for absent properties if it names none.
                    Answer::Yes => Answer::Open,
                    _ => Answer::No,
                }
            }
            ServerFilter::Flag { flag, expected } => {
                let value: Outcome =
                    flag.map_or(Ok(ValueCode::FALSE), |flag| self.flag_in_row(flag));
                if self.scratch.row.is_suspending {
                    return Err(value.err().unwrap_or(Fallback::MISSING_CONTEXT));
                }
                value.map_or(Answer::Open, |value| {
                    self.is_expected(*flag, value, expected).into()
                })
            }
        })
    }

    fn is_expected(
        &self,
        flag: Option<usize>,
        value: ValueCode,
        expected: &ServerExpected,
    ) -> bool {
        match expected {
            ServerExpected::Bool(on) => (value != ValueCode::FALSE) == *on,
            ServerExpected::Variant(variant) => {
                let values = flag.map(|flag| &self.definitions.flags[flag].values);
                let own = value.own_index().and_then(|index| values?.get(index));
                own.is_some_and(|own| js::to_text(Some(own)).is_ok_and(|text| *text == **variant))
            }
        }
    }
}
