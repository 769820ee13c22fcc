//! SHA-1 of 16 messages at once, for processors with AVX-512.

use std::arch::x86_64::*;

use super::lanes::{BLOCK, Lanes, Tail};
use super::rounds::{INITIAL_STATE, rounds};

/// As many messages are hashed at once.
pub const LANES: usize = 16;

/// The first 64 bits of the digests of 16 messages.
///
/// # Safety
///
/// The processor must have AVX-512F and AVX-512BW.
#[target_feature(enable = "avx512f,avx512bw")]
pub unsafe fn heads(lanes: &Lanes<'_, LANES>, tail: &Tail) -> [u64; LANES] {
    // SAFETY: the array has the size of the vector, and the load has no alignment to keep.
    let prefix_lengths = unsafe { _mm512_loadu_si512(lanes.lengths.as_ptr().cast()) };
    let lengths = _mm512_add_epi32(prefix_lengths, _mm512_set1_epi32(tail.length() as i32));
    let bit_lengths = _mm512_slli_epi32::<3>(lengths);
    // The message, a byte that ends it and eight that say how long it is.
    let block_counts = _mm512_srli_epi32::<6>(_mm512_add_epi32(
        lengths,
        _mm512_set1_epi32(8 + BLOCK as i32),
    ));

    let [a, b, c, d, e] = INITIAL_STATE;
    let mut state = [splat(a), splat(b), splat(c), splat(d), splat(e)];
    let mut high = splat(0);
    let mut low = splat(0);
    for block in 0..tail.block_count(lanes.longest()) {
        let mut rows = [splat(0); LANES];
        for (lane, row) in rows.iter_mut().enumerate() {
            let rest = tail.block(block, lanes.lengths[lane]).as_ptr();
            // SAFETY: a block has the size of the vector, and the load has no alignment to keep.
            *row = unsafe { _mm512_loadu_si512(rest.cast()) };
            if block == 0 {
                let prefix = lanes.blocks[lane].0.as_ptr();
                // SAFETY: as above.
                let prefix = unsafe { _mm512_loadu_si512(prefix.cast()) };
                *row = _mm512_or_si512(*row, prefix);
            }
            *row = from_big_endian(*row);
        }
        let mut words = transpose(rows);
        let is_last = _mm512_cmpeq_epi32_mask(block_counts, _mm512_set1_epi32(block as i32 + 1));
        words[15] = _mm512_mask_or_epi32(words[15], is_last, words[15], bit_lengths);
        state = rounds!(words, state);
        high = _mm512_mask_mov_epi32(high, is_last, state[0]);
        low = _mm512_mask_mov_epi32(low, is_last, state[1]);
    }
    let mut halves = [[0u32; LANES]; 2];
    // SAFETY: both arrays have the size of the vector, and the stores have no alignment to keep.
    unsafe {
        _mm512_storeu_si512(halves[0].as_mut_ptr().cast(), high);
        _mm512_storeu_si512(halves[1].as_mut_ptr().cast(), low);
    }
    std::array::from_fn(|lane| u64::from(halves[0][lane]) << 32 | u64::from(halves[1][lane]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn from_big_endian(bytes: __m512i) -> __m512i {
    let order = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    _mm512_shuffle_epi8(bytes, _mm512_broadcast_i32x4(order))
}

/// From a row of words for each lane to a row of lanes for each word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn transpose(rows: [__m512i; LANES]) -> [__m512i; 16] {
    // Words of two rows side by side, then of four, then the quarters of the vectors change places.
    let mut pairs = rows;
    for row in (0..16).step_by(2) {
        pairs[row] = _mm512_unpacklo_epi32(rows[row], rows[row + 1]);
        pairs[row + 1] = _mm512_unpackhi_epi32(rows[row], rows[row + 1]);
    }
    let mut fours = pairs;
    for row in (0..16).step_by(4) {
        fours[row] = _mm512_unpacklo_epi64(pairs[row], pairs[row + 2]);
        fours[row + 1] = _mm512_unpackhi_epi64(pairs[row], pairs[row + 2]);
        fours[row + 2] = _mm512_unpacklo_epi64(pairs[row + 1], pairs[row + 3]);
        fours[row + 3] = _mm512_unpackhi_epi64(pairs[row + 1], pairs[row + 3]);
    }
    let mut words = fours;
    for word in 0..4 {
        let [first, second, third, fourth] = [
            fours[word],
            fours[word + 4],
            fours[word + 8],
            fours[word + 12],
        ];
        let even_low = _mm512_shuffle_i32x4::<0b10_00_10_00>(first, second);
        let odd_low = _mm512_shuffle_i32x4::<0b11_01_11_01>(first, second);
        let even_high = _mm512_shuffle_i32x4::<0b10_00_10_00>(third, fourth);
        let odd_high = _mm512_shuffle_i32x4::<0b11_01_11_01>(third, fourth);
        words[word] = _mm512_shuffle_i32x4::<0b10_00_10_00>(even_low, even_high);
        words[word + 4] = _mm512_shuffle_i32x4::<0b10_00_10_00>(odd_low, odd_high);
        words[word + 8] = _mm512_shuffle_i32x4::<0b11_01_11_01>(even_low, even_high);
        words[word + 12] = _mm512_shuffle_i32x4::<0b11_01_11_01>(odd_low, odd_high);
    }
    words
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> __m512i {
    _mm512_set1_epi32(word as i32)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(left: __m512i, right: __m512i) -> __m512i {
    _mm512_add_epi32(left, right)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn rotate_left<const BITS: i32>(words: __m512i) -> __m512i {
    _mm512_rol_epi32::<BITS>(words)
}

// The tables of `_mm512_ternarylogic_epi32` list the result for each of the eight combinations of three bits.

#[inline]
#[target_feature(enable = "avx512f")]
fn choose(which: __m512i, one: __m512i, other: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xCA>(which, one, other)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn parity(first: __m512i, second: __m512i, third: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0x96>(first, second, third)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn majority(first: __m512i, second: __m512i, third: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xE8>(first, second, third)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn xor(first: __m512i, second: __m512i, third: __m512i, fourth: __m512i) -> __m512i {
    _mm512_xor_si512(parity(first, second, third), fourth)
}
