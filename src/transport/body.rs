//! The body of a response: decoded as it comes, and never larger than its limit.
//!
//! Nothing here takes memory for a length that somebody only names. A body grows with the bytes that have come, and where
//! there is no more memory, that is an error.

use std::io::{self, Write};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::brotli::BrotliDecoder;
use super::request::TransportError;

/// What a server is asked for. [`Body`] decodes more, for servers do not always mind it.
pub const ACCEPT_ENCODING: &str = "gzip, br, zstd";

/// What can be decoded.
const CODINGS: [&str; 5] = ["gzip", "x-gzip", "deflate", "br", "zstd"];

/// The largest window of zstd, as a power of two. Those who compress for HTTP use no larger one (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// As many codings of one body are undone. Each can make a thousand bytes of one, which in between count for nothing.
const MOST_CODINGS: usize = 2;

/// A body that is under way.
pub struct Body(Box<dyn Stage>);

impl Body {
    /// A body with the codings of its `Content-Encoding`, in the order in which they were applied, of at most `limit` bytes
    /// when it is decoded.
    ///
    /// # Errors
    /// If there are too many codings.
    pub fn new(codings: &str, limit: usize) -> Result<Self, TransportError> {
        let names = codings.to_ascii_lowercase();
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        let mut stage: Box<dyn Stage> = Box::new(Bounded::new(limit));
        // As `fetch`, which leaves a body as it is if it does not know each of its codings.
        if names.iter().all(|name| CODINGS.contains(name)) {
            if names.len() > MOST_CODINGS {
                return Err(TransportError::Unreadable(
                    "the response has more than two codings".into(),
                ));
            }
            for name in names {
                stage = decoder(name, stage).map_err(unreadable)?;
            }
        }
        Ok(Self(stage))
    }

    /// Takes the next bytes as they came.
    ///
    /// # Errors
    /// If they cannot be decoded, are too many, or there is no memory for them.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let written = self.0.write_all(bytes);
        written.map_err(|error| self.explain(error))
    }

    /// The whole body, decoded.
    ///
    /// # Errors
    /// If its end is missing.
    pub fn finish(mut self) -> Result<Vec<u8>, TransportError> {
        let ended = self.0.finish();
        ended.map_err(|error| self.explain(error))?;
        Ok(std::mem::take(&mut self.0.bounded().bytes))
    }

    /// The cause in the body itself, if it has one; a decoder only passes on that it could not write.
    fn explain(&mut self, error: io::Error) -> TransportError {
        self.0
            .bounded()
            .failure
            .take()
            .unwrap_or_else(|| unreadable(error))
    }
}

/// What undoes one of [`CODINGS`] and writes to the next stage.
fn decoder(coding: &str, next: Box<dyn Stage>) -> io::Result<Box<dyn Stage>> {
    Ok(match coding {
        "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(next)),
        "deflate" => Box::new(Deflate::Unknown(next)),
        "br" => Box::new(BrotliDecoder::new(next)),
        "zstd" => {
            let mut decoder = zstd::stream::raw::Decoder::new()?;
            decoder.set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
            Box::new(zstd::stream::write::Decoder::with_decoder(next, decoder))
        }
        _ => next,
    })
}

/// Takes bytes and hands them on, decoded, to the last stage, which keeps them.
trait Stage: Write + Send {
    /// No more will come.
    fn finish(&mut self) -> io::Result<()>;
    /// The last stage.
    fn bounded(&mut self) -> &mut Bounded;
}

impl Stage for MultiGzDecoder<Box<dyn Stage>> {
    fn finish(&mut self) -> io::Result<()> {
        self.try_finish()?;
        self.get_mut().finish()
    }

    fn bounded(&mut self) -> &mut Bounded {
        self.get_mut().bounded()
    }
}

impl Stage for BrotliDecoder<Box<dyn Stage>> {
    fn finish(&mut self) -> io::Result<()> {
        self.end()?;
        self.get_mut().finish()
    }

    fn bounded(&mut self) -> &mut Bounded {
        self.get_mut().bounded()
    }
}

impl Stage for zstd::stream::write::Decoder<'static, Box<dyn Stage>> {
    fn finish(&mut self) -> io::Result<()> {
        self.do_finish()?;
        self.get_mut().finish()
    }

    fn bounded(&mut self) -> &mut Bounded {
        self.get_mut().bounded()
    }
}

/// Deflate as HTTP means it, within the format of zlib, and as some servers send it, without. The first byte tells.
enum Deflate {
    Unknown(Box<dyn Stage>),
    Zlib(ZlibDecoder<Box<dyn Stage>>),
    Raw(DeflateDecoder<Box<dyn Stage>>),
}

impl Write for Deflate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let (Self::Unknown(next), Some(first)) = (&mut *self, bytes.first()) {
            let next = std::mem::replace(next, Box::new(Bounded::new(0)));
            *self = if first & 0x0f == 8 {
                Self::Zlib(ZlibDecoder::new(next))
            } else {
                Self::Raw(DeflateDecoder::new(next))
            };
        }
        match self {
            Self::Unknown(_) => Ok(bytes.len()),
            Self::Zlib(decoder) => decoder.write(bytes),
            Self::Raw(decoder) => decoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Deflate {
    fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Unknown(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Self::Zlib(decoder) => decoder.try_finish()?,
            Self::Raw(decoder) => decoder.try_finish()?,
        }
        self.next().finish()
    }

    fn bounded(&mut self) -> &mut Bounded {
        self.next().bounded()
    }
}

impl Deflate {
    fn next(&mut self) -> &mut dyn Stage {
        match self {
            Self::Unknown(next) => next.as_mut(),
            Self::Zlib(decoder) => decoder.get_mut().as_mut(),
            Self::Raw(decoder) => decoder.get_mut().as_mut(),
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

impl Stage for Bounded {
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn bounded(&mut self) -> &mut Self {
        self
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
