//! Cohorts as the server reads them.

use serde_json::Value;

use super::circles::order;
use super::parts::{Compiled, OnlyServer};
use crate::compile::compiler::Compiler;
use crate::compiled::server::{CohortTest, CohortTree, Membership};
use crate::compiled::{CompiledFlag, Rules};
use crate::matchers::server::is_known;

/// The server's own depth of cohorts within each other.
const MAX_DEPTH: usize = 64;

/// How many groups may be within each other in all these cohorts together, so that the stack holds them.
const MAX_HEIGHT: usize = 250;

impl Compiler<'_> {
    /// A filter on a cohort, wherever it stands.
    pub(super) fn cohort_test(&mut self, filter: &Value) -> Compiled<CohortTest> {
        let id = filter.get("value").and_then(Value::as_i64);
        let id = id.ok_or(OnlyServer)?.to_string();
        let membership = match filter.get("operator") {
            None | Some(Value::Null) => Membership::Inside,
            Some(Value::String(operator)) => match operator.as_str() {
                "in" => Membership::Inside,
                "not_in" => Membership::Outside,
                other if is_known(other) => Membership::Never,
                _ => return Err(OnlyServer),
            },
            Some(_) => return Err(OnlyServer),
        };
        Ok(CohortTest {
            cohort: self.server.cohorts.ids.insert_full(id).0,
            membership,
        })
    }

    /// Compiles all cohorts that are referred to, and finds those that only the server can decide.
    pub(in crate::compile) fn finish_cohorts(
        &mut self,
        flags: &mut [CompiledFlag],
    ) -> Box<[CohortTree]> {
        while let Some(id) = self
            .server
            .cohorts
            .ids
            .get_index(self.server.cohorts.trees.len())
        {
            let tree = self.server.cohorts.stored.get(id).copied();
            let tree = tree.and_then(|text| self.server_cohort(text.get()).ok());
            self.server.cohorts.trees.push(tree);
        }
        let trees = std::mem::take(&mut self.server.cohorts.trees);
        let decided = decided(&trees);
        for flag in flags {
            let Rules::Server(rules) = &mut flag.rules else {
                continue;
            };
            for condition in &mut rules.conditions {
                // The server resolves all cohorts before it judges any.
                let tests = condition.cohorts.iter().flatten();
                if !tests.map(|test| test.cohort).all(|cohort| decided[cohort]) {
                    condition.cohorts = None;
                }
            }
        }
        let nobody = || CohortTree::Or(Box::default());
        trees
            .into_iter()
            .map(|tree| tree.unwrap_or_else(nobody))
            .collect()
    }

    fn server_cohort(&mut self, text: &str) -> Compiled<CohortTree> {
        let stored: Value = serde_json::from_str(text).map_err(|_| OnlyServer)?;
        match stored.get("type").and_then(Value::as_str) {
            Some("AND" | "OR") => self.cohort_tree(&stored),
            _ => Err(OnlyServer),
        }
    }

    /// A group within a cohort. JSON is read to a depth that the stack holds.
    fn cohort_tree(&mut self, node: &Value) -> Compiled<CohortTree> {
        let Some(values) = node.get("values").and_then(Value::as_array) else {
            return self.cohort_leaf(node);
        };
        let parts: Compiled<Vec<_>> = values.iter().map(|part| self.cohort_tree(part)).collect();
        match node.get("type").and_then(Value::as_str) {
            Some("AND" | "property") => Ok(CohortTree::And(parts?.into())),
            Some("OR") => Ok(CohortTree::Or(parts?.into())),
            _ => Err(OnlyServer),
        }
    }

    fn cohort_leaf(&mut self, leaf: &Value) -> Compiled<CohortTree> {
        let is_turned = leaf.get("negation") == Some(&Value::Bool(true));
        Ok(match leaf.get("type").and_then(Value::as_str) {
            Some("cohort") => CohortTree::Cohort(self.cohort_test(leaf)?, is_turned),
            _ => CohortTree::Leaf(self.leaf_filter(leaf)?, is_turned),
        })
    }
}

/// Which cohorts can be decided here: those of which this is true for every cohort below, that do not contain themselves, and
/// that are not too deep.
fn decided(trees: &[Option<CohortTree>]) -> Vec<bool> {
    let below: Vec<Vec<_>> = trees
        .iter()
        .map(|tree| {
            let mut below = Vec::new();
            if let Some(tree) = tree {
                tree.each_cohort(&mut |cohort| below.push(cohort));
            }
            below.sort_unstable();
            below.dedup();
            below
        })
        .collect();
    let mut decided = vec![false; trees.len()];
    let (mut depths, mut heights) = (vec![0; trees.len()], vec![0; trees.len()]);
    for cohort in order(&below) {
        let below = &below[cohort];
        let most = |of: &[usize]| below.iter().map(|cohort| of[*cohort]).max().unwrap_or(0);
        depths[cohort] = 1 + most(&depths);
        heights[cohort] = trees[cohort].as_ref().map_or(0, CohortTree::height) + most(&heights);
        decided[cohort] = trees[cohort].is_some()
            && below.iter().all(|cohort| decided[*cohort])
            && depths[cohort] <= MAX_DEPTH + 1
            && heights[cohort] <= MAX_HEIGHT;
    }
    decided
}
