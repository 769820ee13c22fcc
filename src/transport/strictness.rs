//! What the native transport reads and Node's parser of HTTP refuses: two ways to tell where a body ends, of which others on
//! the way may have taken the other one, and heads beyond Node's limit.

use reqwest::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use reqwest::{Response, StatusCode, Version};

/// The longest head that Node reads, unless `--max-http-header-size` says otherwise.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// # Errors
/// What about a response Node would not accept.
pub fn check(response: &Response) -> Result<(), &'static str> {
    if response.version() >= Version::HTTP_2 {
        return Ok(());
    }
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err("the response goes over to another protocol");
    }
    let headers = response.headers();
    if head_bytes(headers) > MAX_HEAD_BYTES {
        return Err("the response has a head of more than 16 KiB");
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let length = lengths.next();
    if lengths.next().is_some() || length.is_some_and(|value| value.as_bytes().contains(&b',')) {
        return Err("the response has more than one Content-Length");
    }
    match headers.get_all(TRANSFER_ENCODING).iter().next_back() {
        None => Ok(()),
        Some(_) if length.is_some() => {
            Err("the response has both Content-Length and Transfer-Encoding")
        }
        Some(value) if value.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        Some(_) => Err("the response has a Transfer-Encoding other than chunked"),
    }
}

fn head_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}
