//! Providers of which a method does not settle.

use super::tests::*;
use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn unsettled(method: Method) -> ProviderError {
    ProviderError::Unsettled(method, LIMIT)
}

/// A further load that begins at `now`, and its first step.
fn load_at(schedule: &mut Schedule, now: Duration) -> Step {
    schedule.finish(now, 0.5);
    schedule.request_load(true, now);
    schedule.begin(now)
}

/// What was raised, and what only traced.
fn told(next: Next) -> (Vec<String>, Vec<String>) {
    let mut told = (Vec::new(), Vec::new());
    for effect in next.effects {
        match effect {
            Effect::Error(text) => told.0.push(text),
            Effect::Trace(text) => told.1.push(text),
            _ => {}
        }
    }
    told
}

#[test]
fn a_decision_that_does_not_come_is_done_without_until_it_is_asked_for_again() {
    let (mut schedule, _) = begun(settings(true, true));
    let error = Event::ShouldFetch(Err(unsettled(Method::ShouldFetch)));
    assert_eq!(schedule.advance(error, LIMIT).step, request(None));
    assert_eq!(
        load_200(&mut schedule, Some("1")).step,
        Step::Publish,
        "the other methods are called"
    );
    assert_eq!(load_at(&mut schedule, 15 * SECOND), request(Some("1")));
    assert_eq!(load_at(&mut schedule, 20 * SECOND), Step::ShouldFetch);
}

#[test]
fn a_cache_that_hangs_is_as_good_as_empty_until_it_is_read_again() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    let error = Event::CacheRead(Err(unsettled(Method::Read)));
    assert_eq!(schedule.advance(error, LIMIT).step, request(None));
    assert_eq!(
        load_200(&mut schedule, None).step,
        Step::Finish,
        "who follows does not write"
    );
    for (seconds, step) in [(15, Step::Finish), (20, Step::ReadCache)] {
        let now = seconds * SECOND;
        assert_eq!(load_at(&mut schedule, now), Step::ShouldFetch);
        let next = schedule.advance(Event::ShouldFetch(Ok(false)), now);
        assert_eq!(next, Next::step(step));
    }
}

#[test]
fn a_store_that_hangs_is_given_the_document_later() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    assert_eq!(load_200(&mut schedule, Some("1")).step, Step::Publish);
    let error = Event::Published(Err(unsettled(Method::Store)));
    let next = schedule.advance(error, LIMIT);
    assert!(next.effects.contains(&Effect::Loaded(None)));
    for (seconds, step) in [(15, Step::Finish), (20, Step::Republish)] {
        let now = seconds * SECOND;
        assert_eq!(load_at(&mut schedule, now), Step::ShouldFetch);
        schedule.advance(Event::ShouldFetch(Ok(true)), now);
        assert_eq!(schedule.advance(answer(304, None), now).step, step);
    }
}

#[test]
fn definitions_are_announced_although_the_store_hangs_and_is_not_called() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    load_200(&mut schedule, Some("1"));
    schedule.advance(Event::Published(Err(unsettled(Method::Store))), LIMIT);
    load_at(&mut schedule, LIMIT);
    schedule.advance(Event::ShouldFetch(Ok(true)), LIMIT);
    schedule.advance(answer(200, Some("2")), LIMIT);
    assert_eq!(
        schedule.advance(Event::Compiled(Ok(())), LIMIT),
        Next {
            effects: vec![
                Effect::NewDefinitions(DocumentSource::Network),
                Effect::Loaded(None)
            ],
            step: Step::Finish,
        }
    );
}

#[test]
fn hanging_is_reported_once_a_minute_for_each_method_and_other_failures_each_time() {
    let (mut schedule, _) = begun(settings(true, true));
    let mut reports = 0;
    for second in 0..600 {
        let now = second * SECOND;
        if load_at(&mut schedule, now) == Step::ShouldFetch {
            let error = Event::ShouldFetch(Err(unsettled(Method::ShouldFetch)));
            let (raised, traced) = told(schedule.advance(error, now));
            assert_eq!(raised.len() + traced.len(), 1);
            reports += raised.len();
        }
    }
    assert!((9..=10).contains(&reports), "{reports} in ten minutes");
    let error = Event::CacheRead(Err(unsettled(Method::Read)));
    assert_eq!(told(schedule.advance(error, 600 * SECOND)).0.len(), 1);
    for _ in 0..3 {
        let error = Event::ShouldFetch(Err(ProviderError::new("Error: x")));
        assert_eq!(told(schedule.advance(error, 600 * SECOND)).0.len(), 1);
    }
}

#[test]
fn a_call_that_settles_late_may_be_made_again_at_once() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(
        Event::ShouldFetch(Err(unsettled(Method::ShouldFetch))),
        LIMIT,
    );
    schedule.settled_late(Method::ShouldFetch);
    assert_eq!(load_at(&mut schedule, 11 * SECOND), Step::ShouldFetch);
}

#[test]
fn a_poller_that_stopped_polling_loads_when_asked_and_sets_no_time_for_another() {
    let (mut schedule, _) = begun(settings(true, false));
    assert!(!schedule.stop_polling(), "a load is under way");
    assert_eq!(load_200(&mut schedule, Some("1")).step, Step::Finish);
    schedule.finish(SECOND, 0.5);
    assert_eq!(schedule.next_poll(), None);
    assert!(!schedule.poll_if_due(1000 * SECOND));
    assert_eq!(load_at(&mut schedule, 2 * SECOND), request(Some("1")));
    schedule.finish(2 * SECOND, 0.5);
    assert_eq!(schedule.next_poll(), None);
    assert!(schedule.stop_polling());
}
