use std::{sync::Arc, time::Duration};

use omniqueue::backends::{RabbitMqBackend, RabbitMqConfig, RedisBackend, RedisConfig};
use vaultrs::client::{VaultClient, VaultClientSettingsBuilder};
use vaultrs::{kv2, sys};

async fn secrets() {
    let settings = VaultClientSettingsBuilder::default().address("http://vault:8200").token("t").build().unwrap();
    let client = VaultClient::new(settings).unwrap();
    let key = std::env::args().next().unwrap();
    let _: String = kv2::read(&client, "secret", &key).await.unwrap();
    sys::health(&client).await.unwrap();
}

async fn permissions() {
    let client = openfga_client::client::BasicOpenFgaServiceClient::new_unauthenticated("http://openfga:8081").unwrap();
    stores(client.clone()).await;
    let store = client.get_or_create_store("shop").await.unwrap();
    let client = client.into_client(&store.id, "model");
    client.check("user:a", "reader", "doc:b").await.unwrap();
    client.delete_relations_to_object("doc:b").await.unwrap();
}

async fn catalog() {
    let config = iceberg_catalog_rest::RestCatalogConfig::builder().uri("http://catalog:8181".to_owned()).build();
    let catalog = iceberg_catalog_rest::RestCatalog::new(config);
    catalog.list_namespaces(None).await.unwrap();
    catalog.load_table(&"a.b".parse().unwrap()).await.unwrap();
}

async fn store(client: azure_storage_datalake::prelude::DataLakeClient) {
    client.file_system_client("fs").get_file_client("f").read().await.unwrap();
}

async fn spanner(region: &str) {
    let path = format!("projects/p/instances/{region}/databases/orders");
    let client = google_cloud_spanner::client::Client::new(path, Default::default()).await.unwrap();
    let mut transaction = client.single().await.unwrap();
    let statement = google_cloud_spanner::statement::Statement::new("SELECT id FROM orders WHERE id = @id");
    transaction.query(statement).await.unwrap();
}

async fn queues() {
    let config = RedisConfig { dsn: "redis://redis".to_owned(), queue_key: "jobs".to_owned(), consumer_group: "workers".to_owned() };
    let (producer, consumer) = RedisBackend::builder(config).build_pair().await.unwrap();
    producer.send_raw(b"x").await.unwrap();
    consumer.receive().await.unwrap();
    let config = RabbitMqConfig { publish_exchange: String::new(), publish_routing_key: "mails".to_owned() };
    let producer = RabbitMqBackend::builder(config).make_dynamic().build_producer().await.unwrap();
    producer.send_serde_json(&1).await.unwrap();
}

async fn requests(verb: reqwest::Method) {
    let inner = reqwest::ClientBuilder::new().timeout(Duration::from_secs(5)).build().unwrap();
    let client = reqwest_middleware::ClientBuilder::new(inner).with(Tracing).build();
    let mut url = reqwest::Url::parse("http://partner").unwrap();
    url.path_segments_mut().unwrap().push("keys").push("current");
    client.get(url).send().await.unwrap();
    let token = std::env::args().next().unwrap();
    let mut url = reqwest::Url::parse("http://partner").unwrap();
    url.path_segments_mut().unwrap().pop_if_empty().extend(["3", "device", &token]);
    client.get(url).send().await.unwrap();
    let request = match token.len() {
        0 => client.put("http://partner/empty"),
        1 => client.delete("http://partner/short"),
        _ => client.post("http://partner/long").body("x"),
    };
    request.header("x-from", "shop").send().await.unwrap();
    client.execute(reqwest::Request::new(verb, "http://partner/any".parse().unwrap())).await.unwrap();
    let events = eventsource_client::ClientBuilder::for_url("http://partner/events").unwrap().build();
    events.stream();
    let raw = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let uri = http::Uri::from_static("http://partner/static");
    raw.request(http::Request::builder().method("PUT").uri(uri).body(()).unwrap()).await.unwrap();
    let uri = http::Uri::builder().scheme("http").authority("partner").path_and_query("/built").build().unwrap();
    raw.request(http::Request::builder().method("PATCH").uri(uri).body(()).unwrap()).await.unwrap();
    let files = if std::env::args().len() > 1 { Some(aws_sdk_s3::Client::new(&config().await)) } else { None };
    files.as_ref().unwrap().get_object().bucket("b").key("k").send().await.unwrap();
    limes::jwks::JWKSWebAuthenticator::new("http://idp/realm", None).await.unwrap();
}

#[tokio::main]
async fn main() {
    secrets().await;
    permissions().await;
    catalog().await;
    store(azure_storage_datalake::prelude::DataLakeClient::new("account", credentials())).await;
    spanner("eu").await;
    queues().await;
    requests(reqwest::Method::from_bytes(b"X").unwrap()).await;
    serve().await;
}

async fn serve() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    loop {
        listener.accept().await.unwrap();
    }
}

/// A type that is written, of a crate which holds generated code: what its functions ask is what the crate's table says.
async fn stores(client: openfga_client::client::BasicOpenFgaServiceClient) {
    let store = client.get_store_by_name("shop").await.unwrap().unwrap();
    let of_store = openfga_client::client::BasicOpenFgaClient::new(client, &store.id, "model");
    of_store.batch_check(vec![]).await.unwrap();
}
