//! What follows from the graph: one derived number per file. Knows facts, graph and settings; knows no rule.

pub mod connections;
pub mod contexts;
pub mod figure;
pub mod held;
mod model;
pub mod opened;
pub mod pods;
pub mod schema_change;
pub mod sites;
pub mod statements;
pub mod tables;
pub mod used_in_time;

pub use model::Model;
