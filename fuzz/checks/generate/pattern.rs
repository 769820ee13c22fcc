//! Patterns of filters.

use posthog_node_native::js::text;

use super::bytes::Bytes;
use super::regex_oracle;

/// A pattern for a filter.
pub fn pattern(bytes: &mut Bytes<'_>) -> String {
    if bytes.chance(64) {
        return text::from_utf16(&bytes.utf16());
    }
    let tree = regex_oracle::tree(bytes, 2);
    let mut pattern = String::new();
    regex_oracle::print(&tree, bytes, &mut pattern);
    pattern
}
