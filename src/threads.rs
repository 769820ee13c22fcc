//! What the threads of the addon have in common.

/// The size of the stack of each, as the standard library has it. Where it is not said, the environment is asked for it, which
/// JavaScript may change at the same time on another thread.
pub const STACK_BYTES: usize = 2 * 1024 * 1024;
