use super::*;
use crate::matchers::testing::check;

fn regex(pattern: &str, value: &str) -> Result<bool, Fallback> {
    let mut filter = String::new();
    crate::js::json::write_string(pattern, &mut filter);
    check("regex", &filter, Value::Text(value))
}

#[test]
fn portable_patterns_run_here() {
    for (pattern, value, expected) in [
        ("^a.c$", "abc", true),
        ("^a.c$", "abcd", false),
        ("a|", "zzz", true),
        ("(?:ab){2,3}?c", "xababc", true),
        ("[^\\d\\-]+\\x41", "..A", true),
        ("a]b}", "a]b}", true),
        ("^(a*)*$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false),
        ("\\.com\\s", "x.com\t", true),
        ("^.$", "\n", false),
        ("[\\b]", "\u{8}", true),
    ] {
        assert_eq!(regex(pattern, value), Ok(expected), "{pattern} on {value}");
    }
}

#[test]
fn large_patterns_are_not_run_on_long_texts() {
    let long = "a".repeat(1_000_000);
    assert_eq!(regex("^[a-z]+-[0-9]+$", &long), Ok(false));
    assert_eq!(
        regex("^[a-z0-9._%-]+@[a-z0-9.-]+\\.[a-z]{2,63}$", &long),
        Ok(false)
    );
    let large = "[a-z]{1000}";
    assert_eq!(regex(large, &long[..5000]), Ok(true));
    assert_eq!(regex(large, &long), Err(Fallback::SERVER_REGEX));
    let longest = 131_072;
    assert_eq!(regex(large, &long[..longest]), Ok(true));
    assert_eq!(regex(large, &long[..=longest]), Err(Fallback::SERVER_REGEX));
    let shorter = 8192;
    let larger = large.repeat(10);
    assert_eq!(regex(&larger, &long[..shorter]), Ok(false));
    assert_eq!(
        regex(&larger, &long[..=shorter]),
        Err(Fallback::SERVER_REGEX)
    );
    let largest = large.repeat(100);
    assert_eq!(regex(&largest, "a"), Err(Fallback::SERVER_REGEX));
}

#[test]
fn a_part_counts_as_often_as_it_is_repeated() {
    for (pattern, expected) in [
        ("abc", 3),
        ("[a-z]{5}", 5),
        ("a{2,4}", 4),
        ("a{2,}", 3),
        ("(ab){4}", 12),
        ("(a{3}b){2}", 10),
    ] {
        let translation = translate::translate(pattern.as_bytes());
        assert_eq!(
            translation.map(|t| t.size).ok(),
            Some(expected),
            "{pattern}"
        );
    }
}

#[test]
fn patterns_that_are_too_large_together_are_left_to_the_server() {
    let mut budget = RegexBudget::default();
    let mut is_ready = |pattern: &str| {
        let program = Program::compile(pattern, &mut budget);
        matches!(program, Program::Ready(..))
    };
    // Each is 20,000 parts large.
    let large: Vec<_> = (0..40)
        .map(|number| is_ready(&format!("(a{{100}}){{200}}{number}")))
        .collect();
    assert_eq!(large.iter().filter(|ready| **ready).count(), 14);
    assert!(is_ready("^[a-z]+@example\\.com$"));
    for huge in [
        "((a{1000}){1000}){1000}",
        "(x|(yz*){99,}){9999}",
        "a{2147483648}",
    ] {
        assert!(!is_ready(huge), "{huge}");
    }
}

#[test]
fn what_javascript_rejects_matches_nothing_either_way() {
    for pattern in [
        "*a", "a**", "a{2,1}", "(", ")", "[z-a]", "a\\", "[abc", "a|*", "(?:+)", "a{2}*",
    ] {
        assert_eq!(regex(pattern, "abc"), Ok(false), "{pattern}");
        let mut filter = String::new();
        crate::js::json::write_string(pattern, &mut filter);
        assert_eq!(
            check("not_regex", &filter, Value::Text("abc")),
            Ok(false),
            "{pattern}"
        );
    }
}

#[test]
fn what_engines_read_differently_needs_the_server() {
    for pattern in [
        "(?=a)",
        "\\bx",
        "(a)\\1",
        "é",
        "a{,2}",
        "a{+5}",
        "a{1,+5}",
        "{2}",
        "a++",
        "^*",
        "(?:)*",
        "[[]",
        "[]",
        // Not portable, and no syntax either; the first is asked first.
        "[](",
        "[^])",
        "[a&&b]",
        "\\p",
        "\\x4",
        "[\\w-z]",
        "[\\:]",
        "a{4294967296}",
        "\\<",
        "a}{2}",
    ] {
        assert_eq!(
            regex(pattern, "abc"),
            Err(Fallback::SERVER_REGEX),
            "{pattern}"
        );
    }
    assert_eq!(regex("a", "é"), Err(Fallback::SERVER_REGEX));
    assert_eq!(regex("a", "a\r"), Err(Fallback::SERVER_REGEX));
    assert_eq!(regex("", "é\r"), Ok(true));
}

#[test]
fn not_regex_is_the_opposite_where_a_pattern_runs_here() {
    let not = |pattern: &str, value: &str| {
        let mut filter = String::new();
        crate::js::json::write_string(pattern, &mut filter);
        check("not_regex", &filter, Value::Text(value))
    };
    assert_eq!(not("^a", "b"), Ok(true));
    assert_eq!(not("^a", "a"), Ok(false));
    assert_eq!(not("", "anything"), Ok(false));
    assert_eq!(not("(?=a)", "a"), Err(Fallback::SERVER_REGEX));
}

#[test]
fn classes_hold_what_javascript_puts_into_them() {
    for (pattern, inside, outside) in [
        ("^[a-c]$", "abc", "d`-"),
        ("^[^a-c]$", "d-^", "abc"),
        ("^[a^]$", "a^", "b"),
        ("^[-a]$", "-a", "b"),
        ("^[a-]$", "a-", "b"),
        ("^[\\d.]$", "09.", "a\\"),
        ("^[\\w-]$", "a_9-", "."),
        ("^[\\s]$", " \t\n", "s"),
        ("^[\\x41-\\x43]$", "ABC", "D@x4"),
        ("^[\\x62]$", "b", "\u{8}x"),
        ("^[\\b]$", "\u{8}", "b"),
        ("^[\\]\\\\]$", "]\\", "["),
        ("^[\\n\\r\\t\\v\\f]$", "\n\t\u{b}\u{c}", "nrtvf"),
        ("^[+-/]$", "+,-./", "*0"),
        ("^[a-a]$", "a", "b-"),
        ("^[&]$", "&", "a"),
        ("^[(?*+{}|$.)]$", "(?*+{}|$.)", "a"),
    ] {
        for (texts, expected) in [(inside, true), (outside, false)] {
            for character in texts.chars() {
                let result = regex(pattern, &character.to_string());
                assert_eq!(result, Ok(expected), "{pattern} on {character:?}");
            }
        }
    }
}

#[test]
fn repetitions_count_as_in_javascript() {
    for (pattern, matching, other) in [
        ("^a{2}$", "aa", "aaa"),
        ("^a{2,}$", "aaaa", "a"),
        ("^a{0}$", "", "a"),
        ("^a{1,2}$", "aa", "aaa"),
        ("^(?:ab)+$", "abab", "aba"),
        ("^a?b$", "ab", "aab"),
        ("^a{2}?$", "aa", "a"),
        ("^a*?b$", "aab", "a"),
        ("^(a|b)*$", "abba", "abc"),
        ("^a{007}$", "aaaaaaa", "a"),
        ("^a{12}$", "aaaaaaaaaaaa", "a"),
        ("^}]{2}$", "}]]", "}]"),
    ] {
        assert_eq!(
            regex(pattern, matching),
            Ok(true),
            "{pattern} on {matching}"
        );
        assert_eq!(regex(pattern, other), Ok(false), "{pattern} on {other}");
    }
    for pattern in [
        "a{2",
        "a{",
        "a{}",
        "a{,}",
        "a{x}",
        "a{1,x}",
        "a{1,2,3}",
        "a{1,4294967296}",
        "|{2}",
        "({2})",
        "a?+",
        "a*+",
        "a}+",
        "a+{2}",
        "$*",
        "(^)*",
        "((?:))+",
        "()?",
    ] {
        let result = regex(pattern, "a");
        let expected = match pattern {
            // An anchor in a group is repeated with the group.
            "(^)*" => Ok(true),
            _ => Err(Fallback::SERVER_REGEX),
        };
        assert_eq!(result, expected, "{pattern}");
    }
}

#[test]
fn escapes_stand_for_themselves_or_for_a_set_of_characters() {
    for (pattern, inside, outside) in [
        ("^\\d$", "05", "a"),
        ("^\\D$", "a", "5"),
        ("^\\w$", "a_9", "-"),
        ("^\\W$", "-", "a"),
        ("^\\s$", " \t\n\u{b}\u{c}", "a"),
        ("^\\S$", "a", " "),
        ("^\\n$", "\n", "n"),
        ("^\\t$", "\t", "t"),
        ("^\\v$", "\u{b}", "v"),
        ("^\\f$", "\u{c}", "f"),
        ("^\\x7e$", "~", "x"),
        ("^\\.$", ".", "a"),
        ("^\\/$", "/", "\\"),
        ("^\\ $", " ", "s"),
        ("^.$", "a\t", "\n"),
    ] {
        for (texts, expected) in [(inside, true), (outside, false)] {
            for character in texts.chars() {
                let result = regex(pattern, &character.to_string());
                assert_eq!(result, Ok(expected), "{pattern} on {character:?}");
            }
        }
    }
    for pattern in [
        "\\a", "\\B", "\\b", "\\1", "\\u0041", "\\x4g", "\\x", "\\>", "\\cA", "[\\B]x", "[\\a]",
    ] {
        assert_eq!(
            regex(pattern, "a"),
            Err(Fallback::SERVER_REGEX),
            "{pattern}"
        );
    }
}
