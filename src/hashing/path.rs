//! The ways to hash many messages. Which of them a program can take depends on its processor.

/// How the messages of a batch are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Sixteen at once.
    Avx512,
    /// Eight at once.
    Avx2,
    /// One after the other, by the crate `sha1`, which knows the SHA extensions of x86-64 and of aarch64.
    Single,
}

impl Path {
    /// The quickest on this processor.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Single
    }
}
