//! What a file of definitions needs of the file system, on each operating system.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file that was begun so long ago and not finished is nobody's any more.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// What a file is known by without reading it.
pub type Look = (Option<SystemTime>, u64, u64);

/// A file beside another, whose name goes on.
pub fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// A new file that is to take the place of another.
pub fn temporary_beside(path: &Path) -> PathBuf {
    beside(path, &format!("{}.tmp", unique()))
}

/// Removes what processes have left beside a file that ended in the middle of writing it.
pub fn remove_abandoned(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    let start = format!("{}.", name.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = entry.metadata().and_then(|it| it.modified());
        let is_old = age.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED_AFTER));
        if is_old && name.starts_with(&start) && name.ends_with(".tmp") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Since 1970; none before.
pub fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

/// What no other file has in its name, also of a container whose processes have the same numbers.
fn unique() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Writes a new file and waits until the disk has it.
///
/// # Errors
///
/// If it cannot be written; some of it may be there then.
pub fn write_whole(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let mut file = options.open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

/// Has a new file be its user's alone.
#[cfg(unix)]
pub fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

/// Files take the rights of their folder.
#[cfg(not(unix))]
pub fn private(_: &mut OpenOptions) {}

/// Makes a folder of its user's alone, unless there is one.
///
/// # Errors
///
/// If there is none afterwards.
#[cfg(unix)]
pub fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}

/// Makes a folder, unless there is one.
///
/// # Errors
///
/// If there is none afterwards.
#[cfg(not(unix))]
pub fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Whether somebody else may have written a file.
#[cfg(unix)]
pub fn is_exposed(metadata: &fs::Metadata, user: Option<u32>) -> bool {
    use std::os::unix::fs::MetadataExt;
    let is_ours = user.is_none_or(|user| metadata.uid() == user) || metadata.uid() == 0;
    !is_ours || metadata.mode() & 0o022 != 0
}

/// Whether somebody else may have written a file, which cannot be told here.
#[cfg(not(unix))]
pub fn is_exposed(_: &fs::Metadata, _: Option<u32>) -> bool {
    false
}

/// Whether an open file is the one at a path.
#[cfg(unix)]
pub fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata().map(id), fs::metadata(path).map(id)), (Ok(one), Ok(other)) if one == other)
}

/// A file that is open cannot be replaced.
#[cfg(not(unix))]
pub fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// What a file is known by.
#[cfg(unix)]
pub fn look(metadata: &fs::Metadata) -> Look {
    use std::os::unix::fs::MetadataExt;
    (metadata.modified().ok(), metadata.len(), metadata.ino())
}

/// What a file is known by.
#[cfg(not(unix))]
pub fn look(metadata: &fs::Metadata) -> Look {
    (metadata.modified().ok(), metadata.len(), 0)
}

/// Has the operating system write down the new name, too. Where that cannot be, the file is older after a power cut.
#[cfg(unix)]
pub fn sync_folder(path: &Path) {
    let folder = path.parent().map(File::open);
    if let Some(Ok(folder)) = folder {
        let _ = folder.sync_all();
    }
}

/// Names are written down with their files.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) {}
