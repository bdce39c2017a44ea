//! Topics: logs and queues of messages, with who writes and who reads them.

use super::reading::{column, texts};
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::graph::link;
use crate::graph::model::{End, Node};
use crate::graph::schema::{Field, Kind, Reading, Type};

/// The table of topics.
pub static TABLE: Table = Table {
    kind: Kind::Topic,
    count: |model| ids(model).count(),
    id: |model, index| node(model, index).id.clone(),
    spans: |model, index| {
        let of = node(model, index);
        of.evidence.iter().map(|at| (at.clone(), format!("{} is used here", of.name))).collect()
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name."), |model, index| text(&node(model, index).name)),
        column(Field::new("technology", Type::Text, "Its broker: kafka, nats, …"), |model, index| {
            text(&node(model, index).technology)
        }),
        column(Field::new("known", Type::Bool, "Whether its name is known."), |model, index| {
            Reading::Bool(node(model, index).name_known)
        }),
        column(
            Field::new(
                "producers",
                Type::List(&Type::Text),
                "Who writes to it: services, and systems outside that loadpath.yaml states.",
            )
            .or_unknown(),
            |model, index| users(model, index, &["produce", "publish"], &node(model, index).produced_by),
        ),
        column(
            Field::new(
                "consumers",
                Type::List(&Type::Text),
                "Who reads it: services, and systems outside that loadpath.yaml states.",
            )
            .or_unknown(),
            |model, index| users(model, index, &["consume", "subscribe"], &node(model, index).consumed_by),
        ),
        column(
            Field::new("near", Type::Text, "Another topic whose name is nearly the same; null without one.").or_null(),
            |model, index| {
                let of = node(model, index);
                let near = ids(model).map(|id| &model.graph.nodes[id]).find(|other| {
                    other.id != of.id && other.name_known && strsim::damerau_levenshtein(&other.name, &of.name) <= 2
                });
                near.map_or(Reading::Null, |other| text(&other.name))
            },
        ),
    ]],
};

fn ids<'m>(model: &'m Model<'_>) -> impl Iterator<Item = usize> + 'm {
    (0..model.graph.nodes.len()).filter(|id| model.graph.nodes[*id].kind == "topic")
}

fn node<'m>(model: &'m Model<'_>, index: usize) -> &'m Node {
    // Entities are asked for by indices below `count`.
    let id = ids(model).nth(index).unwrap_or(0);
    &model.graph.nodes[id]
}

/// Who is at one end of a topic. Where another end of the same broker has a name that is not known, it may be this topic's, as far
/// as what is known of the name fits.
fn users(model: &Model<'_>, index: usize, kinds: &[&str], outside: &[String]) -> Reading {
    let of = node(model, index);
    let ends = || {
        model.graph.edges.iter().filter(|edge| kinds.contains(&edge.kind.as_str())).filter_map(|edge| match edge.to {
            End::Node(id) => Some((edge.from, &model.graph.nodes[id])),
            End::Service(_) => None,
        })
    };
    let services = ends().filter(|(_, to)| to.id == of.id).map(|(from, _)| model.graph.services[from].name.clone());
    let own: Vec<String> = services.chain(outside.iter().cloned()).collect();
    let unnamed =
        ends().any(|(_, to)| to.technology == of.technology && !to.name_known && link::may_be(&to.name, &of.name));
    let unresolved = model.graph.unresolved.iter().any(|of| of.what.ends_with("topic"));
    if own.is_empty() && (unnamed || unresolved) {
        let supply =
            "mappings.variables in loadpath.yaml, if a variable holds the name; externals, if it is somebody outside";
        return unknown("topic.name", supply);
    }
    texts(own)
}
