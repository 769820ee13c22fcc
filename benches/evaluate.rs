//! Evaluating flags, without the crossing into JavaScript: `cargo bench --no-default-features --bench evaluate`.
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

mod support;

use criterion::{BenchmarkId, Throughput};
use posthog_node_native::compiled::CompiledDefinitions;
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::evaluate::{Evaluation, Scratch};
use posthog_node_native::hashing::Path;
use posthog_node_native::outcome::Outcome;
use support::{condition, document, filter, flag};

/// Asks a document on behalf of one person after the other.
struct Asker {
    definitions: CompiledDefinitions,
    ids: Vec<String>,
    inputs: CallInputs,
    scratch: Scratch,
    codes: Vec<u16>,
    turn: usize,
}

impl Asker {
    fn new(document: &str) -> Self {
        Self {
            definitions: support::compiled(document),
            ids: support::distinct_ids(4096),
            inputs: CallInputs::default(),
            scratch: Scratch::default(),
            codes: Vec::new(),
            turn: 0,
        }
    }

    /// The outcome of one flag for the next person.
    fn one(&mut self, index: usize) -> Outcome {
        self.evaluate(|evaluation| evaluation.one(index))
    }

    /// How many flags are not `false` for the next person.
    fn all(&mut self) -> usize {
        let path = Path::best();
        let mut codes = std::mem::take(&mut self.codes);
        let on = self.evaluate(|evaluation| {
            evaluation.all(path, &mut codes, |flag, fallback| {
                panic!("{flag} {fallback:?}")
            });
            codes.iter().filter(|code| **code != 0).count()
        });
        self.codes = codes;
        on
    }

    fn evaluate<T>(&mut self, ask: impl FnOnce(&mut Evaluation<'_>) -> T) -> T {
        self.turn += 1;
        let id = &self.ids[self.turn % self.ids.len()];
        support::set_inputs(&self.definitions, id, &mut self.inputs);
        let mut evaluation = Evaluation::new(
            &self.definitions,
            &self.inputs,
            &support::HOST,
            &mut self.scratch,
        );
        ask(&mut evaluation)
    }

    /// The share of people for whom the flag is not `false`.
    fn share(&mut self, index: usize) -> f64 {
        let on = (0..2000)
            .filter(|_| self.one(index).unwrap().0 != 0)
            .count();
        on as f64 / 2000.0
    }
}

/// Name, what the flag and those it needs look like (the flag itself comes last), the share of people it is on for.
fn kinds() -> Vec<(&'static str, Vec<String>, f64)> {
    let half = |key: &str| flag(key, &condition("", 50), "");
    let dependency = r#"{"type":"flag","key":"base","value":true,"operator":"flag_evaluates_to","dependency_chain":["base"]}"#;
    let plan = filter("plan", "exact", r#"["enterprise","pro"]"#);
    let regex = filter("username", "regex", r#""^[a-z]+-[0-9]+$""#);
    let cohort = r#"{"key":"id","type":"cohort","operator":"in","value":3}"#;
    let two = [
        condition(&filter("country", "exact", r#""US""#), 100),
        condition(&plan, 100),
    ]
    .join(",");
    vec![
        ("everyone", vec![flag("f", &condition("", 100), "")], 1.0),
        ("rollout", vec![half("f")], 0.5),
        ("condition", vec![flag("f", &condition(&plan, 50), "")], 0.5),
        ("variants", vec![flag("f", &two, support::VARIANTS)], 1.0),
        ("cohort", vec![flag("f", &condition(cohort, 100), "")], 1.0),
        ("regex", vec![flag("f", &condition(&regex, 100), "")], 1.0),
        (
            "dependency",
            vec![half("base"), flag("f", &condition(dependency, 100), "")],
            0.5,
        ),
    ]
}

fn main() {
    support::run(|criterion| {
        let mut group = criterion.benchmark_group("evaluate");
        for (name, flags, share) in kinds() {
            let mut asker = Asker::new(&document(&flags));
            let index = flags.len() - 1;
            let found = asker.share(index);
            assert!((found - share).abs() < 0.04, "{name}: {found}");
            group.bench_function(BenchmarkId::new(name, 1), |bencher| {
                bencher.iter(|| asker.one(index));
            });
        }
        for count in [10, 100, 1000] {
            let mut asker = Asker::new(&support::mixed_document(count));
            let on = asker.all();
            assert!(on > count / 3 && on < count, "{on} of {count} are on");
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new("mixed", count), |bencher| {
                bencher.iter(|| asker.all());
            });
        }
        group.finish();
    });
}
