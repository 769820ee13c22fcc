//! A file that has the definitions for all processes of a machine, as a cache provider of our own.
//!
//! Whoever holds the lock beside the file leads: it asks PostHog, and stores what comes. The others read the file when it
//! changes. The operating system gives a lock back the moment its process is gone, so there is nothing to expire.
//!
//! Where there is no disk, no permission or no lock, each process asks PostHog by itself.

mod disk;
mod format;
mod lock;
mod names;
mod system;

use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

pub use self::disk::FileSettings;
use self::disk::{DiskFile, Found};
pub use self::format::Project;
use self::format::Unusable;
use super::listener::News;
use super::provider::{Cached, FlagDefinitionCacheProvider, ProviderError};
use super::runtime::STACK_BYTES;
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource};
use crate::copies::{Digest, compile_once_as, digest_of};
use crate::panics;

/// How often a follower that has no definitions yet looks whether the leader has stored some.
const FIRST_LOOKS: Duration = Duration::from_millis(50);

/// A disk that does not answer in this time is not waited for.
const LIMIT: Duration = Duration::from_secs(10);

/// The file is looked at so often at least.
const RAREST_LOOKS: Duration = Duration::from_secs(1);

/// A file of definitions, as one client uses it.
pub struct FileCache {
    disk: Arc<Mutex<DiskFile>>,
    path: String,
    options: CompileOptions,
    /// How long a follower waits for the first definitions of a leader.
    patience: Duration,
    /// How often the file is looked at.
    looks: Duration,
    /// Learns what the file has to say beside definitions.
    tell: Box<dyn Fn(News) + Send + Sync>,
    /// One call for the disk at a time, which may hang.
    turn: Arc<Semaphore>,
    /// What was read before the poller began.
    first: Mutex<Option<Digest>>,
    /// Which part this client has, as far as anybody was told.
    role: Mutex<Option<bool>>,
    has_warned: AtomicBool,
    /// The `ETag` of the document that was handed over last.
    etag: Mutex<Option<String>>,
    /// What was said of the file that is there.
    told: Mutex<Option<Unusable>>,
}

/// What was read before the poller began.
pub enum First {
    /// There is nothing yet.
    Nothing,
    /// Definitions, and when they were PostHog's current ones, in milliseconds since 1970.
    Definitions(Arc<CompiledDefinitions>, Option<f64>),
    /// The file is not used, for this reason.
    Problem(String),
}

impl FileCache {
    /// A file that is looked at a few times in each interval.
    pub fn new(
        settings: FileSettings,
        interval: Option<Duration>,
        patience: Duration,
        tell: Box<dyn Fn(News) + Send + Sync>,
    ) -> Self {
        Self {
            path: settings.path.display().to_string(),
            options: settings.options.clone(),
            disk: Arc::new(Mutex::new(DiskFile::new(settings))),
            patience,
            looks: interval.map_or(RAREST_LOOKS, |interval| {
                (interval / 4).clamp(FIRST_LOOKS, RAREST_LOOKS)
            }),
            tell,
            turn: Arc::new(Semaphore::new(1)),
            first: Mutex::default(),
            role: Mutex::default(),
            has_warned: AtomicBool::new(false),
            etag: Mutex::default(),
            told: Mutex::default(),
        }
    }

    /// Reads the file on this thread, before the poller begins.
    pub fn read_first(&self) -> First {
        let mut disk = self.disk.lock();
        match disk.read(None) {
            Ok(Found::Document(document)) => {
                let digest = digest_of(&document);
                match compile_once_as(digest, &document, &self.options) {
                    Ok(definitions) => {
                        *self.first.lock() = Some(digest);
                        *self.etag.lock() = disk.etag();
                        First::Definitions(definitions, disk.confirmed_at())
                    }
                    Err(error) => First::Problem(self.ignored(&error)),
                }
            }
            Ok(Found::Compiled(definitions, digest)) => {
                *self.first.lock() = Some(digest);
                *self.etag.lock() = disk.etag();
                First::Definitions(definitions, disk.confirmed_at())
            }
            Ok(Found::Unusable(reason)) => {
                let problem = self.ignored(&reason.reason());
                *self.told.lock() = Some(reason);
                First::Problem(problem)
            }
            // Where there is no disk or no permission, or no document, the first load says so.
            Ok(Found::Nothing | Found::Held | Found::Emptied) | Err(_) => First::Nothing,
        }
    }

    fn ignored(&self, reason: &dyn Display) -> String {
        format!(
            "The flag definitions in native.file, {}, are ignored, because {reason}. The next ones from PostHog take their \
             place.",
            self.path
        )
    }

    /// Works with the disk on a thread of its own, for a disk may hang.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DiskFile) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let answer = async {
            // Nobody closes it.
            let turn = Arc::clone(&self.turn).acquire_owned().await.ok();
            let (sender, receiver) = oneshot::channel();
            let disk = Arc::clone(&self.disk);
            on_thread(move || {
                let result = panics::catch(|| work(&mut disk.lock()));
                drop(turn);
                let _ = sender.send(result);
            })?;
            match receiver.await {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => Err(io::Error::other(panic.to_string())),
                Err(_) => Err(io::Error::other("its thread is gone")),
            }
        };
        let late = |_| io::Error::other(format!("the disk did not answer within {LIMIT:?}"));
        tokio::time::timeout(LIMIT, answer).await.map_err(late)?
    }

    /// Writes to the file. Where that fails, the others would read what is old as long as this process leads.
    async fn store(&self, write: impl FnOnce(&mut DiskFile) -> io::Result<()> + Send + 'static) {
        let stored = self
            .on_disk(move |disk| {
                let stored = write(disk);
                if stored.is_err() {
                    disk.release();
                }
                stored
            })
            .await;
        if let Err(error) = stored {
            self.tell_role(None);
            self.warn(&error);
        }
    }

    /// Which part this client has; none if it is on its own.
    fn tell_role(&self, leads: Option<bool>) {
        let before = std::mem::replace(&mut *self.role.lock(), leads);
        if before != leads {
            (self.tell)(News::Role { leads });
        }
    }

    /// Says once that each process is on its own.
    fn warn(&self, cause: &dyn Display) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            (self.tell)(News::Warning(format!(
                "native.file, {}, cannot be shared: {cause}. Until it can, this process polls PostHog by itself. Give each project \
                 a file of its own, in a folder on a local disk that the process may write to.",
                self.path
            )));
        }
    }
}

impl FlagDefinitionCacheProvider for FileCache {
    /// What the leader stores is PostHog's answer.
    fn documents(&self) -> DocumentSource {
        DocumentSource::Network
    }

    async fn should_fetch_flag_definitions(&self) -> Result<bool, ProviderError> {
        let waits_until = tokio::time::Instant::now() + self.patience;
        loop {
            let look = self
                .on_disk(|disk| Ok((disk.try_lead()?, disk.exists(), disk.obstacle())))
                .await;
            match look {
                Err(error) => {
                    self.tell_role(None);
                    self.warn(&error);
                    return Ok(true);
                }
                Ok((true, ..)) => {
                    self.tell_role(Some(true));
                    return Ok(true);
                }
                Ok((false, _, Some(reason))) => {
                    self.tell_role(None);
                    self.warn(&reason);
                    return Ok(true);
                }
                Ok((false, exists, None)) => {
                    self.tell_role(Some(false));
                    if exists || tokio::time::Instant::now() >= waits_until {
                        return Ok(false);
                    }
                }
            }
            // The leader is about to store the first definitions.
            tokio::time::sleep(FIRST_LOOKS).await;
        }
    }

    async fn get_flag_definitions(&self, held: Option<Digest>) -> Result<Cached, ProviderError> {
        let held = held.or(self.first.lock().take());
        let read = self
            .on_disk(move |disk| {
                disk.show_life();
                let found = disk.read(held.as_ref())?;
                Ok((found, disk.confirmed_at(), disk.etag()))
            })
            .await;
        let (found, confirmed_at, etag) = match read {
            Ok(read) => read,
            Err(error) => {
                *self.etag.lock() = None;
                self.warn(&error);
                return Ok(Cached::Nothing);
            }
        };
        *self.etag.lock() = etag;
        if !matches!(found, Found::Nothing | Found::Unusable(_)) {
            *self.told.lock() = None;
        }
        Ok(match found {
            Found::Nothing => Cached::Nothing,
            Found::Emptied => Cached::QuotaExceeded,
            Found::Unusable(reason) => {
                // The leader touches its file again and again.
                if self.told.lock().replace(reason.clone()).as_ref() != Some(&reason) {
                    (self.tell)(News::Error(self.ignored(&reason.reason())));
                }
                Cached::Nothing
            }
            Found::Held => {
                if let Some(at) = confirmed_at {
                    (self.tell)(News::Confirmed { at });
                }
                Cached::Held
            }
            Found::Compiled(definitions, digest) => Cached::Compiled {
                definitions,
                digest,
                confirmed_at,
            },
            Found::Document(document) => Cached::Document {
                document,
                confirmed_at,
            },
        })
    }

    async fn on_flag_definitions_received(
        &self,
        document: Vec<u8>,
        etag: Option<String>,
    ) -> Result<(), ProviderError> {
        self.store(move |disk| disk.store(&document, etag.as_deref()))
            .await;
        Ok(())
    }

    fn etag(&self) -> Option<String> {
        self.etag.lock().clone()
    }

    async fn quota_exceeded(&self) {
        self.store(DiskFile::store_emptied).await;
    }

    async fn confirm(&self) -> bool {
        self.on_disk(|disk| Ok(disk.confirm()))
            .await
            .unwrap_or(false)
    }

    async fn changed(&self) {
        loop {
            tokio::time::sleep(self.looks).await;
            let changed = self.on_disk(|disk| Ok(disk.has_changed())).await;
            if changed.unwrap_or(false) {
                return;
            }
        }
    }

    async fn key_refused(&self) {
        let _ = self
            .on_disk(|disk| {
                disk.release();
                Ok(())
            })
            .await;
        self.tell_role(Some(false));
    }

    fn release(&self) {
        self.tell_role(None);
        if let Some(mut disk) = self.disk.try_lock() {
            return disk.release();
        }
        // It is being looked at.
        let disk = Arc::clone(&self.disk);
        let _ = on_thread(move || disk.lock().release());
    }
}

fn on_thread(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new()
        .name("posthog-file".into())
        .stack_size(STACK_BYTES);
    thread.spawn(work).map(|_| ())
}
