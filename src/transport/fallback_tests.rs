use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// With a byte order mark, as `fetch` passes over.
const DOCUMENT: &[u8] = b"\xEF\xBB\xBF{}";
const CUT_SHORT: &[u8] = b"{";

/// Gives its answers in turn, then the last one for ever.
struct Scripted {
    answers: Mutex<VecDeque<Result<u16, TransportError>>>,
    asked: AtomicU32,
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Result<u16, TransportError>>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: AtomicU32::new(0),
        }
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl DefinitionsTransport for &Scripted {
    async fn fetch(&self, _: DefinitionsRequest) -> Result<DefinitionsResponse, TransportError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock();
        let answer = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0].clone()
        };
        answer.map(|status| DefinitionsResponse {
            status,
            body: if status == 200 { DOCUMENT } else { CUT_SHORT }.to_vec(),
            ..DefinitionsResponse::default()
        })
    }
}

fn unreadable(cause: &str) -> Result<u16, TransportError> {
    Err(TransportError::Unreadable(cause.into()))
}

fn failed(cause: &str) -> Result<u16, TransportError> {
    Err(TransportError::Failed(cause.into()))
}

/// The answers of so many loads, and what was notified.
fn load(first: &Scripted, second: &Scripted, loads: u32) -> (Vec<String>, Vec<String>) {
    let notices = Mutex::new(Vec::new());
    let transport = Fallback::new(first, second, |cause| notices.lock().push(cause));
    let request = DefinitionsRequest {
        url: String::new(),
        headers: Vec::new(),
        timeout: None,
        max_body_bytes: 1,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let answers = (0..loads)
        .map(
            |_| match runtime.block_on(transport.fetch(request.clone())) {
                Ok(response) => response.status.to_string(),
                Err(error) => error.to_string(),
            },
        )
        .collect();
    drop(transport);
    (answers, notices.into_inner())
}

#[test]
fn what_the_first_transport_reads_or_what_no_other_could_is_not_repeated() {
    for (answer, text) in [
        (Ok(200), "200"),
        (Ok(500), "500"),
        (failed("refused"), "refused"),
        (Err(TransportError::Timeout), "the request timed out"),
    ] {
        let (first, second) = (Scripted::new([answer]), Scripted::new([Ok(200)]));
        let (answers, notices) = load(&first, &second, 2);
        assert_eq!(answers, [text, text]);
        assert_eq!((first.asked(), second.asked()), (2, 0));
        assert!(notices.is_empty());
    }
}

#[test]
fn what_only_the_second_reads_is_repeated_once_and_the_second_stays_which_is_told_once() {
    let (first, second) = (Scripted::new([unreadable("a")]), Scripted::new([Ok(200)]));
    let (answers, notices) = load(&first, &second, 250);
    assert!(answers.iter().all(|answer| answer == "200"));
    assert_eq!(second.asked(), 250);
    assert_eq!(first.asked(), 3, "again after each hundred loads");
    assert_eq!(notices, ["a"]);
}

#[test]
fn the_first_makes_the_requests_again_once_it_can() {
    let first = Scripted::new([unreadable("a"), Ok(304)]);
    let second = Scripted::new([Ok(200)]);
    let (answers, _) = load(&first, &second, 110);
    assert_eq!(answers[99..102], ["200", "304", "304"]);
    assert_eq!(second.asked(), 100);
}

#[test]
fn the_first_is_tried_again_after_the_second_has_failed() {
    let first = Scripted::new([unreadable("a"), Ok(304)]);
    let second = Scripted::new([Ok(200), Ok(200), failed("b")]);
    let (answers, _) = load(&first, &second, 5);
    assert_eq!(answers, ["200", "200", "b", "304", "304"]);
}

#[test]
fn where_neither_can_both_causes_are_told_and_only_each_eighth_load_is_two_requests() {
    let (first, second) = (
        Scripted::new([unreadable("a")]),
        Scripted::new([failed("b")]),
    );
    let (answers, notices) = load(&first, &second, 17);
    assert_eq!(answers[0], "a. Node's fetch cannot either: b");
    assert_eq!(answers[1..8], ["a"; 7]);
    assert_eq!(answers[8], answers[0]);
    assert_eq!((first.asked(), second.asked()), (17, 3));
    assert!(notices.is_empty());
}

#[test]
fn another_cause_is_a_reason_to_try_the_second_again() {
    let first = Scripted::new([unreadable("a"), unreadable("a"), unreadable("b")]);
    let second = Scripted::new([failed("x"), Ok(200)]);
    let (answers, notices) = load(&first, &second, 4);
    assert_eq!(answers[1..], ["a", "200", "200"]);
    assert_eq!(notices, ["b"]);
}

#[test]
fn a_body_that_is_no_document_is_handed_over_and_does_not_make_the_second_stay() {
    let response = DefinitionsResponse {
        status: 200,
        body: CUT_SHORT.to_vec(),
        ..DefinitionsResponse::default()
    };
    assert!(!is_of_use(&response));
    let deep = "[".repeat(1000) + &"]".repeat(1000);
    for (status, body) in [(200, DOCUMENT), (200, deep.as_bytes()), (304, b"")] {
        let body = body.to_vec();
        assert!(is_of_use(&DefinitionsResponse {
            status,
            body,
            ..DefinitionsResponse::default()
        }));
    }
}

#[test]
fn a_body_that_is_too_large_for_the_second_is_told_as_that() {
    let first = Scripted::new([unreadable("a")]);
    let second = Scripted::new([Err(TransportError::BodyTooLarge(1))]);
    let (answers, _) = load(&first, &second, 1);
    assert!(answers[0].contains("maxDocumentBytes, 1 bytes"));
}
