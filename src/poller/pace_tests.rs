use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// xorshift64: any number below `below`.
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}

/// From 0 up to 1.
fn fraction(seed: &mut u64) -> f64 {
    random(seed, 1 << 30) as f64 / (1u64 << 30) as f64
}

#[test]
fn jitter_lets_a_poll_come_early_but_neither_late_nor_within_100_ms() {
    let wait = |interval, jitter, random| {
        Pace::new(Some(interval), jitter, false)
            .next_poll(SECOND, random)
            .unwrap()
            - SECOND
    };
    assert_eq!(wait(30_000.0, 0.1, 0.0), 30 * SECOND);
    assert_eq!(wait(30_000.0, 0.1, 0.5), Duration::from_millis(28_500));
    assert_eq!(wait(30_000.0, 0.0, 0.9), 30 * SECOND);
    assert_eq!(wait(1_000.0, 1.0, 0.999), Duration::from_millis(100));
    assert_eq!(wait(100.0, 1.0, 0.5), Duration::from_millis(100));
}

/// The waits after so many failures in a row that each took `took`.
fn waits_after_failures<const N: usize>(
    interval: f64,
    jitter: f64,
    took: Duration,
    random: f64,
) -> [u128; N] {
    let mut pace = Pace::new(Some(interval), jitter, false);
    let mut now = SECOND;
    std::array::from_fn(|_| {
        pace.begun(now);
        now += took;
        pace.failed(None, now);
        let wait = pace.next_poll(now, random).unwrap() - now;
        now += wait;
        wait.as_millis()
    })
}

#[test]
fn retries_come_soon_and_back_off_to_the_usual_interval() {
    let at_once = Duration::ZERO;
    assert_eq!(
        waits_after_failures(30_000.0, 0.0, at_once, 0.9),
        [3750, 7500, 15_000, 30_000, 30_000]
    );
    assert_eq!(
        waits_after_failures(600_000.0, 0.0, at_once, 0.9),
        [75_000, 150_000, 300_000, 600_000]
    );
    assert_eq!(
        waits_after_failures(200.0, 0.0, at_once, 0.9),
        [100, 100, 100, 200],
        "never within 100 ms"
    );
    assert_eq!(waits_after_failures(100.0, 0.0, at_once, 0.9), [100; 5]);
}

#[test]
fn retries_are_spread_over_half_their_wait_unless_jitter_is_off() {
    let at_once = Duration::ZERO;
    assert_eq!(
        waits_after_failures(30_000.0, 0.1, at_once, 1.0),
        [1875, 3750, 7500, 27_000]
    );
    assert_eq!(
        waits_after_failures(30_000.0, 0.8, at_once, 0.5),
        [2250, 4500, 9000, 18_000]
    );
}

#[test]
fn the_time_that_a_failed_request_took_counts() {
    assert_eq!(
        waits_after_failures(30_000.0, 0.0, 10 * SECOND, 0.0),
        [3750, 7500, 15_000, 20_000, 20_000]
    );
    assert_eq!(
        waits_after_failures(1_000.0, 0.0, 10 * SECOND, 0.0),
        [125, 125, 125, 125],
        "but there is a pause"
    );
}

/// The bound behind "within two intervals": it is what convergence needs of whoever asks the server.
#[test]
fn whatever_fails_the_next_request_begins_within_an_interval_of_the_one_that_failed() {
    for round in 1..2_000u64 {
        let seed = &mut round.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let interval = 100.0 + fraction(seed) * 100_000.0;
        let mut pace = Pace::new(
            Some(interval),
            [0.0, 0.1, 1.0][round as usize % 3],
            round % 2 == 0,
        );
        let pause = delay((interval / 8.0).max(100.0));
        let mut now = Duration::ZERO;
        for _ in 0..20 {
            let began = now;
            pace.begun(now);
            now += delay(interval * fraction(seed) * 1.5);
            pace.failed(None, now);
            let moment = pace.next_poll(now, fraction(seed)).unwrap();
            let latest = (began + delay(interval)).max(now + pause);
            assert!(moment <= latest, "round {round}: {moment:?} > {latest:?}");
            assert!(moment >= now + Duration::from_millis(100), "round {round}");
            now = moment;
        }
    }
}

/// The other half of the bound: what convergence needs of those who read the cache.
#[test]
fn who_has_a_cache_to_read_does_so_within_an_interval_whatever_the_server_said() {
    for round in 1..2_000u64 {
        let seed = &mut round.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let interval = 100.0 + fraction(seed) * 100_000.0;
        let mut pace = Pace::new(Some(interval), 0.1, true);
        let mut now = Duration::ZERO;
        for _ in 0..20 {
            pace.begun(now);
            let retry_after = (random(seed, 2) == 0).then(|| delay(fraction(seed) * 300_000.0));
            match random(seed, 5) {
                0 => pace.failed(retry_after, now),
                1 => drop(pace.refused(retry_after, now)),
                2 => pace.read_cache(now),
                3 => pace.emptied(),
                _ => pace.answered(),
            }
            let moment = pace.next_poll(now, fraction(seed)).unwrap();
            assert!(
                moment > now && moment <= now + delay(interval),
                "round {round}"
            );
            now = moment;
        }
    }
}

#[test]
fn without_a_cache_nothing_is_polled_before_the_time_that_the_server_named_nor_much_later() {
    for round in 1..2_000u64 {
        let seed = &mut round.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut pace = Pace::new(Some(30_000.0), 0.1, false);
        let asked_for = delay(fraction(seed) * 300_000.0);
        if round % 2 == 0 {
            pace.failed(Some(asked_for), SECOND);
        } else {
            assert!(pace.refused(Some(asked_for), SECOND) >= asked_for);
        }
        let moment = pace.next_poll(SECOND, fraction(seed)).unwrap();
        assert!(!pace.is_blocked(moment), "round {round}");
        let latest = asked_for.max(60 * SECOND) + 3 * SECOND;
        assert!(moment <= SECOND + latest, "round {round}: {moment:?}");
    }
}

#[test]
fn intervals_that_no_timer_can_take_are_brought_into_range() {
    assert_eq!(delay(f64::NAN), Duration::from_millis(100));
    assert_eq!(delay(f64::INFINITY), Duration::from_secs(31_536_000));
    assert_eq!(delay(1500.5), Duration::from_micros(1_500_500));
}
