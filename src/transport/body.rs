//! The body of a response: decoded as it comes, and never larger than its limit.
//!
//! Nothing here takes memory for a length that somebody only names. A body grows with the bytes that have come, and where
//! there is no more memory, that is an error.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use super::TransportError;
use super::brotli::BrotliDecoder;

/// What a server is asked for; it is what [`Body`] can decode.
pub const ACCEPT_ENCODING: &str = "gzip, br, zstd";

/// The largest window of zstd, as a power of two. Those who compress for HTTP use no larger one (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// A body that is under way.
pub struct Body(Decoder);

enum Decoder {
    Plain(Bounded),
    Gzip(MultiGzDecoder<Bounded>),
    Brotli(BrotliDecoder<Bounded>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Bounded>>),
}

impl Body {
    /// A body with the codings of its `Content-Encoding`, of at most `limit` bytes when it is decoded.
    ///
    /// # Errors
    /// If it is not known how to decode it.
    pub fn new(codings: &str, limit: usize) -> Result<Self, TransportError> {
        let bounded = Bounded::new(limit);
        Ok(Self(match codings.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Decoder::Plain(bounded),
            "gzip" | "x-gzip" => Decoder::Gzip(MultiGzDecoder::new(bounded)),
            "br" => Decoder::Brotli(BrotliDecoder::new(bounded)),
            "zstd" => {
                let mut decoder = zstd::stream::raw::Decoder::new().map_err(unreadable)?;
                decoder
                    .set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(ZSTD_WINDOW_LOG))
                    .map_err(unreadable)?;
                Decoder::Zstd(Box::new(zstd::stream::write::Decoder::with_decoder(
                    bounded, decoder,
                )))
            }
            _ => {
                return Err(TransportError::Unreadable(format!(
                    "the response has the Content-Encoding {codings:?}, which was not asked for"
                )));
            }
        }))
    }

    /// Takes the next bytes as they came.
    ///
    /// # Errors
    /// If they cannot be decoded, are too many, or there is no memory for them.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let written = match &mut self.0 {
            Decoder::Plain(bounded) => bounded.write_all(bytes),
            Decoder::Gzip(decoder) => decoder.write_all(bytes),
            Decoder::Brotli(decoder) => decoder.write_all(bytes),
            Decoder::Zstd(decoder) => decoder.write_all(bytes),
        };
        written.map_err(|error| self.explain(error))
    }

    /// The whole body, decoded.
    ///
    /// # Errors
    /// If its end is missing.
    pub fn finish(mut self) -> Result<Vec<u8>, TransportError> {
        let ended = match &mut self.0 {
            Decoder::Plain(_) => Ok(()),
            Decoder::Gzip(decoder) => decoder.try_finish(),
            Decoder::Brotli(decoder) => decoder.finish(),
            Decoder::Zstd(decoder) => decoder.do_finish(),
        };
        ended.map_err(|error| self.explain(error))?;
        Ok(std::mem::take(&mut self.bounded().bytes))
    }

    /// The cause in the body itself, if it has one; the decoder only passes on that it could not write.
    fn explain(&mut self, error: io::Error) -> TransportError {
        self.bounded()
            .failure
            .take()
            .unwrap_or_else(|| unreadable(error))
    }

    fn bounded(&mut self) -> &mut Bounded {
        match &mut self.0 {
            Decoder::Plain(bounded) => bounded,
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Brotli(decoder) => decoder.get_mut(),
            Decoder::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

fn unreadable(error: io::Error) -> TransportError {
    TransportError::Unreadable(format!("the response cannot be decompressed: {error}"))
}

/// Bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    /// Why no more are taken.
    failure: Option<TransportError>,
}

impl Bounded {
    fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            failure: None,
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        if bytes.len() > self.limit - self.bytes.len() {
            return Err(TransportError::BodyTooLarge(self.limit));
        }
        self.bytes
            .try_reserve(bytes.len())
            .map_err(|_| TransportError::no_memory(self.bytes.len() + bytes.len()))?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.take(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(failure) => {
                self.failure = Some(failure);
                Err(io::Error::other("no more is taken"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
