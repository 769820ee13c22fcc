//! Several processes that share a file, of which the leader dies or is stopped, in a time of their own.

use std::collections::BTreeMap;

use super::tests::*;
use super::*;

const PROCESSES: usize = 5;
const INTERVAL: Duration = Duration::from_secs(30);
const ROUND_TRIP: Duration = Duration::from_millis(200);
/// A leader that gives no sign of life for so long is replaced.
const SILENCE: Duration = Duration::from_secs(120);

/// What becomes of the leader.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    Dies,
    /// It goes on later with what it was about to do.
    IsStopped,
}

struct Process {
    schedule: Schedule,
    /// The version it holds.
    version: u32,
    /// It does nothing before then.
    idle_until: Duration,
}

/// PostHog, which serves version 2 from `change` on, the file and the processes.
struct World {
    seed: u64,
    change: Duration,
    /// The version in the file.
    stored: u32,
    /// Who holds the lock, and when it gave the last sign of life.
    lock: Option<(usize, Duration)>,
    requests: Vec<Duration>,
    processes: Vec<Process>,
    /// What happens next: the begin of a load, or an answer and the version in it.
    agenda: BTreeMap<(Duration, usize), Option<(Event, u32)>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            change: Duration::MAX,
            stored: 0,
            lock: None,
            requests: Vec::new(),
            processes: Vec::new(),
            agenda: BTreeMap::new(),
        };
        for number in 0..PROCESSES {
            let mut schedule = Schedule::new(Settings {
                polling_interval_ms: Some(INTERVAL.as_secs_f64() * 1000.0),
                polling_jitter: 0.1,
                is_shared_by_us: true,
                ..settings(true, true)
            });
            let start = INTERVAL.mul_f64(random(&mut world.seed));
            schedule.request_load(false, start);
            world.processes.push(Process {
                schedule,
                version: 0,
                idle_until: Duration::ZERO,
            });
            world.agenda.insert((start, number), None);
        }
        world
    }

    /// As the lock of `FileCache`.
    fn leads(&mut self, number: usize, now: Duration) -> bool {
        let free = self
            .lock
            .is_none_or(|(holder, sign)| holder == number || now - sign > SILENCE);
        if free {
            self.lock = Some((number, now));
        }
        free
    }

    fn is_leader(&self, number: usize) -> bool {
        self.lock.is_some_and(|(holder, _)| holder == number)
    }

    /// Takes a process out, and hands back when it comes back.
    fn lose(&mut self, number: usize, loss: Loss, now: Duration) -> Duration {
        let back = match loss {
            Loss::Dies => {
                self.lock = None;
                Duration::MAX
            }
            Loss::IsStopped => now + INTERVAL.mul_f64(20.0 * random(&mut self.seed)),
        };
        self.processes[number].idle_until = back;
        back
    }

    /// Goes on with a load until it waits for the server or is over.
    fn go_on(&mut self, number: usize, now: Duration, event: Option<(Event, u32)>) {
        let mut received = 0;
        let mut step = match event {
            None => {
                let schedule = &mut self.processes[number].schedule;
                assert!(schedule.poll_if_due(now));
                schedule.begin(now)
            }
            Some((event, version)) => {
                received = version;
                self.advance(number, now, event, received)
            }
        };
        loop {
            let event = match step {
                Step::ShouldFetch => Event::ShouldFetch(Ok(self.leads(number, now))),
                Step::ReadCache => {
                    received = self.stored;
                    Event::CacheRead(Ok(received > 0))
                }
                Step::Request { .. } => {
                    self.requests.push(now);
                    let version = if now < self.change { 1 } else { 2 };
                    let arrival = (now + ROUND_TRIP, number);
                    self.agenda
                        .insert(arrival, Some((answer(200, None), version)));
                    return;
                }
                Step::Compile(_) => Event::Compiled(Ok(())),
                Step::Publish | Step::Republish => {
                    // Who does not lead any more stores nothing.
                    if self.is_leader(number) {
                        let version = self.processes[number].version;
                        assert!(version >= self.stored, "the file has become older");
                        self.stored = version;
                    }
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
        let is_new = |effect: &Effect| matches!(effect, Effect::NewDefinitions(_));
        if next.effects.iter().any(is_new) {
            process.version = received;
        }
        next.step
    }

    fn run_until(&mut self, end: Duration) {
        while let Some(entry) = self.agenda.first_entry()
            && entry.key().0 <= end
        {
            let ((now, number), event) = entry.remove_entry();
            let back = self.processes[number].idle_until;
            if back <= now {
                self.go_on(number, now, event);
            } else if back < Duration::MAX {
                self.agenda.insert((back, number), event);
            }
        }
    }

    fn versions(&self, but: usize) -> Vec<u32> {
        let others = (0..PROCESSES).filter(|number| *number != but);
        others
            .map(|number| self.processes[number].version)
            .collect()
    }
}

#[test]
fn the_others_hold_what_the_server_has_although_the_leader_dies_or_is_stopped() {
    for round in 1..2_000u64 {
        for loss in [Loss::Dies, Loss::IsStopped] {
            let mut world = World::new(round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let lost_at = INTERVAL.mul_f64(2.0 + 2.0 * random(&mut world.seed));
            // Shortly before or after.
            world.change = lost_at + INTERVAL.mul_f64(random(&mut world.seed)) - INTERVAL / 2;
            world.run_until(lost_at);
            let (leader, _) = world.lock.unwrap();
            assert!(world.versions(PROCESSES).iter().all(|version| *version > 0));
            let back = world.lose(leader, loss, lost_at);
            // Two intervals until the next leader asks and the others read, and one until somebody sees that nothing happens.
            let limit = match loss {
                Loss::Dies => 2 * INTERVAL,
                Loss::IsStopped => (SILENCE + 3 * INTERVAL).min(back - lost_at + 2 * INTERVAL),
            };
            let until = lost_at.max(world.change) + limit + ROUND_TRIP;
            world.run_until(until);
            assert_eq!(world.versions(leader), [2; PROCESSES - 1], "round {round}");
            // Whoever comes back follows or leads, and stores nothing that is older.
            world.run_until(until + 30 * INTERVAL);
            world.requests.retain(|at| *at > until + 24 * INTERVAL);
            let asked = world.requests.len();
            assert!(
                (5..=8).contains(&asked),
                "round {round}: {asked} requests in 6 intervals"
            );
            if loss == Loss::IsStopped {
                assert_eq!(world.processes[leader].version, 2, "round {round}");
            }
        }
    }
}
