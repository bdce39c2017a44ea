//! Every embedded rule: its examples through the whole line, its article, and what an example must show.

use std::collections::BTreeSet;

use loadpath::config::Date;
use loadpath::entities::EntitySchema;
use loadpath::graph::schema::Schema;
use loadpath::knowledge;
use loadpath::review;
use loadpath::rules::{self, Rule, examples};
use rayon::prelude::*;

fn rules() -> Vec<Rule> {
    rules::load_all(&[], &EntitySchema).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn every_example_turns_out_as_it_says() {
    let rules = rules();
    let today: Date = "2026-01-01".parse().unwrap();
    let failures: Vec<String> = rules
        .par_iter()
        .flat_map_iter(|rule| examples::run(rule, |example| review::observe(example, &rules, today)))
        .map(|failure| failure.to_string())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_rule_has_examples_of_both_verdicts() {
    let bare: Vec<String> = rules()
        .iter()
        .filter(|rule| rule.examples.violating.is_empty() || rule.examples.passing.is_empty())
        .map(|rule| rule.id.to_string())
        .collect();
    assert!(bare.is_empty(), "without a violating or a passing example: {bare:?}");
}

/// What a static reader does not know must be listed, so a rule shows where that happens, or says why it cannot: then
/// none of its fields may be one that can be unknown.
#[test]
fn every_rule_has_an_example_of_unknown_or_is_always_decided() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let conditions = rule.filter.iter().chain(rule.levels.iter().map(|level| &level.violated));
        let read: BTreeSet<&str> = conditions.flat_map(|condition| condition.fields()).collect();
        let fields = EntitySchema.fields(rule.select).iter();
        let open: Vec<&str> =
            fields.filter(|field| field.unknown && read.contains(field.name)).map(|of| of.name).collect();
        match (&rule.always_decided, rule.examples.unknown.is_empty()) {
            (None, true) => wrong.push(format!("{}: neither an unknown example nor `always_decided`", rule.id)),
            (Some(_), false) => wrong.push(format!("{}: `always_decided`, and an unknown example", rule.id)),
            (Some(why), true) if why.is_empty() => wrong.push(format!("{}: `always_decided` says nothing", rule.id)),
            (Some(_), true) if !open.is_empty() => {
                wrong.push(format!("{}: `always_decided`, but {} can be unknown", rule.id, open.join(", ")));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_leads_to_an_article_that_names_it() {
    let knowledge = knowledge::load_all(&[]).unwrap();
    let mut wrong = Vec::new();
    for rule in rules() {
        let topic = rule.knowledge.as_deref().unwrap_or_default();
        match knowledge.find(topic) {
            None => wrong.push(format!("{}: there is no article `{topic}`", rule.id)),
            Some(article) if !article.rules.iter().any(|id| **id == *rule.id) => {
                wrong.push(format!("{}: the article `{topic}` does not name it", rule.id));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn articles_name_only_rules_that_there_are() {
    let known: BTreeSet<String> = rules().iter().map(|rule| rule.id.to_string()).collect();
    let knowledge = knowledge::load_all(&[]).unwrap();
    let wrong: Vec<String> = knowledge
        .articles()
        .iter()
        .flat_map(|article| article.rules.iter().map(move |id| (article, id)))
        .filter(|(_, id)| !known.contains(*id))
        .map(|(article, id)| format!("{}: {id}", article.topic))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
