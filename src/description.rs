//! What JavaScript needs to know of definitions, as text: written where the document is compiled, on whatever thread that
//! is, so that the event loop only has to read it, and of most flags not even that.

use crate::compiled::{DefinitionReason, Input};
use crate::json::{Json, write_string};

/// The description of one document.
#[derive(Debug, Default, Clone)]
pub struct Description {
    /// JSON of what is read at once: `{ keys, keyless, falsy, decidedBy, inputs, unresolvable, problems,
    /// minimalFlagCalledEvents }`. `keys` are those of the flags in stored order, where a key may come twice; `keyless`
    /// and `falsy` are the positions of flags that have none and that are no objects but `false`, `0` or `''`;
    /// `decidedBy` are the compiled flags that the keys resolve to, absent if these have the same order.
    pub overview: String,
    /// JSON objects of what is read of a flag when it is first asked for, one after the other:
    /// `{ id, active, has_experiment, evaluation_runtime, values, payloads }`.
    pub details: String,
    /// Where each of them ends, in UTF-16 code units.
    pub ends: Vec<u32>,
}

/// One entry of the document's `flags`, with what it resolves to.
#[derive(Debug)]
pub struct ListedFlag<'d> {
    /// The definition as stored.
    pub definition: &'d Json,
    /// Whether posthog-node finds it by its key: it does not find `false`, `0` or an empty text.
    pub is_falsy: bool,
    /// The compiled flag that its key resolves to.
    pub decided_by: usize,
    /// What that flag can evaluate to beside `false` and `true`.
    pub values: &'d [Json],
    /// That flag's payloads as stored.
    pub payloads: Option<&'d Json>,
    /// Why local evaluation can never resolve it.
    pub reason: &'d DefinitionReason,
}

impl Description {
    /// Describes flags in stored order.
    pub fn of(
        listed: &[ListedFlag<'_>],
        inputs: &[Input],
        problems: &[String],
        minimal_flag_called_events: bool,
    ) -> Self {
        let mut details = String::new();
        let mut ends = Vec::with_capacity(listed.len());
        let mut end = 0;
        for flag in listed {
            let start = details.len();
            write_details(flag, &mut details);
            end += details[start..].encode_utf16().count();
            ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        }
        Self {
            overview: overview(listed, inputs, problems, minimal_flag_called_events),
            details,
            ends,
        }
    }
}

fn write_details(flag: &ListedFlag<'_>, out: &mut String) {
    out.push_str("{\"values\":");
    write_list(flag.values, out, Json::write);
    for name in ["id", "active", "has_experiment", "evaluation_runtime"] {
        write_optional(name, flag.definition.get(name), out);
    }
    write_optional("payloads", flag.payloads, out);
    out.push('}');
}

fn overview(
    listed: &[ListedFlag<'_>],
    inputs: &[Input],
    problems: &[String],
    minimal_flag_called_events: bool,
) -> String {
    let mut out = String::from("{\"keys\":");
    write_list(listed, &mut out, |flag, out| {
        // An absent key comes as null too; `keyless` tells them apart.
        flag.definition.get("key").unwrap_or(&Json::Null).write(out);
    });
    let positions = || listed.iter().enumerate();
    let keyless: Vec<usize> = positions()
        .filter(|(_, flag)| flag.definition.get("key").is_none())
        .map(|(position, _)| position)
        .collect();
    let falsy: Vec<usize> = positions()
        .filter(|(_, flag)| flag.is_falsy)
        .map(|(position, _)| position)
        .collect();
    for (name, exceptions) in [("keyless", keyless), ("falsy", falsy)] {
        if !exceptions.is_empty() {
            out.push_str(&format!(",\"{name}\":{exceptions:?}"));
        }
    }
    if positions().any(|(position, flag)| flag.decided_by != position) {
        out.push_str(",\"decidedBy\":");
        write_list(listed, &mut out, |flag, out| {
            out.push_str(&flag.decided_by.to_string());
        });
    }
    out.push_str(",\"inputs\":");
    write_list(inputs, &mut out, write_input);
    out.push_str(",\"unresolvable\":");
    let unresolvable: Vec<_> = listed
        .iter()
        .filter(|flag| may_be_unresolvable(flag))
        .collect();
    write_list(&unresolvable, &mut out, |flag, out| {
        write_unresolvable(flag, out)
    });
    out.push_str(",\"problems\":");
    write_list(problems, &mut out, |problem, out| {
        write_string(problem, out);
    });
    out.push_str(&format!(
        ",\"minimalFlagCalledEvents\":{minimal_flag_called_events}}}"
    ));
    out
}

/// Whether the server would evaluate the flag, and this side cannot, or not unless some text is a date.
fn may_be_unresolvable(flag: &ListedFlag<'_>) -> bool {
    let for_clients =
        flag.definition.get("evaluation_runtime") == Some(&Json::String("client".into()));
    let resolvable = matches!(flag.reason.known, Ok(None) | Err(_)) && flag.reason.dates.is_empty();
    !for_clients && !resolvable
}

/// `{ key, reason, dates, fingerprint }`; without a reason, that of a text in `dates` which is no date.
fn write_unresolvable(flag: &ListedFlag<'_>, out: &mut String) {
    let fingerprint = fingerprint(flag.definition);
    out.push_str(&format!("{{\"fingerprint\":\"{fingerprint:x}\""));
    write_optional("key", flag.definition.get("key"), out);
    if let Ok(Some(reason)) = flag.reason.known {
        out.push_str(&format!(",\"reason\":\"{}\"", reason.name()));
    }
    out.push_str(",\"dates\":");
    write_list(&flag.reason.dates, out, |text, out| write_string(text, out));
    out.push('}');
}

/// A hash of the whole definition, by which a warning knows whether it has changed.
fn fingerprint(definition: &Json) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut text = String::new();
    definition.write(&mut text);
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
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

fn write_list<T>(items: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
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

    fn describe(document: &str) -> (Json, Vec<Json>) {
        let description = definitions(document).take_description();
        let units: Vec<u16> = description.details.encode_utf16().collect();
        let mut start = 0;
        let details = description.ends.iter().map(|end| {
            let text = String::from_utf16(&units[start..*end as usize]).unwrap();
            start = *end as usize;
            Json::parse(text.as_bytes()).unwrap()
        });
        let details = details.collect();
        (
            Json::parse(description.overview.as_bytes()).unwrap(),
            details,
        )
    }

    #[test]
    fn details_are_found_by_code_unit() {
        let (overview, details) = describe(
            r#"{"flags":[
                {"key":"a","id":1,"filters":{"payloads":{"true":"\ud83d\ude00 é"}}},
                {"key":"b","id":2,"active":true,"evaluation_runtime":"all","filters":{"groups":[],
                 "multivariate":{"variants":[{"key":"x","rollout_percentage":100}]}}}]}"#,
        );
        assert_eq!(
            overview.get("keys"),
            Some(&Json::parse(br#"["a","b"]"#).unwrap())
        );
        assert_eq!(overview.get("decidedBy"), None);
        assert_eq!(details[1].get("id"), Some(&Json::Number(2.0)));
        assert_eq!(
            details[1].get("values"),
            Some(&Json::parse(br#"["x"]"#).unwrap())
        );
        assert_eq!(details[0].get("has_experiment"), None);
    }

    #[test]
    fn entries_that_are_no_ordinary_flags_are_told_apart() {
        let (overview, details) =
            describe(r#"{"flags":[{"key":"a"},0,{"key":null},{"key":"a","id":7}]}"#);
        let list = |name: &str| overview.get(name).cloned();
        assert_eq!(list("keys"), Json::parse(br#"["a",null,null,"a"]"#).ok());
        assert_eq!(list("keyless"), Json::parse(b"[1]").ok());
        assert_eq!(list("falsy"), Json::parse(b"[1]").ok());
        assert_eq!(list("decidedBy"), Json::parse(b"[0,1,2,0]").ok());
        assert_eq!(details[0].get("id"), None);
    }

    #[test]
    fn flags_for_clients_alone_are_not_called_unresolvable() {
        let flag = |runtime: &str| {
            format!(
                r#"{{"key":"{runtime}","active":true,"ensure_experience_continuity":true,"evaluation_runtime":"{runtime}"}}"#
            )
        };
        let (overview, _) = describe(&format!(
            r#"{{"flags":[{},{}]}}"#,
            flag("client"),
            flag("server")
        ));
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
