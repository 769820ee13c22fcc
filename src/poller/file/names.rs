//! The files beside a file of definitions.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that was begun so long ago and not finished is nobody's any more.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// A file beside another, whose name goes on.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// A new file that is to take the place of another. No other has this name, also of a container whose processes have the same
/// numbers.
pub(super) fn temporary_beside(path: &Path) -> PathBuf {
    let unique = RandomState::new().build_hasher().finish();
    beside(path, &format!("{unique:016x}.tmp"))
}

/// Removes what processes that ended in the middle of writing have left beside a file.
pub(super) fn remove_abandoned(path: &Path) {
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
