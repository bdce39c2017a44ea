use ports::PricePort;
use shop_proto::price::v1::{QuoteRequest, price_service_client::PriceServiceClient as Stub};
use tonic::transport::{Channel, Endpoint};

#[derive(Clone, Debug)]
pub struct GrpcPrices {
    stub: Stub<Channel>,
}

impl GrpcPrices {
    pub fn connect(url: String) -> anyhow::Result<Self> {
        let channel = Endpoint::from_shared(url)?.connect_lazy();
        Ok(Self { stub: Stub::new(channel) })
    }
}

#[async_trait::async_trait]
impl PricePort for GrpcPrices {
    async fn quote(&self, sku: &str) -> anyhow::Result<i64> {
        let reply = self.stub.clone().quote(QuoteRequest { sku: sku.to_owned() }).await?;
        Ok(reply.into_inner().cents)
    }

    async fn history(&self, sku: &str) -> anyhow::Result<Vec<i64>> {
        let mut stub = self.stub.clone();
        Ok(vec![stub.history(QuoteRequest { sku: sku.into() }).await?.into_inner().cents])
    }
}
