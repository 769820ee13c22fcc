//! A JSON value, and the fields of a JSON object.

use std::borrow::Cow;

use super::positions::Positions;
use super::write::write_string;

/// A JSON value as JavaScript holds it: every number a double, the last of duplicate keys wins. Its texts are those of the
/// document where they stand there as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'d> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string; lone surrogates as in [`crate::js::text`].
    String(Cow<'d, str>),
    /// An array.
    Array(Vec<Json<'d>>),
    /// An object, in order of first appearance.
    Object(Fields<'d>),
}

impl<'d> Json<'d> {
    /// The own property `key` of an object; `None` stands for JavaScript's `undefined`.
    pub fn get(&self, key: &str) -> Option<&Json<'d>> {
        match self {
            Json::Object(fields) => fields.get(key),
            _ => None,
        }
    }

    /// The same value, apart from the document.
    pub fn into_owned(self) -> Json<'static> {
        match self {
            Json::Null => Json::Null,
            Json::Bool(value) => Json::Bool(value),
            Json::Number(value) => Json::Number(value),
            Json::String(text) => Json::String(Cow::Owned(text.into_owned())),
            Json::Array(items) => Json::Array(items.into_iter().map(Json::into_owned).collect()),
            Json::Object(fields) => Json::Object(fields.into_owned()),
        }
    }

    /// What the value is, in the words of an error message.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// Appends the value as JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            // `JSON.stringify` has no text for these two, but `JSON.parse` reads them from such texts.
            Json::Number(value) if *value == 0.0 && value.is_sign_negative() => out.push_str("-0"),
            Json::Number(value) if value.is_infinite() => {
                out.push_str(if *value > 0.0 { "1e400" } else { "-1e400" })
            }
            // The same digits, in a third of the time.
            Json::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                out.push_str(&(*value as i64).to_string());
            }
            Json::Number(value) => out.push_str(ryu_js::Buffer::new().format(*value)),
            Json::String(value) => write_string(value, out),
            Json::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Up to this many fields are looked through one by one, which takes no longer and needs no memory of its own.
const FEW: usize = 16;

/// The fields of an object, in order of first appearance.
#[derive(Debug, Clone, Default)]
pub struct Fields<'d> {
    entries: Vec<(Cow<'d, str>, Json<'d>)>,
    /// The positions of the entries, once there are many.
    positions: Option<Box<Positions>>,
}

impl<'d> Fields<'d> {
    /// These fields, of which the last of each key counts.
    pub fn of(entries: impl ExactSizeIterator<Item = (Cow<'d, str>, Json<'d>)>) -> Self {
        let entries: Vec<_> = entries.collect();
        let is_repeated = |place: usize| {
            let (known, rest) = entries.split_at(place);
            known.iter().any(|(key, _)| *key == rest[0].0)
        };
        if entries.len() > FEW || (1..entries.len()).any(is_repeated) {
            return entries.into_iter().collect();
        }
        Self {
            entries,
            positions: None,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The same fields, apart from the document.
    pub fn into_owned(self) -> Fields<'static> {
        let entries = self.entries.into_iter();
        Fields {
            entries: entries
                .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                .collect(),
            positions: self.positions,
        }
    }

    /// The value of a field.
    pub fn get(&self, key: &str) -> Option<&Json<'d>> {
        self.position(key).map(|position| &self.entries[position].1)
    }

    /// Whether there is such a field.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json<'d>)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }

    /// Sets a field, in the place of one with the same key.
    pub fn insert(&mut self, key: Cow<'d, str>, value: Json<'d>) {
        if let Some(position) = self.position(&key) {
            self.entries[position].1 = value;
            return;
        }
        let Self { entries, positions } = self;
        if let Some(positions) = positions {
            positions.add(&key, entries.len(), |position| &entries[position].0);
        }
        entries.push((key, value));
        if entries.len() == FEW + 1 {
            let keys = entries.iter().map(|(key, _)| &**key);
            *positions = Some(Box::new(Positions::of(keys)));
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.positions {
            None => self.entries.iter().position(|(known, _)| *known == key),
            Some(positions) => positions.find(key, |position| &self.entries[position].0),
        }
    }
}

impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<'d> FromIterator<(Cow<'d, str>, Json<'d>)> for Fields<'d> {
    fn from_iter<I: IntoIterator<Item = (Cow<'d, str>, Json<'d>)>>(entries: I) -> Self {
        let mut fields = Self::default();
        for (key, value) in entries {
            fields.insert(key, value);
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_and_replaced_however_many_there_are() {
        for count in [0, 1, FEW, FEW + 1, 1000] {
            let entries = (0..count).map(|n| (format!("k{n}").into(), Json::Number(n as f64)));
            let mut fields: Fields = entries.collect();
            for n in 0..count {
                fields.insert(format!("k{n}").into(), Json::Number(-(n as f64)));
            }
            assert_eq!(fields.len(), count);
            for (n, (key, value)) in fields.iter().enumerate() {
                assert_eq!(key, format!("k{n}"));
                assert_eq!(value, &Json::Number(-(n as f64)));
                assert_eq!(fields.get(key), Some(value));
            }
            assert!(!fields.contains_key("k"));
        }
    }
}
