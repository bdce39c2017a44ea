//! scratch
fn main() {
    let root = std::env::args().nth(1).unwrap();
    let t = std::time::Instant::now();
    let sources = loadpath::sources::walk(std::path::Path::new(&root)).unwrap();
    eprintln!("walk {:?} {} files", t.elapsed(), sources.files.len());
    let t = std::time::Instant::now();
    let e = loadpath::extract::rust::extract(&sources);
    eprintln!("extract {:?}", t.elapsed());
    eprintln!(
        "functions {} effects {} clients {}",
        e.facts.functions.len(),
        e.facts.effects.len(),
        e.facts.clients.len()
    );
    for d in &e.diagnostics {
        eprintln!("diag {} {}", d.at, d.message);
    }
    for b in &e.facts.binaries {
        println!("BIN {} ({}) entries {}", b.name, b.package, b.entry_points.len());
        for e in &b.entry_points {
            println!("   {} {} {:?}", e.kind, e.name, e.guards);
        }
    }
    for ef in &e.facts.effects {
        println!("{} {:?} clients {:?}", ef.at, ef.what, ef.clients);
    }
    for c in &e.facts.clients {
        println!(
            "CLIENT {} {} {} {:?} {:?} {:?}",
            c.at,
            c.kind,
            c.technology,
            c.contract,
            c.address,
            c.options.keys().collect::<Vec<_>>()
        );
    }
}
