use std::io::Read;

use flate2::Compression;
use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const TEXT: &[u8] = br#"{"flags":[],"group_type_mapping":{"0":"company"}}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = GzEncoder::new(bytes, Compression::default());
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = ZlibEncoder::new(bytes, Compression::default());
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = DeflateEncoder::new(bytes, Compression::default());
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

/// Decodes pieces of so many bytes.
fn decode(
    codings: &str,
    bytes: &[u8],
    piece: usize,
    limit: usize,
) -> Result<Vec<u8>, TransportError> {
    let mut body = Body::new(codings, limit)?;
    for piece in bytes.chunks(piece) {
        body.push(piece)?;
    }
    body.finish()
}

/// `TEXT` as `zlib.brotliCompressSync` writes it.
const BROTLI: &[u8] = &[
    0x0b, 0x18, 0x80, 0x7b, 0x22, 0x66, 0x6c, 0x61, 0x67, 0x73, 0x22, 0x3a, 0x5b, 0x5d, 0x2c, 0x22,
    0x67, 0x72, 0x6f, 0x75, 0x70, 0x5f, 0x74, 0x79, 0x70, 0x65, 0x5f, 0x6d, 0x61, 0x70, 0x70, 0x69,
    0x6e, 0x67, 0x22, 0x3a, 0x7b, 0x22, 0x30, 0x22, 0x3a, 0x22, 0x63, 0x6f, 0x6d, 0x70, 0x61, 0x6e,
    0x79, 0x22, 0x7d, 0x7d, 0x03,
];

/// `TEXT` as `zlib.zstdCompressSync` writes it.
const ZSTD: &[u8] = &[
    0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x89, 0x01, 0x00, 0x7b, 0x22, 0x66, 0x6c, 0x61, 0x67, 0x73,
    0x22, 0x3a, 0x5b, 0x5d, 0x2c, 0x22, 0x67, 0x72, 0x6f, 0x75, 0x70, 0x5f, 0x74, 0x79, 0x70, 0x65,
    0x5f, 0x6d, 0x61, 0x70, 0x70, 0x69, 0x6e, 0x67, 0x22, 0x3a, 0x7b, 0x22, 0x30, 0x22, 0x3a, 0x22,
    0x63, 0x6f, 0x6d, 0x70, 0x61, 0x6e, 0x79, 0x22, 0x7d, 0x7d, 0x97, 0x6d, 0x2c, 0xef,
];

#[test]
fn each_coding_is_decoded_however_it_is_cut_and_spelled() {
    let members = [gzip(&TEXT[..9]), gzip(b""), gzip(&TEXT[9..])].concat();
    for (codings, bytes) in [
        ("", TEXT),
        ("identity", TEXT),
        ("unheard-of", TEXT),
        ("gzip, unheard-of", TEXT),
        ("gzip", &gzip(TEXT)),
        ("GZIP", &gzip(TEXT)),
        (" x-gzip ", &gzip(TEXT)),
        ("gzip", &members),
        ("deflate", &zlib(TEXT)),
        ("Deflate", &raw(TEXT)),
        ("gzip, deflate", &zlib(&gzip(TEXT))),
        ("deflate , gzip", &gzip(&raw(TEXT))),
        ("br, gzip", &gzip(BROTLI)),
        ("br", BROTLI),
        ("zstd", ZSTD),
        ("zstd", &[ZSTD, ZSTD].concat()),
    ] {
        for piece in [1, 2, 3, 10, 1000] {
            let expected = if bytes.len() > ZSTD.len() && codings == "zstd" {
                TEXT.repeat(2)
            } else {
                TEXT.to_vec()
            };
            assert_eq!(
                decode(codings, bytes, piece, 1000).unwrap(),
                expected,
                "{codings} in pieces of {piece}"
            );
        }
    }
}

#[test]
fn the_limit_is_that_of_the_decoded_body() {
    let small = gzip(b"x");
    assert!(small.len() > 1);
    assert_eq!(decode("gzip", &small, 100, 1).unwrap(), b"x");
    let blanks = gzip(&[b' '; 100_000]);
    for (codings, bytes, length) in [
        ("", TEXT, TEXT.len()),
        ("gzip", &blanks, 100_000),
        ("deflate", &zlib(TEXT), TEXT.len()),
        ("gzip, gzip", &gzip(&blanks), 100_000),
        ("br", BROTLI, TEXT.len()),
        ("zstd", ZSTD, TEXT.len()),
    ] {
        assert_eq!(
            decode(codings, bytes, 1000, length).unwrap().len(),
            length,
            "{codings}"
        );
        assert_eq!(
            decode(codings, bytes, 1000, length - 1).unwrap_err(),
            TransportError::BodyTooLarge(length - 1),
            "{codings}"
        );
    }
}

#[test]
fn what_cannot_be_decoded_or_is_cut_short_is_left_to_another_transport() {
    let packed = gzip(TEXT);
    let garbage = [packed.as_slice(), b"garbage and more of it"].concat();
    for (codings, bytes) in [
        ("gzip", TEXT),
        ("gzip", &packed[..packed.len() - 1]),
        ("gzip", &packed[..12]),
        ("gzip", &garbage),
        ("br", TEXT),
        ("br", &BROTLI[..BROTLI.len() - 1]),
        ("br", b""),
        ("zstd", TEXT),
        ("zstd", &ZSTD[..ZSTD.len() - 1]),
        ("deflate", TEXT),
        ("deflate", b""),
        ("deflate", &zlib(TEXT)[..20]),
        ("gzip, br", TEXT),
        ("gzip, gzip, gzip", &gzip(&gzip(&packed))),
    ] {
        let decoded = decode(codings, bytes, 5, 1000);
        assert!(
            matches!(decoded, Err(TransportError::Unreadable(_))),
            "{codings}: {decoded:?}"
        );
    }
}

#[test]
fn a_window_that_a_few_bytes_ask_for_is_not_taken() {
    // Large windows of brotli, of a gigabyte, and a frame of zstd with a window of two.
    for (codings, bytes) in [
        ("br", [0x11, 0x1e, 0x0b, 0xff, 0xff, 0x03].as_slice()),
        ("zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0, 0]),
    ] {
        let decoded = decode(codings, bytes, 100, 1000);
        assert!(
            matches!(decoded, Err(TransportError::Unreadable(_))),
            "{codings}: {decoded:?}"
        );
    }
}
