use proptest::prelude::*;

use super::*;
use crate::analysis::tests::{Row, at, retry};
use crate::config::Config;
use crate::facts::Value;
use crate::facts::rust::{Branch, Failure, Step, What};

/// What becomes of the entry points when services are down or slow.
fn ask(row: &Row, down: &[usize], slow: &[(usize, i64)]) -> Outcomes {
    let config = Config::default();
    let model = Model::new(&row.facts, &row.graph, &config, None);
    let scenario = Scenario {
        down: down.iter().map(|id| End::Service(*id)).collect(),
        latency_ms: slow.iter().map(|(id, ms)| (End::Service(*id), *ms)).collect(),
    };
    outcomes(&model, &scenario)
}

/// All calls only ask: what they would tell is lost with them.
fn asking(row: &mut Row) {
    for effect in &mut row.facts.rust.effects {
        if let What::Grpc { method, .. } = &mut effect.what {
            "Get".clone_into(method);
        }
    }
    for entry in &mut row.graph.entries {
        entry.name = format!("{}/Get", row.graph.services[entry.service].name);
    }
}

fn branch(leaves: bool, steps: Vec<Step>) -> Branch {
    Branch { guard: None, leaves, steps }
}

fn verdicts(outcomes: &Outcomes) -> Vec<Verdict> {
    outcomes.of_entry.iter().map(Outcome::verdict).collect()
}

#[test]
fn a_failure_goes_up_until_it_is_handled() {
    let mut row = Row::default();
    let (a, b, c, d) = (row.service("a"), row.service("b"), row.service("c"), row.service("d"));
    let first = row.call(a, b, None, Failure::Propagated);
    let second = row.call(b, c, None, Failure::Defaulted);
    let third = row.call(c, d, None, Failure::Propagated);
    row.does(a, vec![first]);
    row.does(b, vec![second]);
    row.does(c, vec![third]);
    asking(&mut row);
    let met = ask(&row, &[d], &[]);
    // What b answers lacks what c would have told, and so does what a makes of it.
    assert_eq!(verdicts(&met), [Verdict::Degrades, Verdict::Degrades, Verdict::Fails, Verdict::Fails]);
    assert_eq!(met.of_entry[b].holds[0].kind, HoldKind::Value);
    let way: Vec<EntryId> = way(&met, a).iter().map(|pace| pace.entry).collect();
    assert_eq!(way, [a, b, c]);
}

#[test]
fn a_change_that_is_lost_takes_nothing_from_the_answer() {
    let mut row = Row::default();
    let (a, b) = (row.service("a"), row.service("b"));
    let call = row.call(a, b, None, Failure::Logged);
    row.does(a, vec![call]);
    let met = ask(&row, &[b], &[]);
    assert_eq!(verdicts(&met), [Verdict::Works, Verdict::Fails]);
    assert_eq!(met.of_entry[a].holds[0].kind, HoldKind::Without);
}

#[test]
fn what_stands_behind_a_way_out_fails_on_the_other_ways_only() {
    let mut row = Row::default();
    let (a, b, c) = (row.service("a"), row.service("b"), row.service("c"));
    let (behind, inside) = (row.call(a, c, None, Failure::Propagated), row.call(b, c, None, Failure::Propagated));
    row.does(a, vec![Step::Choice { branches: vec![branch(true, vec![])] }, behind]);
    row.does(b, vec![Step::Choice { branches: vec![branch(false, vec![]), branch(false, vec![inside])] }]);
    let met = ask(&row, &[c], &[]);
    assert_eq!(verdicts(&met), [Verdict::Degrades, Verdict::Degrades, Verdict::Fails]);
    assert!(met.of_entry[a].parts() && met.of_entry[b].parts());
}

#[test]
fn the_other_way_is_taken_when_the_first_has_failed() {
    let mut row = Row::default();
    let (a, b, c) = (row.service("a"), row.service("b"), row.service("c"));
    let (first, other) = (row.call(a, b, None, Failure::FallsBack), row.call(a, c, None, Failure::Propagated));
    row.does(a, vec![first, Step::Choice { branches: vec![branch(false, vec![]), branch(false, vec![other])] }]);
    assert_eq!(ask(&row, &[b], &[]).of_entry[a].holds[0].kind, HoldKind::Fallback);
    assert_eq!(ask(&row, &[b], &[]).of_entry[a].verdict(), Verdict::Works);
    assert_eq!(ask(&row, &[b, c], &[]).of_entry[a].verdict(), Verdict::Fails);
}

#[test]
fn a_limit_makes_a_failure_of_what_takes_longer_and_retries_make_it_longer_still() {
    let mut row = Row::default();
    let (a, b, c) = (row.service("a"), row.service("b"), row.service("c"));
    let (hard, soft) = (row.call(a, c, Some(500), Failure::Propagated), row.call(b, c, Some(500), Failure::Ignored));
    row.does(a, vec![retry(Value::Integer(3), vec![hard])]);
    row.does(b, vec![soft]);
    let met = ask(&row, &[], &[(c, 300)]);
    assert_eq!(verdicts(&met), [Verdict::Slows, Verdict::Slows, Verdict::Slows]);
    assert_eq!((met.of_entry[a].most_ms, met.of_entry[b].most_ms), (300, 300));
    assert_eq!(met.of_entry[a].holds[0].kind, HoldKind::Limit);
    let met = ask(&row, &[], &[(c, 800)]);
    assert_eq!(verdicts(&met), [Verdict::Fails, Verdict::Slows, Verdict::Slows]);
    // 3 × 500 ms, and delays of 100 ms and 200 ms between them.
    assert_eq!((met.of_entry[a].most_ms, met.of_entry[b].most_ms), (1_800, 500));
}

#[test]
fn who_answers_and_is_not_known_may_be_one_that_fails() {
    let mut row = Row::default();
    let (a, b, c) = (row.service("a"), row.service("b"), row.service("c"));
    let (open, call) = (row.call(a, b, None, Failure::Propagated), row.call(b, c, None, Failure::Propagated));
    row.does(a, vec![open]);
    row.does(b, vec![call]);
    "b/Other".clone_into(&mut row.graph.entries[b].name);
    let met = ask(&row, &[c], &[]);
    assert_eq!(met.of_entry[a].verdict(), Verdict::Unknown);
    assert_eq!(met.of_entry[a].open.iter().collect::<Vec<_>>(), ["which entry point of b answers"]);
}

/// A step of a made-up service: calls go to services behind it.
#[derive(Clone, Debug)]
enum Plan {
    Call(usize, usize, Option<i64>),
    Choice(Vec<(bool, Vec<Plan>)>),
    Together(bool, Vec<Vec<Plan>>),
    Around(usize, Vec<Plan>),
}

const FAILURES: [Failure; 5] =
    [Failure::Propagated, Failure::Defaulted, Failure::Logged, Failure::Ignored, Failure::FallsBack];

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let call = (0..8usize, 0..FAILURES.len(), prop_oneof![Just(None), (1..900i64).prop_map(Some)]);
    let call = call.prop_map(|(to, failure, limit)| Plan::Call(to, failure, limit));
    let step = call.prop_recursive(3, 12, 3, |inner| {
        let steps = prop::collection::vec(inner, 0..3);
        prop_oneof![
            prop::collection::vec((any::<bool>(), steps.clone()), 1..3).prop_map(Plan::Choice),
            (any::<bool>(), prop::collection::vec(steps.clone(), 1..3)).prop_map(|(all, of)| Plan::Together(all, of)),
            (0..4usize, steps).prop_map(|(kind, steps)| Plan::Around(kind, steps)),
        ]
    });
    prop::collection::vec(step, 0..4)
}

/// The services of a plan, made in an order; by the number in the plan, the one in the row.
fn build(plan: &[Vec<Plan>], order: &[usize]) -> (Row, Vec<usize>) {
    let mut row = Row::default();
    let mut ids = vec![0; plan.len()];
    for number in order {
        ids[*number] = row.service(&format!("s{number}"));
    }
    for (number, steps) in plan.iter().enumerate() {
        let steps = made(&mut row, &ids, number, steps);
        row.does(ids[number], steps);
    }
    asking(&mut row);
    (row, ids)
}

fn made(row: &mut Row, ids: &[usize], from: usize, plan: &[Plan]) -> Vec<Step> {
    let mut steps = Vec::new();
    for step in plan {
        steps.push(match step {
            Plan::Call(to, failure, limit) => {
                let behind = ids.len() - from - 1;
                if behind == 0 {
                    continue;
                }
                row.call(ids[from], ids[from + 1 + to % behind], *limit, FAILURES[*failure])
            }
            Plan::Choice(branches) => Step::Choice {
                branches: branches.iter().map(|(leaves, of)| branch(*leaves, made(row, ids, from, of))).collect(),
            },
            Plan::Together(all, branches) => Step::Together {
                branches: branches.iter().map(|of| made(row, ids, from, of)).collect(),
                kind: if *all { "join" } else { "select" }.to_owned(),
                at: at(4),
            },
            Plan::Around(kind, of) => {
                let steps = made(row, ids, from, of);
                match kind {
                    0 => Step::Timeout { limit: Value::Millis(400), steps, at: at(6) },
                    1 => retry(Value::Integer(2), steps),
                    2 => Step::Spawn { kind: "task".into(), handle: "dropped".into(), steps, at: at(7) },
                    _ => Step::Transaction { clients: vec![], steps, at: at(8) },
                }
            }
        });
    }
    steps
}

fn levels(outcomes: &Outcomes, ids: &[usize]) -> Vec<(Level, Level)> {
    ids.iter().map(|id| (outcomes.of_entry[*id].best, outcomes.of_entry[*id].worst)).collect()
}

fn no_better(worse: &[(Level, Level)], than: &[(Level, Level)]) -> bool {
    worse.iter().zip(than).all(|(worse, than)| worse.0 >= than.0 && worse.1 >= than.1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn more_that_is_down_makes_nothing_better(
        plan in prop::collection::vec(plans(), 2..6), down in any::<u8>(), more in 0..8usize,
    ) {
        let order: Vec<usize> = (0..plan.len()).collect();
        let (row, ids) = build(&plan, &order);
        let before: Vec<usize> = ids.iter().copied().filter(|id| down >> id & 1 == 1).collect();
        let after: Vec<usize> = before.iter().copied().chain([ids[more % ids.len()]]).collect();
        let (before, after) = (levels(&ask(&row, &before, &[]), &ids), levels(&ask(&row, &after, &[]), &ids));
        prop_assert!(no_better(&after, &before), "{after:?} is better than {before:?}");
    }

    #[test]
    fn more_latency_makes_nothing_better(
        plan in prop::collection::vec(plans(), 2..6), slow in 0..8usize, ms in 1..600i64, more in 1..600i64,
    ) {
        let order: Vec<usize> = (0..plan.len()).collect();
        let (row, ids) = build(&plan, &order);
        let slow = ids[slow % ids.len()];
        let met = |ms: i64| levels(&ask(&row, &[], &[(slow, ms)]), &ids);
        let (none, before, after) = (met(0), met(ms), met(ms + more));
        prop_assert!(none.iter().all(|of| *of == (Level::Works, Level::Works)));
        prop_assert!(no_better(&after, &before), "{after:?} is better than {before:?}");
    }

    #[test]
    fn the_order_in_which_services_are_found_changes_nothing(
        (plan, order) in prop::collection::vec(plans(), 2..6).prop_flat_map(|plan| {
            let order = Just((0..plan.len()).collect::<Vec<usize>>()).prop_shuffle();
            (Just(plan), order)
        }),
        down in 0..8usize, slow in 0..8usize,
    ) {
        let straight: Vec<usize> = (0..plan.len()).collect();
        let met = |order: &[usize]| {
            let (row, ids) = build(&plan, order);
            let outcomes = ask(&row, &[ids[down % ids.len()]], &[(ids[slow % ids.len()], 300)]);
            let ms: Vec<(i64, i64)> =
                ids.iter().map(|id| (outcomes.of_entry[*id].least_ms, outcomes.of_entry[*id].most_ms)).collect();
            (levels(&outcomes, &ids), ms)
        };
        prop_assert_eq!(met(&straight), met(&order));
    }
}
