//! Bodies of requests, compressed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The fastest level: events are much alike, so that higher ones take longer than they save.
const LEVEL: Compression = Compression::fast();

/// A text as gzip.
///
/// # Errors
/// If there is no memory for it.
pub fn gzip(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut packed = Vec::new();
    packed
        .try_reserve(text.len() / 4 + 64)
        .map_err(|error| error.to_string())?;
    let mut encoder = GzEncoder::new(packed, LEVEL);
    encoder
        .write_all(text)
        .and_then(|()| encoder.finish())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_packed_is_the_text() {
        for text in ["", "{}", &"{\"event\":\"$feature_flag_called\"}".repeat(5000)] {
            let packed = gzip(text.as_bytes()).unwrap();
            let mut unpacked = String::new();
            flate2::read::GzDecoder::new(packed.as_slice())
                .read_to_string(&mut unpacked)
                .unwrap();
            assert_eq!(unpacked, *text);
        }
    }
}
