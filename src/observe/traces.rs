//! Spans held until their trace has come together.
//!
//! Nothing says that a trace is complete. So spans are held as long as there is room; when there is none, the traces that began
//! first are joined with what has come of them, and counted.

use std::collections::{BTreeMap, VecDeque};

use opentelemetry_proto::tonic::trace::v1::ResourceSpans;

use super::join::join;
use super::span::{Span, TraceId, reduce};
use crate::facts::running::{Gathered, LeftOut, Running};

/// Spans that are held at most, some hundred bytes each.
const HELD: usize = 400_000;

/// Spans of open traces, and what those before have told.
#[derive(Debug)]
pub(super) struct Traces {
    open: BTreeMap<TraceId, Vec<Span>>,
    /// Open traces in the order in which they began.
    order: VecDeque<TraceId>,
    held: usize,
    most: usize,
    received: u64,
    told: Gathered,
}

impl Default for Traces {
    fn default() -> Self {
        Self::holding(HELD)
    }
}

impl Traces {
    /// Holds that many spans at most.
    pub(super) fn holding(most: usize) -> Self {
        Self { open: BTreeMap::new(), order: VecDeque::new(), held: 0, most, received: 0, told: Gathered::default() }
    }

    /// Adds a request. Says how many of its spans are of no use.
    pub(super) fn add(&mut self, request: Vec<ResourceSpans>) -> u64 {
        let mut left_out = LeftOut::default();
        for resource in request {
            for span in reduce(resource, &mut left_out) {
                self.hold(span);
            }
        }
        self.told.left_out.add(left_out);
        left_out.nameless_spans
    }

    /// Holds one span.
    pub(super) fn hold(&mut self, span: Span) {
        self.received += 1;
        let trace = span.trace;
        self.open.entry(trace).or_insert_with(|| {
            self.order.push_back(trace);
            Vec::new()
        });
        if let Some(spans) = self.open.get_mut(&trace) {
            spans.push(span);
            self.held += 1;
        }
        while self.held > self.most
            && let Some(first) = self.order.pop_front()
        {
            let spans = self.open.remove(&first).unwrap_or_default();
            self.held -= spans.len();
            self.told.left_out.early_traces += 1;
            join(spans, &mut self.told);
        }
    }

    /// Spans that came.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// What all of them tell.
    pub(super) fn into_facts(mut self) -> Running {
        for spans in std::mem::take(&mut self.open).into_values() {
            join(spans, &mut self.told);
        }
        self.told.into_facts()
    }
}
