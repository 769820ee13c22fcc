//! SHA-1 of eight messages at once, for processors with AVX2.

use std::arch::x86_64::*;

use super::lanes::{BLOCK, Lanes, Tail};
use super::rounds::{INITIAL_STATE, rounds};

/// As many messages are hashed at once.
pub const LANES: usize = 8;

/// A vector holds half a block.
const HALF: usize = BLOCK / 2;

/// The first 64 bits of the digests of eight messages.
///
/// # Safety
///
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
pub unsafe fn heads(lanes: &Lanes<'_, LANES>, tail: &Tail) -> [u64; LANES] {
    // SAFETY: the array has the size of the vector, and the load has no alignment to keep.
    let prefix_lengths = unsafe { _mm256_loadu_si256(lanes.lengths.as_ptr().cast()) };
    let lengths = _mm256_add_epi32(prefix_lengths, _mm256_set1_epi32(tail.length() as i32));
    let bit_lengths = _mm256_slli_epi32::<3>(lengths);
    // The message, a byte that ends it and eight that say how long it is.
    let block_counts = _mm256_srli_epi32::<6>(_mm256_add_epi32(
        lengths,
        _mm256_set1_epi32(8 + BLOCK as i32),
    ));

    let [a, b, c, d, e] = INITIAL_STATE;
    let mut state = [splat(a), splat(b), splat(c), splat(d), splat(e)];
    let mut high = splat(0);
    let mut low = splat(0);
    for block in 0..tail.block_count(lanes.longest()) {
        let mut words = [splat(0); 16];
        for half in 0..2 {
            let mut rows = [splat(0); LANES];
            for (lane, row) in rows.iter_mut().enumerate() {
                let rest = &tail.block(block, lanes.lengths[lane])[half * HALF..][..HALF];
                // SAFETY: half a block has the size of the vector, and the load has no alignment to keep.
                *row = unsafe { _mm256_loadu_si256(rest.as_ptr().cast()) };
                if block == 0 {
                    let prefix = &lanes.blocks[lane].0[half * HALF..][..HALF];
                    // SAFETY: as above.
                    let prefix = unsafe { _mm256_loadu_si256(prefix.as_ptr().cast()) };
                    *row = _mm256_or_si256(*row, prefix);
                }
                *row = from_big_endian(*row);
            }
            words[half * LANES..][..LANES].copy_from_slice(&transpose(rows));
        }
        let is_last = _mm256_cmpeq_epi32(block_counts, _mm256_set1_epi32(block as i32 + 1));
        words[15] = _mm256_or_si256(words[15], _mm256_and_si256(bit_lengths, is_last));
        state = rounds!(words, state);
        high = _mm256_blendv_epi8(high, state[0], is_last);
        low = _mm256_blendv_epi8(low, state[1], is_last);
    }
    let mut halves = [[0u32; LANES]; 2];
    // SAFETY: both arrays have the size of the vector, and the stores have no alignment to keep.
    unsafe {
        _mm256_storeu_si256(halves[0].as_mut_ptr().cast(), high);
        _mm256_storeu_si256(halves[1].as_mut_ptr().cast(), low);
    }
    std::array::from_fn(|lane| u64::from(halves[0][lane]) << 32 | u64::from(halves[1][lane]))
}

#[inline]
#[target_feature(enable = "avx2")]
fn from_big_endian(bytes: __m256i) -> __m256i {
    let order = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    _mm256_shuffle_epi8(bytes, _mm256_broadcastsi128_si256(order))
}

/// From a row of words for each lane to a row of lanes for each word.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: [__m256i; LANES]) -> [__m256i; 8] {
    // Words of two rows side by side, then of four, then the halves of the vectors change places.
    let mut pairs = rows;
    for row in (0..8).step_by(2) {
        pairs[row] = _mm256_unpacklo_epi32(rows[row], rows[row + 1]);
        pairs[row + 1] = _mm256_unpackhi_epi32(rows[row], rows[row + 1]);
    }
    let mut fours = pairs;
    for row in [0, 4] {
        fours[row] = _mm256_unpacklo_epi64(pairs[row], pairs[row + 2]);
        fours[row + 1] = _mm256_unpackhi_epi64(pairs[row], pairs[row + 2]);
        fours[row + 2] = _mm256_unpacklo_epi64(pairs[row + 1], pairs[row + 3]);
        fours[row + 3] = _mm256_unpackhi_epi64(pairs[row + 1], pairs[row + 3]);
    }
    let mut words = fours;
    for word in 0..4 {
        words[word] = _mm256_permute2x128_si256::<0x20>(fours[word], fours[word + 4]);
        words[word + 4] = _mm256_permute2x128_si256::<0x31>(fours[word], fours[word + 4]);
    }
    words
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(word: u32) -> __m256i {
    _mm256_set1_epi32(word as i32)
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(left: __m256i, right: __m256i) -> __m256i {
    _mm256_add_epi32(left, right)
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_left<const BITS: i32>(words: __m256i) -> __m256i {
    // There is no rotation; the compiler knows the counts.
    _mm256_or_si256(
        _mm256_sll_epi32(words, _mm_cvtsi32_si128(BITS)),
        _mm256_srl_epi32(words, _mm_cvtsi32_si128(32 - BITS)),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn choose(which: __m256i, one: __m256i, other: __m256i) -> __m256i {
    _mm256_xor_si256(other, _mm256_and_si256(which, _mm256_xor_si256(one, other)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn parity(first: __m256i, second: __m256i, third: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_xor_si256(first, second), third)
}

#[inline]
#[target_feature(enable = "avx2")]
fn majority(first: __m256i, second: __m256i, third: __m256i) -> __m256i {
    let both = _mm256_and_si256(first, second);
    _mm256_or_si256(
        both,
        _mm256_and_si256(third, _mm256_or_si256(first, second)),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(first: __m256i, second: __m256i, third: __m256i, fourth: __m256i) -> __m256i {
    _mm256_xor_si256(parity(first, second, third), fourth)
}
