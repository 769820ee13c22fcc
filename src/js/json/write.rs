//! The text of JSON values.

use crate::js::text;

/// Appends text as a JSON string, as `JSON.stringify` writes it.
pub fn write_string(value: &str, out: &mut String) {
    out.push('"');
    if value
        .bytes()
        .all(|byte| byte.is_ascii() && byte >= b' ' && !matches!(byte, b'"' | b'\\'))
    {
        out.push_str(value);
        out.push('"');
        return;
    }
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => match text::as_lone_surrogate(other) {
                Some(unit) => out.push_str(&format!("\\u{unit:04x}")),
                None => out.push(other),
            },
        }
    }
    out.push('"');
}

/// Appends a list, whose items `write` appends.
pub fn write_list<T>(
    items: impl Iterator<Item = T>,
    out: &mut String,
    write: impl Fn(T, &mut String),
) {
    out.push('[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}
