//! What JavaScript asks of definitions, as JSON text: written where the document is compiled, on whatever thread that
//! is. The event loop reads a little of it at once, and of a flag only when that flag is first asked for; a large project
//! has tens of thousands, and most never are.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::compiled::{DefinitionReason, Input};
use crate::footprint;
use crate::json::{Json, UNREADABLE, write_string};
use crate::positions::Positions;

/// The description of one document. Flags are known by their *position* among those listed, in stored order, where a key
/// may come twice; an *index* is one of [`crate::compiled::CompiledDefinitions::flags`].
#[derive(Debug, Default)]
pub struct Description {
    /// Handed over once: it is of no use here.
    overview: Mutex<String>,
    /// The key of each index.
    names: Texts,
    /// Three texts for each position: the fields of the definition, the values it decides on, and what belongs to them.
    details: Texts,
    /// Finds the index of a key.
    keys: Positions,
    /// Set if a key comes twice.
    repeats: Option<Box<Repeats>>,
    /// The positions, in order, of what is listed and not found by its key: `false`, `0` or an empty text.
    falsy: Box<[u32]>,
}

/// How positions and indices go together where a key comes twice.
#[derive(Debug)]
struct Repeats {
    /// The index that each position's key leads to.
    decided_by: Box<[u32]>,
    /// The position of the last definition for each index, which decides.
    deciding: Box<[u32]>,
}

impl Description {
    /// The key of a flag, by its index.
    pub fn key(&self, index: usize) -> &str {
        self.names.get(index)
    }

    /// JSON of what is read at once: `{ length, inputs, unresolvable, dateLists, problems, minimalFlagCalledEvents }`. `length` is
    /// the number of flags listed. Where some are no ordinary flags, also `decidedBy`, the indices that the positions
    /// lead to, and `unusualKeys`: `[position, key]` for keys that are no text, `[position]` where there is none. A
    /// second call gets an empty text.
    pub fn take_overview(&self) -> String {
        std::mem::take(&mut self.overview.lock())
    }

    /// The position of the flag that posthog-node finds by this key.
    pub fn find(&self, key: &str) -> Option<usize> {
        let index = self.keys.find(key, |index| self.names.get(index))?;
        let position = match &self.repeats {
            None => narrow(index),
            Some(repeats) => repeats.deciding[index],
        };
        let is_found = self.falsy.binary_search(&position).is_err();
        is_found.then_some(position as usize)
    }

    /// JSON of all keys, as text, by position.
    pub fn keys(&self) -> String {
        let mut out = String::new();
        let write = |index, out: &mut String| write_string(self.names.get(index), out);
        match &self.repeats {
            None => write_list(0..self.names.len(), &mut out, write),
            Some(repeats) => write_list(repeats.decided_by.iter(), &mut out, |index, out| {
                write(*index as usize, out)
            }),
        }
        out
    }

    /// JSON of what is read of the flag at a position: `{ values, payloads, unreadable, id, active, has_experiment,
    /// evaluation_runtime }`.
    pub fn details(&self, position: usize) -> String {
        let (values, payloads) = self.decision(position);
        format!("{{{values}{payloads}{}}}", self.fields(position))
    }

    /// JSON of what an evaluation of all flags reads of each, by position: `{ values, paying, id, active, has_experiment,
    /// evaluation_runtime }`. Whatever has no payloads is not `paying`.
    pub fn outline(&self) -> String {
        let count = self
            .repeats
            .as_ref()
            .map_or(self.names.len(), |repeats| repeats.decided_by.len());
        let mut out = String::new();
        write_list(0..count, &mut out, |position, out| {
            let (values, payloads) = self.decision(position);
            let paying = if payloads.is_empty() {
                ""
            } else {
                ",\"paying\":true"
            };
            for part in ["{", values, paying, self.fields(position), "}"] {
                out.push_str(part);
            }
        });
        out
    }

    fn fields(&self, position: usize) -> &str {
        self.details.get(3 * position)
    }

    /// The values that the flag at a position can have, and their payloads.
    fn decision(&self, position: usize) -> (&str, &str) {
        let deciding = match &self.repeats {
            None => Some(position),
            Some(repeats) => repeats
                .decided_by
                .get(position)
                .map(|index| repeats.deciding[*index as usize] as usize),
        };
        let text = |place| deciding.map_or("", |deciding| self.details.get(3 * deciding + place));
        (text(1), text(2))
    }

    /// About how many bytes it takes, without the overview, which is handed over at once.
    pub fn size(&self) -> usize {
        let repeats = self.repeats.as_deref().map_or(0, |repeats| {
            footprint::boxed(repeats)
                + footprint::boxed(&*repeats.decided_by)
                + footprint::boxed(&*repeats.deciding)
        });
        // With the counts that are kept beside what is shared.
        footprint::block(size_of_val(self) + 2 * size_of::<usize>())
            + self.details.size()
            + self.names.size()
            + self.keys.size()
            + repeats
            + footprint::boxed(&*self.falsy)
    }
}

/// Many texts in one.
#[derive(Debug, Default)]
struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends.push(narrow(self.text.len()));
    }

    /// Empty if there is no such text.
    fn get(&self, position: usize) -> &str {
        let end = |position: usize| self.ends.get(position).map(|end| *end as usize);
        let start = match position.checked_sub(1) {
            None => Some(0),
            Some(previous) => end(previous),
        };
        let range = start.zip(end(position)).map(|(start, end)| start..end);
        range
            .and_then(|range| self.text.get(range))
            .unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes it takes.
    fn size(&self) -> usize {
        footprint::block(self.text.capacity())
            + footprint::block(size_of::<u32>() * self.ends.capacity())
    }
}

/// Positions and sizes are those of one document, which memory holds several times over.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// One entry of the document's `flags`.
#[derive(Debug)]
pub struct ListedFlag<'d> {
    /// The definition as stored.
    pub definition: &'d Json,
    /// Payloads that it lacks, for they nest too deeply, as JSON text.
    pub deep_payloads: Option<&'d str>,
    /// Whether posthog-node finds it by its key: it does not find `false`, `0` or an empty text.
    pub is_falsy: bool,
    /// The index that its key leads to.
    pub decided_by: usize,
    /// What the flag can evaluate to beside `false` and `true`, if this definition decides it.
    pub values: Option<&'d [Json]>,
    /// Why local evaluation can never resolve it.
    pub reason: &'d DefinitionReason,
}

/// Describes flags one by one, in stored order.
#[derive(Debug)]
pub struct DescriptionWriter {
    details: Texts,
    decided_by: Vec<u32>,
    falsy: Vec<u32>,
    unusual_keys: Vec<String>,
    unresolvable: Vec<String>,
    date_lists: DateLists,
}

impl DescriptionWriter {
    /// For so many flags.
    pub fn new(count: usize) -> Self {
        Self {
            details: Texts {
                text: String::new(),
                ends: Vec::with_capacity(3 * count),
            },
            decided_by: Vec::with_capacity(count),
            falsy: Vec::new(),
            unusual_keys: Vec::new(),
            unresolvable: Vec::new(),
            date_lists: DateLists::default(),
        }
    }

    /// Adds the next flag.
    pub fn add(&mut self, flag: &ListedFlag<'_>) {
        let position = self.decided_by.len();
        self.decided_by.push(narrow(flag.decided_by));
        if flag.is_falsy {
            self.falsy.push(narrow(position));
        }
        match flag.definition.get("key") {
            Some(Json::String(_)) => {}
            None => self.unusual_keys.push(format!("[{position}]")),
            Some(key) => {
                let mut entry = format!("[{position},");
                key.write(&mut entry);
                entry.push(']');
                self.unusual_keys.push(entry);
            }
        }
        if may_be_unresolvable(flag) {
            let mut entry = String::new();
            write_unresolvable(flag, &mut self.date_lists, &mut entry);
            self.unresolvable.push(entry);
        }
        self.details.push(|out| {
            for name in ["id", "active", "has_experiment", "evaluation_runtime"] {
                write_optional(name, flag.definition.get(name), out);
            }
        });
        self.details.push(|out| {
            if let Some(values) = flag.values {
                out.push_str("\"values\":");
                write_list(values.iter(), out, Json::write);
            }
        });
        self.details.push(|out| {
            if flag.values.is_some() {
                let filters = flag.definition.get("filters");
                let payloads = filters.and_then(|filters| filters.get("payloads"));
                write_optional("payloads", payloads, out);
                if let Some(payloads) = flag.deep_payloads {
                    out.push_str(&format!(",\"payloads\":{payloads}"));
                }
                let unreadable = flag.definition.get(UNREADABLE);
                write_optional("unreadable", unreadable, out);
            }
        });
    }

    /// The description of all flags added, by the keys of their indices.
    pub fn finish(
        mut self,
        keys: &[Box<str>],
        inputs: &[Input],
        problems: &[String],
        minimal_flag_called_events: bool,
    ) -> Description {
        let repeats = self.repeats(keys.len());
        let overview = self.overview(
            repeats.is_some(),
            inputs,
            problems,
            minimal_flag_called_events,
        );
        self.details.text.shrink_to_fit();
        let mut names = Texts::default();
        for key in keys {
            names.push(|out| out.push_str(key));
        }
        Description {
            overview: Mutex::new(overview),
            names,
            details: self.details,
            keys: Positions::of(keys.iter().map(|key| &**key)),
            repeats: repeats.map(Box::new),
            falsy: self.falsy.into(),
        }
    }

    fn repeats(&self, flag_count: usize) -> Option<Repeats> {
        if self.decided_by.len() == flag_count {
            // Each key comes once, so that positions and indices are the same.
            return None;
        }
        let mut deciding = vec![0; flag_count];
        for (position, index) in self.decided_by.iter().enumerate() {
            deciding[*index as usize] = narrow(position);
        }
        Some(Repeats {
            decided_by: self.decided_by.as_slice().into(),
            deciding: deciding.into(),
        })
    }

    fn overview(
        &self,
        repeats: bool,
        inputs: &[Input],
        problems: &[String],
        minimal_flag_called_events: bool,
    ) -> String {
        let verbatim = |text: &String, out: &mut String| out.push_str(text);
        let mut out = format!("{{\"length\":{},\"inputs\":", self.decided_by.len());
        write_list(inputs.iter(), &mut out, write_input);
        if repeats {
            out.push_str(",\"decidedBy\":");
            write_list(self.decided_by.iter(), &mut out, |index, out| {
                out.push_str(&index.to_string());
            });
        }
        if !self.unusual_keys.is_empty() {
            out.push_str(",\"unusualKeys\":");
            write_list(self.unusual_keys.iter(), &mut out, verbatim);
        }
        out.push_str(",\"unresolvable\":");
        write_list(self.unresolvable.iter(), &mut out, verbatim);
        out.push_str(",\"dateLists\":");
        write_list(self.date_lists.lists.iter(), &mut out, |texts, out| {
            write_list(texts.iter(), out, |text, out| write_string(text, out));
        });
        out.push_str(",\"problems\":");
        write_list(problems.iter(), &mut out, |problem, out| {
            write_string(problem, out);
        });
        out.push_str(&format!(
            ",\"minimalFlagCalledEvents\":{minimal_flag_called_events}}}"
        ));
        out
    }
}

/// Whether the server would evaluate the flag, and this side cannot, or not unless some text is a date.
fn may_be_unresolvable(flag: &ListedFlag<'_>) -> bool {
    let for_clients =
        flag.definition.get("evaluation_runtime") == Some(&Json::String("client".into()));
    let resolvable = matches!(flag.reason.known, Ok(None) | Err(_)) && flag.reason.dates.is_empty();
    !for_clients && !resolvable
}

/// Lists of texts that have to be dates, each once: flags share those of a cohort.
#[derive(Debug, Default)]
struct DateLists {
    lists: Vec<Arc<[Box<str>]>>,
    /// By where they are in memory.
    numbers: HashMap<usize, usize>,
}

impl DateLists {
    fn number(&mut self, list: &Arc<[Box<str>]>) -> usize {
        let number = self.numbers.entry(list.as_ptr().addr()).or_insert_with(|| {
            self.lists.push(Arc::clone(list));
            self.lists.len() - 1
        });
        *number
    }
}

/// `{ key, reason, dates, fingerprint }`; without a reason, that of a text which is no date in one of the `dateLists` that
/// `dates` are the numbers of.
fn write_unresolvable(flag: &ListedFlag<'_>, lists: &mut DateLists, out: &mut String) {
    let fingerprint = fingerprint(flag);
    out.push_str(&format!("{{\"fingerprint\":\"{fingerprint:x}\""));
    write_optional("key", flag.definition.get("key"), out);
    if let Ok(Some(reason)) = flag.reason.known {
        out.push_str(&format!(",\"reason\":\"{}\"", reason.name()));
    }
    out.push_str(",\"dates\":");
    let numbers: Vec<_> = flag
        .reason
        .dates
        .iter()
        .map(|list| lists.number(list))
        .collect();
    write_list(numbers.iter(), out, |number, out| {
        out.push_str(&number.to_string())
    });
    out.push('}');
}

/// A hash of the whole definition, by which a warning knows whether it has changed.
fn fingerprint(flag: &ListedFlag<'_>) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut text = String::new();
    flag.definition.write(&mut text);
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    flag.deep_payloads.hash(&mut hasher);
    hasher.finish()
}

/// `[kind, ...names]`.
fn write_input(input: &Input, out: &mut String) {
    let (kind, names) = match input {
        Input::DistinctId => ("distinctId", vec![]),
        Input::Person(key) => ("person", vec![key]),
        Input::GroupKey(group) => ("groupKey", vec![group]),
        Input::GroupGiven(group) => ("groupGiven", vec![group]),
        Input::Group(group, key) => ("group", vec![group, key]),
    };
    out.push_str(&format!("[\"{kind}\""));
    for name in names {
        out.push(',');
        write_string(name, out);
    }
    out.push(']');
}

fn write_list<T>(items: impl Iterator<Item = T>, out: &mut String, write: impl Fn(T, &mut String)) {
    out.push('[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

fn write_optional(name: &str, value: Option<&Json>, out: &mut String) {
    if let Some(value) = value {
        out.push_str(&format!(",\"{name}\":"));
        value.write(out);
    }
}

#[cfg(test)]
mod tests {
    use crate::json::Json;
    use crate::testing::definitions;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn flags_are_found_by_key_and_described_by_position() {
        let definitions = definitions(
            r#"{"flags":[
                {"key":"a","id":1,"filters":{"payloads":{"true":"\ud83d\ude00 é"}}},
                {"key":"b","id":2,"active":true,"evaluation_runtime":"all","filters":{"groups":[],
                 "multivariate":{"variants":[{"key":"x","rollout_percentage":100}]}}}]}"#,
        );
        assert_eq!(definitions.description.keys(), r#"["a","b"]"#);
        assert_eq!(definitions.description.find("b"), Some(1));
        assert_eq!(definitions.description.find("c"), None);
        assert_eq!(
            json(&definitions.description.details(0)),
            json(r#"{"values":[],"payloads":{"true":"\ud83d\ude00 é"},"id":1}"#)
        );
        assert_eq!(
            json(&definitions.description.details(1)),
            json(r#"{"values":["x"],"id":2,"active":true,"evaluation_runtime":"all"}"#)
        );
        assert_eq!(definitions.description.details(2), "{}");
        assert_eq!(
            json(&definitions.description.outline()),
            json(
                r#"[{"values":[],"paying":true,"id":1},
                    {"values":["x"],"id":2,"active":true,"evaluation_runtime":"all"}]"#
            )
        );
        let overview = json(&definitions.description.take_overview());
        assert_eq!(overview.get("length"), Some(&Json::Number(2.0)));
        assert_eq!(overview.get("decidedBy"), None);
        assert_eq!(overview.get("unusualKeys"), None);
        assert_eq!(definitions.description.take_overview(), "");
    }

    #[test]
    fn the_last_definition_of_a_key_is_found_and_decides_the_values_of_all() {
        let definitions = definitions(
            r#"{"flags":[{"key":"a","id":1,"filters":{"payloads":{"true":"1"}}},{"key":"b","id":2},
                {"key":"a","id":3,"filters":{"payloads":{"true":"3"}}}]}"#,
        );
        assert_eq!(definitions.description.find("a"), Some(2));
        assert_eq!(definitions.description.find("b"), Some(1));
        assert_eq!(definitions.description.keys(), r#"["a","b","a"]"#);
        for (position, id) in [(0, 1), (2, 3)] {
            assert_eq!(
                json(&definitions.description.details(position)),
                json(&format!(
                    r#"{{"values":[],"payloads":{{"true":"3"}},"id":{id}}}"#
                ))
            );
        }
        assert_eq!(
            json(&definitions.description.outline()),
            json(
                r#"[{"values":[],"paying":true,"id":1},{"values":[],"id":2},{"values":[],"paying":true,"id":3}]"#
            )
        );
    }

    #[test]
    fn entries_that_are_no_ordinary_flags_are_told_apart() {
        let definitions =
            definitions(r#"{"flags":[{"key":"a"},0,{"key":null},{"key":"a","id":7},{"key":5}]}"#);
        let overview = json(&definitions.description.take_overview());
        let list = |name: &str| overview.get(name).cloned();
        assert_eq!(list("length"), Some(Json::Number(5.0)));
        assert_eq!(list("unusualKeys"), Some(json("[[1],[2,null],[4,5]]")));
        assert_eq!(list("decidedBy"), Some(json("[0,1,2,0,3]")));
        assert_eq!(
            definitions.description.keys(),
            r#"["a","undefined","null","a","5"]"#
        );
        // What is falsy hides whatever has its key, and is not found itself.
        assert_eq!(definitions.description.find("undefined"), None);
        assert_eq!(definitions.description.find("null"), Some(2));
        assert_eq!(definitions.description.find("5"), Some(4));
    }

    #[test]
    fn flags_for_clients_alone_are_not_called_unresolvable() {
        let flag = |runtime: &str| {
            format!(
                r#"{{"key":"{runtime}","active":true,"ensure_experience_continuity":true,"evaluation_runtime":"{runtime}"}}"#
            )
        };
        let document = format!(r#"{{"flags":[{},{}]}}"#, flag("client"), flag("server"));
        let overview = json(&definitions(&document).description.take_overview());
        let Some(Json::Array(unresolvable)) = overview.get("unresolvable") else {
            panic!("{overview:?}")
        };
        assert_eq!(unresolvable.len(), 1);
        assert_eq!(
            unresolvable[0].get("reason"),
            Some(&Json::String("experience_continuity".into()))
        );
    }
}
