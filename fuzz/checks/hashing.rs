//! Hashes of a batch: those of the crate `sha1`, on every way to work them out.

use posthog_node_native::hashing::{Batch, FlagHasher, Path, VARIANT_SALT, count_up_to, fraction};
use posthog_node_native::js::text;
use sha1::{Digest, Sha1};

use super::generate::bytes::Bytes;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    counting(bytes.number());
    let value = text::from_utf16(&bytes.utf16());
    let value = text::well_formed(&value);
    let suffix = bytes.choose(&["", VARIANT_SALT]);
    let count = bytes.below(70);
    let mut batch = Batch::default();
    let mut expected = Vec::new();
    for number in 0..count {
        let key = text::from_utf16(&bytes.utf16());
        let hasher = FlagHasher::new(&key);
        assert_eq!(hasher.join(&mut batch), number);
        let message = format!("{}.{value}{suffix}", text::well_formed(&key));
        let digest = Sha1::digest(message.as_bytes());
        let head = digest[..8]
            .iter()
            .fold(0, |head, byte| head << 8 | u64::from(*byte));
        let one = match suffix {
            "" => hasher.rollout(&value),
            _ => hasher.variant(&value),
        };
        assert_eq!(one, fraction(head), "{message:?}");
        assert!((0.0..=1.0).contains(&one));
        expected.push(head);
    }
    for path in [Path::Single, Path::Avx2, Path::Avx512] {
        let mut heads = vec![7];
        batch.hash(path, &value, suffix, &mut heads);
        assert_eq!(heads[0], 7);
        assert_eq!(heads[1..], expected, "on {path:?}");
    }
}

/// Counting the hashes that a threshold includes tells them apart as comparing does.
fn counting(threshold: f64) {
    let count = count_up_to(threshold);
    assert!(count <= 1 << 60);
    for hash in [count.wrapping_sub(1), count] {
        if hash < 1 << 60 {
            assert_eq!(
                hash < count,
                fraction(hash << 4) <= threshold,
                "{threshold} {hash}"
            );
        }
    }
}
