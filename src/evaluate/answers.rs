//! The answers of tests of properties. An evaluation of all flags makes each test once, even if many conditions have it.

use crate::compiled::FilterIndex;
use crate::outcome::Fallback;

/// An answer that is kept. Other answers are rare, and their test is made again each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    NotKept,
    No,
    Yes,
    MissingContext,
}

/// The answers of one evaluation.
#[derive(Debug, Default)]
pub struct Answers {
    /// One entry for each filter; empty while no answers are kept.
    kept: Vec<Answer>,
}

impl Answers {
    /// Keeps no answers. An evaluation of few flags does so: to make room for answers would cost more than it saves.
    #[inline]
    pub fn forget(&mut self) {
        self.kept.clear();
    }

    /// Begins to keep the answers of `count` filters.
    pub fn keep(&mut self, count: usize) {
        self.kept.clear();
        self.kept.resize(count, Answer::NotKept);
    }

    /// The answer of a filter. `ask` makes the test if its answer is not kept.
    #[inline]
    pub fn get(
        &mut self,
        filter: FilterIndex,
        ask: impl FnOnce() -> Result<bool, Fallback>,
    ) -> Result<bool, Fallback> {
        let Some(kept) = self.kept.get_mut(filter as usize) else {
            return ask();
        };
        match kept {
            Answer::No => Ok(false),
            Answer::Yes => Ok(true),
            Answer::MissingContext => Err(Fallback::MISSING_CONTEXT),
            Answer::NotKept => {
                let answer = ask();
                *kept = match &answer {
                    Ok(false) => Answer::No,
                    Ok(true) => Answer::Yes,
                    Err(fallback) if *fallback == Fallback::MISSING_CONTEXT => {
                        Answer::MissingContext
                    }
                    Err(_) => Answer::NotKept,
                };
                answer
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_asked_once_while_answers_are_kept() {
        let mut answers = Answers::default();
        let mut asked = 0;
        let mut ask = |answers: &mut Answers, filter, answer: Result<bool, Fallback>| {
            answers.get(filter, || {
                asked += 1;
                answer
            })
        };
        for _ in 0..2 {
            assert_eq!(ask(&mut answers, 0, Ok(true)), Ok(true));
        }
        answers.keep(2);
        for _ in 0..2 {
            assert_eq!(ask(&mut answers, 0, Ok(true)), Ok(true));
            let missing = Err(Fallback::MISSING_CONTEXT);
            assert_eq!(ask(&mut answers, 1, missing.clone()), missing);
        }
        answers.keep(2);
        assert_eq!(ask(&mut answers, 0, Ok(false)), Ok(false));
        assert_eq!(asked, 5);
    }

    #[test]
    fn what_throws_is_asked_again() {
        let mut answers = Answers::default();
        answers.keep(1);
        assert_eq!(
            answers.get(0, || Err(Fallback::thrown("x"))),
            Err(Fallback::thrown("x"))
        );
        assert_eq!(answers.get(0, || Ok(true)), Ok(true));
    }

    #[test]
    fn answers_are_forgotten_before_another_is_asked_about() {
        let mut answers = Answers::default();
        answers.keep(1);
        assert_eq!(answers.get(0, || Ok(true)), Ok(true));
        answers.forget();
        assert_eq!(answers.get(0, || Ok(false)), Ok(false));
    }
}
