//! Producer to topic to consumer group.

use globset::Glob;

use super::Linker;
use super::edges::Made;
use super::values::alternatives;
use crate::facts::Value;
use crate::facts::rust::{Effect, TOPIC_OF_A_MESSAGE, What};
use crate::graph::model::{Confidence, HOLE, Service, Unresolved};

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
                    let mut topics = answers(linker, id, technology, topic);
                    if topics.is_empty() && is_open(topic) {
                        let written = written_for(linker, id, of);
                        topics = written.iter().map(|destination| filled(topic, destination)).collect();
                    }
                    if topics.is_empty() {
                        topics.push(topic.clone());
                    }
                    for topic in &topics {
                        end(linker, id, effect, of, kind, technology, topic);
                    }
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

/// Whether one part of a topic's name is open, and only one: the one that a row tells.
fn is_open(topic: &Value) -> bool {
    match topic {
        Value::Unknown(_) => true,
        Value::Join(parts) => parts.iter().filter(|part| matches!(part, Value::Unknown(_))).count() == 1,
        _ => false,
    }
}

/// A topic's name with its open part filled.
fn filled(topic: &Value, with: &Value) -> Value {
    match topic {
        Value::Unknown(_) => with.clone(),
        Value::Join(parts) => Value::Join(parts.iter().map(|part| filled(part, with)).collect()),
        known => known.clone(),
    }
}

/// The topics that are named after those that a service consumes, such as those of its dead letters: one for each of them.
fn answers(linker: &Linker<'_>, service: usize, technology: &str, topic: &Value) -> Vec<Value> {
    let of = &linker.graph.services[service];
    let made = named_after(linker, of, technology, topic);
    if made.is_empty() {
        return Vec::new();
    }
    // What a service puts aside it may consume too; the messages in there keep the topic that they first came from.
    let publishes = of.effects.iter().filter_map(|id| match &linker.facts.rust.effects[*id].what {
        What::Publish { technology: other, topic, .. } if other == technology => Some(topic),
        _ => None,
    });
    let aside: Vec<String> = publishes
        .flat_map(|topic| named_after(linker, of, technology, topic))
        .flat_map(|(_, name)| linker.known(of, &name).texts)
        .collect();
    made.into_iter().filter(|(topic, _)| !aside.contains(topic)).map(|(_, name)| name).collect()
}

/// Each topic that a service consumes, with the name that is made after it. Where the name holds a group, each group has its own.
fn named_after(linker: &Linker<'_>, of: &Service, technology: &str, topic: &Value) -> Vec<(String, Value)> {
    let named: Vec<Value> = alternatives(topic).into_iter().filter(follows).collect();
    let mut made = Vec::new();
    for effect in of.effects.iter().map(|id| &linker.facts.rust.effects[*id]) {
        let What::Consume { technology: other, topic, group, .. } = &effect.what else { continue };
        if other != technology {
            continue;
        }
        let groups = linker.known(of, group).texts;
        let tells = |name: &Value| groups.iter().any(|group| holds(name, group));
        let own = named.iter().any(tells);
        for topic in linker.known(of, topic).texts {
            made.extend(
                named.iter().filter(|name| !own || tells(name)).map(|name| (topic.clone(), answering(name, &topic))),
            );
        }
    }
    made
}

/// Whether a name follows that of the topic that a message came from.
fn follows(name: &Value) -> bool {
    match name {
        Value::Unknown(why) => why == TOPIC_OF_A_MESSAGE,
        Value::Join(parts) => parts.iter().any(follows),
        _ => false,
    }
}

fn answering(name: &Value, topic: &str) -> Value {
    match name {
        Value::Unknown(why) if why == TOPIC_OF_A_MESSAGE => Value::Text(topic.to_owned()),
        Value::Join(parts) => Value::Join(parts.iter().map(|part| answering(part, topic)).collect()),
        known => known.clone(),
    }
}

/// Whether a word stands in a name by itself.
fn holds(name: &Value, word: &str) -> bool {
    match name {
        Value::Text(text) => text.split(['.', '/', ':']).any(|part| part == word),
        Value::Join(parts) => parts.iter().any(|part| holds(part, word)),
        _ => false,
    }
}

/// The destinations of the rows that a relay publishes: what the service writes into the table that the code around the
/// publication reads. An outbox is such a table.
fn written_for(linker: &Linker<'_>, service: usize, publishes: &Effect) -> Vec<Value> {
    let facts = linker.facts;
    let effects = || linker.graph.services[service].effects.iter().map(|id| &facts.rust.effects[*id]);
    let tables = |of: &Effect, writes: bool| -> Vec<String> {
        match &of.what {
            What::Sql { statement: Some(statement), .. } => statement
                .tables
                .iter()
                .filter(|table| table.writes == writes)
                .map(|table| table.table.clone())
                .collect(),
            _ => Vec::new(),
        }
    };
    let read: Vec<String> =
        effects().filter(|of| of.at.file == publishes.at.file).flat_map(|of| tables(of, false)).collect();
    let mut found: Vec<Value> = Vec::new();
    for of in effects() {
        if let Some(destination) = of.options.get("destination")
            && tables(of, true).iter().any(|table| read.contains(table))
            && !found.contains(destination)
        {
            found.push(destination.clone());
        }
    }
    found
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

/// Whether a topic whose name is known in parts, with a star for each that is not, may be the one of a name.
#[must_use]
pub fn may_be(open: &str, name: &str) -> bool {
    Glob::new(open).map_or(true, |glob| glob.compile_matcher().is_match(name))
}

/// Whether a name or glob means a topic.
fn is_meant(pattern: &str, name: &str) -> bool {
    pattern == name || Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}
