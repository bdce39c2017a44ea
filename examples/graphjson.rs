//! scratch
fn main() {
    let root = std::env::args().nth(1).unwrap();
    let sources = loadpath::sources::walk(std::path::Path::new(&root)).unwrap();
    let facts = loadpath::review::facts("x", &sources);
    let graph = loadpath::review::graph(&facts, &loadpath::config::Config::default());
    println!("{}", serde_json::to_string_pretty(&loadpath::graph::json::document(&graph)).unwrap());
    for e in &graph.entries {
        eprintln!("{} {}", e.kind, e.id);
    }
}
