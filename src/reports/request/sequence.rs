//! A request as a sequence diagram: who takes part in the order in which they are met, calls with their deadlines, and
//! what surrounds them as blocks.

use std::collections::BTreeMap;

use super::takers;
use crate::analysis::Model;
use crate::analysis::request::{Block, BlockKind, Hop, Part, Request, Weight};
use crate::graph::End;
use crate::graph::find::short;
use crate::reports::graph::called;
use crate::reports::mermaid::{self, Branch, Message, MessageKind, Note, Participant, ParticipantKind, Sequence, Step};

/// A request as a sequence diagram.
#[must_use]
pub fn sequence(model: &Model<'_>, request: &Request) -> Sequence {
    let entry = &model.graph.entries[request.entry];
    let service = End::Service(entry.service);
    let title = format!("{} {}", model.graph.name_of(service), short(entry));
    let mut cast = Cast { model, participants: Vec::new(), places: BTreeMap::new() };
    let answered = matches!(entry.kind.as_str(), "rpc" | "endpoint");
    if answered {
        cast.participants.push(Participant { name: "client".to_owned(), kind: ParticipantKind::Actor });
    }
    let place = cast.place(service);
    let mut steps = Vec::new();
    let name = short(entry);
    if answered {
        let text = with_limit(name, request.within.ms);
        steps.push(Step::Message(Message { from: 0, to: place, text, kind: MessageKind::Call }));
    } else {
        steps.push(Step::Note(Note { from: place, to: place, text: format!("{} {name}", entry.kind) }));
    }
    steps.extend(cast.steps(place, &request.parts));
    if answered {
        steps.push(Step::Message(Message { from: place, to: 0, text: "answer".to_owned(), kind: MessageKind::Reply }));
    }
    if request.cut > 0 {
        let text = format!("{} more calls are not followed", request.cut);
        steps.push(Step::Note(Note { from: place, to: place, text }));
    }
    Sequence { title, participants: cast.participants, steps }
}

/// Who takes part so far.
struct Cast<'m, 'a> {
    model: &'m Model<'a>,
    participants: Vec<Participant>,
    places: BTreeMap<End, usize>,
}

impl Cast<'_, '_> {
    fn place(&mut self, end: End) -> usize {
        let next = self.participants.len();
        let place = *self.places.entry(end).or_insert(next);
        if place == next {
            let name = called(self.model.graph, end).to_owned();
            self.participants.push(Participant { name, kind: ParticipantKind::Part });
        }
        place
    }

    /// Nesting is bounded by what a request follows.
    fn steps(&mut self, from: usize, parts: &[Part]) -> Vec<Step> {
        let mut steps = Vec::new();
        for part in parts {
            match part {
                Part::Hop(hop) => self.hop(from, hop, &mut steps),
                Part::Block(block) => self.block(from, block, &mut steps),
            }
        }
        steps
    }

    fn hop(&mut self, from: usize, hop: &Hop, steps: &mut Vec<Step>) {
        let edge = &self.model.graph.edges[hop.edge];
        // What is consumed comes from the topic.
        if matches!(edge.kind.as_str(), "consume" | "subscribe") {
            let topic = self.place(edge.to);
            let text = "message".to_owned();
            steps.push(Step::Message(Message { from: topic, to: from, text, kind: MessageKind::Async }));
            return;
        }
        let to = self.place(edge.to);
        let waits = hop.weight != Weight::Apart && edge.is_sync();
        let what = if hop.what.is_empty() { edge.kind.clone() } else { hop.what.clone() };
        let mut text = with_limit(what, hop.limit.ms);
        if hop.weight == Weight::Soft {
            text.push_str(", soft");
        }
        let kind = if waits { MessageKind::Call } else { MessageKind::Async };
        steps.push(Step::Message(Message { from, to, text, kind }));
        steps.extend(self.steps(to, &hop.parts));
        if hop.again {
            steps.push(Step::Note(Note { from: to, to, text: "goes round in a circle".to_owned() }));
        }
        if waits {
            let text = if hop.falls_back { "answer, or a fallback" } else { "answer" };
            steps.push(Step::Message(Message { from: to, to: from, text: text.to_owned(), kind: MessageKind::Reply }));
        }
        for taker in takers(self.model, hop) {
            let services = &self.model.graph.services;
            if let Some(service) = services.iter().position(|service| service.name == taker) {
                let taker = self.place(End::Service(service));
                let text = "message".to_owned();
                steps.push(Step::Message(Message { from: to, to: taker, text, kind: MessageKind::Async }));
            }
        }
    }

    fn block(&mut self, from: usize, block: &Block, steps: &mut Vec<Step>) {
        let kind = match (block.kind, block.branches.len()) {
            (BlockKind::Choice, 1) => mermaid::BlockKind::Opt,
            (BlockKind::Choice, _) => mermaid::BlockKind::Alt,
            (BlockKind::Together | BlockKind::Apart, _) => mermaid::BlockKind::Par,
            (BlockKind::Loop | BlockKind::Retry, _) => mermaid::BlockKind::Loop,
            (BlockKind::Timeout, _) => {
                let text = block.says.clone();
                steps.push(Step::Note(Note { from, to: from, text }));
                for parts in &block.branches {
                    steps.extend(self.steps(from, parts));
                }
                return;
            }
        };
        let mut branches = Vec::new();
        for (index, parts) in block.branches.iter().enumerate() {
            let label = match block.kind {
                BlockKind::Choice if index > 0 => "or".to_owned(),
                BlockKind::Choice if block.branches.len() == 1 => "on some ways".to_owned(),
                _ => block.says.clone(),
            };
            branches.push(Branch { label, steps: self.steps(from, parts) });
        }
        steps.push(Step::Block(mermaid::Block { kind, branches }));
    }
}

fn with_limit(text: String, ms: Option<i64>) -> String {
    match ms {
        Some(ms) => format!("{text} ({ms} ms)"),
        None => text,
    }
}
