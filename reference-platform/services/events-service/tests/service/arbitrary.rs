//! Whatever comes in, the answer is a proper one.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use social_proto::events::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, code, now};

/// Values from which the requests are made.
#[derive(Clone, Debug)]
struct Input {
    texts: [String; 4],
    numbers: [i32; 2],
    times: [(i64, i32); 3],
    flag: bool,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u128>().prop_map(|id| Uuid::from_u128(id).to_string()),
        Just("stream_watched".to_owned()),
        Just("seconds".to_owned()),
        Just("eyJxIjowLCJjIjpbMCwiIl19".to_owned()),
        "[a-z0-9_]{1,60}",
        ".{0,60}",
        any::<String>(),
    ]
}

fn time() -> impl Strategy<Value = (i64, i32)> {
    let seconds = prop_oneof![1..100_000_i64, (0..100_000_i64).prop_map(|ago| now() - ago), any::<i64>()];
    (seconds, prop_oneof![Just(0), any::<i32>()])
}

fn input() -> impl Strategy<Value = Input> {
    let number = || prop_oneof![0..7, any::<i32>()];
    ([(); 4].map(|()| text()), [number(), number()], [time(), time(), time()], any::<bool>())
        .prop_map(|(texts, numbers, times, flag)| Input { texts, numbers, times, flag })
}

async fn codes(world: &World, input: Input) -> Vec<Code> {
    let Input { texts: [one, two, three, four], numbers: [number, other], times, flag } = input;
    let times = times.map(|(seconds, nanos)| prost_types::Timestamp { seconds, nanos });
    let step = prost_types::Duration { seconds: times[2].seconds, nanos: times[2].nanos };
    let window = Some(TimeWindow { begin_time: Some(times[0]), end_time: Some(times[1]), step: Some(step) });
    let event = ClientEvent {
        event_id: one.clone(),
        name: two.clone(),
        schema_version: number,
        occur_time: Some(times[0]),
        properties: [(three.clone(), four.clone()), ("stream_id".to_owned(), one.clone())].into(),
    };
    let right = ClientEvent {
        event_id: Uuid::now_v7().to_string(),
        name: "stream_watched".to_owned(),
        schema_version: 1,
        occur_time: Some(prost_types::Timestamp { seconds: now(), nanos: 0 }),
        properties: [("stream_id".to_owned(), four.clone()), ("seconds".to_owned(), "1".to_owned())].into(),
    };
    let property = EventProperty { name: three, r#type: other, required: flag };
    let schema = EventSchema { name: two.clone(), version: number, properties: vec![property] };
    let mut events = world.events.clone();
    vec![
        code(world.ingest(flag.then(Uuid::now_v7), &[vec![event, right]]).await),
        code(world.put_schema(schema).await),
        code(events.get_event_schema(world.as_operator(GetEventSchemaRequest { name: two, version: number })).await),
        code(
            events
                .list_event_schemas(
                    world.as_operator(ListEventSchemasRequest { page_size: number, page_token: four.clone() }),
                )
                .await,
        ),
        code(
            events
                .query_red_metrics(world.as_operator(QueryRedMetricsRequest {
                    window,
                    service: one,
                    page_size: number,
                    page_token: if flag { four } else { String::new() },
                }))
                .await,
        ),
        code(events.query_product_metric(world.as_operator(QueryProductMetricRequest { metric: other, window })).await),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_a_proper_one() {
    let world = World::start().await;
    let runtime = tokio::runtime::Handle::current();
    let world = tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
        runner
            .run(&input(), |input| {
                for code in runtime.block_on(codes(&world, input)) {
                    prop_assert!(
                        matches!(code, Code::Ok | Code::InvalidArgument | Code::NotFound | Code::FailedPrecondition),
                        "{code:?}"
                    );
                }
                Ok(())
            })
            .unwrap();
        world
    })
    .await
    .unwrap();
    world.stop().await;
}
