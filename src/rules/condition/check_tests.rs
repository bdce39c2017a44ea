//! What the checker refuses, and where it says so.

use std::collections::BTreeMap;

use super::{Condition, Known, Terms};
use crate::config::Param;
use crate::graph::schema::Kind;
use crate::rules::mock::Mock;

fn check(kind: Kind, text: &str) -> Result<(), String> {
    let params = BTreeMap::from([
        ("max".to_owned(), Param::Int(3)),
        ("ratio".to_owned(), Param::Double(0.5)),
        ("names".to_owned(), Param::Texts(vec!["a".to_owned()])),
    ]);
    let mock = Mock::default();
    let terms = Terms { schema: &mock, select: kind, params: &params };
    Condition::check(text, terms, &Known::default()).map(|_| ()).map_err(|faults| {
        faults
            .iter()
            .map(|fault| {
                let help = if fault.help.is_empty() { String::new() } else { format!("; {}", fault.help) };
                format!("{}: {}{help}", fault.at, fault.message)
            })
            .collect::<Vec<_>>()
            .join("\n")
    })
}

#[test]
fn the_dialect_is_accepted() {
    for (kind, text) in [
        (Kind::Datastore, "datastore.demand.peak > datastore.max_connections - datastore.reserved_connections"),
        (Kind::Datastore, "datastore.pools.exists(p, p.max * params.max > 10 && p.service.name.startsWith('c'))"),
        (Kind::Datastore, "datastore.technology in ['postgres', 'redis'] && datastore.name.matches('^c.*t$')"),
        (Kind::Datastore, "sum(datastore.pools.map(p, p.max)) + max(1, 2, params.max) >= size(datastore.pools)"),
        (Kind::Datastore, "datastore.pools.all(p, p.max > 0) ? datastore.pools[0].max == 1 : !true"),
        (Kind::Datastore, "ceil(double(datastore.max_connections) * params.ratio) < 3"),
        (Kind::Datastore, "size(datastore.pools.filter(p, p.service.name in params.names)) % 2 == 0"),
        (Kind::Datastore, "datastore.pools.exists_one(p, p == datastore.demand.largest_pool)"),
        (Kind::Datastore, "datastore.demand.largest_pool != null && datastore.demand.largest_pool.max > 3"),
        (Kind::Edge, "edge.deadline_ms == null || edge.deadline_ms > 3000"),
        (Kind::Edge, "!(edge.deadline_ms == null) && edge.deadline_ms * 2 > 3"),
        (Kind::Edge, "edge.deadline_ms != null ? edge.deadline_ms > 3 : edge.attempts > 1"),
        (Kind::Edge, "edge.hot && edge.attempts > 1 && edge.deadline_ms != null && edge.hot && edge.deadline_ms > 1"),
        (Kind::Edge, "edge.deadline_ms in [100, 200] && edge.deadline_ms > 100"),
        (Kind::Edge, "edge.from.edges.exists(e, e.deadline_ms != null && e.deadline_ms > 3)"),
        (Kind::Edge, "'Quote' in edge.methods && edge.methods.exists(m, m.size() > 3 || m.endsWith('x'))"),
        (Kind::Edge, "[] == edge.methods || edge.from != edge.to"),
        (Kind::Edge, "-edge.attempts < -2 && !!edge.hot"),
        (Kind::Edge, "edge.methods.map(m, m + '!') == ['a!']"),
    ] {
        assert_eq!(check(kind, text), Ok(()), "{text}");
    }
}

#[test]
fn what_would_keep_a_rule_quiet_is_refused() {
    let cases = [
        ("edge.deadlin_ms == null", "5: `edge` has no field `deadlin_ms`; did you mean `deadline_ms`?"),
        ("edeg.attempts > 1", "0: there is no `edeg` here; did you mean `edge`?"),
        (
            "edge.attempts > params.maximum",
            "23: the rule has no param `maximum`; expected one of `max`, `names`, `ratio`",
        ),
        ("edge.from.nmae == 'x'", "10: `service` has no field `nmae`; did you mean `name`?"),
        (
            "edge.from.pools.max > 3",
            "16: a list of the entity pool has no fields, so it has no `max`; use `exists`, `all`, `map` or `sum`",
        ),
        ("edge.attempts.max > 3", "14: int has no fields, so it has no `max`"),
        (
            "edge.attempts * 1.5 > 3.0",
            "14: `*` takes two numbers of one type, and met int and double; write `double(…)` around the int, or `ceil(…)` around the double",
        ),
        (
            "edge.attempts > 1.5",
            "14: `>` compares int with double; write `double(…)` around the int, or `ceil(…)` around the double",
        ),
        (
            "edge.attempts == null",
            "14: `edge.attempts` is never null; leave the comparison out; an unknown field needs no test",
        ),
        (
            "edge.deadline_ms > 3000",
            "5: `edge.deadline_ms` may be absent (null) here; put `edge.deadline_ms != null &&` or `edge.deadline_ms == null ||` before it",
        ),
        (
            "edge.deadline_ms > 3 || edge.deadline_ms == null",
            "5: `edge.deadline_ms` may be absent (null) here; put `edge.deadline_ms != null &&` or `edge.deadline_ms == null ||` before it",
        ),
        (
            "edge.deadline_ms == null && edge.deadline_ms > 3",
            "33: `edge.deadline_ms` may be absent (null) here; put `edge.deadline_ms != null &&` or `edge.deadline_ms == null ||` before it",
        ),
        ("edge.attempts", "5: the condition is int, expected bool; compare it with something"),
        ("edge.hot && edge.attempts", "17: the right side of `&&` is int, expected bool"),
        (
            "has(edge.deadline_ms)",
            "0: `has` is not offered; an unknown field makes the result unknown by itself; compare with null for what is known to be absent",
        ),
        ("summ(edge.methods) > 3", "0: there is no function `summ`; did you mean `sum`?"),
        ("edge.methods.exist(m, true)", "13: there is no method `exist`; did you mean `exists`?"),
        ("exists(edge.methods, m)", "0: there is no function `exists`; it is called on a value: `list.exists(…)`"),
        ("edge.methods.exists(m, m.name == 'x')", "25: text has no fields, so it has no `name`"),
        ("edge.methods.exists(edge, true)", "20: the name `edge` is taken; choose another"),
        ("edge.from.name.matches('(')", "23: the pattern is no regular expression: unclosed group"),
        (
            "edge.from.name.matches(edge.to.name)",
            "31: the pattern of `matches` is not written out; write it as a text in quotes",
        ),
        ("edge.from == edge.attempts", "10: `==` compares the entity service with int"),
        ("edge.hot > true", "9: `>` orders numbers and texts, and this is bool"),
        ("edge.from.name in 'abc'", "15: `in` looks into a list, and this is text; use `text.contains(part)`"),
        ("edge.attempts in ['a']", "14: int is never in a list of text"),
        ("[1, 'a'] == []", "4: a list of int cannot hold text"),
        ("null == null", "5: null is compared with null"),
        ("!edge.from", "6: what follows `!` is the entity service, expected bool"),
        (
            "edge.from.pools[0].datastore.name == 'x'",
            "29: `this relation` may be absent (null) here; put `this relation != null &&` before it",
        ),
        ("params.ratio", "7: the condition is double, expected bool; compare it with something"),
        ("{'a': 1} == 3", "0: maps are not part of the dialect"),
        ("1u == 1", "0: unsigned numbers are not part of the dialect; leave out the `u`"),
        ("ceil(3) > 1", "5: `ceil` takes double, and met int"),
        ("max() > 1", "0: `max` takes one argument, and met 0"),
        (
            "edge.from.availability > 0.9",
            "10: `edge.from.availability` may be absent (null) here; put `edge.from.availability != null &&` or `edge.from.availability == null ||` before it",
        ),
        ("", "0: the condition is empty"),
    ];
    for (text, expected) in cases {
        assert_eq!(check(Kind::Edge, text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn a_text_that_a_field_never_is_and_a_wrong_member_of_a_group_are_refused() {
    for (text, expected) in [
        ("datastore.technology == 'postgress'", "24: it is never \"postgress\"; did you mean `postgres`?"),
        ("datastore.technology in ['redis', 'kafak']", "34: it is never \"kafak\"; did you mean `kafka`?"),
        ("datastore.demand.peek > 3", "17: `datastore.demand` has no field `peek`; did you mean `peak`?"),
        (
            "datastore.demand > 3",
            "10: `datastore.demand` is a group of fields and no value; expected one of `peak`, `largest_pool`",
        ),
        ("datastore.demnd.peak > 3", "10: `datastore` has no field `demnd`; did you mean `demand.peak`?"),
        (
            "datastore.demand.largest_pool.max > 3",
            "30: `datastore.demand.largest_pool` may be absent (null) here; put `datastore.demand.largest_pool != null &&` before it",
        ),
    ] {
        assert_eq!(check(Kind::Datastore, text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn several_faults_are_reported_at_once_and_offsets_count_bytes_behind_other_letters() {
    let text = "edge.from.name == 'zürich — ÄÖÜ' && edge.attemps > 1 || edge.fro == edge.to";
    let expected = format!(
        "{}: `edge` has no field `attemps`; did you mean `attempts`?\n{}: `edge` has no field `fro`; did you mean `from`?",
        text.find("attemps").unwrap(),
        text.find("fro ==").unwrap()
    );
    assert_eq!(check(Kind::Edge, text), Err(expected));
}

#[test]
fn a_syntax_error_has_its_place() {
    let error = check(Kind::Edge, "edge.hot &&\n  edge.attempts >> 1").unwrap_err();
    assert!(error.starts_with("29: "), "{error}");
    let text = "edge.from.name == 'zürich — Ü' && >";
    let error = check(Kind::Edge, text).unwrap_err();
    assert!(error.starts_with(&format!("{}: ", text.find('>').unwrap())), "{error}");
}

#[test]
fn deep_and_long_texts_are_refused_before_the_parser_and_the_deepest_accepted_ones_pass() {
    for text in [
        "(".repeat(25) + "edge.hot" + &")".repeat(25),
        "[".repeat(3000),
        "!".repeat(129) + "true",
        "edge".to_owned() + &".from".repeat(129),
        "1+".repeat(2000) + "1 > 0",
        "true ? true : ".repeat(30) + "true",
        "x".repeat(5000),
        "'".to_owned() + &"(".repeat(900),
        "'\n".to_owned() + &"(".repeat(900),
        "'''".to_owned() + &"(".repeat(900) + "'''",
        r"r'\'".to_owned() + &"(".repeat(900) + "'",
        r"xr'\' '".to_owned() + &"(".repeat(900) + "'",
        r"'\q' '".to_owned() + &"(".repeat(900) + "'",
        "true // '\n && ".to_owned() + &"(".repeat(900),
        "true // \" '\n && ".to_owned() + &"(".repeat(900) + "\"",
    ] {
        check(Kind::Edge, &text).unwrap_err();
    }
    let nested = (0..23).map(|n| format!("edge.methods.all(v{n}, ")).collect::<String>() + "true" + &")".repeat(23);
    for text in [
        "(".repeat(24) + "edge.hot" + &")".repeat(24),
        "!(".repeat(24) + "edge.hot" + &")".repeat(24),
        "1+".repeat(120) + "1 > 0",
        "!".repeat(126) + "edge.hot",
        "-".repeat(124) + "edge.attempts > 1",
        "true ? ".to_string() + "(true ? true : false) : edge.hot ? true : edge.hot",
        "edge.hot ? true : ".repeat(23) + "true",
        "edge.hot || ".repeat(40) + "true",
        "edge".to_owned() + &".from.edges[0]".repeat(24) + ".hot",
        "[".repeat(23) + "1" + &"]".repeat(23) + " == []",
        nested,
        r"edge.from.name.matches(r'^\d+(\(|\[)$') || edge.from.name == 'it\'s'".to_owned(),
    ] {
        if let Err(error) = check(Kind::Edge, &text) {
            panic!("{text}: {error}");
        }
    }
}
