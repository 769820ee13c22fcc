//! Giving memory back to the operating system.

/// Less than this is not worth the walk over the heap.
const WORTHWHILE: usize = 4 * 1024 * 1024;

/// After so many bytes have been freed. glibc keeps freed memory for later unless it lies at the end of a heap, where it
/// hardly ever does; compiling a large document would so leave the process at the size of the worst moment for good. The
/// allocators of other systems return memory by themselves.
pub fn release(freed_bytes: usize) {
    if freed_bytes >= WORTHWHILE {
        trim();
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    // SAFETY: may be called at any time from any thread; glibc takes its own locks.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}
