use crate::testing::{Replacements, definitions};

/// A document with a flag of each kind that refers to something, in which a test exchanges texts.
const DOCUMENT: &str = r#"{
    "flags": [
        {"id":1,"key":"plain","name":"Plain","active":true,"filters":{"groups":[{"rollout_percentage":100,"properties":[
            {"key":"plan","type":"person","operator":"exact","value":["pro"]}]}],"payloads":{"true":"{\"a\":1,\"b\":[2]}"}}},
        {"id":2,"key":"in-cohort","active":true,"filters":{"groups":[{"properties":[{"key":"id","type":"cohort","value":7}]}]}},
        {"id":3,"key":"in-outer","active":true,"filters":{"groups":[{"properties":[{"key":"id","type":"cohort","value":8}]}]}},
        {"id":4,"key":"reads-cohort-flag","active":true,"filters":{"groups":[{"properties":[
            {"key":"in-cohort","type":"flag","value":true,"dependency_chain":["in-cohort"]}]}]}},
        {"id":5,"key":"of-company","active":true,"filters":{"aggregation_group_type_index":0,"groups":[{"rollout_percentage":20}]}},
        {"id":6,"key":"variants","active":true,"filters":{"groups":[{"rollout_percentage":50}],"multivariate":{"variants":[
            {"key":"one","rollout_percentage":40},{"key":"two","rollout_percentage":60}]}}},
        {"id":7,"key":"off","active":false,"filters":{"groups":[{"rollout_percentage":1}]}},
        {"id":8,"key":"circle-a","active":true,"filters":{"groups":[{"properties":[
            {"key":"circle-b","type":"flag","value":true,"dependency_chain":["circle-b"]}]}]}},
        {"id":9,"key":"circle-b","active":true,"filters":{"groups":[{"properties":[
            {"key":"circle-a","type":"flag","value":true,"dependency_chain":["circle-a"]}]}]}}
    ],
    "group_type_mapping": {"0":"company"},
    "cohorts": {
        "7": {"type":"OR","values":[{"key":"email","type":"person","operator":"icontains","value":"@a.com"}]},
        "8": {"type":"AND","values":[{"key":"id","type":"cohort","value":7}]}
    }
}"#;

fn changed(replacements: Replacements) -> Vec<String> {
    crate::testing::changed(DOCUMENT, definitions, replacements)
}

#[test]
fn nothing_changes_by_what_has_no_meaning() {
    let nothing: [Replacements; 9] = [
        &[("\n", " "), ("    ", "\t")],
        &[(r#""name":"Plain","#, r#""name":"Other","#)],
        &[(r#""id":1,"#, r#""id":1001,"#), (r#"{"id":2,"#, "{")],
        // The cohort has another id, and so has the group type.
        &[(r#""value":7}"#, r#""value":70}"#), (r#""7":"#, r#""70":"#)],
        &[
            (r#"{"0":"company"}"#, r#"{"4":"company"}"#),
            ("_index\":0", "_index\":4"),
        ],
        &[(r#""operator":"exact","#, "")],
        &[(
            r#""rollout_percentage":100,"#,
            r#""rollout_percentage":null,"#,
        )],
        &[(r#"{\"a\":1,\"b\":[2]}"#, r#"{ \"b\": [2.0], \"a\": 1 }"#)],
        // A flag that is off.
        &[(r#"{"rollout_percentage":1}"#, r#"{"rollout_percentage":9}"#)],
    ];
    for replacements in nothing {
        assert!(changed(replacements).is_empty(), "{replacements:?}");
    }
}

#[test]
fn what_a_flag_reads_changes_each_flag_that_reads_it() {
    let cases: [(Replacements, &[&str]); 9] = [
        (&[(r#"["pro"]"#, r#"["pro","team"]"#)], &["plain"]),
        (
            &[("@a.com", "@b.com")],
            &["in-cohort", "in-outer", "reads-cohort-flag"],
        ),
        (&[(r#""type":"AND""#, r#""type":"OR""#)], &["in-outer"]),
        (&[(r#"{\"a\":1"#, r#"{\"a\":2"#)], &["plain"]),
        (&[(r#""0":"company""#, r#""0":"team""#)], &["of-company"]),
        (
            &[
                (
                    r#""key":"one","rollout_percentage":40"#,
                    r#""key":"one","rollout_percentage":30"#,
                ),
                (
                    r#""key":"two","rollout_percentage":60"#,
                    r#""key":"two","rollout_percentage":70"#,
                ),
            ],
            &["variants"],
        ),
        (&[(r#""key":"one""#, r#""key":"uno""#)], &["variants"]),
        (
            &[(
                r#""key":"off","active":false"#,
                r#""key":"off","active":true"#,
            )],
            &["off"],
        ),
        (
            &[(
                r#""key":"in-cohort","active":true"#,
                r#""key":"in-cohort","active":false"#,
            )],
            &["in-cohort", "reads-cohort-flag"],
        ),
    ];
    for (replacements, expected) in cases {
        assert_eq!(changed(replacements), expected, "{replacements:?}");
    }
}

#[test]
fn a_version_of_matching_changes_each_flag_that_tests_a_property() {
    let expected = ["plain", "in-cohort", "in-outer", "reads-cohort-flag"];
    let version: Replacements = &[(
        r#""cohorts":"#,
        r#""property_matching_version":2,"cohorts":"#,
    )];
    assert_eq!(changed(version), expected);
}

#[test]
fn a_chain_of_very_many_flags_does_not_exhaust_the_stack() {
    let count = 20_000;
    let document = |last: &str| {
        let flags: Vec<_> = (0..count)
            .map(|number| {
                let next = number + 1;
                let filter = if next == count {
                    format!(r#"{{"key":"plan","value":"{last}"}}"#)
                } else {
                    format!(
                        r#"{{"key":"f{next}","type":"flag","value":true,"dependency_chain":["f{next}"]}}"#
                    )
                };
                format!(
                    r#"{{"key":"f{number}","active":true,"filters":{{"groups":[{{"properties":[{filter}]}}]}}}}"#
                )
            })
            .collect();
        definitions(&format!(r#"{{"flags":[{}]}}"#, flags.join(",")))
    };
    let (earlier, later) = (document("pro"), document("team"));
    assert_eq!(later.changes_since(&earlier).changed.len(), count);
}
