use super::*;
use crate::compile::DocumentSource;

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = temporary_beside(&std::env::temp_dir().join("posthog-file"));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> DiskFile {
        self.file_of("phc_ours")
    }

    fn file_of(&self, api_key: &str) -> DiskFile {
        DiskFile::new(FileSettings {
            path: self.path(),
            project: Project {
                host: "https://host.test".into(),
                api_key: api_key.into(),
            },
            max_document_bytes: 1000,
            options: CompileOptions {
                source: DocumentSource::Network,
                evaluation_contexts: Vec::new(),
                semantics: Default::default(),
            },
            user: None,
            silence: Duration::from_millis(50),
        })
    }

    fn path(&self) -> PathBuf {
        self.0.join("deeper").join("flags")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.join("deeper")).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn document(text: &str) -> Found {
    Found::Document(text.as_bytes().to_vec())
}

#[test]
fn one_leads_at_a_time_and_the_next_once_it_is_gone() {
    let folder = Folder::new();
    let [mut one, mut other] = [folder.file(), folder.file()];
    assert!(one.try_lead().unwrap());
    assert!(!other.try_lead().unwrap());
    assert!(one.try_lead().unwrap());
    one.release();
    assert!(other.try_lead().unwrap());
    assert!(!one.try_lead().unwrap());
    drop(other);
    assert!(one.try_lead().unwrap());
}

#[cfg(unix)]
#[test]
fn a_lock_that_was_removed_leads_no_more_than_one() {
    let folder = Folder::new();
    let [mut one, mut other] = [folder.file(), folder.file()];
    assert!(one.try_lead().unwrap());
    one.store(b"one", None).unwrap();
    fs::remove_file(folder.path().with_file_name("flags.lock")).unwrap();
    assert!(other.try_lead().unwrap());
    assert!(!one.try_lead().unwrap());
    one.store(b"two", None).unwrap();
    assert_eq!(other.read(None).unwrap(), document("one"));
}

#[cfg(unix)]
#[test]
fn a_leader_that_holds_the_lock_and_does_nothing_is_replaced_and_stores_nothing_afterwards() {
    let folder = Folder::new();
    let [mut stopped, mut one, mut other] = [folder.file(), folder.file(), folder.file()];
    let silence = stopped.settings.silence;
    assert!(stopped.try_lead().unwrap());
    stopped.store(b"old", None).unwrap();
    // As long as it gives signs of life, it leads.
    for _ in 0..4 {
        assert!(!one.try_lead().unwrap() && !other.try_lead().unwrap());
        std::thread::sleep(silence / 2);
        stopped.show_life();
    }
    assert!(!one.try_lead().unwrap() && !other.try_lead().unwrap());
    std::thread::sleep(silence * 2);
    assert!(one.try_lead().unwrap());
    assert!(!other.try_lead().unwrap(), "the new leader is not silent");
    one.store(b"new", None).unwrap();
    // It goes on with what it was about to do.
    stopped.store(b"older", None).unwrap();
    assert!(!stopped.confirm());
    assert_eq!(stopped.read(None).unwrap(), document("new"));
    assert!(!stopped.try_lead().unwrap());
    drop(stopped);
    assert!(one.try_lead().unwrap() && !other.try_lead().unwrap());
    assert_eq!(folder.names(), ["flags", "flags.lock"]);
}

#[test]
fn what_is_stored_is_read_by_others_and_known_to_who_has_it() {
    let folder = Folder::new();
    let [mut leader, mut follower] = [folder.file(), folder.file()];
    assert_eq!(follower.read(None).unwrap(), Found::Nothing);
    leader.try_lead().unwrap();
    leader.store(b"one", None).unwrap();
    assert!(!leader.has_changed());
    assert!(follower.has_changed());
    assert_eq!(follower.read(None).unwrap(), document("one"));
    assert!(!follower.has_changed());
    let held = digest_of(b"one");
    assert_eq!(follower.read(Some(&held)).unwrap(), Found::Held);
    leader.store(b"two", None).unwrap();
    assert_eq!(follower.read(Some(&held)).unwrap(), document("two"));
    assert_eq!(folder.names(), ["flags", "flags.lock"]);
}

#[test]
fn an_older_document_is_not_taken_again() {
    let folder = Folder::new();
    let [mut leader, mut follower] = [folder.file(), folder.file()];
    leader.try_lead().unwrap();
    leader.store(b"one", None).unwrap();
    let older = fs::read(folder.path()).unwrap();
    leader.store(b"two", None).unwrap();
    assert_eq!(follower.read(None).unwrap(), document("two"));
    fs::write(folder.path(), older).unwrap();
    assert_eq!(follower.read(None).unwrap(), Found::Held);
    // Also by who stored it, and who leads next stores above it.
    assert_eq!(leader.read(None).unwrap(), Found::Held);
    leader.release();
    follower.try_lead().unwrap();
    follower.store(b"three", None).unwrap();
    assert_eq!(leader.read(None).unwrap(), document("three"));
}

#[test]
fn a_file_that_was_cut_or_changed_or_goes_on_is_refused_once() {
    let folder = Folder::new();
    let mut leader = folder.file();
    leader.try_lead().unwrap();
    leader.store(b"{\"flags\":[]}", None).unwrap();
    let whole = fs::read(folder.path()).unwrap();
    let refuses = |content: &[u8]| {
        fs::write(folder.path(), content).unwrap();
        let mut reader = folder.file();
        assert!(
            matches!(reader.read(None).unwrap(), Found::Unusable(_)),
            "{}",
            String::from_utf8_lossy(content)
        );
        assert_eq!(reader.read(None).unwrap(), Found::Nothing);
    };
    for end in 0..whole.len() {
        refuses(&whole[..end]);
        let mut changed = whole.clone();
        changed[end] ^= 0x40;
        refuses(&changed);
    }
    refuses(&[&whole[..], b" "].concat());
    refuses(b"{\"flags\":[]}");
}

#[test]
fn the_file_of_another_project_or_beyond_the_limit_is_refused() {
    let folder = Folder::new();
    let mut theirs = folder.file_of("phc_theirs");
    theirs.try_lead().unwrap();
    theirs.store(b"{}", None).unwrap();
    assert_eq!(
        folder.file().read(None).unwrap(),
        Found::Unusable(Unusable::Foreign)
    );
    theirs.release();
    let mut ours = folder.file();
    ours.try_lead().unwrap();
    ours.store(&[b' '; 1001], None).unwrap();
    assert_eq!(
        folder.file().read(None).unwrap(),
        Found::Unusable(Unusable::TooLarge(1000))
    );
}

#[test]
fn a_confirmation_makes_the_file_newer_and_is_refused_where_somebody_has_changed_it() {
    let folder = Folder::new();
    let mut leader = folder.file();
    leader.try_lead().unwrap();
    assert!(!leader.confirm());
    leader.store(b"one", None).unwrap();
    let old = SystemTime::now() - Duration::from_secs(1000);
    File::options()
        .write(true)
        .open(folder.path())
        .unwrap()
        .set_modified(old)
        .unwrap();
    assert!(!leader.confirm(), "somebody else has touched it");
    leader.store(b"one", None).unwrap();
    assert!(leader.confirm());
    let mut follower = folder.file();
    follower.read(None).unwrap();
    assert!(follower.confirmed_at().unwrap() > milliseconds(old) as f64);
    fs::remove_file(folder.path()).unwrap();
    assert!(!leader.confirm());
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let folder = Folder::new();
    let mut leader = folder.file();
    leader.try_lead().unwrap();
    fs::create_dir(folder.path()).unwrap();
    assert!(leader.store(b"one", None).is_err());
    assert_eq!(folder.names(), ["flags", "flags.lock"]);
    assert_eq!(leader.read(None).unwrap(), Found::Unusable(Unusable::Other));
}

#[test]
fn who_could_not_store_follows_nobody_until_somebody_has_stored() {
    let folder = Folder::new();
    let [mut one, mut other] = [folder.file(), folder.file()];
    one.try_lead().unwrap();
    one.store(b"one", None).unwrap();
    assert_eq!(one.obstacle(), None);
    // The folder is gone for a moment, and with it the lock: only what there would be without a lock is left.
    one.is_lockless = true;
    let elsewhere = folder.0.join("elsewhere");
    fs::rename(folder.0.join("deeper"), &elsewhere).unwrap();
    // Often, so that their stamps would be far ahead of the clock if they counted.
    for _ in 0..500 {
        assert!(one.store(b"two", None).is_err());
    }
    fs::rename(&elsewhere, folder.0.join("deeper")).unwrap();
    one.release();
    assert!(other.try_lead().unwrap() && !one.try_lead().unwrap());
    assert!(one.obstacle().is_some());
    other.store(b"three", None).unwrap();
    assert_eq!(one.obstacle(), None);
    assert_eq!(one.read(None).unwrap(), document("three"));
}

#[cfg(unix)]
#[test]
fn the_file_is_its_users_alone_and_one_that_others_may_write_is_refused() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = Folder::new();
    let mut leader = folder.file();
    leader.try_lead().unwrap();
    leader.store(b"one", None).unwrap();
    for name in folder.names() {
        let mode = fs::metadata(folder.path().with_file_name(name))
            .unwrap()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o622)).unwrap();
    assert_eq!(
        folder.file().read(None).unwrap(),
        Found::Unusable(Unusable::Exposed)
    );
}

#[test]
fn what_an_ended_process_left_is_removed_by_the_next_leader() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().parent().unwrap()).unwrap();
    let begun = |name: &str, age: u64| {
        let path = folder.path().with_file_name(name);
        let file = File::create(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age))
            .unwrap();
    };
    begun("flags.17-0.tmp", 1000);
    begun("flags.18-0.tmp", 0);
    begun("other.17-0.tmp", 1000);
    folder.file().try_lead().unwrap();
    assert_eq!(
        folder.names(),
        ["flags.18-0.tmp", "flags.lock", "other.17-0.tmp"]
    );
}

#[test]
fn a_process_that_reads_a_document_knows_its_etag_and_may_confirm_it_when_it_leads() {
    let folder = Folder::new();
    let mut leader = folder.file();
    assert!(leader.try_lead().unwrap());
    leader.store(b"one", Some("\"1\"")).unwrap();
    let mut next = folder.file();
    assert_eq!(next.read(None).unwrap(), Found::Document(b"one".to_vec()));
    assert_eq!(next.etag().as_deref(), Some("\"1\""));
    leader.release();
    assert!(next.try_lead().unwrap());
    assert!(next.confirm());
    leader.store_error = None;
    leader.is_lockless = true;
    leader.store(b"two", None).unwrap();
    assert!(!next.confirm(), "the file has another document");
    assert_eq!(
        next.read(Some(&digest_of(b"one"))).unwrap(),
        Found::Document(b"two".to_vec())
    );
    assert_eq!(next.etag(), None);
}

#[test]
fn an_older_file_is_neither_confirmed_nor_has_it_the_etag_of_what_is_held() {
    let folder = Folder::new();
    let mut leader = folder.file();
    assert!(leader.try_lead().unwrap());
    leader.store(b"one", Some("\"1\"")).unwrap();
    let old = fs::read(folder.path()).unwrap();
    leader.store(b"two", Some("\"2\"")).unwrap();
    fs::write(folder.path(), old).unwrap();
    assert_eq!(leader.read(Some(&digest_of(b"two"))).unwrap(), Found::Held);
    assert_eq!(leader.etag(), None);
    assert!(!leader.confirm());
}

#[test]
fn a_file_says_that_the_quota_is_used_up_until_a_document_is_stored() {
    let folder = Folder::new();
    let (mut leader, mut follower) = (folder.file(), folder.file());
    assert!(leader.try_lead().unwrap());
    leader.store(b"one", Some("\"1\"")).unwrap();
    follower.read(None).unwrap();
    leader.store_emptied().unwrap();
    let written = fs::read(folder.path()).unwrap();
    leader.store_emptied().unwrap();
    assert_eq!(
        fs::read(folder.path()).unwrap(),
        written,
        "it is written once"
    );
    assert!(follower.has_changed());
    assert_eq!(follower.read(None).unwrap(), Found::Emptied);
    assert_eq!((follower.etag(), follower.confirm()), (None, false));
    follower.store_emptied().unwrap();
    assert_eq!(
        fs::read(folder.path()).unwrap(),
        written,
        "who does not lead writes nothing"
    );
    leader.store(b"one", None).unwrap();
    assert_eq!(
        follower.read(None).unwrap(),
        Found::Document(b"one".to_vec())
    );
}
