//! The memory of the addon. Large blocks come from the operating system and go back to it at once, not through glibc.
//!
//! Compiled definitions are a few large lists, and each load frees those of the one before. glibc would keep them: once it
//! has freed a block of 20 MB, it gives out blocks up to that size from its heaps, whose ends it returns late or never. The
//! kernel also makes a block larger without copying it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// From this many bytes on a block is one of the operating system's.
const LARGE: usize = 256 * 1024;

/// A block of the operating system starts at a page, so it is aligned for everything up to this.
const PAGE: usize = 4096;

#[global_allocator]
static MEMORY: LargeBlocks = LargeBlocks;

struct LargeBlocks;

fn is_large(layout: &Layout) -> bool {
    layout.size() >= LARGE && layout.align() <= PAGE
}

// SAFETY: the size and the alignment of a block alone tell whether it is the operating system's, so each block goes back to
// where it came from. Neither side unwinds.
unsafe impl GlobalAlloc for LargeBlocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(&layout) {
            return map(layout.size());
        }
        // SAFETY: the caller's promises about the layout are those asked for here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(&layout) {
            // The operating system gives out zeros.
            return map(layout.size());
        }
        // SAFETY: the caller's promises about the layout are those asked for here.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_large(&layout) {
            // SAFETY: by its layout the block was mapped with this size, and the caller uses it no more.
            unsafe { libc::munmap(block.cast(), layout.size()) };
            return;
        }
        // SAFETY: by its layout the block is the system allocator's.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size, rounded up to the alignment, does not overflow.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (is_large(&layout), is_large(&wanted)) {
            // SAFETY: by its layout the block is the system allocator's.
            (false, false) => unsafe { System.realloc(block, layout, size) },
            (true, true) => {
                // SAFETY: by its layout the block was mapped with this size, and the caller uses the old address no more.
                let moved = unsafe {
                    libc::mremap(block.cast(), layout.size(), size, libc::MREMAP_MAYMOVE)
                };
                or_null(moved)
            }
            _ => {
                // SAFETY: both layouts are valid, the blocks do not overlap, and each has as many bytes as are copied.
                unsafe {
                    let other = self.alloc(wanted);
                    if !other.is_null() {
                        ptr::copy_nonoverlapping(block, other, layout.size().min(size));
                        self.dealloc(block, layout);
                    }
                    other
                }
            }
        }
    }
}

/// So many bytes of the operating system; null if there are none.
fn map(size: usize) -> *mut u8 {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new private mapping at an address of the kernel's choice touches no other memory.
    or_null(unsafe { libc::mmap(ptr::null_mut(), size, access, kind, -1, 0) })
}

fn or_null(block: *mut libc::c_void) -> *mut u8 {
    if block == libc::MAP_FAILED {
        ptr::null_mut()
    } else {
        block.cast()
    }
}
