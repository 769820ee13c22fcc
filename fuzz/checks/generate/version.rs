//! Versions of which it is known what numbers they stand for.

use super::bytes::Bytes;

/// A version as numbers and as one of the texts that stand for it.
pub fn version(bytes: &mut Bytes<'_>) -> ([f64; 3], String) {
    let [major, minor, patch] = [(); 3].map(|()| match bytes.below(8) {
        0..=5 => u64::from(bytes.byte()) % 4,
        6 => u64::from(bytes.u16()),
        _ => bytes.u64(),
    });
    let (numbers, base) = match bytes.below(4) {
        0 => ([major, 0, 0], format!("{major}")),
        1 => ([major, minor, 0], format!("{major}.{minor}")),
        2 => ([major, minor, patch], format!("{major}.{minor}.{patch}.7")),
        _ => ([major, minor, patch], format!("{major}.{minor}.{patch}")),
    };
    let before = bytes.choose(&["", "v", "V", " ", "\u{feff} v"]);
    let after = bytes.choose(&["", "-rc.1", "+build-5", "-a+b", " "]);
    (
        numbers.map(|number| number as f64),
        format!("{before}{base}{after}"),
    )
}
