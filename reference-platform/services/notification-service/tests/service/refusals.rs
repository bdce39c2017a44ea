//! What is not allowed or makes no sense is refused with the right code, and changes nothing.

use social_proto::notification::v1::*;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{World, code, with_token};

/// Who calls, by a token or without one.
struct Bearer(Option<String>);

impl Bearer {
    fn asks<T>(&self, message: T) -> Request<T> {
        match &self.0 {
            Some(token) => with_token(token, message),
            None => Request::new(message),
        }
    }
}

fn template() -> Option<Template> {
    Some(Template { kind: 1, locale: "xx".to_owned(), title: "t".to_owned(), body: "b".to_owned() })
}

/// Codes of the RPCs for users, and of those for operators, for requests that are in order.
async fn codes(world: &World, who: &Bearer) -> (Vec<Code>, Vec<Code>) {
    let client = || world.client.clone();
    let id = || Uuid::now_v7().to_string();
    let users = vec![
        code(client().list_notifications(who.asks(ListNotificationsRequest::default())).await),
        code(client().get_unread_count(who.asks(GetUnreadCountRequest {})).await),
        code(client().set_read(who.asks(SetReadRequest { notification_id: id() })).await),
        code(client().get_preferences(who.asks(GetPreferencesRequest {})).await),
        code(
            client()
                .put_preferences(who.asks(PutPreferencesRequest { preferences: Some(Preferences::default()) }))
                .await,
        ),
        code(client().put_device(who.asks(PutDeviceRequest { device_id: id(), provider: 1, token: id() })).await),
        code(client().list_devices(who.asks(ListDevicesRequest::default())).await),
        code(client().delete_device(who.asks(DeleteDeviceRequest { device_id: id() })).await),
    ];
    let operators = vec![
        code(client().put_template(who.asks(PutTemplateRequest { template: template() })).await),
        code(client().list_templates(who.asks(ListTemplatesRequest::default())).await),
        code(client().delete_template(who.asks(DeleteTemplateRequest { kind: 1, locale: "de".to_owned() })).await),
        code(client().list_dead_letters(who.asks(ListDeadLettersRequest::default())).await),
        code(client().redeliver_dead_letter(who.asks(RedeliverDeadLetterRequest { dead_letter_id: id() })).await),
    ];
    (users, operators)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rpc_is_for_those_who_may() {
    let world = World::start().await;
    let ada = Uuid::now_v7();
    let before = "SELECT (SELECT count(*) FROM templates) * 100 + (SELECT count(*) FROM devices)";
    for who in [Bearer(None), Bearer(Some("nonsense".to_owned())), Bearer(Some(world.tokens.expired(ada)))] {
        let (users, operators) = codes(&world, &who).await;
        assert_eq!((users, operators), (vec![Code::Unauthenticated; 8], vec![Code::Unauthenticated; 5]));
    }
    for token in [world.tokens.service("feed-service"), world.tokens.operator()] {
        let operator = token == world.tokens.operator();
        let (users, _) = codes(&world, &Bearer(Some(token))).await;
        assert_eq!(users, vec![Code::PermissionDenied; 8], "{operator}");
    }
    for token in [world.tokens.service("feed-service"), world.tokens.user(ada)] {
        let (_, operators) = codes(&world, &Bearer(Some(token))).await;
        assert_eq!(operators, vec![Code::PermissionDenied; 5]);
    }
    // The user has set a device; the operator has deleted one template and set another.
    assert_eq!(world.count(before).await, 1201);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let ada = Uuid::now_v7();
    let client = || world.client.clone();
    let mut refused = Vec::new();

    let channels =
        |channels: Vec<i32>| Preferences { preferences: vec![Preference { kind: 1, channels }], quiet_hours: None };
    let kind = |kind| Preference { kind, channels: Vec::new() };
    let kinds = |preferences| Preferences { preferences, quiet_hours: None };
    let hours = |begin_minute, end_minute| Preferences {
        preferences: Vec::new(),
        quiet_hours: Some(QuietHours { begin_minute, end_minute }),
    };
    let wrong = [
        None,
        Some(channels(vec![0])),
        Some(channels(vec![3])),
        Some(channels(vec![1, 2, 1])),
        Some(kinds(vec![kind(0)])),
        Some(kinds(vec![kind(7)])),
        Some(kinds(vec![kind(1), kind(1)])),
        Some(kinds((0..7).map(kind).collect())),
        Some(hours(-1, 0)),
        Some(hours(0, 1440)),
    ];
    for preferences in wrong {
        let request = world.as_user(ada, PutPreferencesRequest { preferences });
        refused.push(code(client().put_preferences(request).await));
    }
    let id = Uuid::now_v7().to_string();
    for (device_id, provider, token) in [
        ("", 1, "t".to_owned()),
        ("x", 1, "t".to_owned()),
        (&id, 0, "t".to_owned()),
        (&id, 4, "t".to_owned()),
        (&id, 1, String::new()),
        (&id, 1, "a\0b".to_owned()),
        (&id, 1, "t".repeat(4097)),
    ] {
        let request = PutDeviceRequest { device_id: device_id.to_owned(), provider, token };
        refused.push(code(client().put_device(world.as_user(ada, request)).await));
    }
    for bad in ["", "x", "00000000-0000-0000-0000-00000000000g"] {
        let bad = bad.to_owned();
        refused
            .push(code(client().set_read(world.as_user(ada, SetReadRequest { notification_id: bad.clone() })).await));
        let request = DeleteDeviceRequest { device_id: bad.clone() };
        refused.push(code(client().delete_device(world.as_user(ada, request)).await));
        let request = RedeliverDeadLetterRequest { dead_letter_id: bad.clone() };
        refused.push(code(client().redeliver_dead_letter(world.as_operator(request)).await));
        let request = DeleteTemplateRequest { kind: 1, locale: if bad == "x" { bad } else { "d_e".to_owned() } };
        refused.push(code(client().delete_template(world.as_operator(request)).await));
    }
    for (page_size, page_token) in [(-1, ""), (101, ""), (1, "nonsense"), (1, "eyJxIjowLCJjIjowfQ")] {
        let page_token = page_token.to_owned();
        let request = ListNotificationsRequest { unread_only: false, page_size, page_token: page_token.clone() };
        refused.push(code(client().list_notifications(world.as_user(ada, request)).await));
        let request = ListDevicesRequest { page_size, page_token: page_token.clone() };
        refused.push(code(client().list_devices(world.as_user(ada, request)).await));
        let request = ListTemplatesRequest { kind: 0, page_size, page_token: page_token.clone() };
        refused.push(code(client().list_templates(world.as_operator(request)).await));
        let request = ListDeadLettersRequest { page_size, page_token };
        refused.push(code(client().list_dead_letters(world.as_operator(request)).await));
    }
    refused.push(code(
        client().list_templates(world.as_operator(ListTemplatesRequest { kind: 7, ..Default::default() })).await,
    ));
    refused.push(code(client().put_template(world.as_operator(PutTemplateRequest { template: None })).await));
    assert_eq!(refused, vec![Code::InvalidArgument; refused.len()]);

    let huge = PutDeviceRequest { device_id: id, provider: 1, token: "t".repeat(100_000) };
    assert_eq!(code(client().put_device(world.as_user(ada, huge)).await), Code::OutOfRange);
    for untouched in
        ["SELECT count(*) FROM devices", "SELECT count(*) FROM preferences", "SELECT count(*) FROM recipients"]
    {
        assert_eq!(world.count(untouched).await, 0, "{untouched}");
    }
    world.stop().await;
}
