//! The graph in the language of LikeC4: specification, model, and a view of the whole.
//!
//! Source: <https://likec4.dev/dsl/>. Texts stand between single quotes; a name is letters, digits, dashes and underscores.

use std::fmt::Write;

use super::naming::Names;
use crate::graph::{End, Graph};

const SPECIFICATION: &str = "specification {
  element system
  element service
  element job
  element datastore {
    style {
      shape storage
    }
  }
  element topic {
    style {
      shape queue
    }
  }
  element external {
    style {
      color muted
    }
  }
  relationship async {
    line dashed
  }
}
";

/// A model that LikeC4 reads.
#[must_use]
pub fn model(graph: &Graph) -> String {
    let names = Names::new(graph, '_');
    let mut out = format!("// Written by loadpath graph.\n{SPECIFICATION}\nmodel {{\n");
    // Writing to a string does not fail.
    let _ = writeln!(out, "  loadpath_system = system {} {{", quoted(&graph.system));
    for end in names.inside() {
        let (kind, technology) = match end {
            End::Service(id) => {
                let service = &graph.services[id];
                (service.kind.as_str(), service.language.as_deref().unwrap_or("Rust"))
            }
            End::Node(id) => (graph.nodes[id].kind.as_str(), graph.nodes[id].technology.as_str()),
        };
        let kind = if matches!(kind, "job" | "datastore" | "topic") { kind } else { "service" };
        let _ = writeln!(out, "    {} = {kind} {} {{", names.id(end), quoted(names.title(end)));
        let _ = writeln!(out, "      technology {}\n    }}", quoted(technology));
    }
    out.push_str("  }\n");
    for end in names.outside() {
        let _ = writeln!(out, "  {} = external {}", names.id(end), quoted(names.title(end)));
    }
    let full = |end: End| match end {
        End::Node(id) if names.is_outside(id) => names.id(end).to_owned(),
        _ => format!("loadpath_system.{}", names.id(end)),
    };
    for edge in &graph.edges {
        let arrow = if edge.is_sync() { "->" } else { "-[async]->" };
        let methods = edge.methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let says = match edge.kind.as_str() {
            "grpc" | "http" if !methods.is_empty() => methods,
            kind => kind.to_owned(),
        };
        let (from, to) = (full(End::Service(edge.from)), full(edge.to));
        let _ =
            writeln!(out, "  {from} {arrow} {to} {} {{\n    technology {}\n  }}", quoted(&says), quoted(&edge.kind));
    }
    out.push_str("}\n\nviews {\n  view index {\n");
    let _ = writeln!(out, "    title {}\n    include *, loadpath_system.*\n  }}\n}}", quoted(&graph.system));
    out
}

/// A text between quotes.
fn quoted(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\'' => '’',
            '\\' => '/',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    format!("'{}'", plain.trim())
}
