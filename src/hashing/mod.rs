//! posthog-node's bucketing hash: the first 60 bits of a SHA-1 digest, as a number from 0 to 1.

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512;
mod batch;
mod lanes;
mod path;
mod prefix;
mod rounds;

use std::sync::LazyLock;

use crate::footprint;
use crate::js::text;
pub use batch::Batch;
pub use path::Path;
use prefix::Prefix;

/// posthog-node's `LONG_SCALE`, which as a double is 2^60.
const LONG_SCALE: f64 = 0xFFF_FFFF_FFFF_FFFF_u64 as f64;

/// What posthog-node appends to the bucketing value when it picks a variant.
pub const VARIANT_SALT: &str = "variant";

/// The hash, from 0 to 1, of a digest with these first 64 bits. The first 60 of them count: posthog-node takes 15 hex digits.
/// The conversion rounds to the nearest double, like JavaScript's `parseInt`.
pub fn fraction(head: u64) -> f64 {
    (head >> 4) as f64 / LONG_SCALE
}

/// How many of the 2^60 hashes are at most `threshold`. They are the lowest, so that a digest with these first 64 bits is
/// among them if `head >> 4` is below this number: the same comparison without any floating point.
pub fn count_up_to(threshold: f64) -> u64 {
    // A hash of 60 bits is rounded by no more than 64 to the nearest double.
    let near = (threshold * LONG_SCALE) as u64;
    let mut low = near.saturating_sub(128).min(1 << 60);
    let mut high = near.saturating_add(128).min(1 << 60);
    while low < high {
        let middle = low + (high - low) / 2;
        if fraction(middle << 4) <= threshold {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
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
            prefix: Prefix::of(format!("{}.", text::well_formed(flag_key)).as_bytes()),
        }
    }

    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        footprint::boxed(self.prefix.text())
    }

    /// Decides rollouts.
    pub fn rollout(&self, bucketing_value: &str) -> f64 {
        fraction(self.prefix.head(bucketing_value, ""))
    }

    /// Decides variants.
    pub fn variant(&self, bucketing_value: &str) -> f64 {
        fraction(self.prefix.head(bucketing_value, VARIANT_SALT))
    }

    /// Adds the flag to a batch of flags that are bucketed by the same value; returns its number there.
    pub fn join(&self, batch: &mut Batch) -> usize {
        batch.push(&self.prefix)
    }
}

/// Decides holdouts; the separator is `-`, so that a holdout is independent of every flag.
pub fn holdout(bucketing_value: &str) -> f64 {
    static PREFIX: LazyLock<Prefix> = LazyLock::new(|| Prefix::of(b"holdout-"));
    fraction(PREFIX.head(bucketing_value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_hashes_tells_them_apart_as_comparing_them_does() {
        for threshold in [-0.5, 0.0, 1e-18, 0.1, 0.25, 1.0 / 3.0, 0.5, 0.999, 1.0, 2.0] {
            let count = count_up_to(threshold);
            // The last that is included, the first that is not, and some around them.
            for hash in (0..4).flat_map(|step| {
                [
                    count.checked_sub(1 << step),
                    count.checked_add((1 << step) - 1),
                ]
            }) {
                let Some(hash) = hash.filter(|hash| *hash < 1 << 60) else {
                    continue;
                };
                let included = fraction(hash << 4) <= threshold;
                assert_eq!(hash < count, included, "{threshold} {hash}");
            }
        }
        assert_eq!(count_up_to(-0.5), 0);
        assert_eq!(count_up_to(0.0), 1);
        assert_eq!(count_up_to(1.0), 1 << 60);
    }

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
}
