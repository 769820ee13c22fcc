//! A call: a value for whatever a definition reads.

use posthog_node_native::compiled::{CompiledDefinitions, Input, Slot};
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::js::host::Host;

use super::bytes::Bytes;
use super::given::Given;

/// Gives the same input the same value, in whatever definitions it stands.
#[derive(Debug)]
pub struct Call {
    values: Vec<Given>,
    pub now_ms: f64,
}

impl Call {
    pub fn any(bytes: &mut Bytes<'_>) -> Self {
        let now_ms = match bytes.below(4) {
            0..=2 => 1_709_208_000_000.0 + f64::from(bytes.u16()) * 3_600_000.0,
            _ => bytes.number(),
        };
        let count = 1 + bytes.below(12);
        let values = (0..count).map(|_| Given::any(bytes)).collect();
        Self { values, now_ms }
    }

    pub fn of(values: Vec<Given>) -> Self {
        let now_ms = 1_709_208_000_000.0;
        Self { values, now_ms }
    }

    fn value(&self, input: &Input) -> Given {
        let hash = match input {
            Input::DistinctId => return self.values[0].clone(),
            // Only the semantics of the server ask for it.
            Input::Complete => return Given::Undefined,
            Input::Person(key) => hash(1, key),
            Input::GroupKey(group) => hash(2, group),
            // JavaScript passes nothing else here.
            Input::GroupGiven(group) => {
                return match self.pick(hash(3, group)) {
                    Given::Undefined => Given::Undefined,
                    Given::Null => Given::Null,
                    _ => Given::Bool(true),
                };
            }
            Input::Group(group, key) => hash(4 + hash(0, group), key),
        };
        self.pick(hash).clone()
    }

    fn pick(&self, hash: u64) -> &Given {
        &self.values[hash as usize % self.values.len()]
    }

    /// The inputs of these slots. All other slots hold a wrong value, because an evaluation must not look at them.
    pub fn inputs(
        &self,
        definitions: &CompiledDefinitions,
        read: impl Fn(Slot) -> bool,
    ) -> CallInputs {
        let mut inputs = CallInputs::default();
        inputs.begin(definitions.inputs.len());
        for (slot, input) in definitions.inputs.iter().enumerate() {
            match read(slot) {
                true => self.value(input).set(&mut inputs, slot),
                false => inputs.set_text(slot, "not to be read"),
            }
        }
        inputs
    }
}

fn hash(seed: u64, text: &str) -> u64 {
    text.bytes()
        .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
        >> 16
}

/// Knows one date more than the engine reads itself, and no Unicode.
impl Host for Call {
    fn now_ms(&self) -> f64 {
        self.now_ms
    }

    fn parse_date(&self, text: &str) -> f64 {
        match text {
            "Thu, 29 Feb 2024" => 1_709_164_800_000.0,
            _ => f64::NAN,
        }
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        Some(text.to_lowercase())
    }
}
