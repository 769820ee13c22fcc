use crate::compiled::CompiledDefinitions;
use crate::evaluate::{Evaluation, Scratch};
use crate::hashing::Path;
use crate::js::host::FixedHost;
use crate::outcome::{Fallback, Outcome, ValueCode};
use crate::testing::{Caller, definitions};

const HOST: FixedHost = FixedHost { now_ms: 0.0 };
const PERSON: &str = r#"{"distinctId":"u","person":{"plan":"pro"}}"#;

fn flag(key: usize, conditions: &str) -> String {
    format!(r#"{{"key":"f{key}","active":true,"filters":{{"groups":[{conditions}]}}}}"#)
}

fn when(filters: &[String]) -> String {
    format!(r#"{{"properties":[{}]}}"#, filters.join(","))
}

fn needs(key: usize) -> String {
    format!(r#"{{"type":"flag","key":"f{key}","value":true,"dependency_chain":["f{key}"]}}"#)
}

fn member_of(cohort: usize) -> String {
    format!(r#"{{"type":"cohort","key":"id","value":{cohort}}}"#)
}

fn document(flags: &[String], cohorts: &[String]) -> CompiledDefinitions {
    let cohorts = cohorts
        .iter()
        .enumerate()
        .map(|(id, cohort)| format!(r#""{id}":{cohort}"#));
    definitions(&format!(
        r#"{{"flags":[{}],"cohorts":{{{}}}}}"#,
        flags.join(","),
        cohorts.collect::<Vec<_>>().join(",")
    ))
}

/// Runs on a stack as small as a worker thread may have left.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(if cfg!(debug_assertions) {
            1 << 20
        } else {
            128 << 10
        })
        .spawn(run);
    thread.unwrap().join().unwrap();
}

/// A chain of so many flags, each of which asks for the next, for a cohort or for both by turns.
fn chain(length: usize, last: &str) -> (Vec<String>, Vec<String>) {
    let mut flags: Vec<_> = (0..length)
        .map(|number| {
            let on_the_way = match number % 3 {
                0 => member_of(number),
                _ => needs(number + 1),
            };
            flag(number, &when(&[on_the_way]))
        })
        .collect();
    flags.push(flag(length, last));
    let cohort = |number| {
        let filter = needs(number + 1);
        format!(r#"{{"type":"AND","values":[{{"type":"OR","values":[{filter}]}}]}}"#)
    };
    (flags, (0..length).map(cohort).collect())
}

#[test]
fn a_row_of_flags_and_cohorts_may_have_any_length() {
    on_a_small_stack(|| {
        for length in [98, 99, 100, 101, 199, 1000, 5000] {
            let (flags, cohorts) = chain(length, "{}");
            let definitions = document(&flags, &cohorts);
            let inputs = Caller::new(PERSON).inputs(&definitions);
            let mut scratch = Scratch::default();
            let mut codes = Vec::new();
            let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
            evaluation.all(Path::best(), &mut codes, |flag, fallback| {
                panic!("{flag} of {length}: {fallback:?}")
            });
            assert!(codes.iter().all(|code| *code == 1), "{length}");
            let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
            assert_eq!(evaluation.one(0), Ok(ValueCode::TRUE), "{length}");
        }
    });
}

#[test]
fn cohorts_in_cohorts_may_have_any_depth() {
    on_a_small_stack(|| {
        let groups = 60;
        for length in [99, 100, 101, 5000] {
            let mut cohorts: Vec<_> = (0..length)
                .map(|number| {
                    let open = r#"{"type":"AND","values":["#.repeat(groups);
                    format!("{open}{}{}", member_of(number + 1), "]}".repeat(groups))
                })
                .collect();
            cohorts.push(r#"{"type":"AND","values":[{"key":"plan","value":"pro"}]}"#.to_owned());
            let definitions = document(&[flag(0, &when(&[member_of(0)]))], &cohorts);
            let inputs = Caller::new(PERSON).inputs(&definitions);
            let mut scratch = Scratch::default();
            let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
            assert_eq!(evaluation.one(0), Ok(ValueCode::TRUE), "{length}");
        }
    });
}

#[test]
fn a_circle_of_any_length_ends_and_names_one_flag_of_it_wherever_it_is_entered() {
    on_a_small_stack(|| {
        for length in [1, 2, 99, 100, 101, 150, 499] {
            let (mut flags, cohorts) = chain(length, &when(&[needs(1.min(length - 1))]));
            flags.push(flag(length + 1, &when(&[needs(length / 2)])));
            let definitions = document(&flags, &cohorts);
            let inputs = Caller::new(PERSON).inputs(&definitions);
            let mut scratch = Scratch::default();
            let first = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch).one(0);
            assert!(
                matches!(&first, Err(Fallback::Endless(message)) if message.contains("depends on itself")),
                "{length}: {first:?}"
            );
            for flag in (1..flags.len()).step_by(1 + length / 40) {
                let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
                assert_eq!(evaluation.one(flag), first, "{flag} of {length}");
            }
        }
    });
}

#[test]
fn a_circle_of_cohorts_names_the_first_of_them_wherever_it_is_entered() {
    for length in [1, 2, 3, 40] {
        // Cohort 0 leads into the circle and is no part of it.
        let cohorts: Vec<_> = (0..=length)
            .map(|number| {
                let next = member_of(number % length + 1);
                format!(r#"{{"type":"AND","values":[{next}]}}"#)
            })
            .collect();
        let flags: Vec<_> = (0..=length)
            .map(|number| flag(number, &when(&[member_of(number)])))
            .collect();
        let definitions = document(&flags, &cohorts);
        let inputs = Caller::new(PERSON).inputs(&definitions);
        let mut scratch = Scratch::default();
        let expected =
            Fallback::thrown(r#"cohort "1" contains itself; correct the cohort in PostHog"#);
        for flag in 0..=length {
            let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
            assert_eq!(
                evaluation.one(flag),
                Err(expected.clone()),
                "{flag} of {length}"
            );
        }
    }
}

#[test]
fn what_a_filter_before_has_decided_is_not_followed() {
    on_a_small_stack(|| {
        let decided = r#"{"key":"plan","value":"free"}"#.to_owned();
        let mut flags: Vec<_> = (0..300)
            .map(|number| flag(number, &when(&[needs(number + 1)])))
            .collect();
        flags.push(flag(300, &when(&[decided, needs(0)])));
        let definitions = document(&flags, &[]);
        let inputs = Caller::new(PERSON).inputs(&definitions);
        let mut scratch = Scratch::default();
        for flag in [300, 0, 150] {
            let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
            assert_eq!(evaluation.one(flag), Ok(ValueCode::FALSE), "{flag}");
        }
    });
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    fn filter(&mut self, at: usize, flags: usize, cohorts: usize, circles: bool) -> String {
        // Mostly the next one, so that rows become long.
        let mut next = |count: usize| match self.below(10) {
            0 if circles => self.below(count),
            1 => (at + 1 + self.below(count)).min(count - 1),
            _ => (at + 1).min(count - 1),
        };
        let (flag, cohort) = (next(flags), next(cohorts));
        match self.below(12) {
            0 => r#"{"key":"plan","value":"free"}"#.to_owned(),
            1 => r#"{"key":"plan","value":"pro"}"#.to_owned(),
            2 => r#"{"key":"missing","value":"pro"}"#.to_owned(),
            3 => r#"{"key":"plan","operator":"gt","value":{"toString":1}}"#.to_owned(),
            4 => r#"{"type":"cohort","value":"static"}"#.to_owned(),
            5..8 if cohort > at || circles => member_of(cohort),
            _ if flag > at || circles => match self.below(3) {
                0 => needs(flag).replace("true", "false"),
                _ => needs(flag),
            },
            _ => r#"{"key":"plan","value":"pro"}"#.to_owned(),
        }
    }

    fn document(&mut self) -> CompiledDefinitions {
        let (flags, cohorts) = (2 + self.below(300), 1 + self.below(300));
        let circles = self.below(2) == 0;
        let filters = |random: &mut Self, at, most| -> Vec<String> {
            let count = 1 + random.below(most);
            (0..count)
                .map(|_| random.filter(at, flags, cohorts, circles))
                .collect()
        };
        let all: Vec<_> = (0..flags)
            .map(|number| {
                let conditions: Vec<_> = (0..1 + self.below(2))
                    .map(|_| when(&filters(self, number, 2)))
                    .collect();
                flag(number, &conditions.join(","))
            })
            .collect();
        let cohorts: Vec<_> = (0..cohorts)
            .map(|number| {
                let join = ["AND", "OR"][self.below(2)];
                let members = filters(self, number, 3).join(",");
                match self.below(2) {
                    0 => format!(r#"{{"type":"{join}","values":[{members}]}}"#),
                    _ => format!(
                        r#"{{"type":"OR","values":[{{"type":"{join}","values":[{members}]}}]}}"#
                    ),
                }
            })
            .collect();
        document(&all, &cohorts)
    }
}

#[test]
fn a_flag_has_the_same_outcome_alone_among_all_and_in_any_order() {
    let mut endless = 0;
    let mut values = 0;
    for seed in 0..60 {
        let mut random = Random(seed);
        let definitions = random.document();
        let inputs = Caller::new(PERSON).inputs(&definitions);
        let count = definitions.flags.len();
        let mut scratch = Scratch::default();
        let alone: Vec<Outcome> = (0..count)
            .map(|flag| Evaluation::new(&definitions, &inputs, &HOST, &mut scratch).one(flag))
            .collect();
        endless += alone
            .iter()
            .filter(|outcome| matches!(outcome, Err(Fallback::Endless(_))))
            .count();
        values += alone.iter().filter(|outcome| outcome.is_ok()).count();

        let mut codes = Vec::new();
        let mut together = vec![None; count];
        Evaluation::new(&definitions, &inputs, &HOST, &mut scratch).all(
            Path::best(),
            &mut codes,
            |flag, fallback| together[flag] = Some(fallback),
        );
        for (flag, fallback) in together.into_iter().enumerate() {
            let outcome = fallback.map_or(Ok(ValueCode(codes[flag])), Err);
            assert_eq!(outcome, alone[flag], "f{flag} among all, seed {seed}");
        }

        let backwards: Vec<_> = (0..count).rev().collect();
        let shuffled: Vec<_> = (0..count).map(|_| random.below(count)).collect();
        for order in [backwards, shuffled] {
            let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
            for flag in order {
                let outcome = evaluation.one(flag);
                assert_eq!(outcome, alone[flag], "f{flag} after others, seed {seed}");
            }
        }
    }
    assert!(endless > 100 && values > 100, "{endless} and {values}");
}
