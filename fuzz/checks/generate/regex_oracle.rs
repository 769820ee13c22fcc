//! Portable patterns made as trees, printed in one of the ways to write them, and matched by walking the tree: by nothing that
//! the crate has.

use super::bytes::Bytes;

/// Alternatives, each a sequence.
pub type Alternatives = Vec<Vec<Node>>;

/// A part of a pattern.
#[derive(Debug)]
pub enum Node {
    Byte(u8),
    /// `.`
    Any,
    /// `\d` and the like.
    Set(u8),
    /// Ranges and sets.
    Class(bool, Vec<Member>),
    Start,
    End,
    Group(Alternatives),
    /// At least so many times, and at most.
    Repeat(Box<Node>, usize, Option<usize>),
}

/// A part of a class.
#[derive(Debug)]
pub enum Member {
    Range(u8, u8),
    Set(u8),
}

/// The longest text that can be matched: a bit for each place in it.
pub const MAX_LENGTH: usize = 127;

/// Letters that patterns and texts are made of.
pub fn letter(byte: u8) -> &'static u8 {
    const LETTERS: &[u8] = b"aaaabbbcc01 _-.\n\t@ZA]}{+*?()|^$\\/&~\x0b\x0c\x08";
    &LETTERS[usize::from(byte) % LETTERS.len()]
}

pub fn tree(bytes: &mut Bytes<'_>, depth: usize) -> Alternatives {
    let count = 1 + if bytes.chance(64) { bytes.below(3) } else { 0 };
    let mut alternatives: Alternatives = (0..count)
        .map(|_| (0..bytes.below(4)).map(|_| node(bytes, depth)).collect())
        .collect();
    // An empty group may not be repeated, whatever stands before it.
    if let [only] = &mut *alternatives
        && only.is_empty()
    {
        only.push(Node::Byte(b'a'));
    }
    alternatives
}

fn node(bytes: &mut Bytes<'_>, depth: usize) -> Node {
    match bytes.below(16) {
        0 => return Node::Start,
        1 => return Node::End,
        _ => {}
    }
    let atom = match bytes.below(10) {
        0 => Node::Any,
        1 => Node::Set(set(bytes)),
        2 | 3 => {
            let count = 1 + bytes.below(3);
            Node::Class(
                bytes.chance(96),
                (0..count).map(|_| member(bytes)).collect(),
            )
        }
        4 | 5 if depth > 0 => Node::Group(tree(bytes, depth - 1)),
        _ => Node::Byte(*letter(bytes.byte())),
    };
    if !bytes.chance(80) {
        return atom;
    }
    let (min, max) = match bytes.below(5) {
        0 => (0, None),
        1 => (1, None),
        2 => (0, Some(1)),
        3 => (bytes.below(4), None),
        _ => {
            let min = bytes.below(4);
            (min, Some(min + bytes.below(4)))
        }
    };
    Node::Repeat(Box::new(atom), min, max)
}

fn set(bytes: &mut Bytes<'_>) -> u8 {
    bytes.choose(b"dDsSwW")
}

fn member(bytes: &mut Bytes<'_>) -> Member {
    if bytes.chance(64) {
        return Member::Set(set(bytes));
    }
    let [one, other] = [(); 2].map(|()| *letter(bytes.byte()));
    match bytes.chance(96) {
        true => Member::Range(one.min(other), one.max(other)),
        false => Member::Range(one, one),
    }
}

pub fn print(tree: &Alternatives, bytes: &mut Bytes<'_>, out: &mut String) {
    for (index, sequence) in tree.iter().enumerate() {
        if index > 0 {
            out.push('|');
        }
        for node in sequence {
            print_node(node, bytes, out);
        }
    }
}

fn print_node(node: &Node, bytes: &mut Bytes<'_>, out: &mut String) {
    match node {
        Node::Byte(byte) => print_byte(*byte, false, bytes, out),
        Node::Any => out.push('.'),
        Node::Set(letter) => print_set(*letter, out),
        Node::Class(negated, members) => {
            out.push_str(if *negated { "[^" } else { "[" });
            for member in members {
                match member {
                    Member::Set(letter) => print_set(*letter, out),
                    Member::Range(low, high) => {
                        print_byte(*low, true, bytes, out);
                        if low != high {
                            out.push('-');
                            print_byte(*high, true, bytes, out);
                        }
                    }
                }
            }
            out.push(']');
        }
        Node::Start => out.push('^'),
        Node::End => out.push('$'),
        Node::Group(tree) => {
            out.push_str(if bytes.chance(128) { "(?:" } else { "(" });
            print(tree, bytes, out);
            out.push(')');
        }
        Node::Repeat(node, min, max) => {
            print_node(node, bytes, out);
            match (min, max) {
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (0, Some(1)) => out.push('?'),
                (min, None) => out.push_str(&format!("{{{min},}}")),
                (min, Some(max)) if min == max => out.push_str(&format!("{{{min}}}")),
                (min, Some(max)) => out.push_str(&format!("{{{min},{max}}}")),
            }
            if bytes.chance(64) {
                out.push('?');
            }
        }
    }
}

fn print_set(letter: u8, out: &mut String) {
    out.push('\\');
    out.push(char::from(letter));
}

fn print_byte(byte: u8, in_class: bool, bytes: &mut Bytes<'_>, out: &mut String) {
    let named = match byte {
        b'\n' => Some("\\n"),
        b'\t' => Some("\\t"),
        0x0B => Some("\\v"),
        0x0C => Some("\\f"),
        0x08 if in_class => Some("\\b"),
        _ => None,
    };
    match bytes.below(4) {
        0 => out.push_str(&format!("\\x{byte:02X}")),
        1 if named.is_some() => out.push_str(named.unwrap_or_default()),
        _ if b"^$\\.*+?()[]{}|/-".contains(&byte) => {
            out.push('\\');
            out.push(char::from(byte));
        }
        // Doubled, they would be operators of the server's engine.
        _ if in_class && b"&~".contains(&byte) => out.push_str(&format!("\\x{byte:02x}")),
        _ => out.push(char::from(byte)),
    }
}

/// How many parts the pattern has, repetitions counted out.
pub fn size(tree: &Alternatives) -> usize {
    tree.iter().flatten().map(size_of).sum()
}

fn size_of(node: &Node) -> usize {
    match node {
        Node::Group(tree) => 1 + size(tree),
        Node::Repeat(node, min, max) => size_of(node) * max.unwrap_or(min + 1).max(1),
        _ => 1,
    }
}

/// Whether the pattern matches anywhere in the text.
pub fn is_match(tree: &Alternatives, text: &[u8]) -> bool {
    let everywhere = u128::MAX >> (127 - text.len());
    ends(tree, text, everywhere) != 0
}

/// Where a match can end that begins at any of these places, one bit for each.
fn ends(tree: &Alternatives, text: &[u8], starts: u128) -> u128 {
    tree.iter().fold(0, |all, sequence| {
        let places = sequence
            .iter()
            .fold(starts, |places, node| step(node, text, places));
        all | places
    })
}

fn step(node: &Node, text: &[u8], starts: u128) -> u128 {
    let one = |accepts: &dyn Fn(u8) -> bool| {
        let matching = text.iter().enumerate().filter(|(_, byte)| accepts(**byte));
        let places = matching.fold(0, |places, (place, _)| places | 1 << place);
        (starts & places) << 1
    };
    match node {
        Node::Byte(byte) => one(&|found| found == *byte),
        Node::Any => one(&|found| found != b'\n'),
        Node::Set(letter) => one(&|found| is_in_set(*letter, found)),
        Node::Class(negated, members) => one(&|found| {
            let is_member = members.iter().any(|member| match member {
                Member::Range(low, high) => (*low..=*high).contains(&found),
                Member::Set(letter) => is_in_set(*letter, found),
            });
            is_member != *negated
        }),
        Node::Start => starts & 1,
        Node::End => starts & 1 << text.len(),
        Node::Group(tree) => ends(tree, text, starts),
        Node::Repeat(node, min, max) => {
            let mut all = (0..*min).fold(starts, |places, _| step(node, text, places));
            let mut fresh = all;
            // After as many more as there are places, nothing new is reached.
            for _ in 0..max.map_or(text.len() + 1, |max| max - min) {
                fresh = step(node, text, fresh) & !all;
                if fresh == 0 {
                    break;
                }
                all |= fresh;
            }
            all
        }
    }
}

fn is_in_set(letter: u8, byte: u8) -> bool {
    let is_in = match letter.to_ascii_lowercase() {
        b'd' => byte.is_ascii_digit(),
        b's' => matches!(byte, b' ' | b'\t' | b'\n' | 0x0B | 0x0C | b'\r'),
        _ => byte.is_ascii_alphanumeric() || byte == b'_',
    };
    is_in != letter.is_ascii_uppercase()
}
