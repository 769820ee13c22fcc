//! Membership of cohorts. Which cohorts contain themselves, are too deep for the stack or can be decided by the server alone is
//! known since they were compiled.

use crate::compiled::server::{CohortTest, CohortTree, Membership, ServerFilter};
use crate::evaluate::evaluation::Evaluation;
use crate::evaluate::visitor::Visitor;
use crate::matchers::server::Answer;

impl<V: Visitor> Evaluation<'_, V> {
    pub(super) fn cohort_test(&mut self, test: &CohortTest, is_complete: bool) -> Answer {
        let is_turned = match test.membership {
            Membership::Inside => false,
            Membership::Outside => true,
            Membership::Never => return Answer::No,
        };
        turned(self.server_cohort(test.cohort, is_complete), is_turned)
    }

    fn server_cohort(&mut self, cohort: usize, is_complete: bool) -> Answer {
        let cohorts = &self.definitions.server_cohorts;
        if self.server_cohorts.is_empty() {
            self.server_cohorts.resize(cohorts.len(), None);
        }
        if let Some(answer) = self.server_cohorts[cohort] {
            return answer;
        }
        let answer = self.tree(&cohorts[cohort], is_complete);
        self.server_cohorts[cohort] = Some(answer);
        answer
    }

    fn tree(&mut self, tree: &CohortTree, is_complete: bool) -> Answer {
        match tree {
            CohortTree::And(parts) => self.join_parts(parts, Answer::No, is_complete),
            CohortTree::Or(parts) => self.join_parts(parts, Answer::Yes, is_complete),
            CohortTree::Cohort(test, is_turned) => {
                turned(self.cohort_test(test, is_complete), *is_turned)
            }
            CohortTree::Leaf(filter, is_turned) => {
                let answer = match filter {
                    ServerFilter::Property(property) => {
                        self.server_property(&property.0, &property.1, is_complete)
                    }
                    ServerFilter::Never => Answer::No,
                    _ => Answer::Open,
                };
                turned(answer, *is_turned)
            }
        }
    }

    /// Joins parts: one with the deciding answer decides, and if none has it, the answer is the opposite.
    fn join_parts(&mut self, parts: &[CohortTree], deciding: Answer, is_complete: bool) -> Answer {
        let mut is_open = false;
        for part in parts {
            match self.tree(part, is_complete) {
                Answer::Open => is_open = true,
                answer if answer == deciding => return deciding,
                _ => {}
            }
        }
        match is_open {
            true => Answer::Open,
            false => turned(deciding, true),
        }
    }
}

/// An error is no match, and turned a match.
fn turned(answer: Answer, is_turned: bool) -> Answer {
    match answer {
        Answer::Open => Answer::Open,
        Answer::Yes => (!is_turned).into(),
        Answer::No | Answer::Error => is_turned.into(),
    }
}
