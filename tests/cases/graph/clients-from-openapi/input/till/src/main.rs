use std::sync::Arc;

use shop_client::types::OrderPost;
use shop_client::Client;

struct Till {
    shop: Arc<Client>,
}

impl Till {
    async fn sell(&self) -> anyhow::Result<()> {
        let order = self.shop.place_order().body(OrderPost::builder().count(1)).send().await?.into_inner();
        self.shop.get_order().id(&order.id).send().await?;
        Ok(())
    }
}

async fn wait(client: &Client) -> bool {
    client.ping().send().await.is_ok()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = Arc::new(Client::new_with_client("http://shop:8080/api", reqwest::Client::new()));
    while !wait(&client).await {}
    Till { shop: client }.sell().await
}
