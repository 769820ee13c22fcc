//! What a process does for its provider while it leads.

use super::tests::*;
use super::*;

/// A load that leads and is answered 304, and the step that follows.
fn unchanged(schedule: &mut Schedule, now: Duration) -> Step {
    schedule.finish(now, 0.5);
    schedule.request_load(true, now);
    schedule.advance(Event::ShouldFetch(Ok(true)), now);
    schedule.advance(answer(304, None), now).step
}

/// A leader that loaded at time zero and whose provider answered `published`.
fn leader(published: Result<(), ProviderError>) -> Schedule {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(true)), Duration::ZERO);
    assert_eq!(load_200(&mut schedule, Some("1")).step, Step::Publish);
    schedule.advance(Event::Published(published), Duration::ZERO);
    schedule
}

fn failure() -> Result<(), ProviderError> {
    Err(ProviderError::new("Error: full"))
}

#[test]
fn a_document_that_was_not_stored_is_given_again_until_it_is_and_is_no_news() {
    let mut schedule = leader(failure());
    assert_eq!(unchanged(&mut schedule, SECOND), Step::Republish);
    assert_eq!(
        schedule
            .advance(Event::Published(failure()), SECOND)
            .effects,
        vec![Effect::Error(
            "Failed to store in cache: Error: full".into()
        )]
    );
    assert_eq!(unchanged(&mut schedule, 2 * SECOND), Step::Republish);
    assert_eq!(
        schedule.advance(Event::Published(Ok(())), 2 * SECOND),
        Next::step(Step::Finish)
    );
    assert_eq!(unchanged(&mut schedule, 3 * SECOND), Step::Finish);
}

#[test]
fn a_stored_document_is_given_again_once_a_minute() {
    let mut schedule = leader(Ok(()));
    let mut given = Vec::new();
    for seconds in (1..20).map(|poll| poll * 10) {
        let now = Duration::from_secs(seconds);
        if unchanged(&mut schedule, now) == Step::Republish {
            schedule.advance(Event::Published(Ok(())), now);
            given.push(seconds);
        }
    }
    // At an interval of 30 s, the poll after the one at 40 s could come too late.
    assert_eq!(given, [40, 80, 120, 160]);
}

#[test]
fn what_was_fetched_around_an_empty_cache_is_stored_once_this_process_leads() {
    let (mut schedule, _) = begun(settings(true, true));
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    schedule.advance(Event::CacheRead(Ok(false)), Duration::ZERO);
    assert_eq!(load_200(&mut schedule, Some("1")).step, Step::Finish);
    assert_eq!(unchanged(&mut schedule, SECOND), Step::Republish);
}

#[test]
fn nothing_is_given_again_by_a_follower_after_a_402_or_of_the_cache() {
    let mut schedule = leader(failure());
    load_again(&mut schedule);
    schedule.advance(Event::ShouldFetch(Ok(false)), SECOND);
    schedule.advance(Event::CacheRead(Ok(true)), SECOND);
    schedule.advance(Event::Compiled(Ok(())), SECOND);
    assert_eq!(unchanged(&mut schedule, 2 * SECOND), Step::Finish);

    let mut schedule = leader(failure());
    load_again(&mut schedule);
    schedule.advance(answer(402, None), SECOND);
    assert_eq!(unchanged(&mut schedule, 2 * SECOND), Step::Finish);
}

/// A follower with the document of its leader, which has this tag, that leads in the load which begins now.
fn new_leader(etag: &str) -> (Schedule, Step) {
    let mut schedule = Schedule::new(Settings {
        is_shared_by_us: true,
        ..settings(true, true)
    });
    schedule.request_load(false, Duration::ZERO);
    assert_eq!(schedule.begin(Duration::ZERO), Step::ShouldFetch);
    schedule.advance(Event::ShouldFetch(Ok(false)), Duration::ZERO);
    schedule.found_in_cache(Some(etag.into()));
    schedule.advance(Event::CacheRead(Ok(true)), Duration::ZERO);
    schedule.advance(Event::Compiled(Ok(())), Duration::ZERO);
    schedule.finish(Duration::ZERO, 0.5);
    schedule.request_load(true, SECOND);
    schedule.begin(SECOND);
    let next = schedule.advance(Event::ShouldFetch(Ok(true)), SECOND);
    (schedule, next.step)
}

#[test]
fn a_new_leader_asks_whether_what_it_has_read_is_current_and_has_that_noted() {
    let (mut schedule, step) = new_leader("1");
    assert_eq!(step, request(Some("1")));
    assert_eq!(
        schedule.advance(answer(304, None), SECOND),
        Next::after(Effect::NotModified, Step::Republish)
    );
    schedule.advance(Event::Published(Ok(())), SECOND);
    assert_eq!(schedule.etag(), Some("1"));
}

#[test]
fn what_can_neither_be_noted_nor_stored_is_received_again() {
    let (mut schedule, _) = new_leader("1");
    schedule.advance(answer(304, None), SECOND);
    assert_eq!(
        schedule.advance(Event::Published(failure()), SECOND),
        Next::step(Step::Finish)
    );
    assert_eq!(schedule.etag(), None);
}

#[test]
fn a_document_of_a_leader_that_cannot_be_used_is_not_confirmed_to_others() {
    let (mut schedule, _) = new_leader("1");
    schedule.advance(Event::ShouldFetch(Ok(false)), SECOND);
    schedule.found_in_cache(Some("2".into()));
    schedule.advance(Event::CacheRead(Ok(true)), SECOND);
    schedule.advance(Event::Compiled(Err("no".into())), SECOND);
    assert_eq!(schedule.etag(), None);
}

#[test]
fn a_follower_learns_from_the_cache_that_the_quota_is_used_up() {
    let (mut schedule, _) = new_leader("1");
    schedule.advance(Event::ShouldFetch(Ok(false)), SECOND);
    assert_eq!(
        schedule.advance(Event::CacheEmptied, SECOND),
        Next::after(Effect::QuotaExceeded, Step::Finish)
    );
    assert_eq!(schedule.etag(), None);
}
