//! Words and languages.

use social_proto::notification::v1::*;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::world::{World, code, message};

async fn put(world: &World, kind: i32, locale: &str, title: &str, body: &str) -> Result<Template, Status> {
    let template = Template { kind, locale: locale.to_owned(), title: title.to_owned(), body: body.to_owned() };
    let request = PutTemplateRequest { template: Some(template) };
    let answer = world.client.clone().put_template(world.as_operator(request)).await?;
    Ok(answer.into_inner().template.unwrap())
}

async fn list(world: &World, kind: NotificationKind, page_size: i32) -> Vec<Template> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListTemplatesRequest { kind: kind.into(), page_size, page_token };
        let page = world.client.clone().list_templates(world.as_operator(request)).await.unwrap().into_inner();
        assert!(page.templates.len() <= page_size as usize);
        found.extend(page.templates);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_told_in_their_language_or_the_next_best() {
    let world = World::start().await;
    let [bob, austrian, italian, greek] = [(); 4].map(|()| Uuid::now_v7());
    world.users.name(bob, "Bob");
    for (user, locale) in [(austrian, "de-AT"), (italian, "it"), (greek, "el-GR")] {
        let bearer = world.tokens.user(user);
        world.users.settings(&bearer, locale, "Europe/Vienna");
        let request = PutDeviceRequest {
            device_id: Uuid::new_v4().to_string(),
            provider: PushProvider::WebPush.into(),
            token: Uuid::new_v4().to_string(),
        };
        world.client.clone().put_device(crate::world::with_token(&bearer, request)).await.unwrap();
    }
    let stored = put(&world, 4, "IT", "Nuovo messaggio", "{{ actor | Qualcuno }} ti ha scritto.").await.unwrap();
    assert_eq!(stored.locale, "it");
    world.publish(&[message(bob, &[austrian, italian, greek])]).await;
    let body = async |user| world.told(user, 1).await[0].body.clone();
    assert_eq!(body(austrian).await, "Bob hat dir geschrieben.");
    assert_eq!(body(italian).await, "Bob ti ha scritto.");
    assert_eq!(body(greek).await, "Bob wrote to you.");

    put(&world, 4, "de-at", "Servus", "{{actor|Wer}} schreibt.").await.unwrap();
    for _ in 0..2 {
        let request = DeleteTemplateRequest { kind: 4, locale: "it".to_owned() };
        world.client.clone().delete_template(world.as_operator(request)).await.unwrap();
    }
    world.publish(&[message(bob, &[austrian, italian])]).await;
    let newest = async |user| world.told(user, 2).await[0].body.clone();
    assert_eq!(newest(austrian).await, "Bob schreibt.");
    assert_eq!(newest(italian).await, "Bob wrote to you.");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_keep_the_words() {
    let world = World::start().await;
    assert_eq!(list(&world, NotificationKind::Unspecified, 5).await.len(), 12);
    put(&world, 1, "fr", "t", "b").await.unwrap();
    let replaced = put(&world, 1, "fr", "title", "body").await.unwrap();
    let of_kind = list(&world, NotificationKind::Followed, 1).await;
    assert_eq!(of_kind.iter().map(|one| one.locale.as_str()).collect::<Vec<_>>(), ["de", "en", "fr"]);
    assert_eq!(of_kind[2], replaced);

    let refused = put(&world, 1, "fr", "{{actor", "ä {{nobody}}").await.unwrap_err();
    let violations = violations_of(&refused);
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        violations.contains("template.title") && violations.contains("character 1: has no closing braces"),
        "{violations}"
    );
    assert!(violations.contains("character 3: must name actor, title or failure"), "{violations}");
    for (kind, locale, title, body) in [
        (0, "fr", "t", "b"),
        (7, "fr", "t", "b"),
        (1, "", "t", "b"),
        (1, "f_r", "t", "b"),
        (1, "fr", "", "b"),
        (1, "fr", "t", ""),
        (1, "fr", "t\0", "b"),
        (1, "fr", &"t".repeat(201), "b"),
        (1, "fr", "t", &"b".repeat(1001)),
    ] {
        assert_eq!(
            code(put(&world, kind, locale, title, body).await),
            Code::InvalidArgument,
            "{kind} {locale} {title:?}"
        );
    }
    assert_eq!(list(&world, NotificationKind::Followed, 50).await[2], replaced);
    let english = DeleteTemplateRequest { kind: 1, locale: "EN".to_owned() };
    let answer = world.client.clone().delete_template(world.as_operator(english)).await;
    assert_eq!(code(answer), Code::FailedPrecondition);
    world.stop().await;
}

/// Details of a refusal as they are, for looking into.
fn violations_of(status: &Status) -> String {
    String::from_utf8_lossy(status.details()).into_owned()
}
