//! Bodies of requests, compressed.

use flate2::{Compress, Compression, FlushCompress, Status};
use parking_lot::Mutex;

/// The fastest level: events are much alike, so that higher ones take longer than they save.
const LEVEL: Compression = Compression::fast();

/// The window of gzip, as a power of two: the largest.
const WINDOW: u8 = 15;

/// What one text needs at least for its head and its end, and for what cannot be packed.
const OVERHEAD: usize = 64;

/// Taking its memory and clearing it costs more than packing a batch, so that it is kept for the next one.
static IDLE: Mutex<Option<Compress>> = Mutex::new(None);

/// A text as gzip.
///
/// # Errors
/// If there is no memory for it.
pub fn gzip(text: &[u8]) -> Result<Vec<u8>, String> {
    let idle = IDLE.lock().take();
    let mut compress = idle.unwrap_or_else(|| Compress::new_gzip(LEVEL, WINDOW));
    compress.reset();
    let mut packed = Vec::new();
    let mut written = 0;
    loop {
        let room = (text.len() / 4).max(written / 2) + OVERHEAD;
        packed
            .try_reserve(room)
            .map_err(|error| error.to_string())?;
        // `compress_vec` would fill what is free one byte at a time, which `perf` shows as `Vec::extend_with`.
        packed.resize(written + room, 0);
        let read = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = text.get(read..).unwrap_or_default();
        let status = compress
            .compress(rest, &mut packed[written..], FlushCompress::Finish)
            .map_err(|error| error.to_string())?;
        written = usize::try_from(compress.total_out()).unwrap_or(usize::MAX);
        packed.truncate(written);
        if status == Status::StreamEnd {
            *IDLE.lock() = Some(compress);
            return Ok(packed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn unpack(packed: &[u8]) -> Vec<u8> {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed)
            .read_to_end(&mut unpacked)
            .unwrap();
        unpacked
    }

    #[test]
    fn what_is_packed_is_the_text_one_after_the_other() {
        let event = "{\"event\":\"$feature_flag_called\"}";
        for text in ["", "{}", event, &event.repeat(5000), "{}", ""] {
            assert_eq!(unpack(&gzip(text.as_bytes()).unwrap()), text.as_bytes());
        }
        assert!(gzip(event.repeat(5000).as_bytes()).unwrap().len() < 5000);
    }

    #[test]
    fn what_cannot_be_packed_grows_by_little() {
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(300_000)
        .collect();
        let packed = gzip(&noise).unwrap();
        assert_eq!(unpack(&packed), noise);
        assert!(packed.len() < noise.len() + noise.len() / 10);
    }
}
