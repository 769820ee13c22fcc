//! Compiled definitions as the JSON that `lib/snapshot.js` reads once per load.

use crate::compiled::{CompiledDefinitions, FlagFace, Input};
use crate::json::{Json, write_string};

/// `{ inputs, flags, listed, problems, minimalFlagCalledEvents }`.
pub fn definitions(definitions: &CompiledDefinitions) -> String {
    let mut out = String::from("{\"inputs\":");
    list(&definitions.inputs, &mut out, input);
    out.push_str(",\"flags\":");
    list(&definitions.flags, &mut out, |flag, out| {
        out.push_str("{\"values\":");
        list(&flag.values, out, Json::write);
        optional("payloads", flag.payloads.as_ref(), out);
        out.push('}');
    });
    out.push_str(",\"listed\":");
    list(&definitions.listed, &mut out, |listed, out| {
        out.push_str(&format!("{{\"flag\":{}", listed.flag));
        face(&listed.face, out);
        out.push('}');
    });
    out.push_str(",\"problems\":");
    list(&definitions.problems, &mut out, |problem, out| {
        write_string(problem, out)
    });
    out.push_str(&format!(
        ",\"minimalFlagCalledEvents\":{}}}",
        definitions.minimal_flag_called_events
    ));
    out
}

fn list<T>(items: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

fn optional(name: &str, value: Option<&Json>, out: &mut String) {
    if let Some(value) = value {
        out.push_str(&format!(",\"{name}\":"));
        value.write(out);
    }
}

/// `[kind, ...names]`.
fn input(input: &Input, out: &mut String) {
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

fn face(face: &FlagFace, out: &mut String) {
    optional("key", face.key.as_ref(), out);
    optional("id", face.id.as_ref(), out);
    optional("active", face.active.as_ref(), out);
    optional("has_experiment", face.has_experiment.as_ref(), out);
    optional("evaluation_runtime", face.evaluation_runtime.as_ref(), out);
    if face.is_falsy {
        out.push_str(",\"falsy\":true");
    }
    let reason = face
        .definition_reason
        .known
        .as_ref()
        .ok()
        .copied()
        .flatten();
    if let Some(reason) = reason {
        out.push_str(&format!(",\"reason\":\"{}\"", reason.name()));
    }
    if !face.definition_reason.dates.is_empty() {
        out.push_str(",\"dates\":");
        list(&face.definition_reason.dates, out, |text, out| {
            write_string(text, out)
        });
    }
    if face.fingerprint != 0 {
        out.push_str(&format!(",\"fingerprint\":\"{:x}\"", face.fingerprint));
    }
}
