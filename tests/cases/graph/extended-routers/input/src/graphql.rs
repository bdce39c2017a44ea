use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

#[derive(Default)]
pub struct Query;

#[Object]
impl Query {
    async fn price(&self, sku: String) -> String {
        reqwest::get(format!("http://price.example.com/prices/{sku}")).await.unwrap().text().await.unwrap()
    }
}

pub async fn handler() -> String {
    let schema = Schema::build(Query::default(), EmptyMutation, EmptySubscription).finish();
    schema.sdl()
}
