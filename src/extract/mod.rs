//! One extractor per artefact: from sources to facts. No extractor knows another; none knows the graph or a rule.

pub mod command_line;
pub mod compose;
pub mod docker;
pub mod document;
pub mod dotenv;
pub mod proto;
pub mod rust;
pub mod settings;
pub mod sql;
