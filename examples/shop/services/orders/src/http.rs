//! The routes of the shop.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rdkafka::producer::FutureProducer;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tonic::transport::Channel;

use crate::events::{self, OrderPlaced};
use crate::proto::cart::cart_service_client::CartServiceClient;
use crate::proto::price::price_service_client::PriceServiceClient;
use crate::{carts, store};

/// What every route needs.
#[derive(Clone)]
pub struct Shop {
    /// Where orders are.
    pub pool: PgPool,
    /// Who knows carts.
    pub carts: CartServiceClient<Channel>,
    /// Who knows prices.
    pub prices: PriceServiceClient<Channel>,
    /// Where events go.
    pub events: FutureProducer,
}

/// Who orders.
#[derive(Deserialize)]
pub struct NewOrder {
    customer_id: String,
}

/// An order, as customers see it.
#[derive(Serialize)]
pub struct Order {
    id: i64,
    customer_id: String,
    total_cents: i64,
}

/// What an item costs.
#[derive(Serialize)]
pub struct Quote {
    sku: String,
    amount: f64,
    currency_code: String,
}

/// Orders what is in the cart.
pub async fn place_order(
    State(shop): State<Shop>,
    Json(order): Json<NewOrder>,
) -> Result<(StatusCode, Json<Order>), StatusCode> {
    let NewOrder { customer_id } = order;
    let items = carts::items(shop.carts.clone(), customer_id.clone()).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    if items.is_empty() {
        return Err(StatusCode::CONFLICT);
    }
    let total_cents = items.iter().map(|item| item.amount_cents).sum();
    let id = store::insert(&shop.pool, &customer_id, total_cents).await.map_err(unavailable)?;
    let event = OrderPlaced { order_id: id, customer_id: customer_id.clone(), total_cents };
    events::publish(&shop.events, &event).await.map_err(|error| {
        tracing::error!(%error, id, "the order is stored, its event is not published");
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    Ok((StatusCode::CREATED, Json(Order { id, customer_id, total_cents })))
}

/// Shows an order.
pub async fn get_order(State(shop): State<Shop>, Path(id): Path<i64>) -> Result<Json<Order>, StatusCode> {
    let found = store::find(&shop.pool, id).await.map_err(unavailable)?;
    let (customer_id, total_cents) = found.ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(Order { id, customer_id, total_cents }))
}

/// Shows the price of an item.
pub async fn quote(State(shop): State<Shop>, Path(sku): Path<String>) -> Result<Json<Quote>, StatusCode> {
    let quote = carts::quote(shop.prices.clone(), sku).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(Quote { sku: quote.sku, amount: quote.amount, currency_code: quote.currency_code }))
}

fn unavailable(error: sqlx::Error) -> StatusCode {
    tracing::error!(%error, "orders cannot be reached");
    StatusCode::SERVICE_UNAVAILABLE
}
