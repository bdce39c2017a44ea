//! Chains over small projects made of facts: two services, of which the first calls the second.

use std::collections::BTreeMap;

use super::chains::Chains;
use super::contexts::Contexts;
use super::criticality::fits;
use crate::config::Config;
use crate::facts::rust::{Client, Effect, Failure, Function, Step, What};
use crate::facts::{Facts, Value};
use crate::graph::model::{Edge, End, EntryPoint, Graph, Service};
use crate::span::Span;

pub(super) fn at(line: u32) -> Span {
    Span::line("main.rs", line)
}

/// A project of services that stand in a row: each calls the next through the steps that are given for it.
#[derive(Default)]
pub(super) struct Row {
    pub(super) facts: Facts,
    pub(super) graph: Graph,
}

impl Row {
    /// Adds a service with one rpc, `Name/Do`.
    pub(super) fn service(&mut self, name: &str) -> usize {
        let id = self.graph.services.len();
        self.graph.services.push(Service { id: format!("service:{name}"), name: name.into(), ..Service::default() });
        self.facts.rust.functions.push(Function { path: name.into(), steps: vec![], is_async: true, at: at(1) });
        self.graph.entries.push(EntryPoint {
            id: format!("{name}/{name}/Do"),
            service: id,
            kind: "rpc".into(),
            name: format!("{name}/Do"),
            contract: Some(name.into()),
            function: id,
            streams: false,
            at: at(1),
        });
        self.graph.services[id].entries.push(id);
        id
    }

    /// Adds a call between two services with a limit, and gives its step.
    pub(super) fn call(&mut self, from: usize, to: usize, timeout_ms: Option<i64>, failure: Failure) -> Step {
        let client = self.facts.rust.clients.len();
        self.facts.rust.clients.push(Client {
            kind: "grpc".into(),
            technology: "grpc".into(),
            library: "tonic".into(),
            address: Value::Absent,
            contract: None,
            options: timeout_ms.map(|ms| ("timeout_ms".to_owned(), Value::Millis(ms))).into_iter().collect(),
            options_at: BTreeMap::new(),
            lazy: true,
            pool: false,
            per_worker: false,
            function: from,
            at: at(2),
        });
        let effect = self.facts.rust.effects.len();
        let contract = self.graph.services[to].name.clone();
        self.facts.rust.effects.push(Effect {
            what: What::Grpc { contract: contract.clone(), method: "Do".into() },
            function: from,
            clients: vec![client],
            library: "tonic".into(),
            in_async: true,
            options: BTreeMap::new(),
            at: at(3),
        });
        self.graph.services[from].effects.insert(effect);
        self.graph.edges.push(Edge {
            from,
            to: End::Service(to),
            kind: "grpc".into(),
            contract: Some(contract),
            methods: ["Do".to_owned()].into(),
            confidence: crate::graph::Confidence::Proven,
            because: None,
            effects: vec![effect],
            tables: BTreeMap::new(),
            evidence: vec![at(3)],
        });
        Step::Effect { effect, failure }
    }

    pub(super) fn does(&mut self, service: usize, steps: Vec<Step>) {
        self.facts.rust.functions[service].steps = steps;
    }

    fn derive<T>(&self, read: impl FnOnce(&Chains<'_>) -> T) -> T {
        let config = Config::default();
        let contexts = Contexts::new(&self.facts, &self.graph);
        read(&Chains::new(&self.facts, &self.graph, &config, &contexts))
    }
}

fn sleep(row: &mut Row, service: usize, ms: i64) -> Step {
    let effect = row.facts.rust.effects.len();
    row.facts.rust.effects.push(Effect {
        what: What::Sleep { duration: Value::Millis(ms) },
        function: service,
        clients: vec![],
        library: "tokio".into(),
        in_async: true,
        options: BTreeMap::new(),
        at: at(9),
    });
    row.graph.services[service].effects.insert(effect);
    Step::Effect { effect, failure: Failure::Ignored }
}

pub(super) fn retry(attempts: Value, steps: Vec<Step>) -> Step {
    let options = BTreeMap::from([
        ("first_ms".to_owned(), Value::Millis(100)),
        ("factor".to_owned(), Value::Integer(2)),
        ("max_ms".to_owned(), Value::Millis(250)),
    ]);
    Step::Retry { attempts, options, steps, at: at(5) }
}

#[test]
fn work_adds_in_a_row_and_takes_the_longest_together() {
    let mut row = Row::default();
    let a = row.service("a");
    let (x, y, z) = (sleep(&mut row, a, 100), sleep(&mut row, a, 300), sleep(&mut row, a, 50));
    let together = Step::Together { branches: vec![vec![x], vec![y]], kind: "join".into(), at: at(4) };
    row.does(a, vec![together, z]);
    assert_eq!(row.derive(|chains| chains.busy[a].ms), 350);
}

#[test]
fn a_limit_caps_what_has_none_and_a_task_of_its_own_takes_no_time() {
    let mut row = Row::default();
    let (a, b) = (row.service("a"), row.service("b"));
    let open = row.call(a, b, None, Failure::Propagated);
    let apart = sleep(&mut row, a, 9000);
    row.does(
        a,
        vec![
            Step::Timeout { limit: Value::Millis(700), steps: vec![open.clone()], at: at(4) },
            Step::Spawn { kind: "task".into(), handle: "dropped".into(), steps: vec![apart], at: at(6) },
        ],
    );
    assert_eq!(row.derive(|chains| (chains.busy[a].ms, chains.busy[a].endless)), (700, false));
    row.does(a, vec![open]);
    assert_eq!(row.derive(|chains| (chains.busy[a].ms, chains.busy[a].endless)), (0, true));
}

#[test]
fn attempts_multiply_and_delays_grow_to_their_longest() {
    let mut row = Row::default();
    let (a, b, c) = (row.service("a"), row.service("b"), row.service("c"));
    let first = row.call(a, b, Some(1000), Failure::Propagated);
    let second = row.call(b, c, Some(1000), Failure::Propagated);
    row.does(a, vec![retry(Value::Integer(3), vec![first])]);
    row.does(b, vec![retry(Value::Integer(4), vec![second])]);
    row.derive(|chains| {
        assert_eq!(chains.amplifications[a].least, 12);
        assert_eq!(chains.amplifications[b].least, 4);
        // 4 × 1000 + 100 + 200 + 250
        assert_eq!(chains.busy[b].ms, 4550);
        let fit = chains.fits[1].as_ref().unwrap();
        assert_eq!((fit.cost_ms, fit.limit.ms), (4550, Some(1000)));
    });
}

#[test]
fn attempts_that_cannot_be_read_are_named() {
    let mut row = Row::default();
    let (a, b) = (row.service("a"), row.service("b"));
    let call = row.call(a, b, Some(1000), Failure::Propagated);
    row.does(a, vec![retry(Value::Unknown("ATTEMPTS".into()), vec![call])]);
    row.derive(|chains| {
        assert_eq!(chains.amplifications[a].least, 1);
        assert_eq!(chains.amplifications[a].open.first().unwrap(), "attempts: ATTEMPTS");
    });
}

#[test]
fn a_failure_that_ends_on_the_way_ends_the_chain() {
    let mut row = Row::default();
    let (a, b, c) = (row.service("a"), row.service("b"), row.service("c"));
    let first = row.call(a, b, Some(1000), Failure::Propagated);
    let second = row.call(b, c, Some(1000), Failure::Propagated);
    row.does(a, vec![first]);
    row.does(b, vec![second.clone()]);
    assert_eq!(row.derive(|chains| chains.depths[a].chain.len()), 2);
    let Step::Effect { effect, .. } = second else { panic!() };
    row.does(b, vec![Step::Effect { effect, failure: Failure::Defaulted }]);
    row.derive(|chains| {
        assert_eq!(chains.depths[a].chain.len(), 1);
        assert_eq!(chains.criticality[0].in_code(), Some("hard"));
        assert_eq!(chains.criticality[1].in_code(), Some("soft"));
    });
}

#[test]
fn chains_that_come_back_end_and_functions_that_call_themselves_too() {
    let mut row = Row::default();
    let (a, b) = (row.service("a"), row.service("b"));
    let there = row.call(a, b, Some(1000), Failure::Propagated);
    let back = row.call(b, a, Some(1000), Failure::Propagated);
    let again = Step::Call { functions: vec![a], failure: Failure::Propagated, at: at(7) };
    row.does(a, vec![retry(Value::Integer(3), vec![there]), again]);
    row.does(b, vec![retry(Value::Integer(3), vec![back])]);
    row.derive(|chains| {
        assert_eq!(chains.depths[a].chain.len(), 1);
        assert_eq!(chains.amplifications[a].least, 3);
        assert_eq!(chains.calls.circle[a], chains.calls.circle[b]);
    });
}

#[test]
fn a_caller_gives_up_where_its_callee_is_slowest() {
    let mut row = Row::default();
    let (a, b) = (row.service("a"), row.service("b"));
    let call = row.call(a, b, Some(1000), Failure::Propagated);
    let work = sleep(&mut row, b, 1500);
    row.does(a, vec![Step::Timeout { limit: Value::Millis(800), steps: vec![call], at: at(4) }]);
    row.does(b, vec![work]);
    row.derive(|chains| {
        let wait = chains.tightest[0].as_ref().unwrap();
        assert_eq!((wait.limit.ms, chains.busy[b].ms), (Some(800), 1500));
        assert_eq!(chains.inbound[b].ms, Some(800));
    });
}

#[test]
fn a_star_stands_for_any_part_of_a_name() {
    for (pattern, name, expected) in [
        ("cart", "cart", true),
        ("cart", "carts", false),
        ("postgres/*", "postgres/cart", true),
        ("*-api", "cart-api", true),
        ("a*c*e", "abcde", true),
        ("a*c*e", "abde", false),
        ("ab*ba", "aba", false),
    ] {
        assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
    }
}
