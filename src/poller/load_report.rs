//! What became of a load, for those who count loads.

use super::steps::Event;

/// What became of a load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// How it ended.
    pub end: LoadEnd,
    /// How many bytes of documents it received.
    pub bytes: usize,
}

/// How a load ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LoadEnd {
    /// It brought other definitions.
    Changed,
    /// The definitions are the ones held, or a cache had none.
    #[default]
    Unchanged,
    /// The server refuses the key; the text is the cause.
    Refused(String),
    /// It brought nothing, for this cause.
    Failed(String),
}

impl LoadReport {
    /// Takes note of how a step came out. `received` is the size of the document in hand, and `is_new` whether it compiled to
    /// other definitions. What a later step brings counts.
    pub fn note(&mut self, event: &Event, received: usize, is_new: bool) {
        let end = match event {
            Event::CacheRead(Ok(_)) => LoadEnd::Unchanged,
            Event::CacheEmptied => quota_exceeded(),
            Event::CacheRead(Err(error)) => LoadEnd::Failed(error.to_string()),
            Event::Responded(Err(error)) => LoadEnd::Failed(error.to_string()),
            Event::Responded(Ok(answer)) => match answer.status {
                200 | 304 => LoadEnd::Unchanged,
                401 | 403 => LoadEnd::Refused(format!("HTTP status {}", answer.status)),
                402 => quota_exceeded(),
                status => LoadEnd::Failed(format!("HTTP status {status}")),
            },
            Event::Compiled(result) => {
                self.bytes += received;
                match result {
                    Ok(()) if is_new => LoadEnd::Changed,
                    Ok(()) => LoadEnd::Unchanged,
                    Err(reason) => LoadEnd::Failed(reason.clone()),
                }
            }
            // Neither decides what the load brings.
            Event::ShouldFetch(_) | Event::Published(_) => return,
        };
        self.end = end;
    }
}

fn quota_exceeded() -> LoadEnd {
    LoadEnd::Failed("the quota of feature flags is used up".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poller::provider::ProviderError;
    use crate::poller::steps::Answer;
    use crate::transport::TransportError;

    fn end_of(events: &[Event]) -> LoadEnd {
        let mut report = LoadReport::default();
        for event in events {
            report.note(event, 10, true);
        }
        report.end
    }

    fn answered(status: u16) -> Event {
        let answer = Answer {
            status,
            ..Answer::default()
        };
        Event::Responded(Ok(answer))
    }

    #[test]
    fn the_last_step_that_decides_says_how_a_load_ended() {
        let failed = |text: &str| LoadEnd::Failed(text.to_owned());
        let error = || ProviderError::new("Error: no");
        assert_eq!(end_of(&[]), LoadEnd::Unchanged);
        assert_eq!(end_of(&[answered(304)]), LoadEnd::Unchanged);
        assert_eq!(end_of(&[answered(500)]), failed("HTTP status 500"));
        assert_eq!(
            end_of(&[answered(401)]),
            LoadEnd::Refused("HTTP status 401".to_owned())
        );
        assert_eq!(
            end_of(&[
                Event::ShouldFetch(Err(error())),
                answered(200),
                Event::Compiled(Ok(())),
                Event::Published(Err(error()))
            ]),
            LoadEnd::Changed
        );
        assert_eq!(
            end_of(&[Event::CacheRead(Err(error()))]),
            failed("Error: no")
        );
        assert_eq!(end_of(&[Event::CacheEmptied]), end_of(&[answered(402)]));
        assert_eq!(
            end_of(&[
                Event::CacheRead(Ok(true)),
                Event::Compiled(Err("no JSON".to_owned())),
                Event::Responded(Err(TransportError::Timeout))
            ]),
            failed(&TransportError::Timeout.to_string())
        );
    }

    #[test]
    fn the_bytes_of_all_documents_count() {
        let mut report = LoadReport::default();
        report.note(&Event::CacheRead(Ok(true)), 0, false);
        report.note(&Event::Compiled(Err("no JSON".to_owned())), 7, false);
        report.note(&answered(200), 100, false);
        report.note(&Event::Compiled(Ok(())), 100, false);
        assert_eq!(report.bytes, 107);
        assert_eq!(report.end, LoadEnd::Unchanged);
    }
}
