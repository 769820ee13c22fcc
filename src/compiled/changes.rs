//! Which flags another document changes.

use super::definitions::CompiledDefinitions;
use crate::js::json::{write_list, write_string};

/// Which keys another document adds, removes and changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes<'d> {
    /// Keys that are new.
    pub added: Vec<&'d str>,
    /// Keys that are gone.
    pub removed: Vec<&'d str>,
    /// Keys of flags that mean something else now.
    pub changed: Vec<&'d str>,
}

impl Changes<'_> {
    /// `{ added, removed, changed }` as JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let lists = [
            ("{\"added\":", &self.added),
            (",\"removed\":", &self.removed),
            (",\"changed\":", &self.changed),
        ];
        for (name, keys) in lists {
            out.push_str(name);
            write_list(keys.iter(), &mut out, |key, out| write_string(key, out));
        }
        out.push('}');
        out
    }
}

impl CompiledDefinitions {
    /// What these definitions change in comparison with earlier ones.
    pub fn changes_since<'d>(&'d self, earlier: &'d Self) -> Changes<'d> {
        let mut changes = Changes::default();
        let keys = |definitions: &'d Self| {
            (0..definitions.flags.len()).map(move |index| definitions.description.key(index))
        };
        for (index, key) in keys(self).enumerate() {
            match earlier.description.index(key) {
                None => changes.added.push(key),
                Some(before) if self.digests().get(index) != earlier.digests().get(before) => {
                    changes.changed.push(key);
                }
                Some(_) => {}
            }
        }
        let is_gone = |key: &&str| self.description.index(key).is_none();
        changes.removed = keys(earlier).filter(is_gone).collect();
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::definitions;

    #[test]
    fn keys_that_come_and_go_are_told_apart_from_those_that_change() {
        let flag =
            |key: &str| format!(r#"{{"key":"{key}","active":true,"filters":{{"groups":[{{}}]}}}}"#);
        let document = |keys: &[&str]| {
            let flags: Vec<_> = keys.iter().map(|key| flag(key)).collect();
            definitions(&format!(r#"{{"flags":[{}]}}"#, flags.join(",")))
        };
        let (earlier, later) = (
            document(&["a", "b", "c"]),
            document(&["d", "c", "a", "e f"]),
        );
        let changes = later.changes_since(&earlier);
        assert_eq!(
            changes,
            Changes {
                added: vec!["d", "e f"],
                removed: vec!["b"],
                changed: vec![],
            }
        );
        assert_eq!(
            changes.to_json(),
            r#"{"added":["d","e f"],"removed":["b"],"changed":[]}"#
        );
    }
}
