//! Evaluates a document for a call, both given as JSON, in tests.

use crate::compile::{CompileOptions, DocumentSource, compile};
use crate::compiled::{CompiledDefinitions, Input};
use crate::evaluate::call::CallInputs;
use crate::evaluate::{Evaluation, Scratch};
use crate::hashing::Path;
use crate::js::exotic::{Described, Exotic};
use crate::js::host::{FixedHost, Host};
use crate::js::json::Json;
use crate::outcome::{Fallback, Outcome, ValueCode};

/// A host that knows one more date than the engine reads itself.
struct TestHost(FixedHost);

impl Host for TestHost {
    fn now_ms(&self) -> f64 {
        self.0.now_ms()
    }

    fn parse_date(&self, text: &str) -> f64 {
        if text == "March 7, 2024" {
            1_709_769_600_000.0
        } else {
            f64::NAN
        }
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        self.0.to_lower_case(text)
    }
}

/// Compiles a document as a cache would return it.
pub fn definitions(document: &str) -> CompiledDefinitions {
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: Vec::new(),
        semantics: Default::default(),
    };
    compile(document.as_bytes(), &options).unwrap()
}

/// Texts of a document, each with what takes its place.
pub type Replacements<'t> = &'t [(&'t str, &'t str)];

/// The keys that count as changed when each first text of a document is replaced by the second.
pub fn changed(
    document: &str,
    definitions: impl Fn(&str) -> CompiledDefinitions,
    replacements: Replacements<'_>,
) -> Vec<String> {
    let mut other = document.to_owned();
    for (from, to) in replacements {
        assert!(other.contains(from), "{from}");
        other = other.replace(from, to);
    }
    let (earlier, later) = (definitions(document), definitions(&other));
    let changes = later.changes_since(&earlier);
    assert!(changes.added.is_empty() && changes.removed.is_empty());
    changes.changed.into_iter().map(str::to_owned).collect()
}

/// A document of these flags alone.
pub fn flags(flags: &str) -> CompiledDefinitions {
    definitions(&format!(
        r#"{{"flags":[{flags}],"group_type_mapping":{{"0":"company"}},"cohorts":{{}}}}"#
    ))
}

/// What a call brings: `{ distinctId, groups, person, groupProperties }`.
pub struct Caller {
    call: Json<'static>,
}

impl Caller {
    pub fn new(call: &str) -> Self {
        Self {
            call: Json::parse(call.as_bytes()).unwrap(),
        }
    }

    /// What the flags of these definitions read of the call.
    pub fn inputs(&self, definitions: &CompiledDefinitions) -> CallInputs {
        let mut inputs = CallInputs::default();
        inputs.begin(definitions.inputs.len());
        for (slot, input) in definitions.inputs.iter().enumerate() {
            self.set(&mut inputs, slot, input);
        }
        inputs
    }

    /// The outcome of the flag with this key, which is the same whether it is asked for alone or with all others.
    pub fn outcome(&self, definitions: &CompiledDefinitions, key: &str) -> Outcome {
        let inputs = self.inputs(definitions);
        let flag = index_of(definitions, key);
        let host = TestHost(FixedHost {
            now_ms: 1_711_886_400_000.0,
        });
        let mut scratch = Scratch::default();
        let alone = Evaluation::new(definitions, &inputs, &host, &mut scratch).one(flag);
        let the_long_way =
            Evaluation::new(definitions, &inputs, &host, &mut scratch).asked_for(flag);
        assert_eq!(alone, the_long_way, "{key}");
        for path in [Path::best(), Path::Single] {
            let mut codes = Vec::new();
            let mut fallbacks = Vec::new();
            Evaluation::new(definitions, &inputs, &host, &mut scratch).all(
                path,
                &mut codes,
                |index, fallback| fallbacks.push((index, fallback)),
            );
            let without_value = fallbacks.into_iter().find(|(index, _)| *index == flag);
            let with_others = match without_value {
                Some((_, fallback)) => Err(fallback),
                None => Ok(ValueCode(codes[flag])),
            };
            assert_eq!(with_others, alone, "{key} on {path:?}");
        }
        alone
    }

    /// The value of the flag as text: `true`, `false`, a variant, or in brackets why there is none.
    pub fn ask(&self, definitions: &CompiledDefinitions, key: &str) -> String {
        let flag = &definitions.flags[index_of(definitions, key)];
        match self.outcome(definitions, key) {
            Ok(code) => match code.own_index() {
                None => (code.0 == 1).to_string(),
                Some(index) => crate::js::to_text(Some(&flag.values[index]))
                    .unwrap()
                    .into_owned(),
            },
            Err(Fallback::Inconclusive { reason, .. }) => format!("[{}]", reason.name()),
            Err(Fallback::RequiresServer { reason }) => format!("[server: {}]", reason.name()),
            Err(Fallback::Thrown(_)) => "[thrown]".to_owned(),
            Err(Fallback::Unreadable(_)) => "[unreadable]".to_owned(),
            Err(Fallback::Endless(_)) => "[endless]".to_owned(),
        }
    }

    fn set(&self, inputs: &mut CallInputs, slot: usize, input: &Input) {
        let part = |name: &str| self.call.get(name);
        let found = match input {
            Input::Complete => part("complete"),
            Input::DistinctId => part("distinctId").or(Some(&Json::Null)),
            Input::Person(key) => part("person").and_then(|person| person.get(key)),
            Input::GroupKey(group) => part("groups").and_then(|groups| groups.get(group)),
            Input::GroupGiven(group) => {
                return match part("groupProperties").and_then(|groups| groups.get(group)) {
                    None => inputs.set_missing(slot),
                    Some(Json::Null) => inputs.set_null(slot),
                    Some(_) => inputs.set_bool(slot, true),
                };
            }
            Input::Group(group, key) => {
                part("groupProperties").and_then(|groups| groups.get(group)?.get(key))
            }
        };
        match found {
            None => inputs.set_missing(slot),
            Some(Json::Null) => inputs.set_null(slot),
            Some(Json::Bool(value)) => inputs.set_bool(slot, *value),
            Some(Json::Number(value)) => inputs.set_number(slot, *value),
            Some(Json::String(value)) => inputs.set_text(slot, value),
            Some(_) => inputs.set_exotic(slot, symbol()),
        }
    }
}

fn index_of(definitions: &CompiledDefinitions, key: &str) -> usize {
    let mut indices = 0..definitions.flags.len();
    indices
        .find(|index| definitions.description.key(*index) == key)
        .unwrap()
}

fn symbol() -> Exotic {
    Exotic::new(Described {
        text: Ok("Symbol()".into()),
        template: Err("cannot convert a symbol".into()),
        ..Described::default()
    })
}

/// The vectors of this name, answers of PostHog's own matching code.
pub fn server_vectors(name: &str) -> serde_json::Value {
    let path = format!("{}/tests/server/{name}.json.gz", env!("CARGO_MANIFEST_DIR"));
    let compressed = std::fs::read(path).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*compressed), &mut text)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}
