//! Which cohorts local evaluation can never use, because of their own definition or that of a cohort in them: part of
//! posthog-node's `getDefinitionUnresolvedReason`. Each cohort is read once, even if many flags and cohorts refer to it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::compiler::Compiler;
use super::document::deep;
use super::messages::expected;
use super::search::{Dates, Looked, Search};
use crate::js::json::Json;

/// What posthog-node meets on looking through a cohort, in order.
#[derive(Debug)]
enum Step {
    /// Texts that have to be dates.
    Dates(Dates),
    /// Another cohort.
    Cohort(usize),
    /// The end: something that cannot be used, or that throws.
    End(Looked),
}

/// Whether a cohort can be used, with the cohorts in it.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Whether it can never be used, or what looking throws.
    pub known: Looked,
    /// Texts that have to be dates, or else it cannot be used.
    pub dates: Vec<Dates>,
}

/// What there is in a cohort and in those that it leads to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Leads {
    to_unusable: bool,
    to_throwing: bool,
    to_dates: bool,
}

/// All cohorts of a document.
#[derive(Debug, Default)]
pub struct UsableCohorts {
    numbers: HashMap<Box<str>, usize>,
    steps: Vec<Vec<Step>>,
    leads: Vec<Leads>,
    verdicts: HashMap<usize, Verdict>,
}

impl UsableCohorts {
    /// Reads the cohorts.
    pub fn of(compiler: &Compiler<'_>) -> Self {
        let ids = compiler.document.cohort_ids();
        let mut cohorts = Self {
            numbers: ids.into_iter().zip(0..).collect(),
            ..Self::default()
        };
        let mut ordered: Vec<_> = cohorts.numbers.iter().collect();
        ordered.sort_by_key(|(_, number)| **number);
        let steps = ordered.into_iter().map(|(id, _)| {
            let mut steps = Steps {
                search: Search::new(compiler),
                numbers: &cohorts.numbers,
                steps: Vec::new(),
                met: HashSet::new(),
            };
            if let Ok(Some(cohort)) = compiler.document.cohort(id) {
                let unreadable = deep::why_unreadable(cohort).map(Err);
                if let Some(end) = unreadable.or_else(|| steps.group(cohort)) {
                    steps.add_dates();
                    steps.steps.push(Step::End(end));
                }
            }
            steps.add_dates();
            steps.steps
        });
        cohorts.steps = steps.collect();
        cohorts.leads = vec![Leads::default(); cohorts.steps.len()];
        cohorts.follow_back();
        cohorts
    }

    /// Notes of each cohort what it leads to.
    fn follow_back(&mut self) {
        let mut referring = vec![Vec::new(); self.steps.len()];
        let mut pending = Vec::new();
        for (number, steps) in self.steps.iter().enumerate() {
            let mut own = Leads::default();
            for step in steps {
                match step {
                    Step::Dates(_) => own.to_dates = true,
                    Step::Cohort(other) => referring[*other].push(number),
                    Step::End(Ok(_)) => own.to_unusable = true,
                    Step::End(Err(_)) => own.to_throwing = true,
                }
            }
            if own != Leads::default() {
                pending.push((number, own));
            }
        }
        while let Some((number, more)) = pending.pop() {
            let leads = &mut self.leads[number];
            let known = *leads;
            leads.to_unusable |= more.to_unusable;
            leads.to_throwing |= more.to_throwing;
            leads.to_dates |= more.to_dates;
            if *leads != known {
                let leads = *leads;
                pending.extend(referring[number].iter().map(|other| (*other, leads)));
            }
        }
    }

    /// The verdict on the cohort with this id, which the document has.
    pub fn verdict(&mut self, id: &str) -> Verdict {
        let Some(&number) = self.numbers.get(id) else {
            return Verdict::usable();
        };
        let leads = self.leads[number];
        if !leads.to_throwing && (leads.to_unusable || !leads.to_dates) {
            // All ends that the walk may come to are the same.
            return Verdict {
                known: Ok(leads.to_unusable),
                dates: Vec::new(),
            };
        }
        if let Some(verdict) = self.verdicts.get(&number) {
            return verdict.clone();
        }
        let verdict = self.look_through(number);
        self.verdicts.insert(number, verdict.clone());
        verdict
    }

    /// Takes the steps of a cohort and, in their places, those of the cohorts in it, each once.
    fn look_through(&self, number: usize) -> Verdict {
        let mut verdict = Verdict::usable();
        let mut visited = HashSet::from([number]);
        let mut rest = vec![self.steps[number].iter()];
        while let Some(steps) = rest.last_mut() {
            match steps.next() {
                None => {
                    rest.pop();
                }
                Some(Step::Dates(dates)) => verdict.dates.push(Arc::clone(dates)),
                Some(Step::Cohort(other)) => {
                    if self.leads[*other] != Leads::default() && visited.insert(*other) {
                        rest.push(self.steps[*other].iter());
                    }
                }
                Some(Step::End(end)) => {
                    verdict.known = end.clone();
                    break;
                }
            }
        }
        verdict
    }
}

impl Verdict {
    fn usable() -> Self {
        Self {
            known: Ok(false),
            dates: Vec::new(),
        }
    }
}

/// Writes down the steps of one cohort.
struct Steps<'c> {
    search: Search<'c>,
    numbers: &'c HashMap<Box<str>, usize>,
    steps: Vec<Step>,
    /// Cohorts that have been met.
    met: HashSet<usize>,
}

impl Steps<'_> {
    /// Adds the steps of a group; returns the end, if there is one. Groups nest no deeper than JSON is read.
    fn group(&mut self, group: &Json) -> Option<Looked> {
        let members = match group.get("values") {
            // Every array has a `values` method, which is no list.
            None if matches!(group, Json::Array(_)) => {
                return Some(Err(expected("a cohort", "an object", Some(group))));
            }
            None | Some(Json::Null) => return None,
            Some(Json::Array(members)) => members,
            other => return Some(Err(expected("a cohort's values", "a list", other))),
        };
        members.iter().find_map(|member| match member {
            Json::Array(_) => self.group(member),
            Json::Object(fields) if fields.contains_key("values") => self.group(member),
            Json::Object(_) => self.filter(member),
            other => Some(Err(expected("a cohort's value", "an object", Some(other)))),
        })
    }

    fn filter(&mut self, filter: &Json) -> Option<Looked> {
        let unusable = match self.search.cohort_of(filter) {
            None => self.search.is_unsupported(filter),
            Some(Ok(Some(id))) => {
                self.cohort(&id);
                Ok(false)
            }
            Some(Ok(None)) => Ok(true),
            Some(Err(message)) => Err(message),
        };
        (unusable != Ok(false)).then_some(unusable)
    }

    fn cohort(&mut self, id: &str) {
        if let Some(&number) = self.numbers.get(id)
            && self.met.insert(number)
        {
            self.add_dates();
            self.steps.push(Step::Cohort(number));
        }
    }

    /// Adds the dates met since the last step.
    fn add_dates(&mut self) {
        if let Some(dates) = self.search.take_dates() {
            self.steps.push(Step::Dates(dates));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::compile::document::outline;
    use crate::compile::document::{Document, DocumentSource};
    use crate::compile::search::cohort_id;

    /// Numbers that look random.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }

        fn member(&mut self, cohorts: u64) -> String {
            match self.below(16) {
                0 => r#"{"key":"a","operator":"no such"}"#.to_owned(),
                1 => r#"{"key":"a","operator":"is_date_before","value":{"toString":1}}"#.to_owned(),
                2 | 3 => {
                    let date = self.below(5);
                    format!(r#"{{"key":"a","operator":"is_date_before","value":"the {date}th"}}"#)
                }
                4 => r#"{"key":"a","value":"b"}"#.to_owned(),
                5 => {
                    let member = self.member(cohorts);
                    format!(r#"{{"values":[{member},{{"key":"a","value":"b"}}]}}"#)
                }
                6 if self.below(8) == 0 => "5".to_owned(),
                _ => format!(r#"{{"type":"cohort","value":{}}}"#, self.below(cohorts)),
            }
        }
    }

    /// The same, by walking from one cohort alone.
    fn walk(
        compiler: &Compiler<'_>,
        group: &Json,
        visited: &mut HashSet<String>,
        dates: &mut HashSet<String>,
    ) -> Looked {
        let Some(Json::Array(members)) = group.get("values") else {
            return Ok(false);
        };
        for member in members {
            let kind = member.get("type");
            let unusable =
                if !matches!(member, Json::Object(_)) {
                    Err(expected("a cohort's value", "an object", Some(member)))
                } else if member.get("values").is_some() {
                    walk(compiler, member, visited, dates)
                } else if kind == Some(&Json::String("cohort".into())) {
                    let id = cohort_id(member).unwrap();
                    match compiler.document.cohort(&id).unwrap() {
                        None => Ok(true),
                        Some(_) if !visited.insert(id.to_string()) => Ok(false),
                        Some(cohort) => walk(compiler, cohort, visited, dates),
                    }
                } else {
                    let mut search = Search::new(compiler);
                    let unusable = search.is_unsupported(member);
                    let found = search.take_dates().into_iter();
                    dates.extend(found.flat_map(|list| {
                        list.iter().map(|text| text.to_string()).collect::<Vec<_>>()
                    }));
                    unusable
                };
            if unusable != Ok(false) {
                return unusable;
            }
        }
        Ok(false)
    }

    #[test]
    fn a_cohort_comes_to_what_a_walk_from_it_comes_to() {
        let mut seen = HashSet::new();
        for seed in 0..3000 {
            let mut random = Random(seed);
            let count = 1 + random.below(8);
            let cohorts: Vec<_> = (0..count)
                .map(|id| {
                    // Some refer to one that is not there.
                    let members: Vec<_> = (0..random.below(4))
                        .map(|_| random.member(count + u64::from(seed % 3 == 0)))
                        .collect();
                    format!(r#""{id}":{{"values":[{}]}}"#, members.join(","))
                })
                .collect();
            let text = format!(r#"{{"flags":[],"cohorts":{{{}}}}}"#, cohorts.join(","));
            let root = outline::read(&text).unwrap();
            let document = Document::read(&root, DocumentSource::Cache).unwrap();
            let options = super::super::CompileOptions {
                source: DocumentSource::Cache,
                evaluation_contexts: Vec::new(),
                semantics: Default::default(),
            };
            let compiler = Compiler::new(&document, &options).unwrap();
            let mut usable = UsableCohorts::of(&compiler);
            for id in 0..count {
                let id = id.to_string();
                let cohort = document.cohort(&id).unwrap().unwrap();
                let mut dates = HashSet::new();
                let known = walk(
                    &compiler,
                    cohort,
                    &mut HashSet::from([id.clone()]),
                    &mut dates,
                );
                let verdict = usable.verdict(&id);
                assert_eq!(verdict.known, known, "{id} of {text}");
                if known != Ok(true) {
                    let lists = verdict.dates.iter();
                    let texts: HashSet<_> = lists
                        .flat_map(|list| list.iter().map(|text| text.to_string()))
                        .collect();
                    assert_eq!(texts, dates, "{id} of {text}");
                }
                seen.insert((known, dates.len()));
            }
        }
        assert!(seen.len() > 12, "{seen:?}");
    }
}
