//! Each store and each service stopped under load, one at a time, and brought back: what works, degrades and fails meanwhile, and
//! how soon all is well again. What was seen goes to `docs/failures.json`, where whoever predicts failures compares.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use platform::progress::Progress;
use platform::services::{Replicas, SERVICES};
use platform::stores::Store;
use platform::workload::{Answer, Operation, World};
use serde::Serialize;
use tokio::time::sleep;
use tonic::Code;

use crate::running::Running;

/// Calls of an operation begin no sooner than so long after each other.
const PACE: Duration = Duration::from_millis(500);
/// For those that cost much.
const SLOW_PACE: Duration = Duration::from_secs(3);
/// After a part has stopped, until those that notice it late have noticed.
const SETTLE: Duration = Duration::from_secs(3);
/// What is seen in this time counts.
const DOWN: Duration = Duration::from_secs(10);
/// All is well again within so long after the part has come back.
const RECOVERY: Duration = Duration::from_secs(30);
/// So many good answers in a row mean that an operation is well.
const WELL: usize = 3;

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// Answers as always.
    Works,
    /// Answers lack something or say that they may be old, or only some calls are answered.
    Degrades,
    /// Refused.
    Fails,
}

/// What happened to one operation while one part was down.
#[derive(Debug, Serialize)]
struct Row {
    outcome: Outcome,
    codes: BTreeSet<String>,
    calls: usize,
    /// The slowest, in milliseconds.
    slowest: u128,
    /// From when the part was back, in seconds.
    recovery: f64,
}

/// How the document is made.
const HOW: &str = "One complete run in which nothing surprised: cargo build --workspace --bins && cargo test -p platform --test \
                   endurance failures -- --ignored --test-threads=1";

#[derive(Serialize)]
struct Document {
    how: &'static str,
    parts: BTreeMap<String, BTreeMap<&'static str, Row>>,
}

/// One call.
struct Call {
    begin: Instant,
    took: Duration,
    result: Result<Answer, Code>,
}

type Calls = Arc<Mutex<BTreeMap<Operation, Vec<Call>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten minutes"]
async fn what_fails_with_what_and_recovers() {
    let running = Running::up(&Replicas::new(), "0s").await;
    let progress = Progress::visible();
    let world = Arc::new(World::prepare(&running.services, &crate::small(), &progress).await.unwrap());
    let operations: Vec<Operation> = Operation::ALL.into_iter().filter(|one| running.has(one.service())).collect();

    let wanted = std::env::var("PLATFORM_PARTS").ok();
    let parts: Vec<String> = Store::ALL
        .map(|store| store.name().to_owned())
        .into_iter()
        .chain(running.selected().map(|service| service.name.to_owned()))
        .filter(|part| wanted.as_ref().is_none_or(|wanted| wanted.split(',').any(|one| one == part)))
        .collect();
    let mut document = Document { how: HOW, parts: BTreeMap::new() };
    let mut surprises = Vec::new();
    for part in &parts {
        let calls = Calls::default();
        let callers: Vec<_> =
            operations.iter().map(|one| tokio::spawn(go_on(*one, world.clone(), calls.clone()))).collect();
        let begin = Instant::now();
        while !recovered(&calls, &operations, begin) {
            assert!(begin.elapsed() < RECOVERY, "{:?} are not well before {part} stops", troubled(&calls));
            sleep(Duration::from_millis(200)).await;
        }

        running.stop(part).await;
        let stopped = Instant::now();
        sleep(SETTLE).await;
        let from = Instant::now();
        sleep(DOWN).await;
        // One that waits for what is away can take longer.
        while !all_ended(&calls, &operations, stopped) && from.elapsed() < DOWN * 3 {
            sleep(Duration::from_millis(200)).await;
        }
        let until = Instant::now();
        running.start(part).await;
        let back = Instant::now();
        while !recovered(&calls, &operations, back) && back.elapsed() < RECOVERY {
            sleep(Duration::from_millis(200)).await;
        }
        callers.iter().for_each(|caller| caller.abort());

        let calls = calls.lock().unwrap();
        let rows: BTreeMap<&str, Row> =
            operations.iter().map(|one| (one.name(), row(&calls[one], stopped, from..until, back))).collect();
        let slowest = rows.values().map(|row| row.recovery).fold(0.0, f64::max);
        progress.say(&format!("{part:<20} was away; all was well again {slowest:.1} s after it was back"));
        for operation in &operations {
            let row = &rows[operation.name()];
            if row.outcome != Outcome::Works {
                progress.say(&format!("    {:<32} {:?} {:?}", operation.name(), row.outcome, row.codes));
            }
            if !may(part, *operation).contains(&row.outcome) {
                surprises.push(format!("{} {:?} without {part}: {:?}", operation.name(), row.outcome, row.codes));
            }
            if row.recovery >= RECOVERY.as_secs_f64() {
                surprises.push(format!("{} does not recover from {part}", operation.name()));
            }
        }
        document.parts.insert(part.clone(), rows);
    }
    assert_eq!(surprises, Vec::<String>::new());
    if running.selected().count() == SERVICES.len() && parts.len() == Store::ALL.len() + SERVICES.len() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/failures.json");
        std::fs::write(path, serde_json::to_string_pretty(&document).unwrap() + "\n").unwrap();
    }
    running.down().await;
}

/// Calls until it is aborted.
async fn go_on(operation: Operation, world: Arc<World>, calls: Calls) {
    let pace = match operation {
        Operation::LogIn | Operation::Upload => SLOW_PACE,
        _ => PACE,
    };
    loop {
        let begin = Instant::now();
        let result = operation.run(&world).await.map_err(|status| status.code());
        let call = Call { begin, took: begin.elapsed(), result };
        calls.lock().unwrap().entry(operation).or_default().push(call);
        sleep(pace.saturating_sub(begin.elapsed())).await;
    }
}

/// Whose last call did not end well.
fn troubled(calls: &Calls) -> Vec<&'static str> {
    let calls = calls.lock().unwrap();
    let ill = calls.iter().filter(|(_, calls)| calls.last().is_none_or(|call| call.result != Ok(Answer::Whole)));
    ill.map(|(operation, _)| operation.name()).collect()
}

/// Each operation has answered well some times in a row, lately.
fn recovered(calls: &Calls, operations: &[Operation], back: Instant) -> bool {
    let calls = calls.lock().unwrap();
    operations.iter().all(|operation| {
        let since = calls.get(operation).map_or(&[][..], |calls| calls);
        let last: Vec<&Call> = since.iter().rev().take_while(|call| call.begin > back).take(WELL).collect();
        last.len() == WELL && last.iter().all(|call| call.result == Ok(Answer::Whole))
    })
}

/// Each operation has a call that began since then and has ended.
fn all_ended(calls: &Calls, operations: &[Operation], since: Instant) -> bool {
    let calls = calls.lock().unwrap();
    operations.iter().all(|one| calls[one].last().is_some_and(|call| call.begin >= since))
}

/// Of the calls that began after the part had stopped and ended in the time that counts.
fn row(calls: &[Call], stopped: Instant, counts: Range<Instant>, back: Instant) -> Row {
    let ended = |call: &&Call| call.begin >= stopped && counts.contains(&(call.begin + call.took));
    let meanwhile: Vec<&Call> = calls.iter().filter(ended).collect();
    assert!(!meanwhile.is_empty(), "an operation was not called");
    let ok = meanwhile.iter().filter(|call| call.result.is_ok()).count();
    let whole = meanwhile.iter().filter(|call| call.result == Ok(Answer::Whole)).count();
    let outcome = if whole == meanwhile.len() {
        Outcome::Works
    } else if ok * 10 <= meanwhile.len() {
        Outcome::Fails
    } else {
        Outcome::Degrades
    };
    let bad = |call: &&Call| call.begin > back && call.result != Ok(Answer::Whole);
    let ill = calls.iter().filter(bad).map(|call| (call.begin + call.took).duration_since(back)).max();
    let recovery = (ill.unwrap_or_default().as_secs_f64() * 10.0).round() / 10.0;
    Row {
        outcome,
        codes: meanwhile.iter().filter_map(|call| call.result.err()).map(|code| format!("{code:?}")).collect(),
        calls: meanwhile.len(),
        slowest: meanwhile.iter().map(|call| call.took.as_millis()).max().unwrap_or_default(),
        recovery,
    }
}

/// What an operation may do without a part, as the page of conventions and the services' pages say.
fn may(part: &str, operation: Operation) -> &'static [Outcome] {
    use Operation::*;
    use Outcome::{Degrades, Fails, Works};
    let own = operation.service();
    match (part, operation) {
        // Each service's own API goes with it.
        _ if part == own => &[Fails],
        ("neo4j", ListSuggestions) => &[Fails],
        ("clickhouse", QueryMetric) => &[Fails],
        ("kafka", IngestEvents) => &[Fails],
        // What was read lately is remembered.
        ("postgres", GetJwks | GetPost | BatchGetPosts) => &[Works],
        ("postgres", ListFeed) => &[Degrades],
        ("postgres", SearchTags | IngestEvents | QueryMetric) => &[Works],
        ("postgres", _) => &[Fails],
        ("redis", LogIn | ListFeed) => &[Fails],
        ("user", CreateConversation | SearchPosts) => &[Fails],
        // Owners need no leave for the chat of their own stream.
        ("user", SendChat | ListPosts | ListFeed) => &[Degrades],
        ("content", ListFeed) => &[Degrades],
        ("media", CreatePostWithImage) => &[Fails],
        _ => &[Works],
    }
}
