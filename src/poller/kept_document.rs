//! The document of the server that the definitions in use were compiled from, kept as it came for a provider.
//!
//! A provider that could not store it, or whose copy expires, is given it again when the server only says that nothing
//! changed; asking the server again would cost a whole response each time. It is compressed, because it may be large and is
//! mostly repetition: 20 MB take 1.2 MB and some 20 ms of the background thread, a twentieth of what compiling them takes.
//! A client without a provider keeps nothing.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// A document, compressed.
#[derive(Debug)]
pub struct KeptDocument {
    compressed: Vec<u8>,
    length: usize,
}

impl KeptDocument {
    /// Compresses a document.
    ///
    /// # Errors
    /// None in practice: writing to memory does not fail.
    pub fn new(document: &[u8]) -> io::Result<Self> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(document)?;
        let mut compressed = encoder.finish()?;
        compressed.shrink_to_fit();
        Ok(Self {
            compressed,
            length: document.len(),
        })
    }

    /// The document as it was.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn document(&self) -> io::Result<Vec<u8>> {
        let mut document = Vec::new();
        document.try_reserve_exact(self.length)?;
        DeflateDecoder::new(self.compressed.as_slice()).read_to_end(&mut document)?;
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_document_comes_back_as_it_was_and_takes_little_room() {
        let document = br#"{"key":"flag","active":true},"#.repeat(1000);
        let kept = KeptDocument::new(&document).unwrap();
        assert_eq!(kept.document().unwrap(), document);
        assert!(kept.compressed.len() * 20 < document.len());
        assert!(
            KeptDocument::new(b"")
                .unwrap()
                .document()
                .unwrap()
                .is_empty()
        );
    }
}
