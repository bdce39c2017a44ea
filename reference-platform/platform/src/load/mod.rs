//! A load generator, open-loop: calls begin when the plan says, not when earlier ones have ended, and their latency counts from
//! then. So a service that stands still is seen as what it is. Bounded: beyond a number of calls in flight none is begun, and told.

mod report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep_until};
use tonic::Code;

pub use report::{Report, Row};

use crate::progress::Progress;
use crate::workload::{Answer, Operation, World};

/// Latencies up to a minute, to three digits.
const LONGEST_MICROS: u64 = 60_000_000;
const TELL: Duration = Duration::from_secs(5);

/// What is to be done to the platform.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Calls per second, evenly.
    pub rate: u32,
    /// For how long they begin.
    pub duration: Duration,
    /// Calls in flight at most.
    pub in_flight: usize,
    /// Which, by their weights.
    pub operations: Vec<Operation>,
}

/// How one call ended.
struct Ended {
    operation: Operation,
    micros: u64,
    result: Result<Answer, Code>,
}

/// Carries the plan out, unless `stop` comes before its end, and waits for what it began.
pub async fn run(
    world: Arc<World>,
    plan: &Plan,
    progress: &Progress,
    stop: impl Future<Output = ()>,
) -> Result<Report> {
    ensure!(plan.rate > 0 && plan.in_flight > 0, "a load needs a rate and calls in flight");
    let mix = mix(&plan.operations);
    ensure!(!mix.is_empty(), "a load needs operations");
    let slots = Arc::new(Semaphore::new(plan.in_flight));
    let (tell, ended) = mpsc::channel(plan.in_flight);
    let collecting = tokio::spawn(collect(ended));

    let begin = Instant::now();
    let interval = Duration::from_secs(1) / plan.rate;
    let calls = u32::try_from(u128::from(plan.rate) * plan.duration.as_millis() / 1000)
        .context("more calls than can be counted")?;
    let (mut shed, mut told) = (0_u64, begin);
    tokio::pin!(stop);
    for number in 0..calls {
        let due = begin + interval * number;
        tokio::select! {
            biased;
            () = &mut stop => break,
            () = sleep_until(due) => {}
        }
        if told.elapsed() >= TELL {
            told = Instant::now();
            let flying = plan.in_flight - slots.available_permits();
            progress
                .say(&format!("{:<20} {number} of {calls} calls begun, {flying} in flight, {shed} not begun", "load"));
        }
        let Ok(slot) = slots.clone().try_acquire_owned() else {
            shed += 1;
            continue;
        };
        let operation = mix[number as usize % mix.len()];
        let (world, tell) = (world.clone(), tell.clone());
        tokio::spawn(async move {
            let result = operation.run(&world).await.map_err(|status| status.code());
            let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
            // The collector lives until all have told.
            let _ = tell.send(Ended { operation, micros, result }).await;
            drop(slot);
        });
    }
    drop(tell);
    let seconds = begin.elapsed().as_secs_f64();
    let rows = collecting.await.context("the collector of the load failed")??;
    Ok(Report::new(plan, seconds, shed, rows))
}

/// What is known of one operation.
pub(crate) struct Seen {
    latencies: Histogram<u64>,
    less: u64,
    errors: BTreeMap<String, u64>,
}

async fn collect(mut ended: mpsc::Receiver<Ended>) -> Result<BTreeMap<&'static str, Seen>> {
    let mut seen = BTreeMap::new();
    while let Some(Ended { operation, micros, result }) = ended.recv().await {
        let entry = match seen.entry(operation.name()) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(Seen {
                latencies: Histogram::new_with_bounds(1, LONGEST_MICROS, 3)?,
                less: 0,
                errors: BTreeMap::new(),
            }),
        };
        entry.latencies.saturating_record(micros.max(1));
        match result {
            Ok(Answer::Whole) => {}
            Ok(Answer::Less) => entry.less += 1,
            Err(code) => *entry.errors.entry(format!("{code:?}")).or_default() += 1,
        }
    }
    Ok(seen)
}

/// Operations as often as their weights say, spread so that the same mix comes at any time.
fn mix(operations: &[Operation]) -> Vec<Operation> {
    let total: u32 = operations.iter().map(|operation| operation.weight()).sum();
    let mut due: Vec<i64> = vec![0; operations.len()];
    // Each turn gives all their weight and takes the total from the one that has waited most.
    (0..total)
        .filter_map(|_| {
            for (waited, operation) in due.iter_mut().zip(operations) {
                *waited += i64::from(operation.weight());
            }
            let most = (0..due.len()).max_by_key(|at| due[*at])?;
            due[most] -= i64::from(total);
            Some(operations[most])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_has_each_operation_by_its_weight_at_any_time() {
        let mix = mix(&Operation::ALL);
        let count = |part: &[Operation], wanted| part.iter().filter(|operation| **operation == wanted).count();
        for operation in Operation::ALL {
            assert_eq!(count(&mix, operation), operation.weight() as usize, "{}", operation.name());
        }
        let quarter = count(&mix[..mix.len() / 4], Operation::ListFeed) as f64;
        let all = count(&mix, Operation::ListFeed) as f64;
        assert!((quarter / all - 0.25).abs() < 0.02, "{quarter} of {all}");
    }

    #[tokio::test]
    async fn what_ended_is_counted_by_operation_and_code() {
        let (tell, ended) = mpsc::channel(8);
        for (micros, result) in [(1_000, Ok(Answer::Whole)), (3_000, Ok(Answer::Less)), (9_000, Err(Code::Unavailable))]
        {
            tell.send(Ended { operation: Operation::GetPost, micros, result }).await.unwrap();
        }
        drop(tell);
        let seen = collect(ended).await.unwrap();
        let post = &seen["content/get-post"];
        assert_eq!((post.latencies.len(), post.less, post.errors["Unavailable"]), (3, 1, 1));
        let median = post.latencies.value_at_quantile(0.5);
        assert!((2_990..=3_010).contains(&median), "{median}");
    }
}
