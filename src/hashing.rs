//! posthog-node's bucketing hash: SHA-1, its first 60 bits as a fraction of one.

use std::sync::LazyLock;

use sha1::block_api::compress;
use sha1::{Digest, Sha1};

use crate::text;

/// posthog-node's `LONG_SCALE`, which as a double is 2^60.
const LONG_SCALE: f64 = 0xFFF_FFFF_FFFF_FFFF_u64 as f64;

/// SHA-1's initial state.
const INITIAL_STATE: [u32; 5] = [
    0x6745_2301,
    0xEFCD_AB89,
    0x98BA_DCFE,
    0x1032_5476,
    0xC3D2_E1F0,
];
/// The longest message that fits one block, with the 9 bytes that end it.
const ONE_BLOCK: usize = 64 - 9;

/// What every message of one kind starts with.
#[derive(Debug)]
struct Prefix {
    text: Box<str>,
    /// The first block of a message, as far as the prefix fills it.
    block: [u8; 64],
}

impl Prefix {
    fn new(text: String) -> Self {
        let mut block = [0; 64];
        let head = text.len().min(block.len());
        block[..head].copy_from_slice(&text.as_bytes()[..head]);
        Self {
            text: text.into(),
            block,
        }
    }

    /// Where SHA-1 of prefix, value and suffix falls in 0..=1.
    fn hash(&self, value: &str, suffix: &str) -> f64 {
        let length = self.text.len() + value.len() + suffix.len();
        let head = if length <= ONE_BLOCK {
            self.one_block(value, suffix)
        } else {
            self.any_length(value, suffix)
        };
        // 15 hex digits are the first 60 bits. Like parseInt, the conversion rounds to the nearest double.
        (head >> 4) as f64 / LONG_SCALE
    }

    /// The first 64 bits of the digest of a short message. Nearly every message is short, and this takes half the time.
    fn one_block(&self, value: &str, suffix: &str) -> u64 {
        let mut block = self.block;
        let suffix_at = self.text.len() + value.len();
        let end = suffix_at + suffix.len();
        block[self.text.len()..suffix_at].copy_from_slice(value.as_bytes());
        block[suffix_at..end].copy_from_slice(suffix.as_bytes());
        block[end] = 0x80;
        block[56..].copy_from_slice(&(end as u64 * 8).to_be_bytes());
        let mut state = INITIAL_STATE;
        compress(&mut state, &[block]);
        u64::from(state[0]) << 32 | u64::from(state[1])
    }

    /// The first 64 bits of the digest of any message.
    fn any_length(&self, value: &str, suffix: &str) -> u64 {
        let mut sha1 = Sha1::new();
        for part in [&self.text, value, suffix] {
            sha1.update(part.as_bytes());
        }
        let mut head = [0u8; 8];
        head.copy_from_slice(&sha1.finalize()[..8]);
        u64::from_be_bytes(head)
    }
}

/// Prepared hash inputs of one flag.
#[derive(Debug)]
pub struct FlagHasher {
    /// The flag key and the dot that joins it with the bucketing value.
    prefix: Prefix,
}

impl FlagHasher {
    /// For the flag with this key.
    pub fn new(flag_key: &str) -> Self {
        Self {
            prefix: Prefix::new(format!("{}.", text::well_formed(flag_key))),
        }
    }

    /// Decides rollouts.
    pub fn rollout(&self, bucketing_value: &str) -> f64 {
        self.prefix.hash(bucketing_value, "")
    }

    /// Decides variants.
    pub fn variant(&self, bucketing_value: &str) -> f64 {
        self.prefix.hash(bucketing_value, "variant")
    }
}

/// Decides holdouts; the separator is `-`, so that a holdout is independent of every flag.
pub fn holdout(bucketing_value: &str) -> f64 {
    static PREFIX: LazyLock<Prefix> = LazyLock::new(|| Prefix::new("holdout-".to_owned()));
    PREFIX.hash(bucketing_value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_posthog_nodes_to_the_last_bit() {
        assert_eq!(
            FlagHasher::new("beta-search").rollout("user-17"),
            0.009101217133290002
        );
        assert_eq!(
            FlagHasher::new("beta-search-rollout").rollout("user-105"),
            0.2851295399293007
        );
        assert_eq!(
            FlagHasher::new("checkout-layout").variant("user-61"),
            0.5698252224547713
        );
        assert_eq!(holdout("user-31"), 0.0194745413007599);
    }

    #[test]
    fn one_block_and_any_length_agree_on_every_length_that_both_take() {
        let prefix = Prefix::new("flag.".to_owned());
        let text = "é".repeat(100);
        for length in (0..=ONE_BLOCK - 12).step_by(2) {
            let value = &text[..length];
            assert_eq!(
                prefix.one_block(value, "variant"),
                prefix.any_length(value, "variant"),
                "{length}"
            );
        }
    }

    #[test]
    fn keys_longer_than_a_block_are_hashed_whole() {
        let key = "k".repeat(100);
        assert_ne!(
            FlagHasher::new(&key).rollout("u"),
            FlagHasher::new(&key[1..]).rollout("u")
        );
    }
}
