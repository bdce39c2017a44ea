//! Values of conditions, one line each.

use std::collections::BTreeMap;

use super::{Condition, Known, Scope, Terms, Truth};
use crate::config::Param;
use crate::graph::schema::{EntityRef, Kind, Reading};
use crate::rules::mock::{Mock, missing};

fn decide(mock: &Mock, entity: EntityRef, text: &str) -> String {
    let params = BTreeMap::from([("max".to_owned(), Param::Int(3))]);
    let terms = Terms { schema: mock, select: entity.kind, params: &params };
    let (condition, _) =
        Condition::check(text, terms, &Known::default()).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    match condition.decide(Scope { model: mock, entity, params: &params }) {
        Truth::True => "true".to_owned(),
        Truth::False => "false".to_owned(),
        Truth::Unknown(missing) => {
            let what: Vec<String> = missing.into_iter().map(|missing| missing.what).collect();
            format!("unknown: {}", what.join(", "))
        }
    }
}

#[test]
fn conditions_over_the_shop() {
    let mock = Mock::shop();
    let cases = [
        (Kind::Datastore, "datastore.demand.peak > 97", "true"),
        (
            Kind::Datastore,
            "datastore.demand.peak > datastore.max_connections - datastore.reserved_connections",
            "unknown: datastore.max_connections",
        ),
        (
            Kind::Datastore,
            "datastore.technology == 'redis' && datastore.demand.peak > datastore.max_connections",
            "false",
        ),
        (
            Kind::Datastore,
            "datastore.demand.peak > datastore.max_connections || datastore.technology == 'postgres'",
            "true",
        ),
        (Kind::Datastore, "sum(datastore.pools.map(p, p.max * p.service.replicas)) == 120", "true"),
        (Kind::Datastore, "datastore.pools.filter(p, p.service.name == 'cart').map(p, p.max) == [20]", "true"),
        (Kind::Datastore, "datastore.pools[0] == datastore.demand.largest_pool", "true"),
        (Kind::Datastore, "datastore.pools.exists_one(p, p.name.endsWith('pool'))", "false"),
        (Kind::Datastore, "datastore.pools[5].max > 1", "unknown: element 5 of a list of 2"),
        (Kind::Datastore, "min(datastore.pools.map(p, p.max)) < max(1, 30, params.max)", "true"),
        (Kind::Edge, "edge.deadline_ms == null", "true"),
        (Kind::Edge, "edge.deadline_ms == null || edge.deadline_ms > 3000", "true"),
        (Kind::Edge, "edge.deadline_ms != null && edge.deadline_ms > 3000", "false"),
        (Kind::Edge, "edge.deadline_ms == 3", "false"),
        (Kind::Edge, "edge.methods.exists(m, m.matches('^Q')) && 'List' in edge.methods", "true"),
        (Kind::Edge, "edge.to.edges.all(e, e.hot) && !edge.to.edges.exists(e, true)", "true"),
        (Kind::Edge, "max(edge.to.edges.map(e, e.attempts)) > 0", "false"),
        (Kind::Edge, "sum(edge.to.edges.map(e, e.attempts)) == 0", "true"),
        (Kind::Edge, "edge.from.name + '->' + edge.to.name == 'cart->price'", "true"),
        (Kind::Edge, "edge.from.name < edge.to.name", "true"),
    ];
    for (kind, text, expected) in cases {
        assert_eq!(decide(&mock, EntityRef { kind, index: 0 }, text), expected, "{text}");
    }
}

#[test]
fn unknown_inputs_and_numbers_without_a_result() {
    let mut mock = Mock::default();
    let it = mock.add(Kind::Effect, "it", 1);
    mock.set(it, "p", missing("p")).set(it, "q", true).set(it, "r", false);
    mock.set(it, "i", 7)
        .set(it, "j", missing("j"))
        .set(it, "n", Reading::Null)
        .set(it, "d", 0.5)
        .set(it, "t", "Zürich");
    mock.set(it, "l", vec![Reading::Int(1), missing("l.1"), Reading::Int(3)]).set(it, "m", Reading::Null);
    let cases = [
        ("effect.r && effect.p", "false"),
        ("effect.p && effect.r", "false"),
        ("effect.q || effect.p", "true"),
        ("effect.p || effect.r", "unknown: p"),
        ("effect.p && effect.j > 1", "unknown: j, p"),
        ("!effect.p", "unknown: p"),
        ("effect.p == effect.p", "unknown: p"),
        ("effect.p ? effect.q : true", "true"),
        ("effect.p ? effect.q : false", "unknown: p"),
        ("effect.l.exists(x, x == 3)", "true"),
        ("effect.l.exists(x, x == 2)", "unknown: l.1"),
        ("effect.l.all(x, x < 3)", "false"),
        ("effect.l.all(x, x < 4)", "unknown: l.1"),
        ("effect.l.exists_one(x, x < 4)", "false"),
        ("effect.l.exists_one(x, x == 3)", "unknown: l.1"),
        ("3 in effect.l", "true"),
        ("2 in effect.l", "unknown: l.1"),
        ("effect.l == [2, 2, 3]", "false"),
        ("effect.l == [1, 2, 3]", "unknown: l.1"),
        ("effect.l == [1]", "false"),
        ("size(effect.l) == 3", "true"),
        ("sum(effect.l) > 0", "unknown: l.1"),
        ("max(effect.l) > 0", "unknown: l.1"),
        ("size(effect.l.filter(x, x > 1)) == 1", "unknown: l.1"),
        ("effect.i / 0 == 1", "unknown: a division by zero: 7 / 0"),
        ("effect.i % 0 == 1", "unknown: a division by zero: 7 % 0"),
        ("effect.i * 9223372036854775807 > 0", "unknown: an overflow: 7 * 9223372036854775807"),
        ("-9223372036854775808 / -1 > 0", "unknown: an overflow: -9223372036854775808 / -1"),
        ("effect.d / 0.0 > 1.0", "unknown: a division by zero or an overflow"),
        ("ceil(effect.d * 1e300) > 1", "unknown: an overflow"),
        ("ceil(effect.d) == 1 && double(effect.i) * effect.d == 3.5", "true"),
        ("effect.i / 2 == 3 && -effect.i % 2 == -1", "true"),
        ("effect.n == null || effect.n > 3", "true"),
        ("effect.n != 3", "true"),
        ("effect.m == true", "false"),
        ("size(effect.t) == 6 && effect.t.contains('ü')", "true"),
        ("effect.i > 3 ? true : effect.i / 0 == 1", "true"),
    ];
    for (text, expected) in cases {
        assert_eq!(decide(&mock, it, text), expected, "{text}");
    }
}

#[test]
fn endless_work_ends_in_unknown() {
    let mut mock = Mock::default();
    let it = mock.add(Kind::Effect, "it", 1);
    mock.set(it, "l", (0..1000).map(Reading::Int).collect::<Vec<_>>());
    let text = "effect.l.all(a, effect.l.all(b, effect.l.all(c, a + b + c >= 0)))";
    assert_eq!(decide(&mock, it, text), "unknown: an evaluation of more than 1000000 steps");
}

#[test]
fn the_deepest_accepted_conditions_are_evaluated_on_a_small_stack() {
    let work = || {
        let mut mock = Mock::default();
        let it = mock.add(Kind::Effect, "it", 1);
        mock.set(it, "q", true).set(it, "l", vec![Reading::Int(1)]);
        let nested = (0..23).map(|n| format!("effect.l.all(v{n}, ")).collect::<String>() + "true" + &")".repeat(23);
        for text in ["1+".repeat(120) + "1 == 121", "!(".repeat(24) + "effect.q" + &")".repeat(24), nested] {
            assert_eq!(decide(&mock, it, &text), "true", "{text}");
        }
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(work).unwrap().join().unwrap();
}
