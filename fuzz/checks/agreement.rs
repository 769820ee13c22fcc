//! All ways to the answer of a flag lead to the same one.

use posthog_node_native::compiled::{
    CompiledDefinitions, ConditionFilter, DependencyTarget, FlagDependency, PropertyGroup,
};
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::evaluate::{Evaluation, Scratch};
use posthog_node_native::hashing::Path;
use posthog_node_native::js;
use posthog_node_native::outcome::{Fallback, Outcome, ResultCode, ValueCode};

use super::generate::call::Call;

/// The outcomes of all flags, asked for together. Every way to hash gives the same.
pub fn together(definitions: &CompiledDefinitions, call: &Call) -> Vec<Outcome> {
    let inputs = call.inputs(definitions, |_| true);
    let mut scratch = Scratch::default();
    let mut ways = [Path::Single, Path::Avx2, Path::Avx512].map(|path| {
        let outcomes = all(definitions, call, &inputs, &mut scratch, path);
        // The second evaluation finds what the first has left behind.
        let again = all(definitions, call, &inputs, &mut scratch, path);
        assert_eq!(outcomes, again, "evaluated twice on {path:?}");
        outcomes
    });
    assert_eq!(
        ways[0], ways[1],
        "one hash after the other, and eight at once"
    );
    assert_eq!(ways[0], ways[2], "one hash after the other, and 16 at once");
    std::mem::take(&mut ways[0])
}

fn all(
    definitions: &CompiledDefinitions,
    call: &Call,
    inputs: &CallInputs,
    scratch: &mut Scratch,
    path: Path,
) -> Vec<Outcome> {
    let mut codes = vec![7];
    let mut without_value = Vec::new();
    Evaluation::new(definitions, inputs, call, scratch).all(path, &mut codes, |flag, fallback| {
        without_value.push((flag, fallback));
    });
    assert_eq!(codes.len(), definitions.flags.len());
    let mut outcomes: Vec<Outcome> = codes.iter().map(|code| Ok(ValueCode(*code))).collect();
    for (flag, fallback) in without_value {
        assert_eq!(codes[flag], ResultCode::of(&Err(fallback.clone())).0);
        outcomes[flag] = Err(fallback);
    }
    for (outcome, flag) in outcomes.iter().zip(&definitions.flags) {
        if let Ok(code) = outcome {
            assert!(
                code.0 <= ResultCode::LAST_VALUE,
                "{code:?} says there is no value"
            );
            let own = code.own_index().map(|index| flag.values.get(index));
            assert_ne!(own, Some(None), "{code:?} of {} values", flag.values.len());
        }
    }
    outcomes
}

/// A flag that is asked for alone, with the inputs that it is said to read and no others, has the same outcome as among all
/// flags; and so it has without its shortcut.
pub fn alone(definitions: &CompiledDefinitions, call: &Call, together: &[Outcome]) {
    if depends_on_the_way(definitions) {
        return;
    }
    let mut scratch = Scratch::default();
    for (flag, outcome) in together.iter().enumerate() {
        let slots = definitions.slots_of(flag);
        let inputs = call.inputs(definitions, |slot| slots.contains(&slot));
        let one = Evaluation::new(definitions, &inputs, call, &mut scratch).one(flag);
        let long_way = Evaluation::new(definitions, &inputs, call, &mut scratch).asked_for(flag);
        let key = definitions.description.key(flag);
        assert_eq!(one, long_way, "the short and the long way to {key:?}");
        assert_eq!(one, *outcome, "{key:?} alone and among all");
    }
}

/// Whether the value of a flag may depend on which flags were evaluated before, as it may in posthog-node: a filter
/// compares a flag that is not in its chain.
fn depends_on_the_way(definitions: &CompiledDefinitions) -> bool {
    let mut in_flags = definitions.condition_filters.iter();
    in_flags.any(compares_elsewhere)
        || definitions
            .cohorts
            .iter()
            .any(|cohort| group_compares_elsewhere(&cohort.group))
}

fn group_compares_elsewhere(group: &PropertyGroup) -> bool {
    match group {
        PropertyGroup::Groups { groups, .. } => groups.iter().any(group_compares_elsewhere),
        PropertyGroup::Filters { filters, .. } => filters
            .iter()
            .any(|member| compares_elsewhere(&member.filter)),
        _ => false,
    }
}

fn compares_elsewhere(filter: &ConditionFilter) -> bool {
    let ConditionFilter::Flag(dependency, _) = filter else {
        return false;
    };
    let FlagDependency::Chain { target, .. } = &**dependency else {
        return false;
    };
    matches!(target, DependencyTarget::Elsewhere(Some(_)))
}

/// The outcome of each flag, by key, in words that do not depend on its place in a document.
pub fn answers(definitions: &CompiledDefinitions, outcomes: &[Outcome]) -> Vec<(String, String)> {
    let answer = |(flag, outcome): (usize, &Outcome)| {
        let value = match outcome {
            Ok(code) => match code.own_index() {
                Some(index) => js::to_text(Some(&definitions.flags[flag].values[index]))
                    .map_or("[no text]".to_owned(), |text| format!("{text:?}")),
                None => format!("{:?}", code.0 == 1),
            },
            // It names the flag of a circle that stands first in the document.
            Err(Fallback::Endless(_)) => "endless".to_owned(),
            Err(fallback) => format!("{fallback:?}"),
        };
        (definitions.description.key(flag).to_owned(), value)
    };
    outcomes.iter().enumerate().map(answer).collect()
}
