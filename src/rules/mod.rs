//! Rules judge entities: one YAML file per rule, conditions in CEL, three-valued verdicts.
//!
//! Knows the published schema of entities and `loadpath.yaml`; knows no source, no report and no library's name.

pub mod condition;
#[cfg(test)]
pub(crate) mod mock;
