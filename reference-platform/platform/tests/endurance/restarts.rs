//! Rolling restarts: two replicas of each service, one stopped in order and started again after the other, under load.

use std::sync::Arc;
use std::time::Duration;

use platform::load::{self, Plan};
use platform::progress::Progress;
use platform::services::{Replicas, SERVICES, Service};
use platform::workload::{Operation, World};
use tokio::sync::oneshot;

use crate::running::Running;

/// Debug builds on two cores, beside twenty services.
const RATE: u32 = 20;
/// Between restarts: calls reach both replicas again.
const PAUSE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes five minutes"]
async fn a_rolling_restart_fails_no_request() {
    let two: Replicas = SERVICES.iter().map(|service| (service.name, 2)).collect();
    let running = Running::up(&two, "2s").await;
    let progress = Progress::visible();
    let world = Arc::new(World::prepare(&running.services, &crate::small(), &progress).await.unwrap());
    let mut failures = Vec::new();
    for service in running.selected() {
        let operations: Vec<Operation> = Operation::ALL.into_iter().filter(|one| concerns(*one, service)).collect();
        let plan = Plan { rate: RATE, duration: Duration::from_secs(600), in_flight: 256, operations };
        let (stop, stopped) = oneshot::channel::<()>();
        let loading = {
            let (world, plan) = (world.clone(), plan.clone());
            tokio::spawn(async move {
                let stopped = async move {
                    let _ = stopped.await;
                };
                load::run(world, &plan, &Progress::silent(), stopped).await
            })
        };
        tokio::time::sleep(PAUSE).await;
        for number in 1..=2 {
            let replica = service.replica(number);
            running.services.stop(&replica).await.unwrap();
            running.services.start(&replica).await.unwrap();
            tokio::time::sleep(PAUSE).await;
        }
        stop.send(()).unwrap();
        let report = loading.await.unwrap().unwrap();
        progress.say(&format!(
            "{:<20} restarted: {} calls, {} failed, {} not begun, reads p95 {} ms",
            service.name, report.calls, report.failed, report.shed, report.reads_p95
        ));
        for row in report.operations.iter().filter(|row| !row.errors.is_empty()) {
            failures.push(format!("{} while {} restarted: {:?}", row.operation, service.name, row.errors));
        }
        assert_eq!(report.shed, 0, "calls took too long while {} restarted", service.name);
    }
    assert_eq!(failures, Vec::<String>::new());
    running.down().await;
}

/// Its own operations, and those of the services that call it.
fn concerns(operation: Operation, service: &Service) -> bool {
    let own = operation.service() == service.name;
    let called = Service::named(operation.service()).is_some_and(|caller| caller.calls.contains(&service.name));
    // Passwords cost a core by design, and each of the two replicas computes one at a time.
    (own || called) && operation != Operation::LogIn || operation == Operation::GetJwks
}
