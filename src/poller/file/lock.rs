//! The lock beside a file of definitions: the process that holds it leads those with the same file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::names::temporary_beside;
use super::system::{Look, create_folder, is_at, look, private};

/// A file that the operating system locks for one process at a time.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// A holder that gives no sign of life for so long does not lead any more.
    silence: Duration,
    held: Option<File>,
    /// The last sign of life that another holder gave, and when it was seen first.
    sign: Option<(Look, Instant)>,
}

impl Lock {
    /// A lock that is not held.
    pub fn new(path: PathBuf, silence: Duration) -> Self {
        Self {
            path,
            silence,
            held: None,
            sign: None,
        }
    }

    /// Takes or keeps the lock. False if another process has it.
    ///
    /// # Errors
    ///
    /// If there can be no lock.
    pub fn try_take(&mut self) -> io::Result<bool> {
        if self.is_held() {
            self.show_life();
            return Ok(true);
        }
        if let Some(folder) = self.path.parent() {
            create_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        // Nothing is ever written to it, so it need not be emptied.
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        let lock = options.open(&self.path)?;
        match lock.try_lock() {
            // It may have been replaced since it was opened.
            Ok(()) if !is_at(&lock, &self.path) => return Ok(false),
            Ok(()) => self.held = Some(lock),
            Err(TryLockError::WouldBlock) if self.is_silent(&lock) => {
                let _ = self.replace();
                return Ok(self.is_held());
            }
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        self.show_life();
        Ok(true)
    }

    /// Whether this process holds it. Another does if it has replaced the lock, which was removed, or whose holder was stopped.
    pub fn is_held(&mut self) -> bool {
        self.held.take_if(|lock| !is_at(lock, &self.path));
        self.held.is_some()
    }

    /// Whether this process has taken it and not seen since that another has it.
    pub fn was_held(&self) -> bool {
        self.held.is_some()
    }

    /// Shows those who look at the lock that its holder lives.
    pub fn show_life(&self) {
        if let Some(lock) = &self.held {
            // Others take the lead if it cannot be shown.
            let _ = lock.set_modified(SystemTime::now());
        }
    }

    /// Leaves it to another process.
    pub fn release(&mut self) {
        // The operating system unlocks a file that is closed.
        self.held = None;
    }

    /// Whether the holder of the lock has given no sign of life for too long. The clock of files is not asked: it may be set.
    fn is_silent(&mut self, lock: &File) -> bool {
        let Ok(sign) = lock.metadata().map(|it| look(&it)) else {
            return false;
        };
        match self.sign {
            Some((known, since)) if known == sign => since.elapsed() > self.silence,
            _ => {
                self.sign = Some((sign, Instant::now()));
                false
            }
        }
    }

    /// Takes the lock from a process that holds it and does nothing.
    fn replace(&mut self) -> io::Result<()> {
        let temporary = temporary_beside(&self.path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        private(&mut options);
        let lock = options.open(&temporary)?;
        let replaced = lock
            .try_lock()
            .map_err(io::Error::from)
            .and_then(|()| fs::rename(&temporary, &self.path));
        if replaced.is_err() {
            let _ = fs::remove_file(&temporary);
        } else {
            self.held = Some(lock);
        }
        replaced
    }
}
