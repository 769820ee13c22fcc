//! Writes what JavaScript asks of definitions, flag by flag; see [`Description`].

use std::collections::HashMap;
use std::sync::Arc;

use crate::compiled::description::{Description, Repeats};
use crate::compiled::{DefinitionReason, Input, TextSet, Texts, narrow};
use crate::js::json::{Json, UNREADABLE, write_list, write_string};

/// One entry of the document's `flags`.
#[derive(Debug)]
pub struct ListedFlag<'d> {
    /// The definition as stored.
    pub definition: &'d Json<'d>,
    /// The payloads as JSON text, if they nest too deeply to be part of `definition`.
    pub deep_payloads: Option<&'d str>,
    /// Whether posthog-node finds it by its key: it does not find `false`, `0` or an empty text.
    pub is_falsy: bool,
    /// The index that its key leads to.
    pub decided_by: usize,
    /// What the flag can evaluate to beside `false` and `true`, if this definition decides it.
    pub values: Option<&'d [Json<'static>]>,
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
    /// A description with room for `count` flags.
    pub fn new(count: usize) -> Self {
        Self {
            details: Texts::with_capacity(3 * count),
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
            if let Some(values @ [_, ..]) = flag.values {
                out.push_str(",\"values\":");
                write_list(values.iter(), out, Json::write);
            }
        });
        self.details.push(|out| {
            if flag.values.is_some() {
                let filters = flag.definition.get("filters");
                let payloads = filters.and_then(|filters| filters.get("payloads"));
                write_optional("payloads", payloads, out);
                if let Some(payloads) = flag.deep_payloads {
                    out.push_str(",\"payloads\":");
                    out.push_str(payloads);
                }
                let unreadable = flag.definition.get(UNREADABLE);
                write_optional("unreadable", unreadable, out);
            }
        });
    }

    /// The description of all flags added, by the keys of their indices.
    pub fn finish(
        mut self,
        mut keys: TextSet,
        inputs: &[Input],
        problems: &[String],
        minimal_flag_called_events: bool,
    ) -> Description {
        let repeats = self.repeats(keys.len());
        let mut overview = self.overview(
            repeats.is_some(),
            inputs,
            problems,
            minimal_flag_called_events,
        );
        overview.shrink_to_fit();
        self.details.shrink();
        keys.shrink();
        Description {
            overview,
            keys,
            details: self.details,
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

/// Whether the flag is one for servers that cannot be evaluated here, or only if some text is a date.
fn may_be_unresolvable(flag: &ListedFlag<'_>) -> bool {
    let for_clients =
        flag.definition.get("evaluation_runtime") == Some(&Json::String("client".into()));
    let resolvable = matches!(flag.reason.known, Ok(None) | Err(_)) && flag.reason.dates.is_empty();
    !for_clients && !resolvable
}

/// Lists of texts that have to be dates, each once. Flags share the list of a cohort.
#[derive(Debug, Default)]
struct DateLists {
    lists: Vec<Arc<[Box<str>]>>,
    /// The number of each list, by its address.
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

/// Writes `{ key, reason, dates, fingerprint }`. `dates` are numbers of `dateLists`. Without a `reason`, the flag is
/// unsupported if one of the texts in those lists is no date.
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

/// Writes `[kind, ...names]`.
fn write_input(input: &Input, out: &mut String) {
    let (kind, names) = match input {
        Input::DistinctId => ("distinctId", vec![]),
        Input::Complete => ("complete", vec![]),
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

fn write_optional(name: &str, value: Option<&Json>, out: &mut String) {
    if let Some(value) = value {
        for part in [",\"", name, "\":"] {
            out.push_str(part);
        }
        value.write(out);
    }
}
