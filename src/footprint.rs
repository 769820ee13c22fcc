//! How much memory values take, as an allocator counts it.

/// How many bytes an allocation of this size takes: an allocator rounds up, and stores a word of its own before it.
pub fn block(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        bytes => (bytes + size_of::<usize>()).next_multiple_of(16).max(32),
    }
}

/// What a boxed value takes.
pub fn boxed<T: ?Sized>(value: &T) -> usize {
    block(size_of_val(value))
}

/// What a list takes, and what its items keep elsewhere.
pub fn list<T>(items: &[T], kept: impl Fn(&T) -> usize) -> usize {
    boxed(items) + items.iter().map(kept).sum::<usize>()
}

/// What a text that may be missing takes.
pub fn text(text: Option<&str>) -> usize {
    text.map_or(0, boxed)
}
