//! The one background thread of the process.
//!
//! Shared by the pollers of all clients, in worker threads too; it starts when the first poller does and lasts as long
//! as the process, so that a worker that ends takes nothing away from the others.

use std::future::{Future, poll_fn};
use std::sync::OnceLock;
use std::task::Poll;
use std::{io, thread};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;

use crate::panics;

/// The size of the stack of each thread here, as the standard library has it. Where it is not said, the environment is asked for it, which
/// JavaScript may change at the same time on another thread.
pub const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Runs `future` on the background thread, unless it is aborted by the handle. A panic in it ends the future alone.
///
/// # Errors
/// If the thread cannot be started.
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Result<AbortHandle, String> {
    static RUNTIME: OnceLock<Result<Handle, String>> = OnceLock::new();
    let handle = RUNTIME
        .get_or_init(|| {
            start().map_err(|error| {
                format!("posthog-node-native could not start its background thread: {error}")
            })
        })
        .as_ref()
        .map_err(Clone::clone)?;
    Ok(handle.spawn(future).abort_handle())
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        // Name resolution blocks, and happens here; one lookup at a time is plenty.
        .max_blocking_threads(1)
        .thread_name("posthog-lookup")
        .thread_stack_size(STACK_BYTES)
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        // Linux shows the first 15 bytes.
        .name("posthog-flags".into())
        .stack_size(STACK_BYTES)
        .spawn(move || run(&runtime))?;
    Ok(handle)
}

/// Never returns. Each future is guarded by tokio; should tokio itself fail, it starts over, for the pollers of all clients
/// live here.
fn run(runtime: &Runtime) {
    let forever = || {
        runtime.block_on(poll_fn(|_| {
            panics::injected("thread");
            Poll::<()>::Pending
        }));
    };
    while panics::catch(forever).is_err() {}
}
