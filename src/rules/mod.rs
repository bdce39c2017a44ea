//! Rules judge entities: one YAML file per rule, conditions in CEL, three-valued verdicts.
//!
//! `load -> judge`. Knows the published schema of entities and `loadpath.yaml`; knows no source, no report and no
//! library's name.

pub mod catalogue;
pub mod condition;
pub mod examples;
mod file;
mod judge;
mod load;
pub mod message;
mod rule;
mod settings;

#[cfg(test)]
pub(crate) mod mock;
#[cfg(test)]
mod tests;

pub use judge::{Judgement, Outcome, Verdict, Violation, judge};
pub use load::{file_schema, load, load_all};
pub use rule::{Alternative, Level, Precision, Rule, Stated, find};
pub use settings::Settings;
