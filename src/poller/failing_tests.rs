//! Requests that fail, and servers that want to be left alone.

use super::tests::*;
use super::*;

/// What a failure before the first success leads to.
fn failure(cause: &str) -> Vec<Effect> {
    let trace = format!("Failed to load feature flags: {cause}");
    let report = format!("{trace}. There are no definitions to use.");
    vec![Effect::Trace(trace), Effect::Error(report)]
}

#[test]
fn failures_keep_everything_and_are_tried_again_sooner_than_usual_until_a_success() {
    let mut schedule = with_key();
    load_200(&mut schedule, Some("1"));
    let mut waits = Vec::new();
    for event in [
        answer(500, None),
        answer(503, Some("x")),
        Event::Responded(Err(TransportError::Timeout)),
        answer(404, None),
        answer(500, None),
        answer(304, None),
        answer(500, None),
    ] {
        assert_eq!(load_again(&mut schedule), request(Some("1")));
        assert_eq!(schedule.advance(event, Duration::ZERO).step, Step::Finish);
        schedule.finish(Duration::ZERO, 0.5);
        waits.push(schedule.next_poll().unwrap().as_secs_f64());
    }
    assert_eq!(waits, [3.75, 7.5, 15.0, 30.0, 30.0, 30.0, 3.75]);
}

#[test]
fn a_body_that_cannot_be_used_and_one_beyond_the_limit_are_failures_like_any_other() {
    for event in [
        Event::Compiled(Err("no flags".into())),
        Event::Responded(Err(TransportError::BodyTooLarge(5))),
    ] {
        let mut schedule = with_key();
        if matches!(event, Event::Compiled(_)) {
            schedule.advance(answer(200, None), Duration::ZERO);
        }
        schedule.advance(event, Duration::ZERO);
        schedule.finish(Duration::ZERO, 0.5);
        assert_eq!(schedule.next_poll(), Some(Duration::from_millis(3750)));
    }
}

#[test]
fn failures_without_polling_set_no_timer_and_do_not_block_loads_on_demand() {
    let (mut schedule, _) = begun(Settings {
        polling_interval_ms: None,
        ..settings(true, false)
    });
    schedule.advance(answer(500, None), Duration::ZERO);
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(schedule.next_poll(), None);
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

#[test]
fn refusals_double_the_interval_up_to_a_minute_and_a_success_resets_it() {
    let mut schedule = Schedule::new(Settings {
        polling_interval_ms: Some(5_000.0),
        ..settings(true, false)
    });
    schedule.request_load(false, Duration::ZERO);
    let mut waits = Vec::new();
    for status in [401, 403, 429, 401, 401] {
        let next = schedule.advance(answer(status, None), Duration::ZERO);
        let text = client_error(&next);
        let interval = text.split("polling interval to ").nth(1).unwrap();
        waits.push(interval.split("ms").next().unwrap().parse().unwrap());
        schedule.finish(Duration::ZERO, 0.5);
        assert_eq!(
            schedule.next_poll(),
            Some(Duration::from_millis(*waits.last().unwrap()))
        );
        schedule.request_load(true, Duration::ZERO);
    }
    assert_eq!(waits, [10_000, 20_000, 40_000, 60_000, 60_000]);
    load_200(&mut schedule, None);
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(schedule.next_poll(), Some(5 * SECOND));
}

#[test]
fn refusals_are_worded_as_posthog_node_words_them() {
    let text =
        |status| client_error(&with_key().advance(answer(status, None), Duration::ZERO)).to_owned();
    assert_eq!(
        text(401),
        "Your project key or secret key is invalid. Setting next polling interval to 60000ms. More information: \
         https://posthog.com/docs/api#rate-limiting"
    );
    assert_eq!(
        text(403),
        "Your secret key does not have permission to fetch feature flag definitions for local evaluation. Setting \
         next polling interval to 60000ms. Are you sure you're using the correct secret and Project API key pair? \
         More information: https://posthog.com/docs/api/overview"
    );
    assert_eq!(
        text(429),
        "You are being rate limited. Setting next polling interval to 60000ms. More information: \
         https://posthog.com/docs/api#rate-limiting"
    );
}

#[test]
fn backoff_blocks_loads_on_demand_but_not_forced_ones() {
    let mut schedule = with_key();
    schedule.advance(answer(401, None), Duration::ZERO);
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(
        schedule.request_load(false, 59 * SECOND),
        LoadDecision::Blocked
    );
    assert_eq!(
        schedule.request_load(true, 59 * SECOND),
        LoadDecision::Started
    );
    schedule.finish(59 * SECOND, 0.5);
    assert_eq!(
        schedule.request_load(false, 60 * SECOND),
        LoadDecision::Started
    );
}

#[test]
fn backoff_without_polling_doubles_thirty_seconds_and_sets_no_timer() {
    let mut schedule = Schedule::new(Settings {
        polling_interval_ms: None,
        ..settings(true, false)
    });
    schedule.request_load(false, Duration::ZERO);
    let next = schedule.advance(answer(429, None), Duration::ZERO);
    assert!(client_error(&next).contains("60000ms"));
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(schedule.next_poll(), None);
    assert_eq!(schedule.request_load(false, SECOND), LoadDecision::Blocked);
}

/// A process that led and was told to leave the server alone for 90 s.
fn blocked_leader(status: u16) -> Schedule {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    load_200(&mut schedule, Some("1"));
    load_again(&mut schedule);
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    let event = Event::Responded(Ok(Answer {
        status,
        etag: None,
        retry_after: Some(90 * SECOND),
    }));
    schedule.advance(event, Duration::ZERO);
    schedule.finish(Duration::ZERO, 0.5);
    schedule
}

#[test]
fn while_the_server_wants_to_be_left_alone_the_cache_is_read_once_an_interval_and_the_lead_is_not_asked_for()
 {
    for status in [401, 403, 429, 500, 503] {
        let mut schedule = blocked_leader(status);
        let mut now = Duration::ZERO;
        for outcome in [Ok(true), Ok(false), Err(ProviderError::new("Error: down"))] {
            let moment = schedule.next_poll().unwrap();
            assert_eq!(moment, now + 30 * SECOND, "{status}");
            now = moment;
            if now == 90 * SECOND {
                break;
            }
            assert!(schedule.poll_if_due(now));
            assert_eq!(schedule.begin(Duration::ZERO), Step::ReadCache);
            let next = schedule.advance(Event::CacheRead(outcome), now);
            if next.step == Step::Compile(DocumentSource::Cache) {
                let next = schedule.advance(Event::Compiled(Ok(())), now);
                assert_eq!(next.step, Step::Finish, "it writes nothing");
            }
            schedule.finish(now, 0.5);
        }
        assert!(schedule.poll_if_due(90 * SECOND));
        assert_eq!(
            schedule.begin(Duration::ZERO),
            Step::ShouldFetch,
            "{status}"
        );
    }
}

#[test]
fn while_the_server_wants_to_be_left_alone_an_empty_cache_is_not_fetched_around() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    schedule.advance(answer(429, None), Duration::ZERO);
    schedule.finish(Duration::ZERO, 0.5);
    assert!(schedule.poll_if_due(30 * SECOND));
    schedule.begin(Duration::ZERO);
    let missed = schedule.advance(Event::CacheRead(Ok(false)), 30 * SECOND);
    assert_eq!(missed, Next::step(Step::Finish));
}

#[test]
fn a_forced_load_asks_for_the_lead_and_the_server_whatever_that_wants() {
    let mut schedule = blocked_leader(503);
    schedule.request_load(true, SECOND);
    assert_eq!(schedule.begin(Duration::ZERO), Step::ShouldFetch);
    let next = schedule.advance(Event::ShouldFetch(Ok(true)), SECOND);
    assert_eq!(next.step, request(Some("1")));
}
