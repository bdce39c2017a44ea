//! The contract `shop.cart.v1.CartService`.

use sqlx::PgPool;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::prices;
use crate::proto::cart::cart_service_server::CartService;
use crate::proto::cart::{GetCartRequest, GetCartResponse, Item, SetItemRequest, SetItemResponse};
use crate::proto::price::price_service_client::PriceServiceClient;

/// The most items that a cart can hold.
const MAX_ITEMS: i64 = 100;

/// Carts in a table, priced by the price service.
pub struct Carts {
    /// Where carts are.
    pub pool: PgPool,
    /// Who knows prices.
    pub prices: PriceServiceClient<Channel>,
}

#[tonic::async_trait]
impl CartService for Carts {
    async fn get_cart(&self, request: Request<GetCartRequest>) -> Result<Response<GetCartResponse>, Status> {
        let rows: Vec<(String, i32)> =
            sqlx::query_as("SELECT sku, quantity FROM cart_items WHERE customer_id = $1 ORDER BY sku LIMIT $2")
                .bind(request.into_inner().customer_id)
                .bind(MAX_ITEMS)
                .fetch_all(&self.pool)
                .await
                .map_err(|_| Status::unavailable("the cart cannot be read"))?;
        let mut items = Vec::with_capacity(rows.len());
        for (sku, quantity) in rows {
            let amount_cents = prices::quote(self.prices.clone(), sku.clone(), quantity).await?;
            items.push(Item { sku, quantity, amount_cents });
        }
        Ok(Response::new(GetCartResponse { items }))
    }

    async fn set_item(&self, request: Request<SetItemRequest>) -> Result<Response<SetItemResponse>, Status> {
        let SetItemRequest { customer_id, sku, quantity } = request.into_inner();
        let query = if quantity > 0 {
            sqlx::query(
                "INSERT INTO cart_items (customer_id, sku, quantity) VALUES ($1, $2, $3)
                 ON CONFLICT (customer_id, sku) DO UPDATE SET quantity = excluded.quantity",
            )
            .bind(customer_id)
            .bind(sku)
            .bind(quantity)
        } else {
            sqlx::query("DELETE FROM cart_items WHERE customer_id = $1 AND sku = $2").bind(customer_id).bind(sku)
        };
        query.execute(&self.pool).await.map_err(|_| Status::unavailable("the cart cannot be written"))?;
        Ok(Response::new(SetItemResponse {}))
    }
}
