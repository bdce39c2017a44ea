//! What follows from the graph: one derived number per file. Knows facts, graph and settings; knows no rule.

mod model;

pub use model::Model;
