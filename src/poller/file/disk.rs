//! A file of definitions on the disk. Everything here waits for the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::format::{Head, LONGEST_HEAD, Project, Unusable, read_head, write_head};
use super::lock::Lock;
use super::names::{beside, remove_abandoned, temporary_beside};
use super::system::{Look, is_exposed, look, private, sync_folder};
use crate::compile::{CompileOptions, CompiledDefinitions};
use crate::copies::{Digest, digest_of, find_copy};

/// What a file of definitions is opened with.
#[derive(Debug, Clone)]
pub struct FileSettings {
    /// Where it is.
    pub path: PathBuf,
    /// Whose definitions it is to have.
    pub project: Project,
    /// The largest document that is read.
    pub max_document_bytes: usize,
    /// How its documents are compiled.
    pub options: CompileOptions,
    /// The user of this process, where there are users.
    pub user: Option<u32>,
    /// A leader that gives no sign of life for so long does not lead any more, although it holds the lock.
    pub silence: Duration,
}

/// A file whose first lines were read.
struct Opened {
    file: File,
    content: Vec<u8>,
    head: Head,
}

/// What reading came to.
#[derive(Debug)]
pub enum Found {
    /// There is no file, or one that was refused before.
    Nothing,
    /// The document is the one that the caller has, or an older one.
    Held,
    /// Another document.
    Document(Vec<u8>),
    /// Another document, which somebody in this process has compiled.
    Compiled(Arc<CompiledDefinitions>, Digest),
    /// PostHog says that the quota is used up: there is no document.
    Emptied,
    /// A file that cannot be used; told once of each.
    Unusable(Unusable),
}

/// A file of definitions and its lock.
#[derive(Debug)]
pub struct DiskFile {
    settings: FileSettings,
    lock: Lock,
    /// There can be no lock, so that each process is on its own.
    is_lockless: bool,
    /// What it looked like when it was read or written last.
    seen: Option<Look>,
    /// The look of a file that was refused, and why it was.
    refused: Option<(Look, Unusable)>,
    /// The stamp of the newest definitions that are known here.
    stamp: u64,
    /// The document in the file is the one that was stored or read last here.
    is_known: bool,
    /// There is none, as was noted last here.
    is_emptied: bool,
    /// The `ETag` of that document.
    etag: Option<String>,
    /// Why the last document could not be stored.
    store_error: Option<String>,
    /// When the definitions that were read or stored last were PostHog's current ones.
    confirmed_at: Option<SystemTime>,
}

impl DiskFile {
    /// A file that has not been looked at yet.
    pub fn new(settings: FileSettings) -> Self {
        Self {
            lock: Lock::new(beside(&settings.path, "lock"), settings.silence),
            settings,
            is_lockless: false,
            seen: None,
            refused: None,
            stamp: 0,
            is_known: false,
            is_emptied: false,
            etag: None,
            store_error: None,
            confirmed_at: None,
        }
    }

    /// When the definitions that were read or stored last were PostHog's current ones, in milliseconds since 1970.
    pub fn confirmed_at(&self) -> Option<f64> {
        self.confirmed_at.map(|time| milliseconds(time) as f64)
    }

    /// The `ETag` of the document that was stored or read last, if the file has it still.
    pub fn etag(&self) -> Option<String> {
        self.etag.clone()
    }

    /// Takes or keeps the lead among the processes with this file. False if another leads.
    ///
    /// # Errors
    ///
    /// If there can be no lock.
    pub fn try_lead(&mut self) -> io::Result<bool> {
        let led_before = self.lock.is_held();
        let leads = self.lock.try_take();
        self.is_lockless = leads.is_err();
        if !led_before && matches!(leads, Ok(true)) {
            remove_abandoned(&self.settings.path);
        }
        leads
    }

    /// Shows those who look at the lock that its holder lives.
    pub fn show_life(&self) {
        self.lock.show_life();
    }

    /// Leaves the lead to another process.
    pub fn release(&mut self) {
        self.lock.release();
    }

    /// Whether there is something new to read, or for a leader whether somebody else has changed its file.
    pub fn has_changed(&self) -> bool {
        self.is_another() && (self.lock.was_held() || self.refusal().is_none())
    }

    /// Whether the file is another than when it was read or written last.
    fn is_another(&self) -> bool {
        let look = fs::metadata(&self.settings.path).ok().map(|it| look(&it));
        look.is_some() && look != self.seen
    }

    /// Whether there is a file.
    pub fn exists(&self) -> bool {
        self.settings.path.exists()
    }

    /// Why there is nobody to follow, in words that follow on "because".
    pub fn obstacle(&self) -> Option<String> {
        // What this process could not store, another who leads cannot either, until somebody has.
        let store_error = self.store_error.clone().filter(|_| !self.is_another());
        self.refusal().map(|it| it.reason()).or(store_error)
    }

    /// Why the file that there is cannot be used, as far as its first lines and earlier reading tell.
    fn refusal(&self) -> Option<Unusable> {
        let metadata = fs::metadata(&self.settings.path).ok()?;
        match &self.refused {
            Some((refused, reason)) if *refused == look(&metadata) => Some(reason.clone()),
            _ => self.open(&metadata).ok()?.err(),
        }
    }

    /// Reads the file, unless its document is the one with this digest, or older than one that was read or stored before.
    ///
    /// # Errors
    ///
    /// If there is a file that cannot be read.
    pub fn read(&mut self, held: Option<&Digest>) -> io::Result<Found> {
        let metadata = match fs::metadata(&self.settings.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            metadata => metadata?,
        };
        let look = look(&metadata);
        self.seen = Some(look);
        if matches!(self.refused, Some((refused, _)) if refused == look) {
            return Ok(Found::Nothing);
        }
        let found = match self.open(&metadata)? {
            Ok(opened) => self.read_opened(opened, held)?,
            Err(reason) => Found::Unusable(reason),
        };
        if let Found::Unusable(reason) = &found {
            self.refused = Some((look, reason.clone()));
        } else {
            // A time that has not come yet says nothing: the clock was set back.
            let confirmed_at = metadata.modified().ok();
            self.confirmed_at = confirmed_at.filter(|at| *at <= SystemTime::now());
        }
        Ok(found)
    }

    /// Opens the file and reads its first lines.
    fn open(&self, metadata: &fs::Metadata) -> io::Result<Result<Opened, Unusable>> {
        // Opening a pipe would wait for whoever writes to it.
        if !metadata.is_file() {
            return Ok(Err(Unusable::Other));
        }
        if is_exposed(metadata, self.settings.user) {
            return Ok(Err(Unusable::Exposed));
        }
        let mut file = File::open(&self.settings.path)?;
        let mut content = Vec::new();
        (&mut file)
            .take(LONGEST_HEAD as u64)
            .read_to_end(&mut content)?;
        let head = read_head(&content, &self.settings.project);
        Ok(head.map(|head| Opened {
            file,
            content,
            head,
        }))
    }

    fn read_opened(&mut self, opened: Opened, held: Option<&Digest>) -> io::Result<Found> {
        let head = &opened.head;
        self.forget_document();
        if held != Some(&head.digest) && head.stamp < self.stamp {
            return Ok(Found::Held);
        }
        if head.length == 0 {
            self.stamp = head.stamp;
            self.is_emptied = true;
            return Ok(Found::Emptied);
        }
        if held == Some(&head.digest) {
            self.know_document(head.stamp.max(self.stamp), head.etag.clone());
            return Ok(Found::Held);
        }
        if let Some(definitions) = find_copy(head.digest, head.length, &self.settings.options) {
            self.know_document(head.stamp, head.etag.clone());
            return Ok(Found::Compiled(definitions, head.digest));
        }
        let limit = self.settings.max_document_bytes;
        if head.length > limit {
            return Ok(Found::Unusable(Unusable::TooLarge(limit)));
        }
        self.read_document(opened)
    }

    fn read_document(
        &mut self,
        Opened {
            file,
            mut content,
            head,
        }: Opened,
    ) -> io::Result<Found> {
        let missing = (head.before + head.length).saturating_sub(content.len());
        content.try_reserve_exact(missing)?;
        // One byte more shows that the file goes on.
        file.take(missing as u64 + 1).read_to_end(&mut content)?;
        content.drain(..head.before);
        if content.len() != head.length || digest_of(&content) != head.digest {
            return Ok(Found::Unusable(Unusable::Damaged));
        }
        self.know_document(head.stamp, head.etag);
        Ok(Found::Document(content))
    }

    /// The file has the document that was read or stored here.
    fn know_document(&mut self, stamp: u64, etag: Option<String>) {
        self.stamp = stamp;
        self.is_known = true;
        self.etag = etag;
    }

    fn forget_document(&mut self) {
        self.is_known = false;
        self.is_emptied = false;
        self.etag = None;
    }

    /// Stores a document in place of the one before, at once: a reader sees the one or the other. Who does not lead stores
    /// none: it may be another project's file, or this process was stopped for long and what it has is old.
    ///
    /// # Errors
    ///
    /// If it cannot be written. Then the file is as before.
    pub fn store(&mut self, document: &[u8], etag: Option<&str>) -> io::Result<()> {
        self.forget_document();
        if !self.lock.is_held() && !self.is_lockless {
            return Ok(());
        }
        // Where clocks differ, or are set back, what is stored later still has the higher stamp.
        let stamp = (self.stamp + 1).max(milliseconds(SystemTime::now()));
        let head = write_head(&self.settings.project, stamp, document, etag);
        let temporary = temporary_beside(&self.settings.path);
        let written = write_whole(&temporary, &[head.as_bytes(), document])
            .and_then(|()| fs::rename(&temporary, &self.settings.path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            self.store_error = Some(error.to_string());
            return Err(error);
        }
        self.stamp = stamp;
        self.store_error = None;
        sync_folder(&self.settings.path);
        self.note_own();
        self.is_emptied = document.is_empty();
        if !self.is_emptied {
            self.know_document(stamp, etag.map(str::to_owned));
        }
        Ok(())
    }

    /// Stores that there are no definitions any more, unless that is what the file says.
    ///
    /// # Errors
    ///
    /// As of [`store`](Self::store).
    pub fn store_emptied(&mut self) -> io::Result<()> {
        if self.is_emptied && !self.is_another() && self.exists() {
            return Ok(());
        }
        self.store(&[], None)
    }

    /// Notes in the file that PostHog has confirmed the document in it. False if the file is not as this process has left or
    /// found it.
    pub fn confirm(&mut self) -> bool {
        if !self.is_known || self.is_another() || self.refusal().is_some() || !self.exists() {
            return false;
        }
        let touched = OpenOptions::new()
            .write(true)
            .open(&self.settings.path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        self.note_own();
        touched.is_ok()
    }

    /// The file is as this process has left it.
    fn note_own(&mut self) {
        let metadata = fs::metadata(&self.settings.path).ok();
        self.seen = metadata.as_ref().map(look);
        self.confirmed_at = Some(SystemTime::now());
    }
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

fn write_whole(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let mut file = options.open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

#[cfg(test)]
#[path = "disk_tests.rs"]
mod tests;
