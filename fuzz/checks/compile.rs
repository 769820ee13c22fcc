//! Any bytes as a definitions document: it is refused, or every flag has an answer.

use posthog_node_native::compile::{
    CompileOptions, CompiledDefinitions, DefinitionsError, DocumentSource, compile,
};
use posthog_node_native::js::json::Json;

use super::agreement;
use super::generate::bytes::Bytes;
use super::generate::call::Call;

/// The first byte says how to compile, the second who asks; the rest is the document.
pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let options = options(&mut bytes);
    let seed = [bytes.byte(); 40];
    check_document(bytes.rest(), &options, &Call::any(&mut Bytes::new(&seed)));
}

pub fn options(bytes: &mut Bytes<'_>) -> CompileOptions {
    let choice = bytes.byte();
    let source = match choice & 1 {
        0 => DocumentSource::Cache,
        _ => DocumentSource::Network,
    };
    let evaluation_contexts = match choice >> 1 & 3 {
        3 => vec!["web".to_owned(), "worker".to_owned()],
        _ => Vec::new(),
    };
    CompileOptions {
        source,
        evaluation_contexts,
        semantics: Default::default(),
    }
}

/// Everything that must hold of a document and a call.
pub fn check_document(document: &[u8], options: &CompileOptions, call: &Call) {
    let compiled = compile(document, options);
    let tree = Json::parse(document);
    let definitions = match compiled {
        Ok(definitions) => definitions,
        Err(error) => {
            let again = compile(document, options).map(|_| ());
            assert_eq!(again, Err(error.clone()), "refused for the same reason");
            assert!(!error.to_string().is_empty());
            if let DefinitionsError::InvalidJson(_) = error {
                // It may be read whole and yet no document: a flag alone has its own limit of depth.
                assert!(
                    tree.is_err() || depth(document) > 120,
                    "JSON that is no JSON"
                );
            }
            return;
        }
    };
    let outcomes = agreement::together(&definitions, call);
    agreement::alone(&definitions, call, &outcomes);

    let again = compile(document, options);
    let told = describe(&definitions);
    same_definitions(&told, &outcomes, &again, call, "compiled twice");
    let Ok(tree) = tree else { return };
    let mut written = String::new();
    tree.write(&mut written);
    let reread = Json::parse(written.as_bytes());
    assert_eq!(reread.ok().as_ref(), Some(&tree), "JSON written and read");
    let rewritten = compile(written.as_bytes(), options);
    same_definitions(
        &told,
        &outcomes,
        &rewritten,
        call,
        "compiled as written by us",
    );

    a_bad_flag_costs_that_flag_only(&definitions, &tree, options, call);
}

/// An upper bound of how deeply a document is nested.
fn depth(document: &[u8]) -> usize {
    let opens = document.iter().filter(|byte| matches!(byte, b'[' | b'{'));
    opens.count()
}

/// All that JavaScript is told of a document.
fn describe(definitions: &CompiledDefinitions) -> Vec<String> {
    let description = &definitions.description;
    let overview = description.overview.clone();
    let length = match Json::parse(overview.as_bytes())
        .ok()
        .as_ref()
        .and_then(|json| json.get("length"))
    {
        Some(Json::Number(length)) => *length as usize,
        other => panic!("the overview has the length {other:?}: {overview}"),
    };
    let keys = description.keys();
    assert!(Json::parse(keys.as_bytes()).is_ok(), "{keys}");
    let mut told = vec![overview, keys];
    for position in 0..length {
        let details = description.details(position);
        assert!(Json::parse(details.as_bytes()).is_ok(), "{details}");
        told.push(details);
    }
    for flag in 0..definitions.flags.len() {
        told.push(format!("{:?}", description.find(description.key(flag))));
    }
    told
}

fn same_definitions(
    told: &[String],
    outcomes: &[posthog_node_native::outcome::Outcome],
    other: &Result<CompiledDefinitions, DefinitionsError>,
    call: &Call,
    how: &str,
) {
    let other = match other {
        Ok(other) => other,
        Err(error) => panic!("{how}: refused, {error}"),
    };
    assert_eq!(describe(other), told, "{how}");
    assert_eq!(agreement::together(other, call), outcomes, "{how}");
}

/// A key that no document mentions.
const BAD_KEY: &str = "\u{1}bad";

const BAD_FLAGS: [&str; 16] = [
    "null",
    r#"{"key":"\u0001bad","active":true}"#,
    r#"{"key":"\u0001bad","active":true,"filters":5}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":5}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[null]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{"properties":[null]}]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{"properties":{}}]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{"properties":[{"type":"cohort","value":1}]}]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{"properties":[{"type":"flag","key":"a","value":true,"dependency_chain":["a","\u0001bad"]}]}]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{"properties":[{"key":"a","operator":"regex","value":"(((a{9}){99}){99}){99}"}]}]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{"properties":[{"key":{"toString":1},"operator":{"toString":1},"value":"x"}]}]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{"rollout_percentage":{"toString":1}}],"multivariate":{"variants":[null]}}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"groups":[{}],"multivariate":{"variants":5},"aggregation_group_type_index":[[]]}}"#,
    r#"{"key":"\u0001bad","active":true,"filters":{"holdout":{"id":{"toString":1},"exclusion_percentage":50},"groups":[{}]}}"#,
    r#"{"key":"\u0001bad","active":true,"evaluation_contexts":7,"filters":{"groups":[{"rollout_percentage":50}]}}"#,
    r#"{"key":{"toString":1},"active":true}"#,
];

/// A broken flag among the others leaves them as they are.
fn a_bad_flag_costs_that_flag_only(
    definitions: &CompiledDefinitions,
    tree: &Json,
    options: &CompileOptions,
    call: &Call,
) {
    let Json::Object(fields) = tree else { return };
    let Some(Json::Array(flags)) = fields.get("flags") else {
        return;
    };
    let mut text = String::new();
    tree.write(&mut text);
    if text.contains("\\u0001bad") {
        return;
    }
    let bad = BAD_FLAGS[text.len() % BAD_FLAGS.len()];
    let mut flags = flags.clone();
    let place = if (text.len() / BAD_FLAGS.len()).is_multiple_of(2) {
        0
    } else {
        flags.len()
    };
    let Ok(bad_flag) = Json::parse(bad.as_bytes()) else {
        panic!("{bad}")
    };
    flags.insert(place, bad_flag);
    let mut fields = fields.clone();
    fields.insert("flags".into(), Json::Array(flags));
    let mut document = String::new();
    Json::Object(fields).write(&mut document);

    let with_bad = match compile(document.as_bytes(), options) {
        Ok(with_bad) => with_bad,
        // Nothing but null is no list of flags.
        Err(DefinitionsError::NullFlags) => return,
        Err(error) => panic!("{bad} costs the whole document: {error}"),
    };
    let outcomes = agreement::together(definitions, call);
    let before = agreement::answers(definitions, &outcomes);
    let outcomes = agreement::together(&with_bad, call);
    let mut after = agreement::answers(&with_bad, &outcomes);
    after.retain(|(key, _)| key != BAD_KEY);
    assert_eq!(after, before, "beside {bad}");
}
