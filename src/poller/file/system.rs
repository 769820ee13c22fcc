//! What each operating system does with files in a way of its own.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// What a file is known by without reading it.
pub(super) type Look = (Option<SystemTime>, u64, u64);

/// Has a file made so that no other user can read it.
#[cfg(unix)]
pub(super) fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
pub(super) fn private(_: &mut OpenOptions) {}

/// Makes a folder and those above it.
#[cfg(unix)]
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Whether somebody else may have written a file.
#[cfg(unix)]
pub(super) fn is_exposed(metadata: &fs::Metadata, user: Option<u32>) -> bool {
    use std::os::unix::fs::MetadataExt;
    let is_ours = user.is_none_or(|user| metadata.uid() == user) || metadata.uid() == 0;
    !is_ours || metadata.mode() & 0o022 != 0
}

#[cfg(not(unix))]
pub(super) fn is_exposed(_: &fs::Metadata, _: Option<u32>) -> bool {
    false
}

/// Whether an open file is the one at a path.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata().map(id), fs::metadata(path).map(id)), (Ok(one), Ok(other)) if one == other)
}

/// A file that is open cannot be replaced.
#[cfg(not(unix))]
pub(super) fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// What this file is known by.
#[cfg(unix)]
pub(super) fn look(metadata: &fs::Metadata) -> Look {
    use std::os::unix::fs::MetadataExt;
    (metadata.modified().ok(), metadata.len(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn look(metadata: &fs::Metadata) -> Look {
    (metadata.modified().ok(), metadata.len(), 0)
}

/// Has the operating system write down the new name, too. Where that cannot be, the file is older after a power cut.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) {
    let folder = path.parent().map(File::open);
    if let Some(Ok(folder)) = folder {
        let _ = folder.sync_all();
    }
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) {}
