//! Giving memory back to the operating system.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::poller::runtime;

/// Less than this is not worth the walk over the heap.
const WORTHWHILE: usize = 4 * 1024 * 1024;

/// After so many bytes have been freed. glibc keeps freed memory for later unless it lies at the end of a heap, where it
/// hardly ever does; compiling a large document would so leave the process at the size of the worst moment for good. The
/// allocators of other systems return memory by themselves.
pub fn release(freed_bytes: usize) {
    // The walk takes a while, which no thread has that others wait for.
    if freed_bytes >= WORTHWHILE {
        let thread = thread::Builder::new()
            .name("posthog-trim".into())
            .stack_size(runtime::STACK_BYTES);
        if thread.spawn(trim).is_err() {
            trim();
        }
    }
}

/// The same from a thread that has no time for the walk: the background thread does it.
pub fn release_in_background(freed_bytes: usize) {
    /// Since the last walk.
    static FREED: AtomicUsize = AtomicUsize::new(0);
    let before = FREED.fetch_add(freed_bytes, Ordering::Relaxed);
    // What is freed before that walk begins is returned by it too.
    if before < WORTHWHILE && before + freed_bytes >= WORTHWHILE {
        // Without the thread, there is no poller either whose memory this could be.
        let _ = runtime::spawn(async { release(FREED.swap(0, Ordering::Relaxed)) });
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    // SAFETY: may be called at any time from any thread; glibc takes its own locks.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}
