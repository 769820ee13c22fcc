use crate::compile::{CompileOptions, DocumentSource, Semantics, compile};
use crate::compiled::CompiledDefinitions;
use crate::testing::Replacements;

/// A document with a flag of each kind, in which a test exchanges texts.
const DOCUMENT: &str = r#"{
    "flags": [
        {"id":1,"key":"plain","name":"Plain","active":true,"filters":{"groups":[{"rollout_percentage":50,"properties":[
            {"key":"plan","type":"person","operator":"exact","value":["pro"]}]}],"payloads":{"true":"{\"a\":1}"}}},
        {"id":2,"key":"in-cohort","active":true,"filters":{"groups":[{"properties":[{"key":"id","type":"cohort","value":7}]}]}},
        {"id":3,"key":"in-outer","active":true,"filters":{"groups":[{"properties":[{"key":"id","type":"cohort","value":8}]}]}},
        {"id":4,"key":"reads-cohort-flag","active":true,"filters":{"groups":[{"properties":[
            {"key":"in-cohort","type":"flag","operator":"flag_evaluates_to","value":true}]}]}},
        {"id":5,"key":"of-company","active":true,"filters":{"aggregation_group_type_index":0,"groups":[{"rollout_percentage":20,
            "properties":[{"key":"size","type":"group","group_type_index":0,"operator":"gt","value":5}]}]}},
        {"id":6,"key":"variants","active":true,"filters":{"groups":[{"rollout_percentage":50}],"multivariate":{"variants":[
            {"key":"one","rollout_percentage":40},{"key":"two","rollout_percentage":60}]}}},
        {"id":7,"key":"held","active":true,"filters":{"holdout":{"id":1,"exclusion_percentage":5},"groups":[]}}
    ],
    "group_type_mapping": {"0":"company"},
    "cohorts": {
        "7": {"type":"OR","values":[{"key":"email","type":"person","operator":"icontains","value":"@a.com"}]},
        "8": {"type":"AND","values":[{"key":"id","type":"cohort","value":7}]}
    }
}"#;

fn definitions(document: &str) -> CompiledDefinitions {
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: Vec::new(),
        semantics: Semantics::Server(None),
    };
    compile(document.as_bytes(), &options).unwrap()
}

fn changed(replacements: Replacements<'_>) -> Vec<String> {
    crate::testing::changed(DOCUMENT, definitions, replacements)
}

#[test]
fn nothing_changes_by_what_has_no_meaning() {
    for replacements in [
        &[("\n", " "), ("    ", "\t")][..],
        &[(r#""name":"Plain","#, r#""name":"Other","#)],
        &[
            (r#""id":1,"key""#, r#""id":1001,"key""#),
            (r#"{"id":2,"#, "{"),
        ],
        // The cohort has another id, and so has the group type.
        &[(r#""value":7}"#, r#""value":70}"#), (r#""7":"#, r#""70":"#)],
        &[
            (r#"{"0":"company"}"#, r#"{"4":"company"}"#),
            ("_index\":0", "_index\":4"),
        ],
        &[(r#""operator":"exact","#, "")],
        &[(
            r#""type":"cohort","value":8}"#,
            r#""type":"cohort","operator":"in","value":8}"#,
        )],
        // The order of flags and cohorts.
        &[(
            r#"{"id":1,"key":"plain""#,
            r#"{"id":9,"key":"in-outer"},{"id":1,"key":"plain""#,
        )],
        &[(
            r#""cohorts": {"#,
            r#""cohorts": {"1":{"type":"OR","values":[]},"#,
        )],
    ] {
        assert_eq!(changed(replacements), [""; 0], "{replacements:?}");
    }
}

#[test]
fn what_has_a_meaning_changes_the_flags_that_read_it() {
    for (from, to, keys) in [
        (
            r#""rollout_percentage":50,"p"#,
            r#""rollout_percentage":51,"p"#,
            &["plain"][..],
        ),
        (r#"["pro"]"#, r#"["free"]"#, &["plain"]),
        (r#"\"a\":1"#, r#"\"a\":2"#, &["plain"]),
        (
            "@a.com",
            "@b.com",
            &["in-cohort", "in-outer", "reads-cohort-flag"],
        ),
        (
            r#""type":"AND","values":[{"key""#,
            r#""type":"AND","values":[{"negation":true,"key""#,
            &["in-outer"],
        ),
        (
            r#"{"key":"email","#,
            r#"{"negation":true,"key":"email","#,
            &["in-cohort", "in-outer", "reads-cohort-flag"],
        ),
        (
            r#""flag_evaluates_to","value":true"#,
            r#""flag_evaluates_to","value":false"#,
            &["reads-cohort-flag"],
        ),
        (
            r#""operator":"gt","value":5"#,
            r#""operator":"gt","value":5.0"#,
            &["of-company"],
        ),
        (
            r#""operator":"gt","value":5"#,
            r#""operator":"gte","value":5"#,
            &["of-company"],
        ),
        (r#"{"0":"company"}"#, r#"{"0":"team"}"#, &["of-company"]),
        (
            r#""rollout_percentage":40"#,
            r#""rollout_percentage":41"#,
            &["variants"],
        ),
        (
            r#""cohorts": {"#,
            r#""property_matching_version":2,"cohorts": {"#,
            &["plain"],
        ),
        (r#"{"id":1,"excl"#, r#"{"id":2,"excl"#, &["held"]),
        (
            r#""exclusion_percentage":5"#,
            r#""exclusion_percentage":6"#,
            &["held"],
        ),
    ] {
        assert_eq!(changed(&[(from, to)]), keys, "{from}");
    }
}
