//! What a message starts with, and the digest of one message.

use std::slice;

use sha1::block_api::compress;
use sha1::{Digest, Sha1};

use super::rounds::INITIAL_STATE;

/// The longest message that fits one block, with the 9 bytes that end it.
const ONE_BLOCK: usize = 64 - 9;

/// What every message of one kind starts with.
#[derive(Debug, Clone)]
pub struct Prefix(Box<[u8]>);

impl Prefix {
    /// A prefix of this UTF-8 text.
    pub fn of(text: &[u8]) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.0
    }

    /// The first 64 bits of the digest of prefix, value and suffix.
    pub fn head(&self, value: &str, suffix: &str) -> u64 {
        let length = self.0.len() + value.len() + suffix.len();
        if length <= ONE_BLOCK {
            one_block(&self.0, value, suffix)
        } else {
            any_length(&self.0, value, suffix)
        }
    }
}

/// The first 64 bits of the digest of a short message. Nearly every message is short, and this takes half the time.
fn one_block(prefix: &[u8], value: &str, suffix: &str) -> u64 {
    let mut block = [0; 64];
    let suffix_at = prefix.len() + value.len();
    let end = suffix_at + suffix.len();
    block[..prefix.len()].copy_from_slice(prefix);
    block[prefix.len()..suffix_at].copy_from_slice(value.as_bytes());
    if !suffix.is_empty() {
        block[suffix_at..end].copy_from_slice(suffix.as_bytes());
    }
    block[end] = 0x80;
    block[56..].copy_from_slice(&(end as u64 * 8).to_be_bytes());
    let mut state = INITIAL_STATE;
    compress(&mut state, slice::from_ref(&block));
    u64::from(state[0]) << 32 | u64::from(state[1])
}

fn any_length(prefix: &[u8], value: &str, suffix: &str) -> u64 {
    let mut sha1 = Sha1::new();
    for part in [prefix, value.as_bytes(), suffix.as_bytes()] {
        sha1.update(part);
    }
    let mut head = [0u8; 8];
    head.copy_from_slice(&sha1.finalize()[..8]);
    u64::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_and_any_length_agree_on_every_length_that_both_take() {
        let prefix = Prefix::of(b"flag.");
        let text = "é".repeat(100);
        for length in (0..=ONE_BLOCK - 12).step_by(2) {
            let value = &text[..length];
            assert_eq!(
                one_block(&prefix.0, value, "variant"),
                any_length(&prefix.0, value, "variant"),
                "{length}"
            );
        }
    }

    #[test]
    fn prefixes_longer_than_a_block_are_hashed_whole() {
        let text = "k".repeat(100);
        let head = |text: &str| Prefix::of(text.as_bytes()).head("u", "");
        assert_ne!(head(&text), head(&text[1..]));
    }
}
