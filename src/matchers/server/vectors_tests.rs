//! The answers of the server's own matching code, see `tests/server/README.md`.

use serde_json::Value;

use super::dates::Clock;
use super::zones::Zone;
use super::{Answer, PatternBudget, ServerTest};
use crate::js::host::FixedHost;
use crate::testing::server_vectors;

fn host_at(now: &str) -> FixedHost {
    let now = chrono::DateTime::parse_from_rfc3339(now).unwrap();
    FixedHost {
        now_ms: now.timestamp_millis() as f64,
    }
}

#[test]
fn single_filters_are_answered_as_the_server_answers_them() {
    let document = server_vectors("properties");
    let (mut wrong, mut open, mut total) = (Vec::new(), 0, 0);
    let mut opened: std::collections::BTreeMap<String, usize> = Default::default();
    for matrix in document["matrices"].as_array().unwrap() {
        let zone = matrix["zone"].as_str().unwrap_or("UTC");
        let now = matrix["now"].as_str().unwrap_or("2024-06-15T12:00:00Z");
        let clock = Clock {
            host: &host_at(now),
            zone: Zone::of_name(zone),
        };
        let properties = matrix["properties"].as_array().unwrap();
        let mut check = |answer: Answer, expected: char, what: String| {
            if matches!(expected, 'm' | 'i' | 'p') {
                return;
            }
            total += 1;
            match answer {
                Answer::Open => {
                    open += 1;
                    *opened.entry(matrix["operator"].to_string()).or_default() += 1;
                }
                answer => {
                    let matches = answer == Answer::Yes;
                    if matches != (expected == '1') {
                        wrong.push(format!("{what}: {answer:?}, server {expected}"));
                    }
                }
            }
        };
        let operator = Some(&matrix["operator"]);
        let version = matrix["version"] == 2;
        let mut budget = PatternBudget::default();
        for (i, filter) in matrix["filters"].as_array().unwrap().iter().enumerate() {
            let Ok(test) = ServerTest::compile(operator, Some(filter), version, &mut budget) else {
                let row = matrix["results"][i].as_str().unwrap();
                assert!(row.chars().all(|c| c == 'p'), "{operator:?} {row}");
                continue;
            };
            let row = matrix["results"][i].as_str().unwrap();
            for (expected, property) in row.chars().zip(properties) {
                let answer = test.matches(property, &clock);
                check(
                    answer,
                    expected,
                    format!("{operator:?} {filter} <- {property} ({zone})"),
                );
            }
            if let Some(row) = matrix["absentProperty"].as_str() {
                let expected = row.chars().nth(i).unwrap();
                check(
                    test.absent(),
                    expected,
                    format!("{operator:?} {filter} absent"),
                );
            }
        }
        if let (Some(row), Ok(test)) = (
            matrix["absentValue"].as_str(),
            ServerTest::compile(operator, None, version, &mut budget),
        ) {
            for (expected, property) in row.chars().zip(properties) {
                let answer = test.matches(property, &clock);
                check(
                    answer,
                    expected,
                    format!("{operator:?} no value <- {property}"),
                );
            }
        }
    }
    println!(
        "{total} answers, {open} open, {} wrong; open by operator: {opened:?}",
        wrong.len()
    );
    let first = &wrong[..wrong.len().min(60)];
    assert!(wrong.is_empty(), "{first:#?}");
    assert!(open * 100 <= total * 3, "{open} of {total} are open");
}

#[test]
fn dates_are_read_as_the_server_reads_them() {
    let document = server_vectors("dates");
    let (mut wrong, mut open, mut total) = (Vec::new(), 0, 0);
    for case in document["cases"].as_array().unwrap() {
        let clock = Clock {
            host: &host_at(case["now"].as_str().unwrap()),
            zone: Zone::of_name(case["zone"].as_str().unwrap_or("UTC")),
        };
        for (values, instants, read) in [
            (
                "filters",
                "filterInstants",
                super::dates::read_filter as fn(&Value) -> super::dates::Read,
            ),
            (
                "properties",
                "propertyInstants",
                super::dates::read_property,
            ),
        ] {
            let values = case
                .get(values)
                .or(document.get(values))
                .and_then(Value::as_array)
                .unwrap();
            for (value, expected) in values.iter().zip(case[instants].as_array().unwrap()) {
                // Only the server's best-effort parser reads these. What it makes of some is not known here.
                let is_left = expected[1] == true;
                total += usize::from(!is_left);
                let expected = expected[0].as_str().map(|text| {
                    chrono::DateTime::parse_from_rfc3339(text)
                        .map(|at| at.with_timezone(&chrono::Utc))
                });
                match read(value).instant(&clock) {
                    None => open += usize::from(!is_left),
                    Some(at) => match expected {
                        Some(Err(_)) => {}
                        expected => {
                            let expected = expected.map(Result::unwrap);
                            if at != expected {
                                wrong.push(format!(
                                    "{instants} {value} in {:?}: {at:?}, server {expected:?}",
                                    clock.zone
                                ));
                            }
                        }
                    },
                }
            }
        }
    }
    println!("{total} dates, {open} open, {} wrong", wrong.len());
    let first = &wrong[..wrong.len().min(60)];
    assert!(wrong.is_empty(), "{first:#?}");
    assert!(open * 100 <= total * 3, "{open} of {total} are open");
}
