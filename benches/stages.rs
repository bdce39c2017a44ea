//! Each stage by itself, on the same project: `cargo bench`. `LOADPATH_BENCH=PATH` measures another project than the
//! example. What a whole review takes against reading and parsing alone, `cargo run --release --example yardstick` says.

#![allow(missing_docs, reason = "a benchmark")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use loadpath::analysis::Model;
use loadpath::cache::Cache;
use loadpath::config::Config;
use loadpath::entities::{EntitySchema, View};
use loadpath::extract::{compose, docker, kubernetes, proto, rust, settings, sql};
use loadpath::rules::{self, Settings};
use loadpath::{findings, reports, review, sources};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn stages(criterion: &mut Criterion) {
    let example = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let root = std::env::var_os("LOADPATH_BENCH").map_or(example, PathBuf::from);
    let files = sources::walk(&root).unwrap();
    let config = Config::default();
    let none = Cache::default();
    let mut group = criterion.benchmark_group("stages");
    group.sample_size(20);
    group.bench_function("sources", |bencher| bencher.iter(|| sources::walk(&root).unwrap()));
    group.bench_function("extract/rust", |bencher| bencher.iter(|| rust::extract(&files, &none)));
    group.bench_function("extract/proto", |bencher| bencher.iter(|| proto::extract(&files)));
    group.bench_function("extract/kubernetes", |bencher| bencher.iter(|| kubernetes::extract(&files)));
    group.bench_function("extract/sql", |bencher| bencher.iter(|| sql::extract(&files)));
    group.bench_function("extract/settings", |bencher| bencher.iter(|| settings::extract(&files)));
    group.bench_function("extract/docker", |bencher| bencher.iter(|| docker::extract(&files)));
    group.bench_function("extract/compose", |bencher| bencher.iter(|| compose::extract(&files)));
    let facts = review::facts("project", &files, &none);
    group.bench_function("graph", |bencher| bencher.iter(|| review::graph(&facts, &config)));
    let graph = review::graph(&facts, &config);
    group.bench_function("analysis", |bencher| bencher.iter(|| black_box(Model::new(&facts, &graph, &config, None))));
    group.bench_function("rules/load", |bencher| {
        bencher.iter(|| rules::load_all(&[], &EntitySchema).unwrap());
    });
    let all = rules::load_all(&[], &EntitySchema).unwrap();
    let model = Model::new(&facts, &graph, &config, None);
    let view = View(&model);
    group.bench_function("rules/judge", |bencher| {
        bencher.iter(|| rules::judge(&all, &view, &Settings::from(&config)));
    });
    let judgement = rules::judge(&all, &view, &Settings::from(&config));
    let text = |path: &str| -> Option<Arc<str>> { files.get(path).map(|source| source.text().into()) };
    let today = loadpath::faces::cli::today();
    let settle = || {
        findings::settle(&findings::Inputs {
            rules: &all,
            model: &view,
            judgement: &judgement,
            inline: &facts.suppressions,
            config: &config,
            config_file: "loadpath.yaml",
            environment: None,
            today,
            text: &text,
        })
    };
    group.bench_function("findings", |bencher| bencher.iter(settle));
    let settled = settle();
    group.bench_function("reports/json", |bencher| {
        bencher.iter(|| serde_json::to_string(&reports::json::document(&settled)).unwrap());
    });
    group.bench_function("reports/github", |bencher| bencher.iter(|| reports::github::annotations(&settled)));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
