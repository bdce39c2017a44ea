//! Figures that the views show beside names: limits of entry points, demand on datastores, what is there only so often.
//! Computed once for each review, after it: views show what they have until then.

use super::text::{Line, Role};
use super::thing::Thing;
use crate::analysis::Model;
use crate::analysis::capacity::{self, Row, Stand};
use crate::analysis::deadlines::Reader;
use crate::graph::End;
use crate::reports::capacity as report;

/// The figures of one review.
#[derive(Default)]
pub struct Derived {
    /// Of each entry point.
    pub entries: Vec<EntryFigures>,
    /// Of each datastore, topic and external; nothing for what has none.
    pub nodes: Vec<Option<StoreFigures>>,
    /// What is there only so often.
    pub limits: Vec<Limited>,
    /// All limits as Markdown.
    pub markdown: String,
}

/// What limits an entry point, and how long it can take.
#[derive(Clone, Default)]
pub struct EntryFigures {
    /// The limit that its server sets.
    pub limit: String,
    /// How long its calls can take together.
    pub longest: String,
    /// Whether they can take longer than the limit allows.
    pub over: bool,
}

/// Demand on the server of a datastore against what it accepts.
#[derive(Clone)]
pub struct StoreFigures {
    /// Connections that are asked for.
    pub demand: String,
    /// Connections that are accepted.
    pub limit: String,
    /// How the two stand to each other.
    pub stand: Stand,
    /// Both with every figure and its origin.
    pub formula: String,
}

/// Something that is there only so often.
pub struct Limited {
    /// Which kind of thing.
    pub resource: &'static str,
    /// The thing.
    pub of: String,
    /// What is asked for.
    pub demand: String,
    /// What there is.
    pub limit: String,
    /// What is left.
    pub left: String,
    /// How the two stand to each other.
    pub stand: Stand,
    /// All about it.
    pub lines: Vec<Line>,
}

impl Derived {
    /// Computes all of it.
    pub fn new(model: &Model<'_>) -> Self {
        let reader = Reader { facts: model.facts, graph: model.graph, config: model.config };
        let entries = (0..model.graph.entries.len()).map(|entry| {
            let within = reader.within(entry);
            let busy = model.chains.busy.get(entry);
            let limit = match (within.ms, &within.open) {
                (Some(ms), None) => format!("{ms} ms"),
                (Some(ms), Some(_)) => format!("≤ {ms} ms"),
                (None, Some(_)) => "?".to_owned(),
                (None, None) => "none".to_owned(),
            };
            let longest = match busy {
                Some(busy) if busy.endless && busy.ms > 0 => format!("{} ms+", busy.ms),
                Some(busy) if busy.endless => "any time".to_owned(),
                Some(busy) if !busy.open.is_empty() => format!("{} ms+?", busy.ms),
                Some(busy) if busy.ms > 0 => format!("{} ms", busy.ms),
                _ => "–".to_owned(),
            };
            let over = within.ms.zip(busy).is_some_and(|(ms, busy)| busy.ms > ms);
            EntryFigures { limit, longest, over }
        });
        let rows = capacity::rows(model);
        Self {
            entries: entries.collect(),
            nodes: stores(model),
            markdown: report::markdown(model, &rows),
            limits: rows.iter().map(|row| limited(model, row)).collect(),
        }
    }
}

fn stores(model: &Model<'_>) -> Vec<Option<StoreFigures>> {
    let mut all = vec![None; model.graph.nodes.len()];
    for demand in &model.demands {
        let asked = match &demand.peak.number {
            Ok(number) => number.to_string(),
            Err(_) => format!("≥ {}", demand.at_least),
        };
        let accepted = match (&demand.max_connections.number, &demand.reserved.number) {
            (Ok(max), Ok(reserved)) => Some(max.saturating_sub(*reserved)),
            _ => None,
        };
        let stand = match (accepted, &demand.peak.number) {
            (Some(limit), _) if demand.at_least > limit => Stand::Exceeded,
            (Some(_), Ok(_)) => Stand::Fits,
            _ => Stand::Unknown,
        };
        let figures = StoreFigures {
            demand: asked,
            limit: accepted.map_or_else(|| "?".to_owned(), |limit| limit.to_string()),
            stand,
            formula: demand.formula(),
        };
        for store in &demand.stores {
            if let Some(slot) = all.get_mut(*store) {
                *slot = Some(figures.clone());
            }
        }
    }
    all
}

fn limited(model: &Model<'_>, row: &Row) -> Limited {
    let text = report::text(model, std::slice::from_ref(row));
    let (role, stand) = match row.stand() {
        Stand::Exceeded => (Role::Error, "exceeded"),
        Stand::Unknown => (Role::Dim, "not known"),
        Stand::Fits => (Role::Good, "fits"),
    };
    let mut lines = vec![Line::new(role, stand)];
    // What stands first counts the rows and names the one group: the head of a table that has one row here.
    let rest = text.lines().skip(3).map(str::trim_start);
    for (index, line) in rest.enumerate() {
        if index == 0 {
            lines.push(Line::title(line));
            lines.push(Line::empty());
        } else {
            lines.push(Line::new(Role::Plain, line).indented(8));
        }
    }
    if !row.shares.is_empty() {
        lines.push(Line::empty());
        lines.push(Line::title("Who asks for it"));
        for share in &row.shares {
            let name = &model.graph.services[share.service].name;
            lines.push(
                Line::new(Role::Accent, format!("  {name:<24} "))
                    .and(Role::Plain, share.demand.written())
                    .indented(27)
                    .to(Thing::End(End::Service(share.service))),
            );
        }
    }
    Limited {
        resource: row.resource.name(),
        of: row.of.clone(),
        demand: match &row.demand.number {
            Ok(number) => number.to_string(),
            Err(_) => format!("≥ {}", row.at_least),
        },
        limit: row.limit.number.as_ref().map_or_else(|_| "?".to_owned(), ToString::to_string),
        left: row.headroom().map_or_else(|| "?".to_owned(), |left| left.to_string()),
        stand: row.stand(),
        lines,
    }
}
