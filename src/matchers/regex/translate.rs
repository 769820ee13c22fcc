//! JavaScript's syntax check of a portable pattern, and its translation for the `regex` crate.

use std::fmt::Write;

/// Why a portable pattern is not run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `new RegExp(pattern)` throws a `SyntaxError`.
    Syntax,
    /// JavaScript takes a character class only by its legacy rules.
    LooseClass,
}

/// V8 counts repetitions no further.
const MAX_COUNT: u64 = i32::MAX as u64;

/// A pattern as the `regex` crate has it.
pub struct Translation {
    pub pattern: String,
    /// How many parts its program has, about: a group counts as often as it is repeated.
    pub size: u64,
}

/// Translates a pattern for which `is_portable` holds.
pub fn translate(pattern: &[u8]) -> Result<Translation, Refusal> {
    let mut translator = Translator {
        pattern,
        at: 0,
        out: String::new(),
        loose_class: false,
        sizes: Vec::new(),
        size: 0,
        last_size: 0,
    };
    translator.run()?;
    match translator.loose_class {
        true => Err(Refusal::LooseClass),
        false => Ok(Translation {
            pattern: translator.out,
            size: translator.size,
        }),
    }
}

struct Translator<'a> {
    pattern: &'a [u8],
    at: usize,
    out: String,
    loose_class: bool,
    /// What stands before each open group, within the one around it.
    sizes: Vec<u64>,
    /// How many parts the innermost open group has.
    size: u64,
    /// How many of these are the last one, which may be repeated.
    last_size: u64,
}

/// One member of a character class.
enum Member {
    One(u8),
    /// `\d` and the like.
    Set(u8),
}

impl Translator<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.pattern.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn eat(&mut self, expected: u8) -> bool {
        let found = self.pattern.get(self.at) == Some(&expected);
        self.at += usize::from(found);
        found
    }

    fn literal(&mut self, byte: u8) {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "\\x{byte:02x}");
    }

    /// Counts one more part.
    fn add(&mut self, size: u64) {
        self.size = self.size.saturating_add(size);
        self.last_size = size;
    }

    fn run(&mut self) -> Result<(), Refusal> {
        let mut repeatable = false;
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => {
                    match self.escape()? {
                        Member::One(byte) => self.literal(byte),
                        Member::Set(letter) => {
                            self.out.push('\\');
                            self.out.push(char::from(letter));
                        }
                    }
                    self.add(1);
                    repeatable = true;
                }
                b'[' => {
                    self.class()?;
                    self.add(1);
                    repeatable = true;
                }
                b'(' => {
                    if self.eat(b'?') {
                        // Portable: `(?:` is all that can follow.
                        self.at += 1;
                    }
                    self.out.push_str("(?:");
                    self.sizes.push(std::mem::take(&mut self.size));
                    repeatable = false;
                }
                b')' => {
                    let before = self.sizes.pop().ok_or(Refusal::Syntax)?;
                    let group = std::mem::replace(&mut self.size, before);
                    self.add(group.saturating_add(1));
                    self.out.push(')');
                    repeatable = true;
                }
                b'|' => {
                    self.out.push('|');
                    repeatable = false;
                }
                b'^' | b'$' => {
                    self.out.push_str(if byte == b'^' { "\\A" } else { "\\z" });
                    repeatable = false;
                }
                b'*' | b'+' | b'?' | b'{' => {
                    if !repeatable {
                        return Err(Refusal::Syntax);
                    }
                    match byte {
                        b'{' => self.repetition()?,
                        _ => self.out.push(char::from(byte)),
                    }
                    // Laziness does not change whether there is a match.
                    self.eat(b'?');
                    repeatable = false;
                }
                b'.' => {
                    self.out.push_str("[^\\n]");
                    self.add(1);
                    repeatable = true;
                }
                literal => {
                    self.literal(literal);
                    self.add(1);
                    repeatable = true;
                }
            }
        }
        if self.sizes.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Syntax)
        }
    }

    /// The escape after a backslash.
    fn escape(&mut self) -> Result<Member, Refusal> {
        Ok(match self.next().ok_or(Refusal::Syntax)? {
            set @ (b'd' | b'D' | b's' | b'S' | b'w' | b'W') => Member::Set(set),
            b'f' => Member::One(0x0C),
            b'n' => Member::One(b'\n'),
            b'r' => Member::One(b'\r'),
            b't' => Member::One(b'\t'),
            b'v' => Member::One(0x0B),
            b'x' => {
                let digits = self
                    .pattern
                    .get(self.at..self.at + 2)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                self.at += 2;
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                Member::One(code.ok_or(Refusal::Syntax)?)
            }
            other => Member::One(other),
        })
    }

    fn repetition(&mut self) -> Result<(), Refusal> {
        let min = self.count().ok_or(Refusal::Syntax)?;
        let max = if self.eat(b',') {
            self.count()
        } else {
            Some(min)
        };
        self.eat(b'}');
        if max.is_some_and(|max| max < min) {
            return Err(Refusal::Syntax);
        }
        let more = max.unwrap_or(min + 1).saturating_sub(1);
        let repeated = self.last_size.saturating_mul(more);
        self.size = self.size.saturating_add(repeated);
        let _ = match max {
            Some(max) => write!(self.out, "{{{min},{max}}}"),
            None => write!(self.out, "{{{min},}}"),
        };
        Ok(())
    }

    fn count(&mut self) -> Option<u64> {
        let start = self.at;
        let mut count = 0u64;
        while let Some(digit) = self
            .pattern
            .get(self.at)
            .filter(|byte| byte.is_ascii_digit())
        {
            count = (count * 10 + u64::from(digit - b'0')).min(MAX_COUNT);
            self.at += 1;
        }
        (self.at > start).then_some(count)
    }

    /// A character class, after its `[`.
    fn class(&mut self) -> Result<(), Refusal> {
        self.out.push('[');
        if self.eat(b'^') {
            self.out.push('^');
        }
        while !self.eat(b']') {
            let first = self.class_member()?;
            let range = self.pattern.get(self.at) == Some(&b'-')
                && self.pattern.get(self.at + 1) != Some(&b']');
            if !range {
                self.write_member(&first);
                continue;
            }
            self.at += 1;
            let last = self.class_member()?;
            match (&first, &last) {
                (Member::One(low), Member::One(high)) if low > high => return Err(Refusal::Syntax),
                (Member::One(low), Member::One(high)) => {
                    self.literal(*low);
                    self.out.push('-');
                    self.literal(*high);
                }
                // By the legacy rules the hyphen stands for itself here.
                _ => {
                    self.loose_class = true;
                    self.write_member(&first);
                    self.literal(b'-');
                    self.write_member(&last);
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn class_member(&mut self) -> Result<Member, Refusal> {
        match self.next().ok_or(Refusal::Syntax)? {
            b'\\' => {
                let escaped = self.pattern.get(self.at).copied();
                self.loose_class |= escaped.is_some_and(|byte| !is_strict_class_escape(byte));
                match self.escape()? {
                    Member::One(b'b') if escaped == Some(b'b') => Ok(Member::One(0x08)),
                    member => Ok(member),
                }
            }
            byte => Ok(Member::One(byte)),
        }
    }

    fn write_member(&mut self, member: &Member) {
        match member {
            Member::One(byte) => self.literal(*byte),
            Member::Set(letter) => {
                self.out.push('\\');
                self.out.push(char::from(*letter));
            }
        }
    }
}

/// Whether a class may hold this escape under the `u` flag.
fn is_strict_class_escape(escaped: u8) -> bool {
    b"bdDsSwWfnrtvx^$\\.*+?()[]{}|/-".contains(&escaped)
}
