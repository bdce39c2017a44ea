//! What follows from the graph: one derived number per file. Knows facts, graph and settings; knows no rule.

pub mod contexts;
pub mod held;
mod model;
pub mod sites;

pub use model::Model;
