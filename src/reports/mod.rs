//! One output per file: the graph and the findings as text and as JSON.
//!
//! Knows graph and findings; knows neither where facts came from nor where the output goes.

mod findings_json;
mod findings_text;
mod graph_text;

pub use findings_json::findings_json;
pub use findings_text::findings_text;
pub use graph_text::graph_text;
