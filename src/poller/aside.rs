//! Work that takes long, beside the background thread, which all clients share: one client's large document must not hold up
//! the loads of the others.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

use super::runtime::STACK_BYTES;

/// Work on fewer bytes is done where it stands: it takes no longer than a few responses do.
const LARGE: usize = 128 * 1024;

/// So many threads at a time. Each may take many times the memory of the document.
static THREADS: Semaphore = Semaphore::const_new(2);

/// Does work on so many bytes, on a thread of its own if they are many and there can be one. A panic in it is one of the
/// caller's. If nobody waits any more, what it comes to is dropped there.
pub async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if bytes < LARGE {
        return work();
    }
    // Nobody closes it.
    let permit = THREADS.acquire().await.ok();
    // Where it can be taken back from, if there can be no thread.
    let work = Arc::new(Mutex::new(Some(work)));
    let (sender, receiver) = oneshot::channel();
    let run = {
        let work = Arc::clone(&work);
        move || {
            let _permit = permit;
            let work = work.lock().take();
            let result = work.map(|work| panic::catch_unwind(AssertUnwindSafe(work)));
            let _ = sender.send(result);
        }
    };
    let thread = thread::Builder::new()
        .name("posthog-compile".into())
        .stack_size(STACK_BYTES);
    if thread.spawn(run).is_ok()
        && let Ok(Some(result)) = receiver.await
    {
        return result.unwrap_or_else(|panic| panic::resume_unwind(panic));
    }
    let work = work.lock().take();
    match work {
        Some(work) => work(),
        // A thread that takes the work hands over the result.
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panics;

    #[tokio::test]
    async fn only_large_work_has_a_thread_of_its_own() {
        let here = thread::current().id();
        let thread_of = |bytes| aside(bytes, || thread::current().id());
        assert_eq!(thread_of(LARGE - 1).await, here);
        assert_ne!(thread_of(LARGE).await, here);
    }

    #[tokio::test]
    async fn others_go_on_meanwhile() {
        let (begin, begun) = std::sync::mpsc::channel();
        let large = tokio::spawn(aside(LARGE, move || begun.recv()));
        // If the thread that all share did the work, nobody would ever let it begin.
        tokio::task::yield_now().await;
        aside(1, move || begin.send(())).await.unwrap();
        assert_eq!(large.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_panic_is_the_callers() {
        for bytes in [0, LARGE] {
            let failed = tokio::spawn(aside(bytes, || panic!("large work")));
            assert!(failed.await.is_err_and(|error| error.is_panic()));
            assert_eq!(aside(bytes, || 5).await, 5);
        }
        let _ = panics::catch(|| ());
    }
}
