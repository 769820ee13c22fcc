//! The core gives posthog-node's recorded answers, without Node: see `__test__/parity/agreement/record.mjs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Read;

use flate2::read::GzDecoder;
use posthog_node_native::compile::{CompileOptions, DocumentSource, compile};
use posthog_node_native::compiled::{CompiledDefinitions, Input};
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::evaluate::{Evaluation, Scratch};
use posthog_node_native::hashing::Path;
use posthog_node_native::js::host::Host;
use posthog_node_native::js::json::Json;
use posthog_node_native::outcome::{Fallback, Outcome, ValueCode};

const RECORDED: &[u8] = include_bytes!("agreement/cases.json.gz");

#[test]
fn every_flag_has_the_answer_that_posthog_node_gave() {
    let recorded = recorded();
    let mut compared = 0;
    for (number, case) in items(recorded.get("cases")).iter().enumerate() {
        let definitions = compiled(case);
        // One scratch serves all calls, as in a running program.
        let mut scratch = Scratch::default();
        for (turn, call) in items(case.get("calls")).iter().enumerate() {
            let answers = call.get("answers").unwrap();
            let call = Call {
                definitions: &definitions,
                inputs: inputs_of(&definitions, call.get("context").unwrap()),
                host: RecordedHost {
                    now_ms: number_of(case.get("now")),
                    dates: recorded.get("dates").unwrap(),
                },
            };
            for (way, outcomes) in call.evaluate(&mut scratch) {
                for (flag, outcome) in outcomes.iter().enumerate() {
                    let key = definitions.description.key(flag);
                    assert!(
                        agrees(&definitions, flag, outcome, answers.get(key)),
                        "case {number}, call {turn}, flag {key:?} {way}: {outcome:?}, where posthog-node answered {:?}",
                        answers.get(key)
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 100_000, "{compared} answers compared");
}

/// One call on one document.
struct Call<'c> {
    definitions: &'c CompiledDefinitions,
    inputs: CallInputs,
    host: RecordedHost<'c>,
}

impl Call<'_> {
    /// The outcomes of all flags, asked for in every way there is.
    fn evaluate(&self, scratch: &mut Scratch) -> [(&'static str, Vec<Outcome>); 4] {
        [
            (
                "alone",
                self.each(scratch, |mut evaluation, flag| evaluation.one(flag)),
            ),
            (
                "the long way",
                self.each(scratch, |mut evaluation, flag| evaluation.asked_for(flag)),
            ),
            ("with all others", self.all(scratch, Path::best())),
            (
                "with all others, one hash at a time",
                self.all(scratch, Path::Single),
            ),
        ]
    }

    fn begin<'e>(&'e self, scratch: &'e mut Scratch) -> Evaluation<'e> {
        Evaluation::new(self.definitions, &self.inputs, &self.host, scratch)
    }

    fn each(
        &self,
        scratch: &mut Scratch,
        ask: impl Fn(Evaluation<'_>, usize) -> Outcome,
    ) -> Vec<Outcome> {
        let flags = 0..self.definitions.flags.len();
        flags.map(|flag| ask(self.begin(scratch), flag)).collect()
    }

    fn all(&self, scratch: &mut Scratch, path: Path) -> Vec<Outcome> {
        let mut codes = Vec::new();
        let mut fallbacks = Vec::new();
        self.begin(scratch).all(path, &mut codes, |flag, fallback| {
            fallbacks.push((flag, fallback))
        });
        let mut outcomes: Vec<_> = codes.into_iter().map(|code| Ok(ValueCode(code))).collect();
        for (flag, fallback) in fallbacks {
            outcomes[flag] = Err(fallback);
        }
        outcomes
    }
}

fn agrees(
    definitions: &CompiledDefinitions,
    flag: usize,
    outcome: &Outcome,
    answer: Option<&Json>,
) -> bool {
    let Some(answer) = answer else {
        return false;
    };
    let reason = |name| match answer.get(name) {
        Some(Json::String(reason)) => Some(&**reason),
        _ => None,
    };
    match outcome {
        Ok(code) => match code.own_index() {
            None => *answer == Json::Bool(*code == ValueCode::TRUE),
            Some(index) => *answer == definitions.flags[flag].values[index],
        },
        Err(Fallback::Inconclusive { reason: ours, .. }) => {
            reason("unresolved") == Some(ours.name())
        }
        Err(Fallback::RequiresServer { reason: ours }) => reason("server") == Some(ours.name()),
        Err(Fallback::Thrown(_)) => answer.get("throws").is_some(),
        // The recorded documents have no cycles, and can be read.
        Err(Fallback::Unreadable(_) | Fallback::Endless(_)) => false,
    }
}

/// The clock and the dates that JavaScript had.
struct RecordedHost<'r> {
    now_ms: f64,
    dates: &'r Json<'r>,
}

impl Host for RecordedHost<'_> {
    fn now_ms(&self) -> f64 {
        self.now_ms
    }

    fn parse_date(&self, text: &str) -> f64 {
        self.dates
            .get(text)
            .map_or(f64::NAN, |time| number_of(Some(time)))
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        Some(text.to_lowercase())
    }
}

fn recorded() -> Json<'static> {
    let mut text = Vec::new();
    GzDecoder::new(RECORDED).read_to_end(&mut text).unwrap();
    Json::parse(&text).unwrap()
}

fn compiled(case: &Json) -> CompiledDefinitions {
    let evaluation_contexts = match case.get("evaluationContexts") {
        Some(Json::Array(contexts)) => contexts.iter().map(text_of).collect(),
        _ => Vec::new(),
    };
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts,
        semantics: Default::default(),
    };
    let document = text_of(case.get("definitions").unwrap());
    compile(document.as_bytes(), &options).unwrap()
}

/// What `lib/evaluation/inputs.js` reads of a context.
fn inputs_of(definitions: &CompiledDefinitions, context: &Json) -> CallInputs {
    let part = |name: &str| context.get(name);
    let mut inputs = CallInputs::default();
    inputs.begin(definitions.inputs.len());
    for (slot, input) in definitions.inputs.iter().enumerate() {
        let value = match input {
            Input::DistinctId => part("distinctId"),
            // Only the semantics of the server ask for it.
            Input::Complete => None,
            Input::Person(key) => part("person").and_then(|person| person.get(key)),
            Input::GroupKey(group) => part("groups").and_then(|groups| groups.get(group)),
            Input::GroupGiven(group) => part("groupProperties")
                .and_then(|groups| groups.get(group))
                .map(|_| &Json::Bool(true)),
            Input::Group(group, key) => {
                part("groupProperties").and_then(|groups| groups.get(group)?.get(key))
            }
        };
        match value {
            None => inputs.set_missing(slot),
            Some(Json::Null) => inputs.set_null(slot),
            Some(Json::Bool(value)) => inputs.set_bool(slot, *value),
            Some(Json::Number(value)) => inputs.set_number(slot, *value),
            Some(Json::String(value)) => inputs.set_text(slot, value),
            Some(special) => match text_of(special.get("js").unwrap()).as_str() {
                "NaN" => inputs.set_number(slot, f64::NAN),
                // A distinct id that is `undefined` is the same as none.
                "undefined" if *input == Input::DistinctId => inputs.set_missing(slot),
                "undefined" => inputs.set_undefined(slot),
                other => panic!("expected a value that JSON has no text for; received {other}"),
            },
        }
    }
    inputs
}

fn items<'a>(value: Option<&'a Json<'a>>) -> &'a [Json<'a>] {
    match value {
        Some(Json::Array(items)) => items,
        other => panic!("expected an array; received {other:?}"),
    }
}

fn number_of(value: Option<&Json>) -> f64 {
    match value {
        Some(Json::Number(number)) => *number,
        other => panic!("expected a number; received {other:?}"),
    }
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.to_string(),
        other => panic!("expected a string; received {other:?}"),
    }
}
