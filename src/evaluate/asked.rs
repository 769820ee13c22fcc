//! The questions that one evaluation has asked JavaScript. It asks each question once, even if many filters need the answer:
//! this keeps calls fast, and all flags of a call see the same time.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;

use crate::js::host::Host;

/// A host that remembers its answers.
pub struct Asked<'a> {
    host: &'a dyn Host,
    now_ms: Cell<Option<f64>>,
    /// Empty in most evaluations: they ask about no text.
    texts: OnceCell<Box<Texts>>,
}

/// The answers about texts.
#[derive(Default)]
struct Texts {
    dates: RefCell<BTreeMap<Box<str>, f64>>,
    lowered: RefCell<BTreeMap<Box<str>, Option<String>>>,
}

impl<'a> Asked<'a> {
    /// Nothing has been asked yet.
    pub fn new(host: &'a dyn Host) -> Self {
        Self {
            host,
            now_ms: Cell::new(None),
            texts: OnceCell::new(),
        }
    }

    fn texts(&self) -> &Texts {
        self.texts.get_or_init(Box::default)
    }
}

impl Host for Asked<'_> {
    fn now_ms(&self) -> f64 {
        let now_ms = self.now_ms.get().unwrap_or_else(|| self.host.now_ms());
        self.now_ms.set(Some(now_ms));
        now_ms
    }

    fn parse_date(&self, text: &str) -> f64 {
        remembered(&self.texts().dates, text, || self.host.parse_date(text))
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        remembered(&self.texts().lowered, text, || {
            self.host.to_lower_case(text)
        })
    }
}

/// The answer for this text, asked for if it is not known.
fn remembered<T: Clone>(
    answers: &RefCell<BTreeMap<Box<str>, T>>,
    text: &str,
    ask: impl FnOnce() -> T,
) -> T {
    if let Some(answer) = answers.borrow().get(text) {
        return answer.clone();
    }
    let answer = ask();
    answers.borrow_mut().insert(text.into(), answer.clone());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Evaluation, Scratch};
    use crate::hashing::Path;
    use crate::testing::{Caller, flags};

    /// Counts how often it is asked for the time, a date and a lower case.
    #[derive(Default)]
    struct CountingHost {
        asked: [Cell<usize>; 3],
    }

    impl CountingHost {
        fn count(&self, question: usize) {
            self.asked[question].set(self.asked[question].get() + 1);
        }
    }

    impl Host for CountingHost {
        fn now_ms(&self) -> f64 {
            self.count(0);
            1_711_886_400_000.0
        }

        fn parse_date(&self, _: &str) -> f64 {
            self.count(1);
            0.0
        }

        fn to_lower_case(&self, text: &str) -> Option<String> {
            self.count(2);
            Some(text.to_lowercase())
        }
    }

    #[test]
    fn an_evaluation_of_many_flags_asks_javascript_each_question_once() {
        let filters = |n: usize| {
            [
                format!(r#"{{"key":"at","operator":"is_date_after","value":"-{n}d"}}"#),
                format!(r#"{{"key":"at","operator":"is_date_before","value":"-{n}w"}}"#),
                format!(r#"{{"key":"text","value":["\ua7cb","{n}"]}}"#),
                format!(r#"{{"key":"text","operator":"is_not","value":"{n}"}}"#),
            ]
        };
        let all: Vec<_> = (0..400)
            .map(|n| {
                let filter = &filters(n)[n % 4];
                format!(
                    r#"{{"key":"f{n}","active":true,"filters":{{"groups":[{{"properties":[{filter}]}}]}}}}"#
                )
            })
            .collect();
        let definitions = flags(&all.join(","));
        let call =
            r#"{"distinctId":"u","person":{"at":"Thu, 29 Feb 2024","text":"\ua7cc and more"}}"#;
        let inputs = Caller::new(call).inputs(&definitions);
        let mut scratch = Scratch::default();
        for evaluation in 1..=3 {
            let host = CountingHost::default();
            Evaluation::new(&definitions, &inputs, &host, &mut scratch).all(
                Path::Single,
                &mut Vec::new(),
                |flag, fallback| panic!("{flag}: {fallback:?}"),
            );
            let asked = host.asked.each_ref().map(Cell::get);
            // Only the first evaluation asks for the lower case of the texts of the filters.
            let lists = if evaluation == 1 { 1 } else { 0 };
            assert_eq!(asked, [1, 1, 1 + lists], "evaluation {evaluation}");
        }
    }
}
