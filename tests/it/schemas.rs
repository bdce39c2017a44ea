//! The published schemas are those of the types. `UPDATE=1` writes them anew.

use loadpath::{config, facts, graph, reports, rules};
use schemars::schema_for;

#[test]
fn published_schemas_are_those_of_the_types() {
    let made = [
        ("capacity", schema_for!(reports::capacity::Document<'static>)),
        ("config", config::schema()),
        ("diff", schema_for!(reports::diff::Document<'static>)),
        ("facts", schema_for!(facts::Facts)),
        ("findings", schema_for!(reports::json::Document<'static>)),
        ("graph", schema_for!(graph::json::Document<'static>)),
        ("observed", schema_for!(reports::observed::Document<'static>)),
        ("path", schema_for!(reports::request::Document<'static>)),
        ("rule", rules::file_schema()),
        ("running", schema_for!(facts::running::Running)),
        ("whatif", schema_for!(reports::whatif::Document<'static>)),
    ];
    let names: Vec<&str> = reports::schemas::SCHEMAS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, made.each_ref().map(|(name, _)| *name));
    for (name, schema) in made {
        let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = format!("{}/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        // The file, since the text in the program is the one of the last build.
        let file = std::fs::read_to_string(&path).unwrap();
        assert!(file == made, "schemas/{name}.json is stale; UPDATE=1 writes it anew");
    }
}
