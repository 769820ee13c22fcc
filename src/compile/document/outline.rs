//! Finds the parts of a document without looking into its flags: where each stands, and what its key is. Whether a flag is
//! JSON shows when it is read. A document that is out of the ordinary is left to serde_json, which also words what is wrong.

use serde::de::{Deserialize, IgnoredAny};

use super::deep::Cohorts;
use super::root::{FIELDS, FlagText, Flags, Root};
use crate::js::json::{Place, Quoted};

/// The parts of a document, which is JSON text.
pub fn read(text: &str) -> Result<Root<'_>, serde_json::Error> {
    root(text).map_or_else(|| serde_json::from_str(text), Ok)
}

/// The parts, or `None` if serde_json has to find them.
fn root(text: &str) -> Option<Root<'_>> {
    let mut root = Root::default();
    let mut place = Place { text, at: 0 };
    place.skip_space();
    let is_object = fields(&mut place, |key, place| match key {
        "flags" => {
            root.flags = Some(Flags::List(flags(place)?));
            Some(())
        }
        "cohorts" => {
            let text = value(place)?;
            root.cohorts_text = Some(text);
            root.cohorts = Some(Cohorts::parse(text).ok()?);
            Some(())
        }
        known if FIELDS.contains(&known) => {
            let value = part(value(place)?)?;
            root.fields.insert(known.into(), value);
            Some(())
        }
        _ => part::<IgnoredAny>(value(place)?).map(|_| ()),
    });
    is_object?;
    place.skip_space();
    (place.at == text.len()).then_some(root)
}

fn part<'d, T: Deserialize<'d>>(text: &'d str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn flags<'d>(place: &mut Place<'d>) -> Option<Vec<FlagText<'d>>> {
    let mut flags = Vec::new();
    if !place.skip(b'[') {
        return None;
    }
    place.skip_space();
    if place.skip(b']') {
        return Some(flags);
    }
    loop {
        place.skip_space();
        flags.push(flag(place)?);
        place.skip_space();
        if place.skip(b']') {
            return Some(flags);
        }
        if !place.skip(b',') {
            return None;
        }
    }
}

fn flag<'d>(place: &mut Place<'d>) -> Option<FlagText<'d>> {
    if place.byte() != Some(b'{') {
        let text = value(place)?;
        return Some(FlagText { text, key: None });
    }
    let start = place.at;
    let mut key = None;
    fields(place, |name, place| {
        let text = value(place)?;
        if name == "key" {
            key = plain_string(text);
        }
        Some(())
    })?;
    let text = &place.text[start..place.at];
    Some(FlagText { text, key })
}

/// What stands between the quotes of a string without escapes, unless it is a number that `json::repair` has written so.
fn plain_string(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = |byte| byte >= b' ' && byte != b'\\';
    (inner.bytes().all(is_plain) && !inner.starts_with('\u{fdd0}')).then_some(inner)
}

/// Goes through the fields of an object; `field` is told each key and goes on behind its value.
fn fields<'d>(
    place: &mut Place<'d>,
    mut field: impl FnMut(&'d str, &mut Place<'d>) -> Option<()>,
) -> Option<()> {
    if !place.skip(b'{') {
        return None;
    }
    place.skip_space();
    if place.skip(b'}') {
        return Some(());
    }
    loop {
        place.skip_space();
        let Quoted {
            text: key,
            is_plain: true,
        } = place.skip_string()?
        else {
            return None;
        };
        place.skip_space();
        if !place.skip(b':') {
            return None;
        }
        place.skip_space();
        field(key, place)?;
        place.skip_space();
        if place.skip(b'}') {
            return Some(());
        }
        if !place.skip(b',') {
            return None;
        }
    }
}

/// Goes on behind a value, by its brackets and quotes alone, and hands back its text.
fn value<'d>(place: &mut Place<'d>) -> Option<&'d str> {
    let start = place.at;
    let mut depth = 0;
    loop {
        match place.byte()? {
            b'"' => {
                place.skip_string()?;
            }
            b'{' | b'[' => {
                depth += 1;
                place.at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                place.at += 1;
            }
            b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return None,
            _ if depth == 0 => {
                scalar(place);
            }
            _ => place.at += 1,
        }
        if depth == 0 {
            return place.text.get(start..place.at);
        }
    }
}

/// Goes on behind a number or a word.
fn scalar(place: &mut Place<'_>) {
    while let Some(byte) = place.byte() {
        if matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
            return;
        }
        place.at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts and keys of the flags, if the document is plain.
    fn outline(text: &str) -> Option<Vec<(&str, Option<&str>)>> {
        match root(text)?.flags? {
            Flags::List(flags) => {
                let flags = flags.into_iter();
                Some(flags.map(|flag| (flag.text, flag.key)).collect())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_are_found_with_their_keys() {
        let document = r#" { "a": [1, {"flags": 2}], "flags" : [
            {"id":1,"key":"a","filters":{"key":"b","x":"]}\"{"}} , {"key":"c","key":"d"},{ },
            {"key":5}, {"key":"e\u0041"}, {"key":"NUMBER"}, null ,"text",7, [{"key":"f"}]], "cohorts": {} } "#
            .replace("NUMBER", "\u{fdd0}-Infinity");
        assert_eq!(
            outline(&document).unwrap(),
            [
                (
                    r#"{"id":1,"key":"a","filters":{"key":"b","x":"]}\"{"}}"#,
                    Some("a")
                ),
                (r#"{"key":"c","key":"d"}"#, Some("d")),
                ("{ }", None),
                (r#"{"key":5}"#, None),
                (r#"{"key":"e\u0041"}"#, None),
                ("{\"key\":\"\u{fdd0}-Infinity\"}", None),
                ("null", None),
                (r#""text""#, None),
                ("7", None),
                (r#"[{"key":"f"}]"#, None)
            ]
        );
        assert_eq!(outline(r#"{"flags":[]}"#), Some(vec![]));
        let number = "{\"flags\":[{\"key\":\"\u{fdd0}Infinity\"}]}";
        assert_eq!(outline(number).unwrap()[0].1, None);
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_left_to_serde_json() {
        for document in [
            "",
            "[]",
            "5",
            r#"{"flags":null}"#,
            r#"{"flags":{}}"#,
            r#"{"flags":[1,]}"#,
            r#"{"flags":[,]}"#,
            r#"{"flags":[1 2]}"#,
            r#"{"flags":[]"#,
            r#"{"flags":[]}}"#,
            r#"{"flags":[],}"#,
            r#"{"flags":[{"a" 1}]}"#,
            r#"{"flags":[{"a":}]}"#,
            r#"{"flags":[{"a":1]}"#,
            r#"{"fl\u0061gs":[]}"#,
            r#"{"flags":[],"other":[1,]}"#,
            r#"{"flags":[],"cohorts":{]}}"#,
            r#"{"flags":[],"group_type_mapping":nul}"#,
        ] {
            assert!(root(document).is_none(), "{document}");
        }
    }
}
