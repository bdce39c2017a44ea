//! One struct with a stub per service: holding it is not calling it.
use std::time::Duration;

use shop_proto::price::v1::price_service_client::PriceServiceClient;
use shop_proto::price::v1::{ListRatesRequest, QuoteRequest};
use shop_proto::stock::v1::stock_service_client::StockServiceClient;
use shop_proto::stock::v1::ReserveRequest;
use tonic::transport::{Channel, Endpoint};

#[derive(Clone)]
pub struct Clients {
    price: PriceServiceClient<Channel>,
    stock: StockServiceClient<Channel>,
}

fn channel(address: String) -> Channel {
    Endpoint::from_shared(address)
        .expect("a URL")
        .connect_timeout(Duration::from_millis(500))
        .timeout(Duration::from_secs(2))
        .connect_lazy()
}

impl Clients {
    pub fn new(price: String, stock: String) -> Self {
        Self { price: PriceServiceClient::new(channel(price)), stock: StockServiceClient::new(channel(stock)) }
    }

    pub async fn quote(&self, sku: &str) -> anyhow::Result<i64> {
        let mut client = self.price.clone();
        let reply = client.quote(QuoteRequest { sku: sku.to_owned() }).await?;
        Ok(reply.into_inner().amount_minor)
    }

    pub async fn rates(&self) -> anyhow::Result<Vec<String>> {
        let mut client = self.price.clone();
        Ok(client.list_rates(ListRatesRequest::default()).await?.into_inner().rates)
    }

    pub async fn reserve(&self, sku: &str) -> anyhow::Result<()> {
        self.stock.clone().reserve(ReserveRequest { sku: sku.to_owned(), request_id: String::new() }).await?;
        Ok(())
    }
}

#[async_trait::async_trait]
pub trait Prices: Send + Sync {
    async fn price_of(&self, sku: &str) -> anyhow::Result<i64>;
}

#[async_trait::async_trait]
impl Prices for Clients {
    async fn price_of(&self, sku: &str) -> anyhow::Result<i64> {
        self.quote(sku).await
    }
}
