//! Whatever comes in, the answer is a proper one.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use social_proto::notification::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, code, with_token};

/// Values from which the requests are made.
#[derive(Clone, Debug)]
struct Input {
    texts: [String; 3],
    numbers: [i32; 3],
    many: Vec<i32>,
    flag: bool,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u128>().prop_map(|id| Uuid::from_u128(id).to_string()),
        Just("de-AT".to_owned()),
        Just("eyJxIjowLCJjIjpbMCwiIl19".to_owned()),
        "[{}|a-z ]{0,20}",
        any::<String>(),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let number = || prop_oneof![0..8, any::<i32>()];
    let many = prop::collection::vec(0..4, 0..4);
    ([text(), text(), text()], [number(), number(), number()], many, any::<bool>())
        .prop_map(|(texts, numbers, many, flag)| Input { texts, numbers, many, flag })
}

async fn codes(world: &World, caller: &str, operator: &str, input: Input) -> Vec<Code> {
    let Input { texts: [one, two, three], numbers: [first, second, third], many, flag } = input;
    let client = || world.client.clone();
    let preference = Preference { kind: first, channels: many };
    let quiet_hours = flag.then_some(QuietHours { begin_minute: second, end_minute: third });
    let preferences = Some(Preferences { preferences: vec![preference], quiet_hours });
    let template = Some(Template { kind: first, locale: one.clone(), title: two.clone(), body: three.clone() });
    let list = ListNotificationsRequest { unread_only: flag, page_size: first, page_token: one.clone() };
    let put_device = PutDeviceRequest { device_id: one.clone(), provider: first, token: two.clone() };
    let devices = ListDevicesRequest { page_size: first, page_token: one.clone() };
    let templates = ListTemplatesRequest { kind: second, page_size: first, page_token: one.clone() };
    let delete = DeleteTemplateRequest { kind: first, locale: one.clone() };
    let letters = ListDeadLettersRequest { page_size: first, page_token: one.clone() };
    vec![
        code(client().list_notifications(with_token(caller, list)).await),
        code(client().set_read(with_token(caller, SetReadRequest { notification_id: one.clone() })).await),
        code(client().put_preferences(with_token(caller, PutPreferencesRequest { preferences })).await),
        code(client().put_device(with_token(caller, put_device)).await),
        code(client().list_devices(with_token(caller, devices)).await),
        code(client().delete_device(with_token(caller, DeleteDeviceRequest { device_id: one.clone() })).await),
        code(client().put_template(with_token(operator, PutTemplateRequest { template })).await),
        code(client().list_templates(with_token(operator, templates)).await),
        code(client().delete_template(with_token(operator, delete)).await),
        code(client().list_dead_letters(with_token(operator, letters)).await),
        code(
            client()
                .redeliver_dead_letter(with_token(operator, RedeliverDeadLetterRequest { dead_letter_id: one }))
                .await,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_a_proper_one() {
    let world = World::start().await;
    let (caller, operator) = (world.tokens.user(Uuid::now_v7()), world.tokens.operator());
    let runtime = tokio::runtime::Handle::current();
    let world = tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
        let proper = [Code::Ok, Code::InvalidArgument, Code::NotFound, Code::FailedPrecondition];
        runner
            .run(&input(), |input| {
                for (rpc, code) in runtime.block_on(codes(&world, &caller, &operator, input)).into_iter().enumerate() {
                    prop_assert!(proper.contains(&code), "RPC {rpc}: {code:?}");
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
