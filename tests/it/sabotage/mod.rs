//! Planted defects. Each patch in `reference-platform/sabotage/<category>/<rule>/` is applied alone to a copy of the reference
//! platform; then its rule is found where it was planted, and nothing else besides the consequences that are written down.
//! `SABOTAGE=events/no-dlq` runs those whose name begins like this. The table of the run is printed (`-- --nocapture`).

mod copy;
mod planted;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use loadpath::entities::EntitySchema;
use loadpath::findings::{Finding, new_findings};
use loadpath::rules::{self, Rule};

use copy::{Copy, Ground};
use planted::{Place, Planted};

/// What a planted defect gave.
struct Outcome<'a> {
    planted: &'a Planted,
    /// Where its rule was found as planted.
    found: BTreeSet<String>,
    /// Consequences that came as they are written down.
    consequences: usize,
    /// What is wrong, for a person to read.
    wrong: Vec<String>,
    took: Duration,
}

#[test]
fn each_planted_defect_is_found_and_nothing_else() {
    let rules = embedded();
    let only = std::env::var("SABOTAGE").unwrap_or_default();
    let all: Vec<Planted> = planted::all().into_iter().filter(|of| of.name().starts_with(&only)).collect();
    assert!(!all.is_empty(), "no sabotage begins with `{only}`");
    let ground = Ground::new();
    let environments: BTreeSet<&str> = all.iter().map(|planted| &*planted.expected.environment).collect();
    let clean: BTreeMap<&str, Vec<Finding>> = environments
        .into_iter()
        .map(|environment| (environment, ground.review(ground.clean(), environment, &rules, None)))
        .collect();
    let waiting = Mutex::new(all.iter());
    let outcomes = Mutex::new(Vec::new());
    let next = || waiting.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let copy = ground.copy();
                while let Some(planted) = next() {
                    let outcome = outcome(planted, &ground, &copy, &rules, &clean[&*planted.expected.environment]);
                    outcomes.lock().unwrap().push(outcome);
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap();
    outcomes.sort_by_key(|outcome| outcome.planted.name());
    let table = table(&outcomes);
    println!("{table}");
    let wrong: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.wrong.is_empty())
        .map(|outcome| format!("{}\n  {}", outcome.planted.name(), outcome.wrong.join("\n  ")))
        .collect();
    assert!(wrong.is_empty(), "{} of {} sabotages:\n\n{}", wrong.len(), outcomes.len(), wrong.join("\n\n"));
}

#[test]
fn each_rule_has_a_sabotage_or_a_case_in_its_place() {
    let known: BTreeSet<String> = embedded().iter().map(|rule| rule.id.to_string()).collect();
    let planted: BTreeSet<String> = planted::all().into_iter().map(|planted| planted.rule).collect();
    let elsewhere = planted::elsewhere();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for rule in planted.iter().chain(elsewhere.keys()) {
        if !known.contains(rule) {
            wrong.push(format!("{rule}: there is no such rule"));
        }
    }
    for rule in &known {
        if !planted.contains(rule) && !elsewhere.contains_key(rule) {
            wrong.push(format!("{rule}: has no sabotage, and no case in elsewhere.yaml"));
        }
    }
    for (rule, shown) in &elsewhere {
        let findings = std::fs::read_to_string(root.join(&shown.case).join("findings.txt")).unwrap_or_default();
        if !findings.split_whitespace().any(|word| word == rule) {
            wrong.push(format!("{rule}: {}/findings.txt does not have it", shown.case));
        }
        if planted.contains(rule) {
            wrong.push(format!("{rule}: has a sabotage, and stands in elsewhere.yaml"));
        }
        if shown.because.trim().is_empty() {
            wrong.push(format!("{rule}: elsewhere.yaml does not say why"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn embedded() -> Vec<Rule> {
    rules::load_all(&[], &EntitySchema).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Plants a defect, reviews, and takes it away again.
fn outcome<'a>(planted: &'a Planted, ground: &Ground, copy: &Copy, rules: &[Rule], clean: &[Finding]) -> Outcome<'a> {
    let begun = Instant::now();
    copy.apply(&planted.patch);
    let sources = copy.sources();
    // A rule judges a change when its own examples are changes.
    let judges_change = rules
        .iter()
        .filter(|rule| *rule.id == *planted.rule)
        .any(|rule| rule.examples.violating.iter().any(|example| example.base().is_some()));
    let base = judges_change.then(|| ground.clean());
    let findings = ground.review(&sources, &planted.expected.environment, rules, base);
    let new = new_findings(&findings, clean);
    let line = |file: &str, line: u32| {
        let source = sources.get(file)?;
        source.text().lines().nth(usize::try_from(line).ok()?.checked_sub(1)?).map(str::to_owned)
    };
    let mut found = BTreeSet::new();
    let mut met = BTreeSet::new();
    let mut wrong = Vec::new();
    for finding in &new {
        let at = finding.span.as_ref().map_or(("", 0), |at| (&*at.file, at.line));
        if finding.rule == planted.rule && planted.is_at(at) {
            found.insert(format!("{}:{}", at.0, at.1));
            continue;
        }
        let place = Place { rule: &finding.rule, file: at.0, line: at.1 };
        match planted.expected.consequences.iter().position(|consequence| consequence.place() == place) {
            Some(index) => _ = met.insert(index),
            None => wrong.push(format!("+ {place}: {} ({})", finding.message, finding.entity)),
        }
    }
    if found.is_empty() {
        wrong.push(format!("- {} at {}", planted.rule, planted.places(&line)));
    }
    for (index, consequence) in planted.expected.consequences.iter().enumerate() {
        if !met.contains(&index) {
            wrong.push(format!("- {}, a consequence: {}", consequence.place(), consequence.because));
        }
    }
    copy.revert(&planted.patch);
    Outcome { planted, found, consequences: met.len(), wrong, took: begun.elapsed() }
}

fn table(outcomes: &[Outcome<'_>]) -> String {
    let mut table = format!("{:<44} {:<72} {}\n", "rule", "found", "extra");
    for outcome in outcomes {
        let found: Vec<&str> = outcome.found.iter().map(String::as_str).collect();
        let found = if found.is_empty() { "NOT FOUND".to_owned() } else { found.join(", ") };
        let others = outcome.wrong.iter().filter(|line| line.starts_with('+')).count();
        let extra = match (outcome.consequences, others) {
            (0, 0) => "none".to_owned(),
            (consequences, 0) => format!("{consequences} written down"),
            (consequences, others) => format!("{consequences} written down, {others} NOT"),
        };
        let row = format!("{:<44} {found:<72} {extra}", outcome.planted.name());
        table += &format!("{row}  {:.1} s\n", outcome.took.as_secs_f64());
    }
    table
}
