use super::*;
use crate::analysis::tests::{Row, at, retry};
use crate::config::Config;
use crate::facts::Value;
use crate::facts::rust::{Failure, Step};

fn follow(row: &Row, entry: usize) -> Request {
    let config = Config::default();
    let model = Model::new(&row.facts, &row.graph, &config, None);
    request(&model, entry)
}

fn hops(parts: &[Part]) -> Vec<&Hop> {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Part::Hop(hop) => all.push(&**hop),
            Part::Block(block) => block.branches.iter().for_each(|parts| all.extend(hops(parts))),
        }
    }
    all
}

#[test]
fn what_is_left_shrinks_on_the_way_down_and_a_failure_stops_where_it_is_caught() {
    let mut row = Row::default();
    let (a, b, c, d) = (row.service("a"), row.service("b"), row.service("c"), row.service("d"));
    let first = row.call(a, b, Some(500), Failure::Propagated);
    let second = row.call(b, c, Some(2_000), Failure::Logged);
    let third = row.call(c, d, None, Failure::Propagated);
    row.does(a, vec![first]);
    row.does(b, vec![retry(Value::Integer(3), vec![second])]);
    row.does(c, vec![third]);
    let request = follow(&row, a);
    let [first] = hops(&request.parts)[..] else { panic!() };
    assert_eq!((first.weight, first.reaches_entry, first.limit.ms), (Weight::Hard, true, Some(500)));
    let [Part::Block(block)] = &first.parts[..] else { panic!() };
    assert_eq!((block.kind, &*block.says), (BlockKind::Retry, "up to 3 attempts"));
    let [second] = hops(&first.parts)[..] else { panic!() };
    assert_eq!((second.weight, second.limit.ms, second.budget.ms), (Weight::Soft, Some(2_000), Some(500)));
    assert_eq!(second.attempts, 3);
    let [third] = hops(&second.parts)[..] else { panic!() };
    assert_eq!((third.weight, third.reaches_entry), (Weight::Hard, false));
    assert_eq!((third.limit.ms, third.budget.ms), (None, Some(500)));
}

#[test]
fn a_task_of_its_own_has_its_own_time() {
    let mut row = Row::default();
    let (a, b, c) = (row.service("a"), row.service("b"), row.service("c"));
    let (first, second) = (row.call(a, b, Some(500), Failure::Propagated), row.call(b, c, None, Failure::Propagated));
    let apart = Step::Spawn { kind: "task".into(), handle: "dropped".into(), steps: vec![second], at: at(4) };
    row.does(a, vec![first]);
    row.does(b, vec![apart]);
    let request = follow(&row, a);
    let below = hops(&hops(&request.parts)[0].parts)[0];
    assert_eq!((below.weight, below.budget.ms), (Weight::Apart, None));
}

#[test]
fn a_circle_ends_where_it_closes() {
    let mut row = Row::default();
    let (a, b) = (row.service("a"), row.service("b"));
    let (there, back) = (row.call(a, b, None, Failure::Propagated), row.call(b, a, None, Failure::Propagated));
    row.does(a, vec![there]);
    row.does(b, vec![back]);
    let request = follow(&row, a);
    let back = hops(&hops(&request.parts)[0].parts)[0];
    assert!(back.again && back.parts.is_empty() && request.cut == 0);
}

#[test]
fn a_request_that_grows_without_end_is_cut() {
    let mut row = Row::default();
    let services: Vec<usize> = (0..20).map(|id| row.service(&format!("s{id}"))).collect();
    for pair in services.windows(2) {
        let steps = (0..4).map(|_| row.call(pair[0], pair[1], None, Failure::Propagated)).collect();
        row.does(pair[0], steps);
    }
    let request = follow(&row, services[0]);
    assert!(request.cut > 0);
    fn count(parts: &[Part]) -> usize {
        hops(parts).iter().map(|hop| 1 + count(&hop.parts)).sum()
    }
    assert_eq!(count(&request.parts), MAX_HOPS);
}
