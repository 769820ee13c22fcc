//! SHA-1's 80 rounds, written once for every width of vector.

/// The initial state.
pub const INITIAL_STATE: [u32; 5] = [
    0x6745_2301,
    0xEFCD_AB89,
    0x98BA_DCFE,
    0x1032_5476,
    0xC3D2_E1F0,
];

/// Runs the rounds of one block per lane. `$words` is the array of the block's 16 words, which is used up, and `$state`
/// that of the five state words, each a vector with one lane per message. In scope have to be, for that vector:
/// `splat(word)`, `add`, `rotate_left::<BITS>`, `choose`, `parity` and `majority` of three, `xor` of four.
macro_rules! rounds {
    ($words:ident, $state:ident) => {{
        let mut s = $state;
        rounds!(stored $words s choose 0x5A82_7999: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        rounds!(mixed $words s choose 0x5A82_7999: 16 17 18 19);
        rounds!(mixed $words s parity 0x6ED9_EBA1: 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39);
        rounds!(mixed $words s majority 0x8F1B_BCDC: 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59);
        rounds!(mixed $words s parity 0xCA62_C1D6: 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79);
        [
            add($state[0], s[0]),
            add($state[1], s[1]),
            add($state[2], s[2]),
            add($state[3], s[3]),
            add($state[4], s[4]),
        ]
    }};
    (stored $words:ident $s:ident $mix:ident $constant:literal: $($round:literal)*) => { $(
        rounds!(round $s $mix $constant $words[$round]);
    )* };
    (mixed $words:ident $s:ident $mix:ident $constant:literal: $($round:literal)*) => { $(
        $words[$round % 16] = rotate_left::<1>(xor(
            $words[($round - 3) % 16],
            $words[($round - 8) % 16],
            $words[($round - 14) % 16],
            $words[$round % 16],
        ));
        rounds!(round $s $mix $constant $words[$round % 16]);
    )* };
    (round $s:ident $mix:ident $constant:literal $word:expr) => {
        let [a, b, c, d, e] = $s;
        // Joined so that what depends on the round before comes last.
        let ready = add(add(e, splat($constant)), $word);
        let next = add(add(ready, $mix(b, c, d)), rotate_left::<5>(a));
        $s = [next, a, rotate_left::<30>(b), c, d];
    };
}
pub(super) use rounds;
