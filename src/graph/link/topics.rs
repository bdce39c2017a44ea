//! Producer to topic to consumer group.

use globset::Glob;

use super::Linker;
use super::edges::Made;
use crate::facts::Value;
use crate::facts::rust::{Effect, What};
use crate::graph::model::{Confidence, HOLE, Unresolved};

/// Edges to topics.
pub(super) fn link(linker: &mut Linker<'_>) {
    let facts = linker.facts;
    for id in 0..linker.graph.services.len() {
        let effects: Vec<usize> = linker.graph.services[id].effects.iter().copied().collect();
        for effect in effects {
            let of = &facts.rust.effects[effect];
            match &of.what {
                What::Publish { technology, topic, .. } => {
                    let kind = if is_pub_sub(technology, of) { "publish" } else { "produce" };
                    end(linker, id, effect, of, kind, technology, topic);
                }
                What::Consume { technology, topic, .. } => {
                    let kind = if is_pub_sub(technology, of) { "subscribe" } else { "consume" };
                    end(linker, id, effect, of, kind, technology, topic);
                }
                _ => {}
            }
        }
    }
}

/// Whether messages of a technology reach only those who listen: there is no log or queue behind them.
fn is_pub_sub(technology: &str, effect: &Effect) -> bool {
    matches!(technology, "redis" | "nats") && !effect.options.contains_key("stream")
}

fn end(
    linker: &mut Linker<'_>,
    service: usize,
    id: usize,
    effect: &Effect,
    kind: &'static str,
    technology: &str,
    topic: &Value,
) {
    let known = linker.known(&linker.graph.services[service], topic);
    let mut names: Vec<(String, bool)> = known
        .texts
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| plain(technology, text))
        .flat_map(|text| text.split(',').map(str::trim).map(str::to_owned).collect::<Vec<_>>())
        .map(|text| if text.contains(HOLE) { (pattern(&text), false) } else { (text, true) })
        .collect();
    names.dedup();
    if names.is_empty() {
        let name = linker.graph.services[service].name.clone();
        linker.graph.unresolved.push(Unresolved {
            what: format!("{technology} topic"),
            at: effect.at.clone(),
            why: known.why.clone().unwrap_or_else(|| "the name is known only when it runs".to_owned()),
            service: Some(name),
        });
        names.push(("*".to_owned(), false));
    }
    for (name, name_known) in names {
        let to = linker.node("topic", technology, &name, name_known, None, &effect.at);
        linker.edges.add(Made {
            from: service,
            to,
            kind,
            contract: None,
            method: None,
            confidence: Confidence::Proven,
            because: None,
            effect: Some(id),
            at: effect.at.clone(),
        });
    }
}

/// The name of a queue or topic in what a service calls it by: a URL, an ARN, a path of resources. Those of Pulsar's default
/// namespace may be called by their last part.
fn plain<'t>(technology: &str, text: &'t str) -> &'t str {
    match technology {
        "sqs" | "sns" | "kinesis" | "eventbridge" | "gcp-pubsub" => text.rsplit(['/', ':']).next().unwrap_or(text),
        "pulsar" => text.strip_prefix("persistent://public/default/").unwrap_or(text),
        _ => text,
    }
}

/// A text with holes as a pattern: `orders.*`.
fn pattern(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c == HOLE {
            if !out.ends_with('*') {
                out.push('*');
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Says of each topic which systems outside of the project write and read it.
pub(super) fn outside(linker: &mut Linker<'_>) {
    for node in linker.graph.nodes.iter_mut().filter(|node| node.kind == "topic") {
        for (name, external) in &linker.config.externals {
            if external.produces.iter().any(|topic| is_meant(topic, &node.name)) {
                node.produced_by.push(name.clone());
            }
            if external.consumes.iter().any(|topic| is_meant(topic, &node.name)) {
                node.consumed_by.push(name.clone());
            }
        }
    }
}

/// Whether a name or glob means a topic.
fn is_meant(pattern: &str, name: &str) -> bool {
    pattern == name || Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}
