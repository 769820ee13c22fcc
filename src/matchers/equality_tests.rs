use super::*;
use crate::js::exotic::{Aspect, Exotic};
use crate::matchers::testing::*;

#[test]
fn texts_match_without_regard_to_case() {
    assert_eq!(
        check("exact", "\"Straße\"", Value::Text("STRAßE")),
        Ok(true)
    );
    assert_eq!(check("exact", "[\"a\",\"B\"]", Value::Text("b")), Ok(true));
    assert_eq!(check("is_not", "[\"a\",\"B\"]", Value::Text("c")), Ok(true));
}

#[test]
fn integers_are_inconclusive_and_other_numbers_are_texts() {
    assert_eq!(
        check("exact", "\"5\"", Value::Number(5.0)),
        Err(Fallback::MISSING_CONTEXT)
    );
    assert_eq!(
        check("exact", "5", Value::Text("5")),
        Err(Fallback::UNSUPPORTED)
    );
    assert_eq!(check("exact", "\"1.5\"", Value::Number(1.5)), Ok(true));
    assert_eq!(check("exact", "1e-7", Value::Text("1E-7")), Ok(true));
}

#[test]
fn a_list_is_walked_up_to_the_first_item_that_needs_the_server() {
    assert_eq!(
        check("exact", "[\"a\",5,\"b\"]", Value::Text("a")),
        Ok(true)
    );
    assert_eq!(
        check("exact", "[\"a\",5,\"b\"]", Value::Text("b")),
        Err(Fallback::UNSUPPORTED)
    );
    assert_eq!(
        check("exact", "[\"a\",5]", Value::Number(1.0)),
        Err(Fallback::UNSUPPORTED)
    );
}

#[test]
fn booleans_compare_by_truth_unless_the_document_says_version_2() {
    assert_eq!(check("exact", "\"TRUE\"", Value::Bool(true)), Ok(true));
    assert_eq!(check("exact", "false", Value::Text("anything")), Ok(true));
    assert_eq!(check("exact", "[]", Value::Bool(true)), Ok(true));
    let explicit = crate::matchers::compile(None, Some(&json("false")), Some(&json("2.0")));
    assert_eq!(explicit.matches(Value::Text("anything"), &HOST), Ok(false));
    assert_eq!(explicit.matches(Value::Number(0.0), &HOST), Ok(false));
    assert_eq!(
        explicit.matches(Value::Number(f64::NAN), &HOST),
        Err(Fallback::MISSING_CONTEXT)
    );
}

#[test]
fn many_values_are_looked_up_as_few() {
    let many = format!(
        "[{}]",
        (0..50)
            .map(|n| format!("\"V{n}\""))
            .collect::<Vec<_>>()
            .join(",")
    );
    assert_eq!(check("exact", &many, Value::Text("v49")), Ok(true));
    assert_eq!(check("exact", &many, Value::Text("v50")), Ok(false));
}

#[test]
fn composites_compare_as_canonical_json() {
    let mut out = String::new();
    write_canonical(&json(r#"{"b":[1.5,"x"],"a":null}"#), &mut out).unwrap();
    assert_eq!(out, r#"{"a":null,"b":[1.5,"x"]}"#);
    assert!(!is_supported(Some(&json("{\"a\":1}"))));
}

#[test]
fn few_values_are_walked_and_many_are_looked_up() {
    let texts = |count| -> Vec<Box<str>> { (0..count).map(|n| format!("é{n}").into()).collect() };
    assert!(matches!(Lowered::new(texts(SET_FROM - 1)), Lowered::Few(_)));
    assert!(matches!(Lowered::new(texts(SET_FROM)), Lowered::Many(_)));
    for count in [1, 3, SET_FROM, 30] {
        let lowered = Lowered::new(texts(count));
        assert!(lowered.contains(&format!("é{}", count - 1)), "{count}");
        assert!(!lowered.contains(&format!("é{count}")), "{count}");
        assert!(!lowered.contains_ascii("e0"), "{count}");
    }
}

#[test]
fn filters_are_like_booleans_if_all_their_values_are() {
    let truth = |filter: &str| Target::compile(Some(&json(filter)), false);
    for (filter, expected) in [
        ("true", true),
        ("false", false),
        ("\"tRuE\"", true),
        ("\"False\"", false),
        ("[]", true),
        ("[true,\"TRUE\",[\"true\"]]", true),
        ("[true,\"false\"]", false),
        ("[[false]]", false),
    ] {
        let Target::Truth(target) = truth(filter) else {
            panic!("{filter}");
        };
        assert_eq!(target, expected, "{filter}");
    }
    for filter in ["\"true \"", "1", "null", "{}", "[true,\"x\"]", "[[true],5]"] {
        assert!(!matches!(truth(filter), Target::Truth(_)), "{filter}");
    }
    // Version 2 says so of an empty list alone.
    let explicit = |filter: &str| Target::compile(Some(&json(filter)), true);
    assert!(matches!(explicit("[]"), Target::Truth(true)));
    assert!(matches!(explicit("[true]"), Target::Texts(_)));
}

#[test]
fn version_2_keeps_numbers_from_equalling_booleans_and_nothing_else() {
    let explicit = |filter: &str, value: Value<'_>| {
        crate::matchers::compile(None, Some(&json(filter)), Some(&json("2"))).matches(value, &HOST)
    };
    assert_eq!(explicit("true", Value::Bool(true)), Ok(true));
    assert_eq!(explicit("true", Value::Text("TRUE")), Ok(true));
    assert_eq!(explicit("true", Value::Number(1.0)), Ok(false));
    assert_eq!(explicit("\"x\"", Value::Number(1.5)), Ok(false));
    assert_eq!(explicit("\"1.5\"", Value::Number(1.5)), Ok(true));
    assert_eq!(
        explicit("\"1\"", Value::Number(1.0)),
        Err(Fallback::MISSING_CONTEXT)
    );
    let first = crate::matchers::compile(None, Some(&json("true")), Some(&json("1")));
    assert_eq!(first.matches(Value::Number(1.0), &HOST), Ok(false));
}

#[test]
fn objects_are_compared_as_javascript_describes_them() {
    let on = |filter: &str, exotic: &Exotic| check("exact", filter, Value::Exotic(exotic));
    let list = exotic(|exotic| {
        exotic.truthy = Ok(true);
        exotic.canonical = Aspect::Is("[\"true\"]".into());
    });
    assert_eq!(on("true", &list), Ok(true));
    assert_eq!(on("false", &list), Ok(false));
    assert_eq!(on("\"[\\\"TRUE\\\"]\"", &list), Ok(true));
    assert_eq!(on("\"x\"", &list), Ok(false));
    assert_eq!(on("false", &exotic(|_| {})), Ok(true));
    let thrown = |message: &str| Err(Fallback::thrown(message));
    let getter = exotic(|exotic| exotic.truthy = Err("getter".into()));
    assert_eq!(on("true", &getter), thrown("getter"));
    let function = exotic(|exotic| {
        exotic.representable = Aspect::Inconclusive;
        exotic.canonical = Aspect::Throws("no JSON".into());
    });
    assert_eq!(on("true", &function), Err(Fallback::MISSING_CONTEXT));
    assert_eq!(on("\"x\"", &function), thrown("no JSON"));
}

#[test]
fn what_json_cannot_hold_is_inconclusive() {
    let lone = crate::js::text::from_utf16(&[0x61, 0xD800]);
    for value in [
        Value::IllFormed(&lone),
        Value::Number(f64::NAN),
        Value::Number(f64::NEG_INFINITY),
    ] {
        for filter in ["true", "\"a\""] {
            assert_eq!(
                check("exact", filter, value),
                Err(Fallback::MISSING_CONTEXT)
            );
        }
    }
    assert_eq!(check("exact", "true", Value::Number(5.0)), Ok(false));
    for filter in [
        "\"\\ud800\"",
        "[\"\\ud800\"]",
        "{\"\\ud800\":1.5}",
        "[1e400]",
        "{\"a\":[2]}",
    ] {
        assert!(!is_supported(Some(&json(filter))), "{filter}");
        assert_eq!(
            check("exact", filter, Value::Text("x")),
            Err(Fallback::UNSUPPORTED)
        );
    }
    assert_eq!(
        check("exact", "[5]", Value::Number(5.0)),
        Err(Fallback::UNSUPPORTED)
    );
    assert_eq!(
        check("exact", "5", Value::Number(5.0)),
        Err(Fallback::UNSUPPORTED)
    );
    assert!(!is_supported(None));
    assert!(is_supported(Some(&json("[1.5,null,\"x\",{\"b\":[true]}]"))));
}

#[test]
fn canonical_json_separates_items_and_orders_keys() {
    for (document, expected) in [
        ("[]", "[]"),
        ("[1.5]", "[1.5]"),
        ("[1.5, null, true]", "[1.5,null,true]"),
        ("{}", "{}"),
        (
            r#"{"b":"x","a":[[]],"é":{"c":false}}"#,
            r#"{"a":[[]],"b":"x","é":{"c":false}}"#,
        ),
    ] {
        assert_eq!(canonical(&json(document)).as_deref(), Some(expected));
    }
    assert_eq!(canonical(&json("\"A\"")).as_deref(), Some("A"));
}

#[test]
fn lower_case_that_only_javascript_knows_is_asked_for() {
    // U+A7CB has a lower case since a Unicode that not every V8 has.
    assert_eq!(
        check("exact", "\"\u{a7cb}\"", Value::Text("\u{a7cb}")),
        Ok(true)
    );
    assert_eq!(check("exact", "\"\u{a7cb}\"", Value::Text("x")), Ok(false));
    assert_eq!(
        check("exact", "[\"x\",\"\u{a7cb}\"]", Value::Text("X")),
        Ok(true)
    );
    assert_eq!(check("exact", "\"x\"", Value::Text("\u{a7cb}")), Ok(false));
}

/// Counts what it is asked for.
#[derive(Default)]
struct CountingHost {
    texts: std::cell::Cell<usize>,
    is_gone: std::cell::Cell<bool>,
}

impl Host for CountingHost {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn parse_date(&self, _: &str) -> f64 {
        f64::NAN
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        self.texts.set(self.texts.get() + 1);
        (!self.is_gone.get()).then(|| text.to_lowercase())
    }
}

/// A list of `count` texts that start so.
fn list(start: &str, count: usize) -> Equality {
    let texts = (0..count).map(|n| format!("\"{start}{n}\""));
    let list = format!("[{}]", texts.collect::<Vec<_>>().join(","));
    Equality::compile(Some(&json(&list)), None, false)
}

#[test]
fn javascript_is_never_asked_for_characters_whose_case_is_settled() {
    for start in [
        "ភ្នំពេញ",
        "ရန်ကုန်",
        "አዲስ",
        "თბილისი",
        "ᲗᲑᲘᲚᲘᲡᲘ",
        "€",
        "™",
        "★",
        "ᏣᎳᎩ",
        "ⵜⵉⴼ",
        "Ⰰ",
        "Ꞵ",
        "ᓄᓇᕗᑦ",
        "𞤀𞤁",
        "𝐀",
        "⚽",
        "→",
    ] {
        let host = CountingHost::default();
        for count in [1, 8, 9, 1000] {
            let list = list(start, count);
            let matches = |text: &str| list.matches(Value::Text(text), &host);
            assert_eq!(matches(&format!("{start}0")), Ok(true), "{start}");
            assert_eq!(
                matches(&format!("{}0", start.to_lowercase())),
                Ok(true),
                "{start}"
            );
            assert_eq!(matches(&format!("{start}x")), Ok(false), "{start}");
            assert_eq!(matches("x"), Ok(false), "{start}");
        }
        assert_eq!(host.texts.get(), 0, "{start}");
    }
}

#[test]
fn javascript_is_asked_once_for_each_text_of_a_list_and_then_for_the_value_alone() {
    // A letter of Unicode 16, with a lower case; one of Unicode 14; one that is in no Unicode yet.
    for start in ["\u{a7cb}", "\u{10570}", "\u{a7cf}\u{10d80}"] {
        for count in [1, 8, 9, 1000] {
            let host = CountingHost::default();
            let list = list(start, count);
            for call in 0..100 {
                let text = format!("{start}{}", if call % 2 == 0 { "x" } else { "0" });
                let found = list.matches(Value::Text(&text), &host);
                assert_eq!(found, Ok(call % 2 == 1), "{start} {count}");
            }
            assert_eq!(host.texts.get(), count + 100, "{start} {count}");
            // A value of settled case is not asked about.
            assert_eq!(list.matches(Value::Text("xyz0"), &host), Ok(false));
            assert_eq!(host.texts.get(), count + 100, "{start} {count}");
        }
    }
}

#[test]
fn nothing_is_kept_of_a_javascript_that_cannot_be_asked_any_more() {
    let host = CountingHost::default();
    let list = list("\u{a7cb}", 20);
    host.is_gone.set(true);
    assert_eq!(list.matches(Value::Text("x0"), &host), Ok(false));
    host.is_gone.set(false);
    assert_eq!(list.matches(Value::Text("\u{264}0"), &host), Ok(true));
}
