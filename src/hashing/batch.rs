//! A batch of messages with different prefixes and the same rest: the hash inputs of many flags for one person.
//!
//! If the processor has wide vectors, a batch is hashed in lanes: one message in each lane of a vector. A message is its
//! prefix OR-ed with the rest. The prefixes are prepared when the definitions are compiled. The rest is written once for the
//! whole batch, and read at an offset that puts it behind the prefix.

#[cfg(target_arch = "x86_64")]
use super::lanes::Lanes;
use super::lanes::{BLOCK, Block, Tail};
use super::path::Path;
use super::prefix::Prefix;
use crate::footprint;

/// A batch is padded to whole steps of the widest lanes.
const STEP: usize = 16;

/// From this many messages on, a step in lanes is quicker than one message after the other.
const WORTHWHILE: usize = 4;

/// The prefixes of a batch.
#[derive(Debug, Default)]
pub struct Batch {
    count: usize,
    /// Padded to whole steps.
    blocks: Vec<Block>,
    lengths: Vec<u32>,
    /// Prefixes that fill a block, with the number of their message.
    long: Vec<(usize, Prefix)>,
}

impl Batch {
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        footprint::block(size_of::<Block>() * self.blocks.capacity())
            + footprint::block(size_of::<u32>() * self.lengths.capacity())
            + footprint::list(&self.long, |(_, prefix)| footprint::boxed(prefix.text()))
    }

    /// Adds a message and returns its number.
    pub fn push(&mut self, prefix: &Prefix) -> usize {
        let number = self.count;
        self.count += 1;
        if number == self.blocks.len() {
            self.blocks.resize(number + STEP, Block([0; BLOCK]));
            self.lengths.resize(number + STEP, 0);
        }
        let text = prefix.text();
        if text.len() < BLOCK {
            self.blocks[number].0[..text.len()].copy_from_slice(text);
            self.lengths[number] = text.len() as u32;
        } else {
            self.long.push((number, prefix.clone()));
        }
        number
    }

    /// Gives back the room for more messages.
    pub fn shrink(&mut self) {
        self.blocks.shrink_to_fit();
        self.lengths.shrink_to_fit();
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether hashing all messages together costs less than hashing single ones when they are needed.
    pub fn is_worthwhile(&self, path: Path) -> bool {
        path != Path::Single && self.count >= WORTHWHILE
    }

    /// Appends the first 64 bits of the digest of each message.
    pub fn hash(&self, path: Path, value: &str, suffix: &str, heads: &mut Vec<u64>) {
        let before = heads.len();
        let done = match Tail::new(value, suffix) {
            Some(tail) => self.hash_in_lanes(path, &tail, heads),
            None => 0,
        };
        for number in done..self.count {
            let prefix = &self.blocks[number].0[..self.lengths[number] as usize];
            heads.push(Prefix::of(prefix).head(value, suffix));
        }
        heads.truncate(before + self.count);
        for (number, prefix) in &self.long {
            heads[before + number] = prefix.head(value, suffix);
        }
    }

    /// Hashes whole steps, and returns how many messages that were.
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    fn hash_in_lanes(&self, path: Path, tail: &Tail, heads: &mut Vec<u64>) -> usize {
        use super::{avx2, avx512};
        match path {
            Path::Avx512 if is_x86_feature_detected!("avx512bw") => {
                // SAFETY: the processor has AVX-512BW, and with it AVX-512F.
                self.steps(heads, |lanes| unsafe { avx512::heads(lanes, tail) })
            }
            Path::Avx2 if is_x86_feature_detected!("avx2") => {
                // SAFETY: the processor has AVX2.
                self.steps(heads, |lanes| unsafe { avx2::heads(lanes, tail) })
            }
            _ => 0,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn hash_in_lanes(&self, _path: Path, _tail: &Tail, _heads: &mut Vec<u64>) -> usize {
        0
    }

    #[cfg(target_arch = "x86_64")]
    fn steps<const N: usize>(
        &self,
        heads: &mut Vec<u64>,
        step: impl Fn(&Lanes<'_, N>) -> [u64; N],
    ) -> usize {
        let (blocks, _) = self.blocks.as_chunks::<N>();
        let (lengths, _) = self.lengths.as_chunks::<N>();
        let steps = match self.count % N {
            rest @ 1.. if rest < WORTHWHILE => self.count / N,
            _ => self.count.div_ceil(N),
        };
        for (blocks, lengths) in blocks.iter().zip(lengths).take(steps) {
            heads.extend_from_slice(&step(&Lanes { blocks, lengths }));
        }
        (steps * N).min(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashing::lanes::MAX_REST;
    use sha1::{Digest, Sha1};

    fn paths() -> Vec<Path> {
        let best = Path::best();
        let all = [Path::Avx512, Path::Avx2, Path::Single];
        all.into_iter().skip_while(|path| *path != best).collect()
    }

    fn head(message: &str) -> u64 {
        u64::from_be_bytes(Sha1::digest(message.as_bytes())[..8].try_into().unwrap())
    }

    /// Hashes on every path that this processor has, and compares with digests of the whole messages.
    fn check(prefixes: &[String], value: &str, suffix: &str) {
        let mut batch = Batch::default();
        for prefix in prefixes {
            batch.push(&Prefix::of(prefix.as_bytes()));
        }
        let expected: Vec<_> = prefixes
            .iter()
            .map(|prefix| head(&format!("{prefix}{value}{suffix}")))
            .collect();
        for path in paths() {
            let mut heads = vec![7];
            batch.hash(path, value, suffix, &mut heads);
            assert_eq!(heads[0], 7);
            assert_eq!(heads[1..], expected, "{path:?} {value} {suffix}");
        }
    }

    #[test]
    fn every_path_agrees_for_prefixes_and_values_of_any_length() {
        let prefixes: Vec<_> = (0..90)
            .map(|length| {
                "é=".repeat(30)[..]
                    .chars()
                    .cycle()
                    .take(length)
                    .collect::<String>()
            })
            .collect();
        for length in (0..=MAX_REST + 3)
            .step_by(3)
            .chain([54, 55, 56, 63, 64, 65, 119, 120])
        {
            check(&prefixes, &"x".repeat(length), "");
            check(&prefixes, &"ß".repeat(length / 2), "variant");
        }
    }

    #[test]
    fn every_path_agrees_for_any_number_of_messages() {
        for count in 0..40 {
            let prefixes: Vec<_> = (0..count).map(|number| format!("flag-{number}.")).collect();
            check(&prefixes, "user-17", "");
        }
    }

    #[test]
    fn this_processor_runs_every_path_below_its_best() {
        assert!(paths().contains(&Path::Single));
    }

    fn batch_of(count: usize) -> Batch {
        let mut batch = Batch::default();
        for number in 0..count {
            assert_eq!(
                batch.push(&Prefix::of(format!("flag-{number}.").as_bytes())),
                number
            );
        }
        batch
    }

    #[test]
    fn a_batch_is_worthwhile_from_a_few_messages_on_where_there_are_lanes() {
        for (count, expected) in [(0, false), (1, false), (3, false), (4, true), (40, true)] {
            let batch = batch_of(count);
            assert_eq!(batch.len(), count);
            assert_eq!(batch.is_empty(), count == 0);
            assert_eq!(batch.is_worthwhile(Path::Avx512), expected, "{count}");
            assert_eq!(batch.is_worthwhile(Path::Avx2), expected, "{count}");
            assert!(!batch.is_worthwhile(Path::Single));
        }
    }

    #[test]
    fn values_of_ordinary_length_are_hashed_in_lanes_and_longer_ones_are_not() {
        let longest = "x".repeat(MAX_REST);
        let tail = Tail::new(&longest, "").unwrap();
        assert!(Tail::new(&longest, "y").is_none());
        for path in paths() {
            let lanes = match path {
                Path::Avx512 => 16,
                Path::Avx2 => 8,
                Path::Single => 0,
            };
            let mut heads = Vec::new();
            assert_eq!(
                batch_of(16).hash_in_lanes(path, &tail, &mut heads),
                lanes.min(1) * 16
            );
            assert_eq!(heads.len(), lanes.min(1) * 16, "{path:?}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_step_that_few_messages_would_share_is_not_taken() {
        for (count, steps, done) in [
            (0, 0, 0),
            (3, 0, 0),
            (4, 1, 4),
            (8, 1, 8),
            (11, 1, 8),
            (12, 2, 12),
            (16, 2, 16),
            (19, 2, 16),
            (23, 3, 23),
        ] {
            let taken = std::cell::Cell::new(0);
            let mut heads = Vec::new();
            let hashed = batch_of(count).steps(&mut heads, |lanes: &Lanes<'_, 8>| {
                taken.set(taken.get() + 1);
                assert!(lanes.longest() <= 8);
                [0; 8]
            });
            assert_eq!((taken.get(), hashed), (steps, done), "{count}");
        }
    }

    #[test]
    fn only_prefixes_that_fill_a_block_are_kept_out_of_the_lanes() {
        for (length, long) in [(0, 0), (63, 0), (64, 1), (65, 1), (200, 1)] {
            let mut batch = Batch::default();
            batch.push(&Prefix::of("k".repeat(length).as_bytes()));
            assert_eq!(batch.long.len(), long, "{length}");
        }
    }
}
