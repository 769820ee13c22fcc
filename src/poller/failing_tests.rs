//! Requests that fail, and servers that want to be left alone.

use super::tests::*;
use super::*;

/// What a failure before the first success leads to.
fn failure(cause: &str) -> Vec<Effect> {
    let trace = format!("Failed to load feature flags: {cause}");
    let report = format!("{trace}. There are no definitions to use.");
    vec![Effect::Trace(trace), Effect::Report(report)]
}

#[test]
fn failures_keep_everything_and_double_the_interval_once_they_persist_until_a_success() {
    let mut schedule = with_key();
    load_200(&mut schedule, Some("1"));
    let failed = Event::Responded(Err(TransportError::Timeout));
    let mut waits = Vec::new();
    for event in [
        answer(500, None),
        answer(503, Some("x")),
        failed,
        answer(304, None),
        answer(500, None),
    ] {
        assert_eq!(load_again(&mut schedule), request(Some("1")));
        assert_eq!(schedule.advance(event, Duration::ZERO).step, Step::Finish);
        schedule.finish(Duration::ZERO, 0.5);
        waits.push(schedule.next_poll().unwrap().as_secs());
    }
    assert_eq!(waits, [30, 60, 60, 30, 30]);
}

#[test]
fn failures_at_a_long_interval_do_not_shorten_it_and_do_not_block_loads_on_demand() {
    let mut schedule = begun(Settings {
        polling_interval_ms: Some(600_000.0),
        ..settings(true, false)
    })
    .0;
    for _ in 0..3 {
        schedule.advance(answer(500, None), Duration::ZERO);
        load_again(&mut schedule);
    }
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(schedule.next_poll(), Some(600 * SECOND));
    assert_eq!(schedule.request_load(false, SECOND), LoadDecision::Started);
}

#[test]
fn a_server_that_wants_to_be_left_alone_is_until_a_reload_is_forced() {
    for status in [429, 503] {
        let mut schedule = begun(Settings {
            polling_jitter: 0.1,
            ..settings(true, false)
        })
        .0;
        let event = Event::Responded(Ok(Answer {
            status,
            etag: None,
            retry_after: Some(90 * SECOND),
        }));
        let next = schedule.advance(event, Duration::ZERO);
        if status == 429 {
            assert!(client_error(&next).contains("polling interval to 90000ms"));
        }
        schedule.finish(Duration::ZERO, 0.5);
        let moment = schedule.next_poll().unwrap();
        assert!(moment > 90 * SECOND && moment <= 93 * SECOND, "{moment:?}");
        assert_eq!(
            schedule.request_load(false, 89 * SECOND),
            LoadDecision::Blocked
        );
        assert_eq!(
            schedule.request_load(true, 89 * SECOND),
            LoadDecision::Started
        );
        load_200(&mut schedule, None);
        schedule.finish(Duration::ZERO, 0.0);
        assert_eq!(schedule.next_poll(), Some(30 * SECOND));
    }
}

#[test]
fn a_body_beyond_the_limit_is_reported() {
    let next = with_key().advance(
        Event::Responded(Err(TransportError::BodyTooLarge(5))),
        Duration::ZERO,
    );
    assert_eq!(
        next.effects,
        failure("the response is larger than native.maxDocumentBytes, 5 bytes")
    );
}
