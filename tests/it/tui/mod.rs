//! The face in a terminal: every view at three sizes, and a whole review in a real terminal.

mod random;
mod session;
mod views;

use std::path::PathBuf;
use std::sync::OnceLock;

use loadpath::cache::Cache;
use loadpath::config::{self, Date};
use loadpath::entities::EntitySchema;
use loadpath::faces::tui::{Loaded, Screen, TextFile, Theme};
use loadpath::review::{self, Subject};
use loadpath::{knowledge, rules, sources};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// Rules of the example that the snapshots show: others may come without a change here.
const RULES: [&str; 8] = [
    "data/dual-write-no-outbox",
    "events/no-dlq",
    "health/no-graceful-shutdown",
    "pool/pg-connections-sum",
    "proto/money-as-float",
    "sec/secret-plain-env",
    "timeout/db-no-statement-timeout",
    "timeout/grpc-client-no-deadline",
];

fn shop() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/shop")
}

/// A review of the example, by a few rules.
fn loaded() -> Loaded {
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    LOADED.get_or_init(review_of_shop).clone()
}

fn review_of_shop() -> Loaded {
    let sources = sources::walk(&shop()).unwrap();
    let settings = sources.get("loadpath.yaml").map(|source| source.text().into_owned());
    let config = config::load("loadpath.yaml", settings.as_deref().unwrap_or_default()).unwrap();
    let mut rules = rules::load_all(&[], &EntitySchema).unwrap();
    rules.retain(|rule| RULES.contains(&&*rule.id));
    let today = Date::new(2026, 1, 31).unwrap();
    let review = review::review(&Subject {
        name: "shop",
        sources: &sources,
        base: None,
        config: &config,
        config_file: "loadpath.yaml",
        cache: &Cache::default(),
        rules: &rules,
        today,
        stage: &|_| {},
    });
    let new = review.settled.findings.iter().filter(|finding| finding.rule == "events/no-dlq").cloned().collect();
    let file = |name: &str, text| TextFile { path: shop().join(name), name: name.into(), text };
    Loaded {
        name: "shop".to_owned(),
        facts: review.facts,
        graph: review.graph,
        config,
        settled: review.settled,
        new: Some(new),
        rules,
        knowledge: knowledge::load_all(&[]).unwrap(),
        decisions: Vec::new(),
        decision_texts: Vec::new(),
        sources,
        settings: Some(file("loadpath.yaml", settings)),
        baseline: Some(file("loadpath-baseline.yaml", None)),
        decisions_in: None,
        today,
    }
}

/// What a screen of that size shows after some keys.
fn shown(width: u16, height: u16, keys: &str) -> String {
    let mut screen = Screen::new(width, height, Theme::Plain);
    screen.load(loaded());
    screen.press(keys);
    text(&screen, width, height)
}

fn text(screen: &Screen, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| screen.draw(frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let mut rows = Vec::new();
    for y in 0..height {
        let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        rows.push(row.trim_end().to_owned());
    }
    rows.join("\n")
}
