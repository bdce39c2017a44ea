//! Laws of three-valued logic, over random conditions and random knowledge.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Condition, Known, Scope, Terms, Truth};
use crate::graph::schema::{EntityRef, Kind, Reading};
use crate::rules::mock::{Mock, missing};

/// A random condition over the fields of `effect`.
fn condition() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("effect.i".to_owned()),
        Just("effect.j".to_owned()),
        (-2i64..3).prop_map(|number| number.to_string()),
    ]
    .prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof![Just("+"), Just("-"), Just("*"), Just("/"), Just("%")], inner.clone())
                .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("(effect.r ? {a} : {b})")),
        ]
    });
    let comparison = (number.clone(), prop_oneof![Just("<"), Just(">="), Just("=="), Just("!=")], number.clone())
        .prop_map(|(a, sign, b)| format!("({a} {sign} {b})"));
    let leaf = prop_oneof![
        Just("effect.p".to_owned()),
        Just("effect.q".to_owned()),
        Just("(effect.n == null || effect.n > 1)".to_owned()),
        Just("(effect.n != null && effect.n + 1 < 2)".to_owned()),
        comparison,
        number.clone().prop_map(|number| format!("({number} in effect.l)")),
        number.clone().prop_map(|number| format!("effect.l.exists(x, x > {number})")),
        number.clone().prop_map(|number| format!("effect.l.all(x, x != {number})")),
        number.clone().prop_map(|number| format!("effect.l.exists_one(x, x == {number})")),
        number.clone().prop_map(|number| format!("(size(effect.l.filter(x, x < {number})) == 1)")),
        number.prop_map(|number| format!("(sum(effect.l) > {number})")),
        Just("(max(effect.l) > 1)".to_owned()),
        Just("(effect.l == [1, 2])".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
    .prop_filter("as shallow as a condition must be, also inside of others", |text| is_shallow(text))
}

/// Whether a condition keeps the bound on nesting where a test puts it inside of two others.
fn is_shallow(text: &str) -> bool {
    let (mock, _) = world(&([false; 3], [0; 2], None, Vec::new(), [true; 7]), None);
    let params = BTreeMap::new();
    let terms = Terms { schema: &mock, select: Kind::Effect, params: &params };
    let inside = format!("!(!({text})) && !({text} && {text})");
    match Condition::check(&inside, terms, &Known::default()) {
        Ok(_) => true,
        Err(faults) => !faults.iter().any(|fault| fault.message.contains("nests")),
    }
}

/// Values of all fields, and which of them are known; elements of the list one by one.
type Knowledge = ([bool; 3], [i64; 2], Option<i64>, Vec<(i64, bool)>, [bool; 7]);

fn knowledge() -> impl Strategy<Value = Knowledge> {
    (
        any::<[bool; 3]>(),
        [-3i64..4, -3i64..4],
        proptest::option::of(-3i64..4),
        proptest::collection::vec((-3i64..4, any::<bool>()), 0..4),
        any::<[bool; 7]>(),
    )
}

/// The model of that knowledge, or of complete knowledge of the same world.
fn world(knowledge: &Knowledge, complete: Option<()>) -> (Mock, EntityRef) {
    let (bools, ints, nullable, list, known) = knowledge;
    let mut mock = Mock::default();
    let it = mock.add(Kind::Effect, "it", 1);
    let readings = [
        ("p", Reading::Bool(bools[0])),
        ("q", Reading::Bool(bools[1])),
        ("r", Reading::Bool(bools[2])),
        ("i", Reading::Int(ints[0])),
        ("j", Reading::Int(ints[1])),
        ("n", nullable.map_or(Reading::Null, Reading::Int)),
    ];
    for ((field, reading), known) in readings.into_iter().zip(known) {
        mock.set(it, field, if *known || complete.is_some() { reading } else { missing(field) });
    }
    let elements = list.iter().enumerate().map(|(index, (value, known))| {
        if *known || complete.is_some() { Reading::Int(*value) } else { missing(&format!("l.{index}")) }
    });
    let elements = Reading::List(elements.collect());
    mock.set(it, "l", if known[6] || complete.is_some() { elements } else { missing("l") });
    (mock, it)
}

fn decide((mock, it): &(Mock, EntityRef), text: &str) -> Truth {
    let params = BTreeMap::new();
    let terms = Terms { schema: mock, select: Kind::Effect, params: &params };
    let (condition, _) =
        Condition::check(text, terms, &Known::default()).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    condition.decide(Scope { model: mock, entity: *it, params: &params })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn connectives_commute_and_obey_de_morgan(a in condition(), b in condition(), knowledge in knowledge()) {
        let world = world(&knowledge, None);
        let decide = |text: String| decide(&world, &text);
        prop_assert_eq!(decide(format!("{a} && {b}")), decide(format!("{b} && {a}")));
        prop_assert_eq!(decide(format!("{a} || {b}")), decide(format!("{b} || {a}")));
        prop_assert_eq!(decide(format!("!({a} && {b})")), decide(format!("!({a}) || !({b})")));
        prop_assert_eq!(decide(format!("!({a} || {b})")), decide(format!("!({a}) && !({b})")));
        prop_assert_eq!(decide(format!("!(!({a}))")), decide(a.clone()));
        prop_assert_eq!(decide(format!("{a} && {a}")), decide(a));
    }

    #[test]
    fn learning_more_never_turns_a_decided_result(a in condition(), knowledge in knowledge()) {
        let before = decide(&world(&knowledge, None), &a);
        let after = decide(&world(&knowledge, Some(())), &a);
        if !matches!(before, Truth::Unknown(_)) {
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn an_unknown_result_names_what_it_lacks(a in condition(), knowledge in knowledge()) {
        if let Truth::Unknown(missing) = decide(&world(&knowledge, None), &a) {
            prop_assert!(!missing.is_empty());
            prop_assert!(missing.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in r#"[a-z0-9 .,:?!()\[\]{}'"<>=&|+*/%\\`@#\n-]{0,60}"#) {
        let mock = Mock::default();
        let params = BTreeMap::new();
        let _ = Condition::check(&text, Terms { schema: &mock, select: Kind::Effect, params: &params }, &Known::default());
    }

    #[test]
    fn any_sequence_of_words_is_parsed_or_refused(words in proptest::collection::vec(prop_oneof![
        Just("effect"), Just(".p"), Just(".l"), Just(".exists(x,"), Just("("), Just(")"), Just("&&"), Just("?"),
        Just(":"), Just("1"), Just("-"), Just("!"), Just("has("), Just("["), Just("]"), Just("."), Just("'a"), Just("'"),
        Just("in"), Just("null"), Just("=="), Just(","), Just("r'"), Just("b'"), Just("0x"), Just("1e"), Just("package"),
        Just(".map(x, x)"), Just("ü"), Just("🦀"),
    ], 0..14)) {
        let mock = Mock::default();
        let params = BTreeMap::new();
        let terms = Terms { schema: &mock, select: Kind::Effect, params: &params };
        let _ = Condition::check(&words.concat(), terms, &Known::default());
        let _ = Condition::check(&words.join(" "), terms, &Known::default());
    }
}
