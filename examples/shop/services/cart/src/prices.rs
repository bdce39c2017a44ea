//! Asks the price service.

use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::proto::price::QuoteRequest;
use crate::proto::price::price_service_client::PriceServiceClient;

/// A client that connects when it is first used.
pub fn connect(url: String) -> anyhow::Result<PriceServiceClient<Channel>> {
    let channel = Endpoint::from_shared(url)?.connect_lazy();
    Ok(PriceServiceClient::new(channel))
}

/// The price of some of an item, in cents.
pub async fn quote(mut client: PriceServiceClient<Channel>, sku: String, quantity: i32) -> Result<i64, Status> {
    let response = client.quote(Request::new(QuoteRequest { sku, quantity })).await?;
    Ok((response.into_inner().amount * 100.0).round() as i64)
}
