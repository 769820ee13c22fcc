//! Documents that compile, and calls that suit them.

use super::compile::{check_document, options};
use super::generate::bytes::Bytes;
use super::generate::call::Call;
use super::generate::document::document;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let options = options(&mut bytes);
    let call = Call::any(&mut bytes);
    let document = document(&mut bytes);
    let mut text = String::new();
    document.write(&mut text);
    check_document(text.as_bytes(), &options, &call);
}
