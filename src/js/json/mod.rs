//! `JSON.parse`: a definitions document as a tree of JavaScript values.

mod plain;
mod positions;
mod read;
mod repair;
mod tree;
mod write;

pub use plain::{Place, PlainReader, Quoted};
pub use positions::Positions;
pub use read::{JsonVisitor, Key, decode, is_too_deep};
pub use repair::repair;
pub use tree::{Fields, Json};
pub use write::{write_list, write_string};

/// A field that stands in for all fields of a flag or a cohort that cannot be read, and says why.
/// `lib/document/filter-value.js` has the same name for it.
pub const UNREADABLE: &str = "\u{fdd0}unreadable";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(document: &str) -> Json<'static> {
        Json::parse(document.as_bytes()).unwrap()
    }

    #[test]
    fn the_last_of_duplicate_keys_wins_in_the_place_of_the_first() {
        let mut out = String::new();
        parse(r#"{"a":1,"b":2,"a":3}"#).write(&mut out);
        assert_eq!(out, r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn bodies_are_decoded_as_fetch_decodes_them() {
        assert_eq!(decode(b"\xEF\xBB\xBF{}"), "{}");
        assert_eq!(decode(b"\"\xFF\""), "\"\u{FFFD}\"");
    }

    #[test]
    fn only_what_nests_too_deeply_is_told_so() {
        let error = |document: String| Json::parse(document.as_bytes()).unwrap_err();
        assert!(is_too_deep(&error("[".repeat(128) + &"]".repeat(128))));
        assert!(!is_too_deep(&error("[".repeat(100))));
        assert!(Json::parse(("[".repeat(127) + &"]".repeat(127)).as_bytes()).is_ok());
    }

    #[test]
    fn numbers_are_doubles() {
        assert_eq!(parse("9007199254740993"), Json::Number(9007199254740992.0));
        assert_eq!(parse("0.1"), Json::Number(0.1));
        assert_eq!(parse("1e400"), Json::Number(f64::INFINITY));
        assert_eq!(
            parse("[-1e400]"),
            Json::Array(vec![Json::Number(f64::NEG_INFINITY)])
        );
        assert!(matches!(parse("-0"), Json::Number(zero) if zero.is_sign_negative()));
    }

    #[test]
    fn lone_surrogates_are_kept_and_written_back() {
        let document = r#"["\ud800","x\udc00y","\ud83d\ude00","\\ud800"]"#;
        let mut out = String::new();
        parse(document).write(&mut out);
        assert_eq!(
            out,
            "[\"\\ud800\",\"x\\udc00y\",\"\u{1f600}\",\"\\\\ud800\"]"
        );
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for document in ["", "{", "[1,]", "{\"a\":1e}", "\"\\ud800", "nul"] {
            assert!(Json::parse(document.as_bytes()).is_err(), "{document}");
        }
    }
}
