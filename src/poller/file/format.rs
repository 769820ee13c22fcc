//! What is in a file of definitions.
//!
//! Three lines stand before the document, which is PostHog's answer as it came:
//!
//! ```text
//! posthog-flags 1
//! <SHA-1 of the next line>
//! <salt> <SHA-1 of salt, host and project> <stamp> <SHA-1 of the document> <its length> <its ETag, if it has one>
//! {"flags":…
//! ```
//!
//! Once the quota is used up there is no document: its length is 0. No key is in it: the project is there as a salted hash, by which another project's file is known.

use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher, RandomState};

use sha1::{Digest as _, Sha1};

use crate::copies::{Digest, digest_of};

/// What a file begins with, before the number of its format.
const NAME: &str = "posthog-flags ";

/// The format that is written.
const FORMAT: &str = "1";

/// The lines before the document are shorter than this.
pub const LONGEST_HEAD: usize = 512;

/// A longer `ETag` is not noted.
const LONGEST_ETAG: usize = 200;

/// Whose definitions a file has.
#[derive(Debug, Clone)]
pub struct Project {
    /// PostHog's address.
    pub host: String,
    /// The project token.
    pub api_key: String,
}

impl Project {
    fn hash(&self, salt: &str) -> String {
        let mut hash = Sha1::new();
        for part in [salt, &self.host, &self.api_key] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hex(&hash.finalize())
    }
}

/// The lines before the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Grows with each document that is stored, whatever the clocks say.
    pub stamp: u64,
    /// Tells documents apart.
    pub digest: Digest,
    /// How many bytes the document has; 0 if there is none, because the quota is used up.
    pub length: usize,
    /// PostHog's `ETag` of the document.
    pub etag: Option<String>,
    /// How many bytes stand before it.
    pub before: usize,
}

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// Something else is in it.
    Other,
    /// It is not whole, or was changed.
    Damaged,
    /// A newer version of this package has written it.
    Newer,
    /// It has the definitions of another project or host.
    Foreign,
    /// It is larger than the limit.
    TooLarge(usize),
    /// Somebody else owns it, or may write to it.
    Exposed,
}

impl Unusable {
    /// The reason, in words that follow on "because".
    pub fn reason(&self) -> String {
        match self {
            Self::Other => "it has something else in it than flag definitions".into(),
            Self::Damaged => "it is damaged".into(),
            Self::Newer => "a newer version of posthog-node-native has written it".into(),
            Self::Foreign => "it has the flag definitions of another project or host".into(),
            Self::TooLarge(limit) => {
                format!("its document is larger than native.maxDocumentBytes, {limit} bytes")
            }
            Self::Exposed => {
                "another user owns it or may write to it; it has to be this user's, or root's, with the mode 0600"
                    .into()
            }
        }
    }
}

/// The lines before a document.
pub fn write_head(project: &Project, stamp: u64, document: &[u8], etag: Option<&str>) -> String {
    let salt = salt();
    let mut line = format!(
        "{salt} {} {stamp} {} {}",
        project.hash(&salt),
        hex(&digest_of(document)),
        document.len()
    );
    let is_plain = |etag: &&str| {
        (1..=LONGEST_ETAG).contains(&etag.len()) && etag.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if let Some(etag) = etag.filter(is_plain) {
        line.push(' ');
        line.push_str(etag);
    }
    let check = hex(&digest_of(line.as_bytes()));
    format!("{NAME}{FORMAT}\n{check}\n{line}\n")
}

/// Reads the lines before a document, which `start` begins with.
///
/// # Errors
///
/// If the file cannot be used.
pub fn read_head(start: &[u8], project: &Project) -> Result<Head, Unusable> {
    let mut lines = start.splitn(4, |byte| *byte == b'\n');
    let mut next = || lines.next().and_then(|line| str::from_utf8(line).ok());
    let first = next().ok_or(Unusable::Other)?;
    let format = first.strip_prefix(NAME).ok_or(if NAME.starts_with(first) {
        Unusable::Damaged
    } else {
        Unusable::Other
    })?;
    if format != FORMAT {
        let is_number = !format.is_empty() && format.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if is_number {
            Unusable::Newer
        } else {
            Unusable::Damaged
        });
    }
    let (check, line) = (
        next().ok_or(Unusable::Damaged)?,
        next().ok_or(Unusable::Damaged)?,
    );
    if check != hex(&digest_of(line.as_bytes())) {
        return Err(Unusable::Damaged);
    }
    let fields: Vec<&str> = line.split(' ').collect();
    let [salt, hash, stamp, digest, length, ref more @ ..] = fields[..] else {
        return Err(Unusable::Damaged);
    };
    if hash != project.hash(salt) {
        return Err(Unusable::Foreign);
    }
    let head = Head {
        stamp: stamp.parse().map_err(|_| Unusable::Damaged)?,
        digest: from_hex(digest).ok_or(Unusable::Damaged)?,
        length: length.parse().map_err(|_| Unusable::Damaged)?,
        etag: more.first().map(|etag| (*etag).to_owned()),
        before: first.len() + check.len() + line.len() + 3,
    };
    if start.len() < head.before {
        return Err(Unusable::Damaged);
    }
    Ok(head)
}

fn salt() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn from_hex(text: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    if text.len() != 2 * digest.len() {
        return None;
    }
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(host: &str, api_key: &str) -> Project {
        Project {
            host: host.into(),
            api_key: api_key.into(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_has_no_key_in_it() {
        let ours = project("https://host.test", "phc_key");
        let text = write_head(&ours, 7, b"{}", Some("\"tag\"")) + "{}";
        let head = read_head(text.as_bytes(), &ours).unwrap();
        assert_eq!(
            (head.stamp, head.digest, head.length, head.etag.as_deref()),
            (7, digest_of(b"{}"), 2, Some("\"tag\""))
        );
        assert_eq!(&text[head.before..], "{}");
        assert!(!text.contains("phc_key") && !text.contains("host.test"));
        assert!(head.before < LONGEST_HEAD);
        // The same twice is written in another way, so that a hash can be looked up in no table.
        assert_ne!(
            write_head(&ours, 7, b"{}", Some("\"tag\"")),
            write_head(&ours, 7, b"{}", Some("\"tag\""))
        );
    }

    #[test]
    fn an_etag_that_is_no_word_or_long_is_left_out() {
        let ours = project("https://host.test", "phc_key");
        for etag in [
            "",
            "two words",
            "\"é\"",
            "a\nb",
            &"x".repeat(LONGEST_ETAG + 1),
        ] {
            let text = write_head(&ours, 7, b"{}", Some(etag));
            assert_eq!(read_head(text.as_bytes(), &ours).unwrap().etag, None);
        }
        let longest = "x".repeat(LONGEST_ETAG);
        let text = write_head(&ours, u64::MAX, b"{}", Some(&longest));
        assert_eq!(
            read_head(text.as_bytes(), &ours).unwrap().etag,
            Some(longest)
        );
        assert!(text.len() + usize::MAX.to_string().len() < LONGEST_HEAD);
    }

    #[test]
    fn another_project_or_host_is_told_apart() {
        let text = write_head(&project("https://a", "b"), 7, b"{}", Some("\"tag\""));
        for other in [
            project("https://a", "c"),
            project("https://", "ab"),
            project("https://ab", ""),
        ] {
            let result = read_head(text.as_bytes(), &other);
            assert_eq!(result, Err(Unusable::Foreign));
        }
    }

    #[test]
    fn a_head_that_was_cut_or_changed_anywhere_is_refused() {
        let ours = project("https://host.test", "phc_key");
        let text = write_head(&ours, 7, b"{}", Some("\"tag\""));
        for end in 0..text.len() {
            assert!(read_head(&text.as_bytes()[..end], &ours).is_err(), "{end}");
            let mut changed = text.clone().into_bytes();
            changed[end] ^= 1;
            assert!(read_head(&changed, &ours).is_err(), "{end}");
        }
        let newer = text.replacen(" 1\n", " 2\n", 1);
        assert_eq!(read_head(newer.as_bytes(), &ours), Err(Unusable::Newer));
        assert_eq!(read_head(b"{\"flags\":[]}", &ours), Err(Unusable::Other));
        assert_eq!(read_head(b"", &ours), Err(Unusable::Damaged));
    }
}
