//! The ways on which one node reaches another, the shortest first. Calls lead from the one that calls; messages from the
//! one that writes, over the topic, to those that read.

use std::collections::VecDeque;

use super::book::Book;
use crate::graph::End;
use crate::graph::model::EdgeId;

/// Ways that are shown, at most.
const WAYS: usize = 12;
/// Beginnings of ways that are looked at, at most: there can be more ways than a machine can list.
const TRIES: usize = 20_000;
/// Steps of one way, at most.
const LONGEST: usize = 10;

/// The shortest ways from one node to another, without circles.
pub fn ways(book: &Book, from: End, to: End) -> Vec<Vec<EdgeId>> {
    let mut found = Vec::new();
    let mut open: VecDeque<(Vec<End>, Vec<EdgeId>)> = VecDeque::from([(vec![from], Vec::new())]);
    let mut tries = 0;
    while let Some((ends, edges)) = open.pop_front() {
        tries += 1;
        if tries > TRIES || found.len() == WAYS || edges.len() == LONGEST {
            break;
        }
        let Some(at) = ends.last() else { break };
        for (edge, next) in steps(book, *at) {
            if ends.contains(&next) {
                continue;
            }
            let mut way = edges.clone();
            way.push(edge);
            if next == to {
                found.push(way);
                if found.len() == WAYS {
                    break;
                }
            } else if open.len() < TRIES {
                let mut through = ends.clone();
                through.push(next);
                open.push_back((through, way));
            }
        }
    }
    found
}

fn takes(kind: &str) -> bool {
    matches!(kind, "consume" | "subscribe")
}

/// What can be reached in one step.
fn steps(book: &Book, at: End) -> Vec<(EdgeId, End)> {
    let edges = &book.graph().edges;
    match at {
        End::Service(id) => {
            book.out[id].iter().filter(|id| !takes(&edges[**id].kind)).map(|id| (*id, edges[*id].to)).collect()
        }
        End::Node(id) => {
            let readers = book.into_node[id].iter().filter(|id| takes(&edges[**id].kind));
            readers.map(|id| (*id, End::Service(edges[*id].from))).collect()
        }
    }
}
