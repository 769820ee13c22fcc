//! Several processes that share a cache, in a time of their own: once the server is well again, all hold what it serves
//! within two intervals.

use std::collections::BTreeMap;

use super::tests::*;
use super::*;

const PROCESSES: usize = 4;
const INTERVAL: Duration = Duration::from_secs(30);
/// How long a request takes that succeeds.
const ROUND_TRIP: Duration = Duration::from_millis(200);
/// How long a request may take: at most seven eighths of the interval, as by default (10 s of 30 s).
const REQUEST_TIMEOUT: Duration = Duration::from_secs(26);
const LOCK_TTL: Duration = Duration::from_secs(90);

struct Process {
    schedule: Schedule,
    /// The version it holds.
    version: u32,
    requests: u32,
}

/// PostHog, the cache and the processes. Version 1 is served until `outage`, nothing until `recovery`, then version 2.
struct World {
    seed: u64,
    outage: Duration,
    recovery: Duration,
    cached: u32,
    lock: Option<(usize, Duration)>,
    processes: Vec<Process>,
    /// What happens next: the begin of a load, or the answer to a request.
    agenda: BTreeMap<(Duration, usize), Option<Event>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            outage: Duration::ZERO,
            recovery: Duration::ZERO,
            cached: 0,
            lock: None,
            processes: Vec::new(),
            agenda: BTreeMap::new(),
        };
        world.outage = INTERVAL.mul_f64(3.0 + random(&mut world.seed));
        world.recovery = world.outage + INTERVAL.mul_f64(10.0 * random(&mut world.seed));
        for number in 0..PROCESSES {
            let mut schedule = Schedule::new(Settings {
                polling_interval_ms: Some(INTERVAL.as_secs_f64() * 1000.0),
                polling_jitter: 0.1,
                ..settings(true, true)
            });
            let start = INTERVAL.mul_f64(random(&mut world.seed));
            schedule.request_load(false, start);
            world.processes.push(Process {
                schedule,
                version: 0,
                requests: 0,
            });
            world.agenda.insert((start, number), None);
        }
        world
    }

    fn leads(&mut self, number: usize, now: Duration) -> bool {
        let free = self
            .lock
            .is_none_or(|(holder, until)| holder == number || until <= now);
        if free {
            self.lock = Some((number, now + LOCK_TTL));
        }
        free
    }

    /// When the answer to a request that is sent now comes, and which.
    fn answer(&mut self, now: Duration) -> (Duration, Event) {
        if now < self.outage || now >= self.recovery {
            return (now + ROUND_TRIP, answer(200, None));
        }
        let took = REQUEST_TIMEOUT.mul_f64(random(&mut self.seed));
        let event = match (random(&mut self.seed) * 4.0) as u32 {
            0 => answer(500, None),
            1 => answer(404, None),
            2 => Event::Responded(Err(TransportError::Failed("cut".into()))),
            _ => {
                return (
                    now + REQUEST_TIMEOUT,
                    Event::Responded(Err(TransportError::Timeout)),
                );
            }
        };
        (now + took, event)
    }

    /// Goes on with a load until it waits for the server or is over.
    fn go_on(&mut self, number: usize, now: Duration, event: Option<Event>) {
        let mut received = 0;
        let mut step = match event {
            None => {
                let schedule = &mut self.processes[number].schedule;
                assert!(schedule.poll_if_due(now));
                schedule.begin(now)
            }
            Some(event) => {
                received = if now < self.recovery { 1 } else { 2 };
                self.advance(number, now, event, received)
            }
        };
        loop {
            let event = match step {
                Step::ShouldFetch => Event::ShouldFetch(Ok(self.leads(number, now))),
                Step::ReadCache => {
                    received = self.cached;
                    Event::CacheRead(Ok(received > 0))
                }
                Step::Request { .. } => {
                    self.processes[number].requests += 1;
                    let (moment, event) = self.answer(now);
                    self.agenda.insert((moment, number), Some(event));
                    return;
                }
                Step::Compile(_) => Event::Compiled(Ok(())),
                Step::Publish | Step::Republish => {
                    self.cached = self.processes[number].version;
                    Event::Published(Ok(()))
                }
                Step::Finish => break,
            };
            step = self.advance(number, now, event, received);
        }
        let random = random(&mut self.seed);
        let schedule = &mut self.processes[number].schedule;
        schedule.finish(now, random);
        self.agenda
            .insert((schedule.next_poll().unwrap(), number), None);
    }

    fn advance(&mut self, number: usize, now: Duration, event: Event, received: u32) -> Step {
        let process = &mut self.processes[number];
        let next = process.schedule.advance(event, now);
        if next
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::NewDefinitions(_)))
        {
            process.version = received;
        }
        next.step
    }

    /// Runs until a moment.
    fn run_until(&mut self, end: Duration) {
        while let Some(entry) = self.agenda.first_entry()
            && entry.key().0 <= end
        {
            let ((now, number), event) = entry.remove_entry();
            self.go_on(number, now, event);
        }
    }
}

#[test]
fn all_processes_hold_the_new_version_two_intervals_after_the_server_recovered() {
    for round in 1..3_000u64 {
        let mut world = World::new(round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        world.run_until(world.outage);
        assert!(world.processes.iter().all(|process| process.version == 1));
        world.run_until(world.recovery);
        assert!(
            world.processes.iter().all(|process| process.version == 1),
            "nothing is lost while the server fails"
        );
        world.run_until(world.recovery + 2 * INTERVAL + ROUND_TRIP);
        let versions: Vec<u32> = world.processes.iter().map(|p| p.version).collect();
        assert_eq!(versions, [2; PROCESSES], "round {round}");
    }
}

#[test]
fn an_outage_costs_the_server_three_requests_more_than_quiet_polling_would() {
    for round in 1..500u64 {
        let mut world = World::new(round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        world.outage = 4 * INTERVAL;
        world.recovery = 104 * INTERVAL;
        world.run_until(world.outage);
        let count = |world: &World| world.processes.iter().map(|p| p.requests).sum::<u32>();
        let before = count(&world);
        world.run_until(world.recovery);
        // Polls may come a tenth of the interval early.
        let most = 3 + (100.0 / 0.9) as u32 + 1;
        let sent = count(&world) - before;
        assert!(sent <= most, "round {round}: {sent} requests by one leader");
    }
}
