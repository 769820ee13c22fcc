//! Reads the definitions of the flags. Those of a large document are read by a second thread, while the first compiles the ones
//! before. What comes of it is the same: a definition depends on nothing but its own text, and they come in order.

use std::panic;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Builder};

use serde_json::Error;

use super::document::deep;
use super::document::definition::Definition;
use super::document::head::Head;
use crate::js::json::PlainReader;
use crate::threads::STACK_BYTES;

/// From so many bytes on, starting a thread takes a small part of the time that it saves.
const LARGE: usize = 256 * 1024;

/// A batch has the definitions of about so many bytes of the document, or a single one that has more.
const BATCH: usize = 32 * 1024;

/// So many batches go to and fro between the two threads. The reader frees what is in them, because it has allocated it, and
/// memory holds no more of them at once.
const BATCHES: usize = 4;

type Batch<'d> = Vec<Definition<'d>>;

/// Reads one definition.
type Read<'d> = fn(&'d str, &mut PlainReader<'d>) -> Result<Definition<'d>, Error>;

/// Hands over the definition in each of these texts, with its position, in order, up to one that is no JSON.
pub fn read_each<'d>(
    texts: &[&'d str],
    mut take: impl FnMut(usize, &Definition<'d>),
) -> Result<(), Error> {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let has_two_cores = || thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    if bytes >= LARGE
        && has_two_cores()
        && let Some(result) = read_beside(texts, read, &mut take)
    {
        return result;
    }
    read_here(texts, take)
}

fn read_here<'d>(
    texts: &[&'d str],
    mut take: impl FnMut(usize, &Definition<'d>),
) -> Result<(), Error> {
    let mut reader = PlainReader::default();
    for (position, text) in texts.iter().enumerate() {
        take(position, &read(text, &mut reader)?);
    }
    Ok(())
}

/// Reads on a thread of its own. `None` if there can be none. A panic of that thread is the caller's.
fn read_beside<'d>(
    texts: &[&'d str],
    read: Read<'d>,
    take: &mut impl FnMut(usize, &Definition<'d>),
) -> Option<Result<(), Error>> {
    thread::scope(|scope| {
        let (fill, filled) = channel::<Batch<'d>>();
        let (empty, emptied) = channel();
        let builder = Builder::new()
            // Linux shows the first 15 bytes.
            .name("posthog-read".into())
            .stack_size(STACK_BYTES);
        let thread =
            builder.spawn_scoped(scope, move || read_batches(texts, read, &emptied, &fill));
        let thread = thread.ok()?;
        for _ in 0..BATCHES {
            let _ = empty.send(Batch::new());
        }
        // Ends when the thread does. Should this one panic, that one finds nobody to read for.
        let mut position = 0;
        for batch in filled {
            for definition in &batch {
                take(position, definition);
                position += 1;
            }
            let _ = empty.send(batch);
        }
        Some(
            thread
                .join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic)),
        )
    })
}

/// Fills the batches that come back empty, to the last text or one that is no JSON.
fn read_batches<'d>(
    texts: &[&'d str],
    read: Read<'d>,
    emptied: &Receiver<Batch<'d>>,
    fill: &Sender<Batch<'d>>,
) -> Result<(), Error> {
    let mut reader = PlainReader::default();
    let mut texts = texts.iter();
    let mut failed = None;
    while failed.is_none()
        && !texts.as_slice().is_empty()
        && let Ok(mut batch) = emptied.recv()
    {
        batch.clear();
        let mut bytes = 0;
        while bytes < BATCH
            && let Some(text) = texts.next()
        {
            bytes += text.len();
            match read(text, &mut reader) {
                Ok(definition) => batch.push(definition),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        if fill.send(batch).is_err() {
            break;
        }
    }
    failed.map_or(Ok(()), Err)
}

/// The definition in a text. One that cannot be read has nothing but its key.
fn read<'d>(text: &'d str, reader: &mut PlainReader<'d>) -> Result<Definition<'d>, Error> {
    if let Some(definition) = Definition::read(text, reader)? {
        return Ok(definition);
    }
    let Head { mut fields } = serde_json::from_str(text)?;
    deep::mark_as_too_deep(&mut fields);
    Ok(Definition {
        fields,
        deep_payloads: None,
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// What is handed over of these texts, and whether all are JSON: read on this thread, and on one of its own.
    fn both(texts: &[&str]) -> [(Vec<String>, bool); 2] {
        let write = |list: &mut Vec<String>, position: usize, definition: &Definition<'_>| {
            assert_eq!(position, list.len());
            let mut text = String::new();
            definition.fields.write(&mut text);
            list.push(format!("{text} {:?}", definition.deep_payloads));
        };
        let (mut here, mut beside) = (Vec::new(), Vec::new());
        let read = read_here(texts, |place, definition| {
            write(&mut here, place, definition)
        });
        let is_json = read.is_ok();
        let mut take =
            |place: usize, definition: &Definition<'_>| write(&mut beside, place, definition);
        let read = read_beside(texts, super::read, &mut take).unwrap();
        [(here, is_json), (beside, read.is_ok())]
    }

    fn many(count: usize) -> Vec<String> {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let text = |number: usize| match number % 7 {
            5 => format!(r#"{{"key":"{number}","filters":{{"payloads":{{"true":{deep}}}}}}}"#),
            6 => format!(r#"{{"key":"{number}","filters":{{"groups":{deep}}}}}"#),
            short => format!(
                r#"{{"key":"{number}","name":"{}"}}"#,
                "é".repeat(300 * short)
            ),
        };
        (0..count).map(text).collect()
    }

    #[test]
    fn a_second_thread_reads_the_same_in_the_same_order() {
        for count in [0, 1, 2, 50, 1000] {
            let texts = many(count);
            let mut texts: Vec<_> = texts.iter().map(String::as_str).collect();
            let [here, beside] = both(&texts);
            assert_eq!(here.0.len(), count);
            assert_eq!(here, beside);
            for place in [0, count / 2, count.saturating_sub(1)] {
                if let Some(text) = texts.get_mut(place) {
                    *text = r#"{"key":"#;
                    let [here, beside] = both(&texts);
                    assert_eq!((here.0.len(), here.1), (place, false));
                    assert_eq!(here, beside);
                    texts[place] = "5";
                }
            }
        }
    }

    #[test]
    fn a_definition_larger_than_a_batch_is_read_like_others() {
        let large = format!(r#"{{"key":"large","name":"{}"}}"#, "x".repeat(3 * BATCH));
        let texts = [r#"{"key":"a"}"#, &large, &large, r#"{"key":"b"}"#, &large];
        let [here, beside] = both(&texts);
        assert_eq!(here.0.len(), 5);
        assert_eq!(here, beside);
    }

    #[test]
    fn a_panic_ends_both_threads_and_is_the_callers() {
        let texts = many(1000);
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        for last in [0, 1, 999] {
            let mut taken = 0;
            let mut take = |position: usize, _: &Definition<'_>| {
                taken += 1;
                assert!(position < last, "stop");
            };
            let stopped = catch_unwind(AssertUnwindSafe(|| {
                read_beside(&texts, read, &mut take).is_some()
            }));
            assert!(stopped.is_err());
            assert_eq!(taken, last + 1);
        }
    }

    #[test]
    fn a_panic_of_the_reader_is_the_callers_too() {
        let texts = many(1000);
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let fail: Read<'_> = |text, reader| {
            assert!(!text.contains(r#""key":"700""#), "stop");
            read(text, reader)
        };
        let mut taken = 0;
        let mut take = |_: usize, _: &Definition<'_>| taken += 1;
        let stopped = catch_unwind(AssertUnwindSafe(|| {
            read_beside(&texts, fail, &mut take).is_some()
        }));
        assert!(stopped.is_err());
        assert!(taken <= 700, "{taken}");
    }
}
