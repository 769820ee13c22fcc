use super::*;

fn find(pattern: &str, text: &str) -> Found {
    Pattern::compile(pattern, &mut PatternBudget::default()).find(text)
}

#[test]
fn patterns_are_those_of_the_servers_engine() {
    for (pattern, text, found) in [
        ("b", "abc", Found::Yes),
        ("^b", "abc", Found::No),
        ("(?i)ÄB", "äb", Found::Yes),
        (r"^\w+$", "naïve", Found::Yes),
        (r"\bnaïve\b", "a naïve one", Found::Yes),
        (r"\bnaïv\b", "a naïve one", Found::No),
        (r"(\w)\1", "abba", Found::Yes),
        (r"a(?!b)", "ab", Found::No),
        (r"(?<=a)b", "ab", Found::Yes),
        (r"[]a]", "]", Found::Yes),
        (r"\p{Lu}", "É", Found::Yes),
        ("(", "(", Found::BadPattern),
        (r"(a)\2", "aa", Found::BadPattern),
        (r"(?=[z-a])\b", "a", Found::BadPattern),
        (
            r"^(a+)+\1b$",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
            Found::OverBudget,
        ),
    ] {
        assert_eq!(find(pattern, text), found, "{pattern} in {text}");
    }
}

#[test]
fn what_is_not_known_of_the_servers_engine_stays_open() {
    // Its tables of Unicode are complete, and it may look behind for texts of any length.
    for pattern in [
        r"\p{Alphabetic}",
        r"\p{Greek}",
        r"\P{Emoji}\b",
        r"(?<=a+)b",
        r"(?<!a|bc)d+(?<=x*)",
    ] {
        assert_eq!(find(pattern, "ab"), Found::Open, "{pattern}");
    }
}

#[test]
fn a_text_may_be_the_longer_the_less_a_pattern_can_do_with_it() {
    let text = |length| "a".repeat(length);
    assert_eq!(find("^a+$", &text(1_000_000)), Found::Yes);
    assert_eq!(find(r"^\w{4}", &text(64 * 1024)), Found::Yes);
    assert_eq!(find(r"^\w{4}", &text(64 * 1024 + 1)), Found::Open);
    assert_eq!(find(r"^\w{16}", &text(8 * 1024)), Found::Yes);
    assert_eq!(find(r"^\w{16}", &text(8 * 1024 + 1)), Found::Open);
    assert_eq!(find(r"^a\b", &text(2048)), Found::No);
    assert_eq!(find(r"^a\b", &text(2049)), Found::Open);
}

#[test]
fn what_is_too_large_for_the_server_is_bad_and_what_is_too_large_here_is_open() {
    assert_eq!(find(r"(?:a{1000}){1000}", "a"), Found::BadPattern);
    assert_eq!(find(r"\w{100}", "a"), Found::Open);
    assert_eq!(find(r"(?=\w{500})a", "a"), Found::Open);
    assert_eq!(find(r"(?:(?:\b){100}){100}", "a"), Found::Open);
    // The spaces stand for nothing.
    let long = |length: usize| format!("(?x){}", " ".repeat(length - 4));
    assert_eq!(find(&long(64 * 1024), "a"), Found::Yes);
    assert_eq!(find(&long(64 * 1024 + 1), "a"), Found::Open);
    let mut budget = PatternBudget::default();
    let mut compile = || Pattern::compile(r"(?:a{1000}){1000}", &mut budget).find("a");
    let found: Vec<_> = (0..6).map(|_| compile()).collect();
    // The server is asked rather than to try again and again.
    assert_eq!(found[3..5], [Found::BadPattern, Found::Open]);
}

#[test]
fn the_patterns_of_a_document_have_a_bound_together() {
    for pattern in [
        r"\w{40}",
        r"(?=\w{40})a\b",
        r"[\w\d\s\W]",
        r"\w{300}",
        "x{60000}",
    ] {
        let mut budget = PatternBudget::of(4 * 1024 * 1024);
        let all: Vec<_> = (0..2000)
            .map(|number| Pattern::compile(&format!("{pattern}{number}"), &mut budget))
            .collect();
        let last = all.last().map(|pattern| pattern.find(""));
        assert_eq!(last, Some(Found::Open), "{pattern}");
        // What one of them works in may be as much as all programs.
        let size = budget.largest_size();
        assert!(size < 24 * 1024 * 1024, "{pattern}: {size}");
    }
}

#[test]
fn reading_a_pattern_costs_by_its_length_and_by_its_classes() {
    assert_eq!(effort_of_reading("ab"), 2 * 16);
    assert_eq!(effort_of_reading(r"\w[a]"), 5 * 16 + 2 * 1024);
    let compile = |left| Pattern::compile("a", &mut PatternBudget::of(left)).find("a");
    assert_eq!(compile(16), Found::Yes);
    assert_eq!(compile(15), Found::Open);
}

#[test]
fn patterns_of_both_kinds_are_counted_together() {
    let mut budget = PatternBudget::default();
    let mut size_with = |pattern| {
        Pattern::compile(pattern, &mut budget);
        budget.largest_size()
    };
    let (first, both) = (size_with("a"), size_with(r"a\b"));
    // Two instructions, what joins them, and a letter.
    assert_eq!(both - first, 3 * 128 + 1);
}

#[test]
fn patterns_that_go_back_are_compiled_again_where_too_many_are_kept() {
    let mut budget = PatternBudget::default();
    let all: Vec<_> = (0..60)
        .map(|number| Pattern::compile(&format!(r"(?=\w*{number}x)\w+\b"), &mut budget))
        .collect();
    for round in 0..2 {
        for (number, pattern) in all.iter().enumerate() {
            let text = format!("{number}x");
            assert_eq!(pattern.find(&text), Found::Yes, "{number} in round {round}");
            assert_eq!(pattern.find("no"), Found::No, "{number} in round {round}");
            assert!(budget.shelf.size() <= 40 * 1024 * 1024, "{number}");
        }
    }
    assert!(budget.shelf.size() > 0);
}

#[test]
fn threads_search_for_the_same_pattern_at_once() {
    let pattern = Pattern::compile(r"(?=.*\d)\w+\b", &mut PatternBudget::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in 0..200 {
                    assert_eq!(pattern.find(&format!("a{number}")), Found::Yes);
                    assert_eq!(pattern.find("none"), Found::No);
                }
            });
        }
    });
}
