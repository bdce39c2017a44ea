//! One extractor per artefact: from sources to facts. No extractor knows another; none knows the graph or a rule.

pub mod command_line;
pub mod docker;
pub mod kubernetes;
pub mod proto;
pub mod rust;
pub mod sql;
pub mod yaml;
