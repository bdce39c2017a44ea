//! Clients of the cart and of the price service, with a deadline that both sides know.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::proto::cart::cart_service_client::CartServiceClient;
use crate::proto::cart::{GetCartRequest, Item};
use crate::proto::price::price_service_client::PriceServiceClient;
use crate::proto::price::{QuoteRequest, QuoteResponse};

const CONNECT_LIMIT: Duration = Duration::from_millis(500);
const CART_DEADLINE: Duration = Duration::from_millis(800);
const PRICE_DEADLINE: Duration = Duration::from_millis(300);

fn channel(url: String) -> anyhow::Result<Channel> {
    Ok(Endpoint::from_shared(url)?
        .connect_timeout(CONNECT_LIMIT)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_while_idle(true)
        .connect_lazy())
}

/// A client of the cart.
pub fn connect(url: String) -> anyhow::Result<CartServiceClient<Channel>> {
    Ok(CartServiceClient::new(channel(url)?))
}

/// A client of the price service.
pub fn connect_prices(url: String) -> anyhow::Result<PriceServiceClient<Channel>> {
    Ok(PriceServiceClient::new(channel(url)?))
}

/// What is in the cart of a customer.
pub async fn items(mut client: CartServiceClient<Channel>, customer_id: String) -> Result<Vec<Item>, Status> {
    let mut request = Request::new(GetCartRequest { customer_id });
    request.set_timeout(CART_DEADLINE);
    Ok(client.get_cart(request).await?.into_inner().items)
}

/// What an item costs.
pub async fn quote(mut client: PriceServiceClient<Channel>, sku: String) -> Result<QuoteResponse, Status> {
    let mut request = Request::new(QuoteRequest { sku, quantity: 1 });
    request.set_timeout(PRICE_DEADLINE);
    Ok(client.quote(request).await?.into_inner())
}
