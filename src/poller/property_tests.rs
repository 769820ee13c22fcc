//! What holds for every order of outcomes, shown by a model that knows no schedule.

use super::tests::*;
use super::*;

/// xorshift64: any number below `below`.
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}

/// What a process holds, as its effects say.
#[derive(Default)]
struct Model {
    /// The tag of the definitions held, if the server named one.
    tag: Option<String>,
    /// The definitions held came from the server.
    from_server: bool,
    /// The provider stored the definitions held when it was last given them.
    stored: bool,
    leads: bool,
    answered: Option<String>,
    reports: u32,
}

impl Model {
    fn event(&mut self, step: &Step, seed: &mut u64) -> Event {
        let fails = random(seed, 4) == 0;
        let error = || ProviderError::new("Error: x");
        match step {
            Step::ShouldFetch if fails => Event::ShouldFetch(Err(error())),
            Step::ShouldFetch => {
                self.leads = random(seed, 3) > 0;
                Event::ShouldFetch(Ok(self.leads))
            }
            Step::ReadCache if fails => Event::CacheRead(Err(error())),
            Step::ReadCache => Event::CacheRead(Ok(random(seed, 2) == 0)),
            Step::Request { if_none_match } => {
                assert_eq!(*if_none_match, self.tag, "the tag of what is held, or none");
                if fails {
                    return Event::Responded(Err(TransportError::Timeout));
                }
                let tag = random(seed, 1000).to_string();
                match (random(seed, 5), if_none_match) {
                    (0, Some(_)) => answer(304, None),
                    (1, _) => answer(402, Some(&tag)),
                    (2, _) => answer(500, Some(&tag)),
                    _ => {
                        self.answered = Some(tag.clone());
                        answer(200, Some(&tag))
                    }
                }
            }
            Step::Compile(_) if fails => Event::Compiled(Err("bad".into())),
            Step::Compile(_) => Event::Compiled(Ok(())),
            Step::Publish | Step::Republish => {
                assert!(self.leads, "only a leader writes");
                assert!(self.from_server, "only what the server sent is written");
                self.stored = !fails;
                Event::Published(if fails { Err(error()) } else { Ok(()) })
            }
            Step::Finish => unreachable!(),
        }
    }

    fn apply(&mut self, effect: &Effect) {
        match effect {
            Effect::NewDefinitions(source) => {
                self.from_server = *source == DocumentSource::Network;
                self.tag = self.answered.take().filter(|_| self.from_server);
                self.stored = false;
            }
            Effect::QuotaExceeded => {
                *self = Self {
                    reports: self.reports,
                    ..Self::default()
                }
            }
            Effect::Error(text) if text.contains("HTTP status 500") => self.reports += 1,
            _ => {}
        }
    }
}

#[test]
fn tags_belong_to_what_is_held_leaders_alone_write_and_a_confirmed_document_ends_up_stored() {
    for round in 1..1_000u64 {
        let seed = &mut round.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut schedule = Schedule::new(settings(true, true));
        let mut model = Model::default();
        for second in 0..60u32 {
            let now = second * SECOND;
            schedule.request_load(true, now);
            // Without a decision a process fetches and writes.
            model.leads = true;
            model.answered = None;
            let mut step = schedule.begin(now);
            while step != Step::Finish {
                let event = model.event(&step, seed);
                let confirmed =
                    matches!(&event, Event::Responded(Ok(answer)) if answer.status == 304);
                let next = schedule.advance(event, now);
                next.effects.iter().for_each(|effect| model.apply(effect));
                if confirmed && model.leads && !model.stored {
                    assert_eq!(next.step, Step::Republish, "round {round}");
                }
                step = next.step;
            }
            schedule.finish(now, 0.5);
        }
        assert!(
            model.reports <= 1,
            "at most one report of a kind in a minute"
        );
    }
}
