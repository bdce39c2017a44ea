//! The JSON Schemas of what Loadpath publishes and reads, for editors and for programs that read its output. They are
//! made from the types; a test holds the files against them.

/// The published schemas: name, text.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("capacity", include_str!("../../schemas/capacity.json")),
    ("config", include_str!("../../schemas/config.json")),
    ("diff", include_str!("../../schemas/diff.json")),
    ("facts", include_str!("../../schemas/facts.json")),
    ("findings", include_str!("../../schemas/findings.json")),
    ("graph", include_str!("../../schemas/graph.json")),
    ("observed", include_str!("../../schemas/observed.json")),
    ("path", include_str!("../../schemas/path.json")),
    ("rule", include_str!("../../schemas/rule.json")),
    ("running", include_str!("../../schemas/running.json")),
    ("whatif", include_str!("../../schemas/whatif.json")),
];

/// The schema of that name.
#[must_use]
pub fn schema(name: &str) -> Option<&'static str> {
    SCHEMAS.iter().find(|(other, _)| *other == name).map(|(_, text)| *text)
}
