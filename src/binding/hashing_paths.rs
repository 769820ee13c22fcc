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

use crate::hashing::Path;

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
        single: if has_sha1_instructions() {
            "instructions"
        } else {
            "portable"
        },
    }
}

/// Whether a single message is hashed by the processor's own instructions, which the crate `sha1` decides by the same signs.
fn has_sha1_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("sse4.1")
    }
    #[cfg(target_arch = "aarch64")]
    {
        std::arch::is_aarch64_feature_detected!("sha2")
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        false
    }
}
