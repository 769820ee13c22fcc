//! What JavaScript reads of definitions, as JSON text. It is written on the thread that compiles the document. The event loop
//! reads the overview at once, and the details of a flag only when the program first asks for that flag: a large project has
//! tens of thousands of flags, and a program asks for few of them.

use super::texts::{TextSet, Texts, narrow};
use crate::footprint;
use crate::js::json::{write_list, write_string};

/// The description of one document. Flags are known by their *position* among those listed, in stored order, where a key
/// may come twice; an *index* is one of [`crate::compiled::CompiledDefinitions::flags`].
#[derive(Debug, Default)]
pub struct Description {
    /// JSON of what is read at once: `{ length, inputs, unresolvable, dateLists, problems, minimalFlagCalledEvents }`.
    /// `length` is the number of flags listed. If a key comes twice, there is also `decidedBy`, the index for each position.
    /// If some keys are no texts, there is also `unusualKeys`, with `[position, key]` for each of them and `[position]` for
    /// an entry without a key.
    pub overview: String,
    /// The key of each index.
    pub(crate) keys: TextSet,
    /// Three texts for each position: the fields of the definition, the values it decides on, and their payloads.
    pub(crate) details: Texts,
    /// Only set if a key comes twice.
    pub(crate) repeats: Option<Box<Repeats>>,
    /// The positions, in order, of entries that are listed but not found by their key: `false`, `0` or an empty text.
    pub(crate) falsy: Box<[u32]>,
}

/// How positions and indices go together where a key comes twice.
#[derive(Debug)]
pub(crate) struct Repeats {
    /// The index that each position's key leads to.
    pub(crate) decided_by: Box<[u32]>,
    /// The position of the last definition for each index, which decides.
    pub(crate) deciding: Box<[u32]>,
}

impl Description {
    /// The key of a flag, by its index.
    pub fn key(&self, index: usize) -> &str {
        self.keys.get(index)
    }

    /// The position of the flag that posthog-node finds by this key.
    pub fn find(&self, key: &str) -> Option<usize> {
        let index = self.keys.find(key)?;
        let position = match &self.repeats {
            None => narrow(index),
            Some(repeats) => repeats.deciding[index],
        };
        let is_found = self.falsy.binary_search(&position).is_err();
        is_found.then_some(position as usize)
    }

    /// The index of the flag with this key.
    pub(crate) fn index(&self, key: &str) -> Option<usize> {
        self.keys.find(key)
    }

    /// The [details](Self::details) of the flag with this index.
    pub(crate) fn of_index(&self, index: usize) -> String {
        let position = match &self.repeats {
            None => index,
            Some(repeats) => repeats.deciding.get(index).map_or(index, |it| *it as usize),
        };
        self.details(position)
    }

    /// JSON of all keys, as text, by position.
    pub fn keys(&self) -> String {
        let mut out = String::new();
        let write = |index, out: &mut String| write_string(self.keys.get(index), out);
        match &self.repeats {
            None => write_list(0..self.keys.len(), &mut out, write),
            Some(repeats) => write_list(repeats.decided_by.iter(), &mut out, |index, out| {
                write(*index as usize, out)
            }),
        }
        out
    }

    /// JSON of what is read of the flag at a position: `{ values, payloads, unreadable, id, active, has_experiment,
    /// evaluation_runtime }`. A flag that is on or off has no `values`.
    pub fn details(&self, position: usize) -> String {
        let (values, payloads) = self.decision(position);
        let mut out = String::new();
        write_object([values, payloads, self.fields(position)], &mut out);
        out
    }

    /// JSON of what an evaluation of all flags reads of each, by position: `{ values, has_payloads, id, active, has_experiment,
    /// evaluation_runtime }`. A flag that is on or off has no `values`, and one without payloads has no `has_payloads`.
    pub fn outline(&self) -> String {
        let count = self
            .repeats
            .as_ref()
            .map_or(self.keys.len(), |repeats| repeats.decided_by.len());
        let mut out = String::new();
        write_list(0..count, &mut out, |position, out| {
            let (values, payloads) = self.decision(position);
            let has_payloads = if payloads.is_empty() {
                ""
            } else {
                ",\"has_payloads\":true"
            };
            write_object([values, has_payloads, self.fields(position)], out);
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

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        let repeats = self.repeats.as_deref().map_or(0, |repeats| {
            footprint::boxed(repeats)
                + footprint::boxed(&*repeats.decided_by)
                + footprint::boxed(&*repeats.deciding)
        });
        // An `Arc` stores two counts beside the value.
        footprint::block(size_of_val(self) + 2 * size_of::<usize>())
            + footprint::block(self.overview.capacity())
            + self.details.size()
            + self.keys.size()
            + repeats
            + footprint::boxed(&*self.falsy)
    }
}

/// Writes an object of fields that each begin with a comma.
fn write_object(fields: [&str; 3], out: &mut String) {
    out.push('{');
    let mut is_first = true;
    for text in fields {
        let text = if is_first {
            text.strip_prefix(',').unwrap_or(text)
        } else {
            text
        };
        is_first &= text.is_empty();
        out.push_str(text);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use crate::js::json::Json;
    use crate::testing::definitions;

    fn json(text: &str) -> Json<'static> {
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
            json(r#"{"payloads":{"true":"\ud83d\ude00 é"},"id":1}"#)
        );
        assert_eq!(
            json(&definitions.description.details(1)),
            json(r#"{"values":["x"],"id":2,"active":true,"evaluation_runtime":"all"}"#)
        );
        assert_eq!(definitions.description.details(2), "{}");
        assert_eq!(
            json(&definitions.description.outline()),
            json(
                r#"[{"has_payloads":true,"id":1},
                    {"values":["x"],"id":2,"active":true,"evaluation_runtime":"all"}]"#
            )
        );
        let overview = json(&definitions.description.overview);
        assert_eq!(overview.get("length"), Some(&Json::Number(2.0)));
        assert_eq!(overview.get("decidedBy"), None);
        assert_eq!(overview.get("unusualKeys"), None);
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
                json(&format!(r#"{{"payloads":{{"true":"3"}},"id":{id}}}"#))
            );
        }
        assert_eq!(
            json(&definitions.description.outline()),
            json(r#"[{"has_payloads":true,"id":1},{"id":2},{"has_payloads":true,"id":3}]"#)
        );
    }

    #[test]
    fn entries_that_are_no_ordinary_flags_are_told_apart() {
        let definitions =
            definitions(r#"{"flags":[{"key":"a"},0,{"key":null},{"key":"a","id":7},{"key":5}]}"#);
        let overview = json(&definitions.description.overview);
        let list = |name: &str| overview.get(name).cloned();
        assert_eq!(list("length"), Some(Json::Number(5.0)));
        assert_eq!(list("unusualKeys"), Some(json("[[1],[2,null],[4,5]]")));
        assert_eq!(list("decidedBy"), Some(json("[0,1,2,0,3]")));
        assert_eq!(
            definitions.description.keys(),
            r#"["a","undefined","null","a","5"]"#
        );
        // A falsy entry hides the flags with the same key, and is not found itself.
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
        let overview = json(&definitions(&document).description.overview);
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
