//! Whether a pattern stays within the syntax that JavaScript and the server's engine read alike.

/// What stands before the current character, as far as repetition is concerned.
#[derive(Clone, Copy, PartialEq)]
enum Previous {
    /// Nothing to repeat: the start, or just after `|` or `(`.
    Nothing,
    /// The `(` of a group that is still empty; also nothing to repeat.
    Open,
    /// `^` or `$`.
    Anchor,
    /// `()`, or groups of nothing else.
    EmptyGroup,
    /// Anything else.
    Other,
}

/// Whether the pattern is portable. It may still be no JavaScript syntax.
pub fn is_portable(pattern: &[u8]) -> bool {
    let mut previous = Previous::Nothing;
    // The index of the first character inside the class that is open, past any `^`.
    let mut class: Option<usize> = None;
    let mut at = 0;
    while let Some(&character) = pattern.get(at) {
        let next = pattern.get(at + 1).copied();
        if !character.is_ascii() {
            return false;
        }
        if character == b'\\' {
            let Some(length) = portable_escape(&pattern[at + 1..], class.is_some()) else {
                return false;
            };
            previous = Previous::Other;
            at += 1 + length;
            continue;
        }
        if let Some(content) = class {
            match character {
                b'[' => return false,
                b']' if at == content => return false,
                b']' => {
                    class = None;
                    previous = Previous::Other;
                }
                // Set operations of the server's engine.
                b'&' | b'-' | b'~' if next == Some(character) => return false,
                _ => {}
            }
            at += 1;
            continue;
        }
        match character {
            b'[' => {
                let content = if next == Some(b'^') { at + 2 } else { at + 1 };
                class = Some(content);
                at = content;
                continue;
            }
            b'(' if next == Some(b'?') => {
                if pattern.get(at + 2) != Some(&b':') {
                    return false;
                }
                at += 2;
            }
            b'{' => {
                let nothing = matches!(previous, Previous::Nothing | Previous::Open);
                if nothing || !is_portable_repetition(&pattern[at..]) {
                    return false;
                }
            }
            // Possessive and stacked repetitions.
            b'*' | b'+' | b'?' | b'}' if matches!(next, Some(b'+' | b'{')) => return false,
            _ => {}
        }
        let repeats = matches!(character, b'*' | b'+' | b'?' | b'{');
        if repeats && matches!(previous, Previous::Anchor | Previous::EmptyGroup) {
            return false;
        }
        previous = match character {
            b')' if matches!(previous, Previous::Open | Previous::EmptyGroup) => {
                Previous::EmptyGroup
            }
            b'(' => Previous::Open,
            b'|' => Previous::Nothing,
            b'^' | b'$' => Previous::Anchor,
            _ => Previous::Other,
        };
        at += 1;
    }
    true
}

/// The length of what follows a backslash; `None` if the escape is not portable. A trailing backslash is left to the
/// syntax check.
fn portable_escape(rest: &[u8], in_class: bool) -> Option<usize> {
    let Some(&escaped) = rest.first() else {
        return Some(0);
    };
    match escaped {
        b'x' => {
            let digits = rest.get(1..3)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(3)
        }
        b'd' | b'D' | b's' | b'S' | b'w' | b'W' | b'f' | b'n' | b'r' | b't' | b'v' => Some(1),
        // Outside a class it is a word boundary, which may exhaust the server's engine.
        b'b' | b'B' => in_class.then_some(1),
        // In the server's engine, \< and \> are word boundaries too.
        b'<' | b'>' => None,
        b' ' => Some(1),
        punctuation => punctuation.is_ascii_punctuation().then_some(1),
    }
}

/// `{n}`, `{n,}` or `{n,m}` with counts that the server's engine can hold.
fn is_portable_repetition(rest: &[u8]) -> bool {
    let Some(end) = rest.iter().position(|byte| *byte == b'}') else {
        return false;
    };
    let mut counts = rest[1..end].split(|byte| *byte == b',');
    let fits = |digits: &[u8]| {
        digits.iter().all(u8::is_ascii_digit)
            && std::str::from_utf8(digits)
                .is_ok_and(|digits| digits.is_empty() || digits.parse::<u32>().is_ok())
    };
    let first = counts
        .next()
        .is_some_and(|digits| !digits.is_empty() && fits(digits));
    first && counts.next().is_none_or(fits) && counts.next().is_none()
}
