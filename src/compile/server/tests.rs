use serde_json::Value;

use crate::compile::{CompileOptions, DocumentSource, Semantics, compile};
use crate::compiled::server::ServerVariants;
use crate::compiled::{CompiledDefinitions, Input, Rules};
use crate::evaluate::call::CallInputs;
use crate::evaluate::{Evaluation, Reason, Recorder, Scratch};
use crate::hashing::{self, FlagHasher};
use crate::js::exotic::{Described, Exotic};
use crate::js::host::FixedHost;
use crate::matchers::server::zones::Zone;
use crate::outcome::ValueCode;
use crate::testing::server_vectors;

pub fn compiled(document: &Value, context: &Value) -> CompiledDefinitions {
    let zone = context["timezone"].as_str().unwrap_or("UTC");
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: Vec::new(),
        semantics: Semantics::Server(Zone::of_name(zone)),
    };
    compile(document.to_string().as_bytes(), &options).unwrap()
}

pub fn inputs(
    definitions: &CompiledDefinitions,
    context: &Value,
    unknown: Option<&Value>,
) -> CallInputs {
    let mut inputs = CallInputs::default();
    inputs.begin(definitions.inputs.len());
    for (slot, input) in definitions.inputs.iter().enumerate() {
        let group = |name: &str| context["groups"].get(name);
        let found = match input {
            Input::Complete => {
                inputs.set_bool(slot, unknown.is_none());
                continue;
            }
            Input::DistinctId => context.get("distinct_id"),
            Input::Person(key) if &**key == "distinct_id" => context["person_properties"]
                .get(&**key)
                .or(context.get("distinct_id")),
            Input::Person(key) => context["person_properties"].get(&**key),
            Input::GroupKey(name) => group(name),
            Input::GroupGiven(name) => match group(name) {
                None => None,
                Some(_) => {
                    inputs.set_bool(slot, true);
                    continue;
                }
            },
            Input::Group(name, key) => context["group_properties"]
                .get(&**name)
                .and_then(|all| all.get(&**key)),
        };
        // Where some keys are unknown, the others are known to be absent. There is no such value in a call.
        match found {
            None => inputs.set_missing(slot),
            Some(Value::Null) => inputs.set_null(slot),
            Some(Value::Bool(value)) => inputs.set_bool(slot, *value),
            Some(Value::Number(value)) => inputs.set_number(slot, value.as_f64().unwrap()),
            Some(Value::String(value)) => inputs.set_text(slot, value),
            Some(other) => inputs.set_exotic(
                slot,
                Exotic::new(Described {
                    json: Some(Some(other.to_string())),
                    ..Described::default()
                }),
            ),
        }
    }
    inputs
}

/// What the server answers: the value and the reason.
pub type Answer = (Value, Option<Reason>);

/// The answer: `Err` with a reason if it is open.
pub fn ask(
    definitions: &CompiledDefinitions,
    inputs: &CallInputs,
    now: &str,
    key: &str,
) -> Result<Answer, String> {
    let now = chrono::DateTime::parse_from_rfc3339(now).unwrap();
    let host = FixedHost {
        now_ms: now.timestamp_millis() as f64,
    };
    let mut indices = 0..definitions.flags.len();
    let Some(flag) = indices.find(|index| definitions.description.key(*index) == key) else {
        return Ok((Value::Bool(false), None));
    };
    let mut scratch = Scratch::default();
    let outcome = Evaluation::new(definitions, inputs, &host, &mut scratch).one(flag);
    let value = match outcome {
        Err(fallback) => return Err(format!("{fallback:?}")),
        Ok(code) => match code.own_index() {
            None => Value::Bool(code.0 == 1),
            Some(own) => {
                let own = crate::js::to_text(Some(&definitions.flags[flag].values[own])).unwrap();
                Value::String(own.into_owned())
            }
        },
    };
    let Rules::Server(_) = &definitions.flags[flag].rules else {
        return Ok((value, None));
    };
    let mut scratch = Scratch::default();
    let recorder = Recorder::default();
    let mut evaluation = Evaluation::visited(definitions, inputs, &host, &mut scratch, recorder);
    let outcome = evaluation.one(flag);
    Ok((value, evaluation.reason(flag, &outcome)))
}

#[derive(Default)]
struct Count {
    total: usize,
    decided: usize,
    wrong: Vec<String>,
    open: Vec<String>,
}

impl Count {
    fn add(&mut self, what: String, answer: Result<Answer, String>, expected: &Value) {
        self.total += usize::from(!expected.is_null());
        match answer {
            Ok((value, ..)) if value == *expected => self.decided += 1,
            Ok((value, ..)) => self
                .wrong
                .push(format!("{what}: {value}, server {expected}")),
            Err(reason) if !expected.is_null() => self
                .open
                .push(format!("{what}: {reason}, server {expected}")),
            Err(_) => {}
        }
    }

    fn check(&self, name: &str) {
        let Self {
            total,
            decided,
            wrong,
            open,
        } = self;
        println!(
            "{name}: {total} answers, {decided} decided, {} wrong, {} open",
            wrong.len(),
            open.len()
        );
        println!("open: {:#?}", &open[..open.len().min(12)]);
        assert!(wrong.is_empty(), "{:#?}", &wrong[..wrong.len().min(25)]);
        assert!(
            open.len() * 100 <= total * 3,
            "{} of {total} open",
            open.len()
        );
    }
}

#[test]
fn flags_are_decided_as_the_server_decides_them() {
    let vectors = server_vectors("flags");
    let mut count = Count::default();
    for document in vectors["documents"].as_array().unwrap() {
        let contexts = document["contexts"].as_array().unwrap();
        for (context, results) in contexts.iter().zip(document["results"].as_array().unwrap()) {
            let definitions = compiled(&document["definitions"], context);
            let inputs = inputs(&definitions, context, None);
            for (key, result) in results.as_object().unwrap() {
                let expected = match result[1].as_str() {
                    Some("omitted") => Value::Bool(false),
                    _ => result[0].clone(),
                };
                let answer = ask(&definitions, &inputs, context["now"].as_str().unwrap(), key);
                let what = format!("{} {key} {result} {context}", document["name"]);
                if let Ok((_, Some(reason))) = &answer {
                    let expected = (result[1].as_str(), result[2].as_u64());
                    let condition = reason.condition.map(u64::from);
                    assert_eq!((Some(reason.code.name()), condition), expected, "{what}");
                }
                count.add(what, answer, &expected);
            }
        }
    }
    count.check("flags");
}

#[test]
fn the_smallest_examples_are_decided_as_the_server_decides_them() {
    let vectors = server_vectors("examples");
    let mut count = Count::default();
    for part in ["definite", "leftToTheNetwork"] {
        for example in vectors[part].as_array().unwrap() {
            let context = &example[2];
            let definitions = compiled(&example[1], context);
            let key = definitions.description.key(0).to_owned();
            let inputs = inputs(&definitions, context, None);
            let answer = ask(
                &definitions,
                &inputs,
                context["now"].as_str().unwrap(),
                &key,
            );
            count.add(format!("{}", example[0]), answer, &example[3][0]);
        }
    }
    count.check("examples");
}

#[test]
fn what_is_unknown_never_makes_an_answer_that_is_not_the_only_one() {
    let vectors = server_vectors("partial");
    let documents = server_vectors("flags");
    let documents = documents["documents"].as_array().unwrap();
    let (mut decided, mut total, mut wrong) = (0, 0, Vec::new());
    for case in vectors["contexts"].as_array().unwrap() {
        let Some(document) = documents
            .iter()
            .find(|document| document["name"] == case["document"])
        else {
            continue;
        };
        let context = &case["context"];
        let definitions = compiled(&document["definitions"], context);
        let inputs = inputs(&definitions, context, Some(&case["unknown"]));
        for (key, outcomes) in case["outcomes"].as_object().unwrap() {
            total += 1;
            let answer = ask(&definitions, &inputs, context["now"].as_str().unwrap(), key);
            if let Ok((value, ..)) = answer {
                decided += 1;
                if outcomes.as_array().unwrap() != std::slice::from_ref(&value) {
                    wrong.push(format!(
                        "{} {key}: {value}, possible {outcomes} {case}",
                        case["document"]
                    ));
                }
            }
        }
    }
    println!(
        "partial: {total} answers, {decided} decided, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{:#?}", &wrong[..wrong.len().min(12)]);
}

#[test]
fn hashes_and_variants_are_the_servers() {
    let vectors = server_vectors("hashes");
    let bits = |value: &Value| u64::from_str_radix(value.as_str().unwrap(), 16).unwrap();
    for row in vectors["hashes"].as_array().unwrap() {
        let (key, id) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
        // What the server takes of a long id.
        let taken = row[2].as_u64().unwrap() as usize;
        let id: &str = &id.chars().take(taken).collect::<String>();
        let hasher = FlagHasher::new(key);
        // The server takes 0 for the hash of an empty id, which is a matter of conditions.
        if !id.is_empty() {
            assert_eq!(hasher.rollout(id).to_bits(), bits(&row[6]), "{row}");
            assert_eq!(hasher.variant(id).to_bits(), bits(&row[7]), "{row}");
        }
        assert_eq!(hashing::holdout(id).to_bits(), bits(&row[8]), "{row}");
    }
    for row in vectors["variants"].as_array().unwrap() {
        let hash = f64::from_bits(bits(&row[0]));
        let weights = row[1].as_array().unwrap();
        let codes = (ValueCode::FIRST_OWN..).map(ValueCode);
        let shares = weights
            .iter()
            .map(|weight| weight.as_f64().unwrap() / 100.0);
        let variants = ServerVariants::new(shares.zip(codes).collect());
        let expected = row[2].as_u64().map_or(ValueCode::TRUE, |index| {
            ValueCode(ValueCode::FIRST_OWN + index as u16)
        });
        assert_eq!(variants.of_hash(hash), expected, "{row}");
        // No id has the hash 1.
        if let (Some(for_all), true) = (variants.for_all, hash < 1.0) {
            assert_eq!(for_all, expected, "{row}");
        }
    }
}
