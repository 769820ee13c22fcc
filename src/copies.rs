//! One compiled copy of each document in the process, for all clients that hold it, in whichever thread.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;
use sha1::{Digest as _, Sha1};

use crate::compile::{
    CompileOptions, CompiledDefinitions, DefinitionsError, DocumentSource, Semantics, compile,
};

/// Tells documents apart.
pub type Digest = [u8; 20];

/// All that compiled definitions depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity {
    digest: Digest,
    length: usize,
    source: DocumentSource,
    evaluation_contexts: Vec<String>,
    semantics: Semantics,
}

impl Identity {
    fn new(digest: Digest, length: usize, options: &CompileOptions) -> Self {
        Self {
            digest,
            length,
            source: options.source,
            evaluation_contexts: options.evaluation_contexts.clone(),
            semantics: options.semantics,
        }
    }
}

/// A place for a copy. Whoever compiles a document holds its lock, so that the others wait for the copy.
type Place = Arc<Mutex<Weak<CompiledDefinitions>>>;

static PLACES: LazyLock<Mutex<HashMap<Identity, Place>>> = LazyLock::new(Mutex::default);

/// What tells this document apart from others.
pub fn digest_of(document: &[u8]) -> Digest {
    Sha1::digest(document).into()
}

/// Compiles a document as [`compile()`] does, unless somebody in this process holds what was compiled of the same document with
/// the same options.
///
/// # Errors
///
/// Those of [`compile()`].
pub fn compile_once(
    document: &[u8],
    options: &CompileOptions,
) -> Result<Arc<CompiledDefinitions>, DefinitionsError> {
    compile_once_as(digest_of(document), document, options)
}

/// The same, where the digest is known already: it takes a twentieth as long as compiling.
///
/// # Errors
///
/// Those of [`compile()`].
pub fn compile_once_as(
    digest: Digest,
    document: &[u8],
    options: &CompileOptions,
) -> Result<Arc<CompiledDefinitions>, DefinitionsError> {
    let identity = Identity::new(digest, document.len(), options);
    let place = place_of(identity);
    let mut copy = place.lock();
    if let Some(definitions) = copy.upgrade() {
        return Ok(definitions);
    }
    let definitions = Arc::new(compile(document, options)?);
    *copy = Arc::downgrade(&definitions);
    Ok(definitions)
}

/// What somebody in this process holds of the document with this digest and length.
pub fn find_copy(
    digest: Digest,
    length: usize,
    options: &CompileOptions,
) -> Option<Arc<CompiledDefinitions>> {
    let identity = Identity::new(digest, length, options);
    let place = PLACES.lock().get(&identity).map(Arc::clone)?;
    let copy = place.lock();
    copy.upgrade()
}

/// The place of a copy. Those whose copies are gone are given up, if nobody waits there.
fn place_of(identity: Identity) -> Place {
    let mut places = PLACES.lock();
    places.retain(|_, place| {
        let is_waited_for = Arc::strong_count(place) > 1;
        is_waited_for || place.lock().strong_count() > 0
    });
    Arc::clone(places.entry(identity).or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchers::server::zones::Zone;
    use std::thread;

    fn options(contexts: &[&str]) -> CompileOptions {
        CompileOptions {
            source: DocumentSource::Cache,
            evaluation_contexts: contexts.iter().map(ToString::to_string).collect(),
            semantics: Semantics::default(),
        }
    }

    #[test]
    fn the_same_document_is_compiled_once_in_whichever_thread() {
        let document = br#"{"flags":[{"key":"compiled once"}]}"#;
        let compile = || compile_once(document, &options(&[])).unwrap();
        let threads: Vec<_> = (0..8).map(|_| thread::spawn(compile)).collect();
        let first = compile();
        for thread in threads {
            assert!(Arc::ptr_eq(&first, &thread.join().unwrap()));
        }
    }

    #[test]
    fn documents_and_options_that_differ_have_copies_of_their_own() {
        let document = br#"{"flags":[{"key":"apart"}]}"#;
        let first = compile_once(document, &options(&[])).unwrap();
        let network = CompileOptions {
            source: DocumentSource::Network,
            ..options(&[])
        };
        let server = |zone| CompileOptions {
            semantics: Semantics::Server(Zone::of_name(zone)),
            ..options(&[])
        };
        let [utc, berlin] = ["UTC", "Europe/Berlin"].map(server);
        let [utc, berlin] = [utc, berlin].map(|options| compile_once(document, &options).unwrap());
        assert!(!Arc::ptr_eq(&first, &utc) && !Arc::ptr_eq(&utc, &berlin));
        for other in [
            compile_once(br#"{"flags":[{"key":"apart"}] }"#, &options(&[])),
            compile_once(document, &options(&["web"])),
            compile_once(document, &network),
        ] {
            assert!(!Arc::ptr_eq(&first, &other.unwrap()));
        }
    }

    #[test]
    fn a_copy_is_gone_with_the_last_who_holds_it() {
        let document = br#"{"flags":[{"key":"gone"}]}"#;
        let copy = Arc::downgrade(&compile_once(document, &options(&[])).unwrap());
        assert_eq!(copy.strong_count(), 0);
        let is_kept = |places: &HashMap<Identity, Place>| {
            places
                .keys()
                .any(|identity| identity.digest == digest_of(document))
        };
        assert!(is_kept(&PLACES.lock()));
        drop(compile_once(b"{\"flags\":[]}", &options(&["next"])).unwrap());
        assert!(!is_kept(&PLACES.lock()));
    }

    #[test]
    fn a_document_that_cannot_be_compiled_is_refused_each_time() {
        for _ in 0..2 {
            assert!(compile_once(b"{\"flags\":", &options(&[])).is_err());
        }
    }
}
