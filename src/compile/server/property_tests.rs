//! Random documents and people: what is known for certain is always decided, and what is not known never decides anything.

use serde_json::{Value, json};

use super::tests::{ask, compiled, inputs};

/// Numbers in an order that looks random: the state of a 64-bit xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn of(&mut self, values: &Value) -> Value {
        let values = values.as_array().unwrap();
        values[self.below(values.len())].clone()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

const KEYS: [&str; 5] = ["plan", "age", "joined", "$os", "$initial_os"];

/// What a property may be. Dates are asked of one alone, for only the server can tell what some other texts are as a date.
fn property(random: &mut Random, key: &str) -> Value {
    match key {
        "$device_id" => json!("device"),
        "joined" => random.of(&json!([
            "2024-01-01",
            "2024-03-31T02:30:00",
            "2024-02-01T10:00:00Z",
            "-3d",
            "1e9",
            "nan",
            "soon",
            5,
            -1.5,
            true,
            null,
            []
        ])),
        _ => random.of(&json!([
            "pro", "free", "PRO", "", "abc", 5, 7, -1, 1.5, "5", " 5", true, false, null, "true",
            ["pro"], [], {"a": 1}, "3.2.1", "v1.2", "1.2.3-beta", "1e9", "nan", "soon"
        ])),
    }
}

/// What filters may ask of a property, apart from what only the server can tell.
fn filter(random: &mut Random, kind: &str) -> Value {
    let [operator, value] = match random.of(&json!([
        ["exact", "pro"],
        ["exact", ["pro", 5]],
        ["exact", []],
        ["exact", "true"],
        ["is_not", "pro"],
        ["is_not", ["a", 1.5]],
        ["is_set", "x"],
        ["is_not_set", "x"],
        ["icontains", "r"],
        ["not_icontains", "r"],
        ["starts_with", "p"],
        ["not_ends_with", "o"],
        ["icontains_multi", ["p", "5"]],
        ["not_icontains_multi", ["p", "5"]],
        ["regex", "^p\\w+$"],
        ["regex", "(?i)PRO"],
        ["not_regex", "\\bfree\\b"],
        ["regex", "("],
        ["not_regex", "(a"],
        ["gt", 3],
        ["gte", "5"],
        ["lt", "abc"],
        ["lte", 5.0],
        ["min", 5],
        ["max", 5],
        ["between", [1, 6]],
        ["not_between", [1, 6]],
        ["between", [6, 1]],
        ["not_between", "x"],
        ["semver_gt", "1.2.0"],
        ["semver_neq", "1.2.0"],
        ["semver_caret", "1.2"],
        ["semver_wildcard", "1.*"],
        ["semver_tilde", "x"],
        ["is_date_before", "2024-02-01"],
        ["is_date_after", "2024-02-01T10:00:00Z"],
        ["is_date_exact", "2024-01-01"],
        ["is_date_after", "junk"],
        ["exact", null],
        ["is_not", null],
        ["in", "x"]
    ])) {
        Value::Array(pair) => [pair[0].clone(), pair[1].clone()],
        other => unreachable!("{other}"),
    };
    let key = match operator
        .as_str()
        .is_some_and(|operator| operator.starts_with("is_date"))
    {
        true => "joined",
        false => KEYS[random.below(KEYS.len())],
    };
    json!({"key": key, "type": kind, "group_type_index": 0, "operator": operator, "value": value})
}

fn tree(random: &mut Random, levels: usize) -> Value {
    let parts: Vec<_> = (0..1 + random.below(3))
        .map(|_| match levels {
            0 => leaf(random),
            _ if random.one_in(2) => leaf(random),
            levels => tree(random, levels - 1),
        })
        .collect();
    json!({"type": random.of(&json!(["AND", "OR"])), "values": parts})
}

fn leaf(random: &mut Random) -> Value {
    let mut leaf = match random.below(4) {
        0 => {
            json!({"key": "id", "type": "cohort", "value": 3, "operator": random.of(&json!(["in", "not_in", "exact"]))})
        }
        _ => filter(random, "person"),
    };
    leaf["negation"] = json!(random.one_in(3));
    leaf
}

fn condition(random: &mut Random, flag: usize) -> Value {
    let mut filters = Vec::new();
    for _ in 0..random.below(3) {
        filters.push(match random.below(8) {
            0 => json!({"key": "id", "type": "cohort", "value": 1 + random.below(3),
                "operator": random.of(&json!(["in", "not_in"]))}),
            1 if flag > 0 => json!({"key": format!("f{}", random.below(flag)), "type": "flag",
                "operator": "flag_evaluates_to", "value": random.of(&json!([true, false, "one", "two"]))}),
            2 => filter(random, "group"),
            _ => filter(random, "person"),
        });
    }
    let mut condition = json!({"properties": filters});
    if random.one_in(2) {
        condition["rollout_percentage"] = random.of(&json!([0, 30, 50, 70, 100]));
    }
    if random.one_in(3) {
        condition["variant"] = random.of(&json!(["one", "two", "none"]));
    }
    condition
}

fn document(random: &mut Random) -> Value {
    let flags: Vec<_> = (0..4)
        .map(|flag| {
            let conditions: Vec<_> = (0..random.below(4)).map(|_| condition(random, flag)).collect();
            let mut filters = json!({"groups": conditions, "early_exit": random.one_in(4)});
            if random.one_in(2) {
                filters["multivariate"] = json!({"variants": [
                    {"key": "one", "rollout_percentage": random.of(&json!([0, 40, 100]))},
                    {"key": "two", "rollout_percentage": 60}]});
            }
            if random.one_in(6) {
                filters["holdout"] = json!({"id": 7, "exclusion_percentage": random.of(&json!([0, 20, 100]))});
            }
            filters["feature_enrollment"] = json!(random.one_in(6));
            if random.one_in(5) {
                filters["aggregation_group_type_index"] = json!(0);
            }
            let mut flag = json!({"key": format!("f{flag}"), "active": !random.one_in(10), "filters": filters});
            if random.one_in(6) {
                flag["bucketing_identifier"] = json!("device_id");
            }
            flag
        })
        .collect();
    json!({
        "flags": flags,
        "group_type_mapping": {"0": "company"},
        "cohorts": {"1": tree(random, 2), "2": tree(random, 1),
            "3": {"type": "OR", "values": [filter(random, "person"), filter(random, "person")]}}
    })
}

fn person(random: &mut Random) -> Value {
    let mut known = json!({});
    for key in KEYS.iter().chain(&["$device_id"]) {
        if random.one_in(2) {
            known[*key] = property(random, key);
        }
    }
    for flag in 0..4 {
        if random.one_in(4) {
            known[format!("$feature_enrollment/f{flag}")] =
                random.of(&json!(["true", "false", true, 1]));
        }
    }
    known
}

fn context(random: &mut Random) -> Value {
    let mut context = json!({
        "distinct_id": random.of(&json!(["user-1", "user-2", "user-3", ""])),
        "person_properties": person(random),
        "groups": {},
        "group_properties": {},
        "timezone": random.of(&json!(["UTC", "Europe/Berlin", "America/New_York"]))
    });
    if random.one_in(2) {
        context["groups"]["company"] = random.of(&json!(["acme", 42]));
        context["group_properties"]["company"] = person(random);
    }
    context
}

const NOW: &str = "2024-06-15T12:00:00Z";

fn seeds() -> impl Iterator<Item = u64> {
    let count = std::env::var("PROPERTY_SEEDS")
        .ok()
        .and_then(|count| count.parse().ok());
    1..=count.unwrap_or(200)
}

#[test]
fn what_is_known_for_certain_is_always_decided() {
    for seed in seeds() {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let document = document(&mut random);
        for _ in 0..4 {
            let context = context(&mut random);
            let definitions = compiled(&document, &context);
            let inputs = inputs(&definitions, &context, None);
            for flag in 0..4 {
                let answer = ask(&definitions, &inputs, NOW, &format!("f{flag}"));
                assert!(
                    answer.is_ok(),
                    "seed {seed}, f{flag}: {answer:?}\n{document}\n{context}"
                );
            }
        }
    }
}

#[test]
fn an_answer_is_never_one_that_another_value_of_the_unknown_would_change() {
    let mut decided = 0;
    for seed in seeds() {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let document = document(&mut random);
        for _ in 0..4 {
            let known = context(&mut random);
            let definitions = compiled(&document, &known);
            let partial = inputs(&definitions, &known, Some(&Value::Null));
            let answers: Vec<_> = (0..4)
                .map(|flag| ask(&definitions, &partial, NOW, &format!("f{flag}")))
                .collect();
            decided += answers.iter().filter(|answer| answer.is_ok()).count();
            for _ in 0..12 {
                let mut guess = known.clone();
                complete(&mut guess["person_properties"], person(&mut random));
                if known["groups"]["company"] != Value::Null {
                    complete(
                        &mut guess["group_properties"]["company"],
                        person(&mut random),
                    );
                }
                let inputs = inputs(&definitions, &guess, None);
                for (flag, answer) in answers.iter().enumerate() {
                    let Ok((value, ..)) = answer else { continue };
                    let whole = ask(&definitions, &inputs, NOW, &format!("f{flag}")).unwrap();
                    assert_eq!(
                        whole.0, *value,
                        "seed {seed}, f{flag}\n{document}\n{known}\n{guess}"
                    );
                }
            }
        }
    }
    assert!(decided > 100, "only {decided} are decided");
}

/// Adds what is not known.
fn complete(known: &mut Value, guess: Value) {
    for (key, value) in guess.as_object().unwrap() {
        let fields = known.as_object_mut().unwrap();
        fields.entry(key).or_insert(value.clone());
    }
}
