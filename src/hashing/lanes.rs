//! How messages are laid out for hashing in lanes: blocks of prefixes, and the rest that all messages share.

/// Bytes in a block of SHA-1.
pub const BLOCK: usize = 64;

/// The longest value with its suffix that is hashed in lanes, in bytes; real ids are far shorter.
pub const MAX_REST: usize = 192;

/// The prefix of one message, followed by zeros.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Block(pub [u8; BLOCK]);

/// The prefixes of the messages of one step.
#[derive(Debug)]
pub struct Lanes<'b, const N: usize> {
    /// The prefixes.
    pub blocks: &'b [Block; N],
    /// The lengths of the prefixes in bytes, each below [`BLOCK`].
    pub lengths: &'b [u32; N],
}

impl<const N: usize> Lanes<'_, N> {
    /// The longest of the prefixes, in bytes.
    pub fn longest(&self) -> u32 {
        self.lengths.iter().copied().max().unwrap_or(0)
    }
}

/// The rest that follows each prefix, ready to be read at any offset.
#[derive(Debug)]
pub struct Tail {
    bytes: [u8; Self::SIZE],
    length: u32,
}

impl Tail {
    /// Zeros stand before the rest, for the longest prefix, and after it, for the last block of the longest message.
    const SIZE: usize = BLOCK + Self::MAX_BLOCKS * BLOCK;
    const MAX_BLOCKS: usize = (BLOCK + MAX_REST + 8) / BLOCK + 1;

    /// `None` if it is too long for lanes.
    pub fn new(value: &str, suffix: &str) -> Option<Self> {
        let length = value.len() + suffix.len();
        if length > MAX_REST {
            return None;
        }
        let mut bytes = [0; Self::SIZE];
        let end = BLOCK + length;
        bytes[BLOCK..BLOCK + value.len()].copy_from_slice(value.as_bytes());
        bytes[BLOCK + value.len()..end].copy_from_slice(suffix.as_bytes());
        // SHA-1 puts this byte behind a message.
        bytes[end] = 0x80;
        Some(Self {
            bytes,
            length: length as u32,
        })
    }

    /// How long the value and the suffix are, in bytes.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// How many blocks the message with a prefix of this length has.
    pub fn block_count(&self, prefix_length: u32) -> usize {
        (prefix_length + self.length + 8) as usize / BLOCK + 1
    }

    /// The part of the rest in the n-th block of a message with a prefix of this length. The bytes around it are zeros.
    #[inline]
    pub fn block(&self, block: usize, prefix_length: u32) -> &[u8] {
        let start = (block + 1) * BLOCK - prefix_length as usize;
        &self.bytes[start..start + BLOCK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_of_a_step_is_known() {
        let blocks = [const { Block([0; BLOCK]) }; 4];
        let lanes = Lanes {
            blocks: &blocks,
            lengths: &[3, 9, 0, 4],
        };
        assert_eq!(lanes.longest(), 9);
    }
}
