//! What evaluation makes use of in this processor, for `posthog-node-native doctor`.

// An expectation is never fulfilled here: it makes what it is on count as used.
#![cfg_attr(
    test,
    allow(
        dead_code,
        reason = "only JavaScript calls it, and a test registers nothing there"
    )
)]

use napi_derive::napi;

use crate::hashing::{self, Path};

/// How SHA-1 is computed on this processor.
#[napi(object, object_from_js = false)]
pub struct HashingPaths {
    /// For many flags at once: in the lanes of a vector, or one after the other.
    #[napi(ts_type = "'avx512' | 'avx2' | 'single'")]
    pub batch: &'static str,
    /// For one flag: by the processor's own instructions for it, or without.
    #[napi(ts_type = "'instructions' | 'portable'")]
    pub single: &'static str,
}

/// The paths that hashing takes on this processor.
#[napi(catch_unwind)]
pub fn hashing_paths() -> HashingPaths {
    HashingPaths {
        batch: match Path::best() {
            Path::Avx512 => "avx512",
            Path::Avx2 => "avx2",
            Path::Single => "single",
        },
        single: if hashing::has_sha1_instructions() {
            "instructions"
        } else {
            "portable"
        },
    }
}
