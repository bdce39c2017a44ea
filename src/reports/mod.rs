//! What a review found, what a graph holds, what one request and what a change does, as text in one format each: terminal, JSON, SARIF,
//! GitHub, GitLab, JUnit, Checkstyle, Markdown, Mermaid, DOT, SVG, HTML.
//!
//! Every output is a pure function to a string. None knows where facts came from: the texts of files are handed in, and
//! so are a team's own templates. Nothing here reads the environment or writes to a file.

pub mod backstage;
pub mod capacity;
pub mod checkstyle;
pub mod diff;
pub mod docs;
pub mod dot;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod html;
pub mod json;
pub mod junit;
pub mod likec4;
pub mod markdown;
pub mod mermaid;
mod naming;
pub mod observed;
mod order;
pub mod request;
pub mod sarif;
pub mod schemas;
pub mod settings;
pub mod structurizr;
mod summary;
pub mod svg;
pub mod templates;
pub mod text;
pub mod view;
pub mod whatif;
mod xml;

#[cfg(test)]
mod tests;

pub use summary::Summary;
pub use templates::{TemplateError, Templates};
