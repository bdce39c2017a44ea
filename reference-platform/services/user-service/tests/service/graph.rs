//! Mutuals and suggestions, which are asked of the graph.

use social_events::{Publisher, topics};
use social_proto::user::v1::*;
use social_testing::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::world::{SOON, World, code, deleted};

async fn suggestions(world: &World, caller: Uuid, page_size: i32) -> Result<Vec<(Uuid, i32)>, Status> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = world.as_user(caller, ListSuggestionsRequest { page_size, page_token });
        let page = world.users.clone().list_suggestions(request).await?.into_inner();
        let suggested = page.suggestions.iter();
        found
            .extend(suggested.map(|suggestion| (suggestion.user_id.parse::<Uuid>().unwrap(), suggestion.mutual_count)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(found);
        }
    }
}

async fn mutuals(world: &World, caller: Uuid, of: Uuid, page_size: i32) -> Result<Vec<Uuid>, Status> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListMutualsRequest { user_id: of.to_string(), page_size, page_token };
        let page = world.users.clone().list_mutuals(world.as_user(caller, request)).await?.into_inner();
        found.extend(page.mutuals.iter().map(|entry| entry.user_id.parse::<Uuid>().unwrap()));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(found);
        }
    }
}

async fn eventually_suggested(world: &World, caller: Uuid, expected: &[(Uuid, i32)]) {
    eventually(SOON, || async {
        let found = suggestions(world, caller, 50).await?;
        anyhow::ensure!(found == expected, "{found:?} instead of {expected:?}");
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn friends_of_friends_are_suggested() {
    let world = World::start().await;
    let [me, ann, ben, cat, liked, known, hidden, foe, star] = world.users("u").await;
    for friend in [ann, ben, cat] {
        world.follow(me, friend).await.unwrap();
        world.follow(friend, liked).await.unwrap();
        world.follow(friend, hidden).await.unwrap();
        world.follow(friend, foe).await.unwrap();
        world.follow(friend, star).await.unwrap();
        world.follow(friend, me).await.unwrap();
    }
    world.follow(ann, known).await.unwrap();
    world.follow(ben, known).await.unwrap();
    world.follow(me, star).await.unwrap();
    world.block(foe, me).await.unwrap();
    let settings = Some(Settings::default());
    let update_mask = Some(prost_types::FieldMask { paths: vec!["discoverable".to_owned()] });
    let request = world.as_user(hidden, UpdateSettingsRequest { settings, update_mask });
    world.users.clone().update_settings(request).await.unwrap();

    eventually_suggested(&world, me, &[(liked, 3), (known, 2)]).await;
    assert_eq!(suggestions(&world, me, 1).await.unwrap(), [(liked, 3), (known, 2)]);
    assert_eq!(mutuals(&world, me, liked, 50).await.unwrap(), [cat, ben, ann]);
    assert_eq!(mutuals(&world, me, liked, 1).await.unwrap(), [cat, ben, ann]);
    assert_eq!(mutuals(&world, me, known, 2).await.unwrap(), [ben, ann]);
    assert_eq!(code(mutuals(&world, me, foe, 50).await), Code::NotFound);

    // Blocks and follows are heeded at once, whatever the graph knows.
    world.block(me, known).await.unwrap();
    assert_eq!(suggestions(&world, me, 50).await.unwrap(), [(liked, 3)]);
    world.follow(me, liked).await.unwrap();
    assert_eq!(suggestions(&world, me, 50).await.unwrap(), []);
    world.unfollow(me, liked).await.unwrap();
    world.unblock(me, known).await.unwrap();
    eventually_suggested(&world, me, &[(liked, 3), (known, 2)]).await;

    // Who is gone is gone from the graph, and who is not followed any more does not count.
    world.unfollow(me, cat).await.unwrap();
    world.publish(&[deleted(ben)]).await;
    eventually(SOON, || async {
        let found = suggestions(&world, me, 50).await?;
        anyhow::ensure!(found.len() == 2 && found.iter().all(|(_, mutual_count)| *mutual_count == 1), "{found:?}");
        Ok(())
    })
    .await
    .unwrap();

    // A rebuild brings back what the graph has lost, and removes what is not true.
    let neo4j = &world.settings.graph;
    let graph = neo4rs::Graph::new(&neo4j.neo4j_uri, &neo4j.neo4j_user, &neo4j.neo4j_password).await.unwrap();
    let [me_text, ann_text, star_text] = [me, ann, star].map(|id| id.to_string());
    let lose = "MATCH (:User {id: $id})-[edge]->(:User) DELETE edge";
    graph.run(neo4rs::query(lose).param("id", ann_text)).await.unwrap();
    let invent =
        "MATCH (me:User {id: $me}), (star:User {id: $star}) MERGE (star)-[edge:FOLLOWS]->(me) SET edge.since = 7";
    graph.run(neo4rs::query(invent).param("me", me_text.as_str()).param("star", star_text)).await.unwrap();
    assert_eq!(suggestions(&world, me, 50).await.unwrap(), []);
    assert_eq!(mutuals(&world, me, me, 50).await.unwrap(), [star]);
    user_service::rebuild_graph(world.rebuild_settings()).await.unwrap();
    assert_eq!(suggestions(&world, me, 50).await.unwrap().len(), 2);
    assert_eq!(mutuals(&world, me, me, 50).await.unwrap(), [ann]);

    let wipe = "MATCH (user:User) WHERE user.id IN $ids DETACH DELETE user";
    let ids: Vec<String> = [me, ann, ben, cat, liked, known, hidden, foe, star].map(|id| id.to_string()).to_vec();
    world.stop().await;
    graph.run(neo4rs::query(wipe).param("ids", ids)).await.unwrap();
}

fn edge_event(from: Uuid, to: Uuid, change: GraphChange, second: i64) -> GraphEvent {
    GraphEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(prost_types::Timestamp { seconds: second, nanos: 0 }),
        from_user_id: from.to_string(),
        to_user_id: to.to_string(),
        change: change.into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_come_late_or_twice_change_nothing_in_the_graph() {
    use GraphChange::{Blocked, Followed, Unblocked, Unfollowed};
    let world = World::start().await;
    let users @ [ann, ben, cat, dan, gone] = [(); 5].map(|()| Uuid::now_v7());
    let publisher = Publisher::new(&world.settings.kafka).unwrap();
    let erased = UserEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(prost_types::Timestamp::default()),
        user_id: gone.to_string(),
        sequence: 2,
        event: Some(user_event::Event::Deleted(ProfileDeleted {})),
    };
    let created = user_event::Event::Created(ProfileCreated::default());
    let late = UserEvent { event_id: Uuid::now_v7().to_string(), sequence: 1, event: Some(created), ..erased.clone() };
    publisher.publish_all(topics::USER_EVENTS, &[erased, late]).await.unwrap();

    let neo4j = &world.settings.graph;
    let graph = neo4rs::Graph::new(&neo4j.neo4j_uri, &neo4j.neo4j_user, &neo4j.neo4j_password).await.unwrap();
    let ids = users.map(|id| id.to_string()).to_vec();
    let edges = async || -> anyhow::Result<Vec<(Uuid, String, Uuid)>> {
        let question = "MATCH (from:User)-[edge:FOLLOWS|BLOCKS]->(to:User) WHERE from.id IN $ids
                        RETURN from.id AS from, type(edge) AS kind, to.id AS to ORDER BY from, kind, to";
        let mut rows = graph.execute(neo4rs::query(question).param("ids", ids.clone())).await?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().await? {
            found.push((row.get("from")?, row.get("kind")?, row.get("to")?));
        }
        Ok(found)
    };
    eventually(SOON, || async {
        let mut rows = graph
            .execute(neo4rs::query("MATCH (u:User {id: $id, erased: true}) RETURN u").param("id", gone.to_string()))
            .await?;
        anyhow::ensure!(rows.next().await?.is_some(), "not erased yet");
        Ok(())
    })
    .await
    .unwrap();

    let twice = edge_event(ann, cat, Followed, 30);
    let events = [
        // Late: it was ended already.
        edge_event(ann, ben, Unfollowed, 20),
        edge_event(ann, ben, Followed, 10),
        // Twice, with the end of an earlier one between.
        twice.clone(),
        edge_event(ann, cat, Unfollowed, 25),
        twice,
        // A block by the other one ends what was before it, also when it is heard of first; what comes after it stands.
        edge_event(dan, ann, Blocked, 50),
        edge_event(ann, dan, Followed, 40),
        edge_event(cat, ann, Blocked, 10),
        edge_event(cat, ann, Unblocked, 11),
        // Nobody follows who is gone.
        edge_event(ann, gone, Followed, 60),
        edge_event(ann, ben, Followed, 61),
    ];
    publisher.publish_all(topics::GRAPH_EVENTS, &events).await.unwrap();
    let follows = |to| (ann, "FOLLOWS".to_owned(), to);
    let expected = [follows(ben), follows(cat), (dan, "BLOCKS".to_owned(), ann)];
    eventually(SOON, || async {
        let found = edges().await?;
        anyhow::ensure!(found == expected, "{found:?} instead of {expected:?}");
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
    let wipe = "MATCH (user:User) WHERE user.id IN $ids DETACH DELETE user";
    graph.run(neo4rs::query(wipe).param("ids", ids)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_graph_the_rest_goes_on() {
    let world = World::without_neo4j().await;
    let [ada, bob] = world.users("ada").await;
    world.follow(ada, bob).await.unwrap();
    assert_eq!(world.counts(bob).await, (1, 0));
    assert_eq!(world.followers(bob, 10, |request| world.as_user(ada, request)).await, [ada]);
    assert_eq!(code(mutuals(&world, ada, bob, 10).await), Code::Unavailable);
    assert_eq!(code(suggestions(&world, ada, 10).await), Code::Unavailable);
    let ready = reqwest::get(format!("{}/readyz", world.admin)).await.unwrap();
    assert_eq!(ready.status(), 200);
    assert!(ready.text().await.unwrap().contains("neo4j"));
    world.stop().await;
}
