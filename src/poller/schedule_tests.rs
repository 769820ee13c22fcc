use super::*;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// xorshift64: from 0 up to 1.
pub(super) fn random(seed: &mut u64) -> f64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed >> 34) as f64 / (1u64 << 30) as f64
}

pub(super) fn settings(has_key: bool, has_provider: bool) -> Settings {
    Settings {
        has_key,
        has_provider,
        is_shared_by_us: false,
        polling_interval_ms: Some(30_000.0),
        polling_jitter: 0.0,
    }
}

/// A schedule with its first load begun, and the first step of it.
pub(super) fn begun(settings: Settings) -> (Schedule, Step) {
    let mut schedule = Schedule::new(settings);
    assert_eq!(
        schedule.request_load(false, Duration::ZERO),
        LoadDecision::Started
    );
    let step = schedule.begin(Duration::ZERO);
    (schedule, step)
}

#[test]
fn a_poller_that_rests_begins_no_load_by_itself_and_makes_up_for_it_once_it_is_woken() {
    let mut schedule = with_key();
    schedule.finish(Duration::ZERO, 0.5);
    assert!(schedule.rest());
    assert_eq!(schedule.next_poll(), None);
    assert!(!schedule.polls());
    assert!(!schedule.poll_if_due(1000 * SECOND));
    schedule.wake();
    assert!(schedule.poll_if_due(1000 * SECOND));

    // Woken early it polls when it would have.
    schedule.finish(1000 * SECOND, 0.5);
    schedule.rest();
    schedule.wake();
    assert_eq!(schedule.next_poll(), Some(1030 * SECOND));
}

#[test]
fn a_load_may_be_asked_for_at_rest_and_one_under_way_goes_on() {
    let mut schedule = with_key();
    assert!(!schedule.rest(), "a load is under way");
    let next = load_200(&mut schedule, None);
    assert_eq!(next.step, Step::Finish);
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(schedule.next_poll(), None);
    assert_eq!(schedule.request_load(false, SECOND), LoadDecision::Started);
    schedule.stop_polling();
    schedule.wake();
    schedule.finish(SECOND, 0.5);
    assert_eq!(schedule.next_poll(), None);
}

pub(super) fn with_key() -> Schedule {
    begun(settings(true, false)).0
}

pub(super) fn answer(status: u16, etag: Option<&str>) -> Event {
    Event::Responded(Ok(Answer {
        status,
        etag: etag.map(str::to_owned),
        retry_after: None,
    }))
}

pub(super) fn load_again(schedule: &mut Schedule) -> Step {
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(
        schedule.request_load(true, Duration::ZERO),
        LoadDecision::Started
    );
    schedule.begin(Duration::ZERO)
}

/// Takes a schedule with a key through a whole 200.
pub(super) fn load_200(schedule: &mut Schedule, etag: Option<&str>) -> Next {
    schedule.advance(answer(200, etag), Duration::ZERO);
    schedule.advance(Event::Compiled(Ok(())), Duration::ZERO)
}

pub(super) fn request(etag: Option<&str>) -> Step {
    Step::Request {
        if_none_match: etag.map(str::to_owned),
    }
}

pub(super) fn client_error(next: &Next) -> &str {
    match next.effects.as_slice() {
        [Effect::ClientError(text)] => text,
        other => panic!("expected one client error, got {other:?}"),
    }
}

#[test]
fn with_a_key_alone_the_first_step_is_an_unconditional_request() {
    assert_eq!(begun(settings(true, false)).1, request(None));
}

#[test]
fn with_a_key_and_a_provider_the_provider_decides_first() {
    assert_eq!(begun(settings(true, true)).1, Step::ShouldFetch);
}

#[test]
fn without_a_key_the_provider_is_only_read() {
    let (mut schedule, step) = begun(settings(false, true));
    assert_eq!(step, Step::ReadCache);
    let next = schedule.advance(Event::CacheRead(Ok(false)), Duration::ZERO);
    assert_eq!(next, Next::step(Step::Finish));
}

#[test]
fn a_200_is_installed_then_published_then_announced() {
    let (mut schedule, _) = begun(settings(true, true));
    assert_eq!(
        schedule
            .advance(Event::ShouldFetch(Ok(true)), Duration::ZERO)
            .step,
        request(None)
    );
    assert_eq!(
        schedule.advance(answer(200, None), Duration::ZERO),
        Next::step(Step::Compile(DocumentSource::Network))
    );
    assert_eq!(
        schedule.advance(Event::Compiled(Ok(())), Duration::ZERO),
        Next::after(
            Effect::NewDefinitions(DocumentSource::Network),
            Step::Publish
        )
    );
    assert_eq!(
        schedule.advance(Event::Published(Ok(())), Duration::ZERO),
        Next::after(Effect::Loaded(None), Step::Finish)
    );
}

#[test]
fn a_failed_publish_is_reported_and_announced_all_the_same() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    load_200(&mut schedule, None);
    let failed = Event::Published(Err(ProviderError::new("Error: full")));
    assert_eq!(
        schedule.advance(failed, Duration::ZERO).effects,
        vec![
            Effect::Error("Failed to store in cache: Error: full".into()),
            Effect::Loaded(None)
        ]
    );
}

#[test]
fn a_provider_that_cannot_decide_lets_the_load_fetch_and_publish() {
    let (mut schedule, _) = begun(settings(true, true));
    let failed = Event::ShouldFetch(Err(ProviderError::new("Error: down")));
    let next = schedule.advance(failed, Duration::ZERO);
    assert_eq!(
        next,
        Next::after(
            Effect::Error("Error in shouldFetchFlagDefinitions: Error: down".into()),
            request(None)
        )
    );
    assert_eq!(load_200(&mut schedule, None).step, Step::Publish);
}

#[test]
fn an_empty_cache_before_the_first_success_is_fetched_around_but_not_published_to() {
    let (mut schedule, _) = begun(settings(true, true));
    assert_eq!(
        schedule
            .advance(Event::ShouldFetch(Ok(false)), Duration::ZERO)
            .step,
        Step::ReadCache
    );
    assert_eq!(
        schedule
            .advance(Event::CacheRead(Ok(false)), Duration::ZERO)
            .step,
        request(None)
    );
    assert_eq!(load_200(&mut schedule, None).step, Step::Finish);
}

#[test]
fn an_empty_cache_after_a_success_keeps_what_is_held() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    schedule.advance(Event::CacheRead(Ok(true)), Duration::ZERO);
    schedule.advance(Event::Compiled(Ok(())), Duration::ZERO);
    load_again(&mut schedule);
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    let missed = schedule.advance(Event::CacheRead(Ok(false)), Duration::ZERO);
    assert_eq!(missed, Next::step(Step::Finish));
}

#[test]
fn a_broken_cached_document_is_reported_and_treated_as_a_miss() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    schedule.advance(Event::CacheRead(Ok(true)), Duration::ZERO);
    let next = schedule.advance(Event::Compiled(Err("no flags".into())), Duration::ZERO);
    assert_eq!(
        next,
        Next::after(
            Effect::Error("Failed to load from cache: TypeError: no flags".into()),
            request(None)
        )
    );
}

#[test]
fn the_etag_of_a_200_makes_the_next_request_conditional_and_a_304_may_renew_it() {
    let mut schedule = with_key();
    load_200(&mut schedule, Some("1"));
    assert_eq!(load_again(&mut schedule), request(Some("1")));
    assert_eq!(
        schedule.advance(answer(304, Some("2")), Duration::ZERO),
        Next::after(Effect::NotModified, Step::Finish)
    );
    assert_eq!(load_again(&mut schedule), request(Some("2")));
    schedule.advance(answer(304, None), Duration::ZERO);
    assert_eq!(load_again(&mut schedule), request(Some("2")));
    load_200(&mut schedule, None);
    assert_eq!(load_again(&mut schedule), request(None));
}

#[test]
fn the_etag_of_a_body_that_cannot_be_used_is_not_taken() {
    let mut schedule = with_key();
    load_200(&mut schedule, Some("good"));
    load_again(&mut schedule);
    schedule.advance(answer(200, Some("bad")), Duration::ZERO);
    let next = schedule.advance(Event::Compiled(Err("no flags".into())), Duration::ZERO);
    assert_eq!(
        next,
        Next::after(
            Effect::InvalidBody {
                reason: "no flags".into(),
                report: Some(
                    "Failed to load feature flags: no flags. The definitions that were current 0 s ago stay in use."
                        .into()
                ),
            },
            Step::Finish
        )
    );
    assert_eq!(load_again(&mut schedule), request(Some("good")));
}

#[test]
fn a_402_clears_the_definitions_and_their_etag() {
    let mut schedule = with_key();
    load_200(&mut schedule, Some("1"));
    load_again(&mut schedule);
    assert_eq!(
        schedule.advance(answer(402, Some("1")), Duration::ZERO),
        Next::after(Effect::QuotaExceeded, Step::Finish)
    );
    assert_eq!(load_again(&mut schedule), request(None));
}

#[test]
fn definitions_from_the_cache_do_not_travel_with_the_etag_of_fetched_ones() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    load_200(&mut schedule, Some("1"));
    load_again(&mut schedule);
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    schedule.advance(Event::CacheRead(Ok(true)), Duration::ZERO);
    schedule.advance(Event::Compiled(Ok(())), Duration::ZERO);
    load_again(&mut schedule);
    let next = schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    assert_eq!(next.step, request(None));
}

#[test]
fn definitions_that_did_not_come_into_use_are_loaded_again_as_if_there_were_none() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    load_200(&mut schedule, Some("1"));
    schedule.forget();
    assert!(schedule.take_forgotten());
    assert!(!schedule.take_forgotten());
    load_again(&mut schedule);
    let next = schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    assert_eq!(next.step, request(None));
    load_again(&mut schedule);
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    let next = schedule.advance(Event::CacheRead(Ok(false)), Duration::ZERO);
    assert_eq!(next.step, request(None), "although the cache has nothing");
}

#[test]
fn only_one_load_is_under_way() {
    let mut schedule = with_key();
    assert_eq!(schedule.request_load(false, SECOND), LoadDecision::Joined);
    assert_eq!(schedule.request_load(true, SECOND), LoadDecision::Joined);
    schedule.finish(SECOND, 0.5);
    assert_eq!(schedule.request_load(true, SECOND), LoadDecision::Started);
}

#[test]
fn the_next_poll_counts_from_the_end_of_a_load_and_a_load_in_between_moves_it() {
    let mut schedule = with_key();
    schedule.finish(10 * SECOND, 0.5);
    assert_eq!(schedule.next_poll(), Some(40 * SECOND));
    assert!(!schedule.poll_if_due(39 * SECOND));
    schedule.request_load(true, 39 * SECOND);
    assert_eq!(schedule.next_poll(), None);
    schedule.finish(41 * SECOND, 0.5);
    assert_eq!(schedule.next_poll(), Some(71 * SECOND));
    assert!(schedule.poll_if_due(71 * SECOND));
}

#[test]
fn after_stop_no_load_begins_and_the_one_under_way_leads_to_nothing() {
    let mut schedule = with_key();
    schedule.stop();
    assert_eq!(
        schedule.advance(answer(200, None), Duration::ZERO),
        Next::step(Step::Finish)
    );
    schedule.finish(Duration::ZERO, 0.5);
    assert_eq!(schedule.next_poll(), None);
    assert_eq!(schedule.request_load(true, SECOND), LoadDecision::Stopped);
    assert!(!schedule.poll_if_due(100 * SECOND));
    assert_eq!(schedule.begin(Duration::ZERO), Step::Finish);
}

/// Any order of outcomes, also ones that cannot happen: each load ends, and only good definitions set the tag.
#[test]
fn no_sequence_of_events_gets_the_schedule_stuck() {
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    for round in 0..2_000 {
        let mut schedule = Schedule::new(settings(round % 3 != 0, round % 2 == 0));
        let mut now = Duration::ZERO;
        for _ in 0..20 {
            now += SECOND;
            schedule.request_load(random(2) == 0, now);
            let mut step = schedule.begin(now);
            let mut steps = 0;
            while step != Step::Finish {
                steps += 1;
                assert!(
                    steps < 6,
                    "a load takes at most five steps, now at {step:?}"
                );
                let error = || ProviderError::new("Error: x");
                let event = match (&step, random(4)) {
                    (Step::ShouldFetch, 0) => Event::ShouldFetch(Err(error())),
                    (Step::ShouldFetch, n) => Event::ShouldFetch(Ok(n > 1)),
                    (Step::ReadCache, 0) => Event::CacheRead(Err(error())),
                    (Step::ReadCache, n) => Event::CacheRead(Ok(n > 1)),
                    (Step::Request { .. }, 0) => Event::Responded(Err(TransportError::Timeout)),
                    (Step::Request { .. }, n) => {
                        answer([200, 304, 402, 401][n as usize], Some("tag"))
                    }
                    (Step::Compile(_), 0) => Event::Compiled(Err("bad".into())),
                    (Step::Compile(_), _) => Event::Compiled(Ok(())),
                    (Step::Publish, 0) => Event::Published(Err(error())),
                    (Step::Publish, _) => Event::Published(Ok(())),
                    (Step::Republish, n) => {
                        Event::Published(if n == 0 { Err(error()) } else { Ok(()) })
                    }
                    (Step::Finish, _) => unreachable!(),
                };
                step = schedule.advance(event, now).step;
            }
            schedule.finish(now, 0.5);
            let wait = schedule.next_poll().map(|moment| moment - now);
            assert!(wait.is_some_and(|wait| wait <= 60 * SECOND));
        }
    }
}
