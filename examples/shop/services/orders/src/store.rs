//! The tables of orders.

use sqlx::PgPool;

/// Writes an order; its id.
pub async fn insert(pool: &PgPool, customer_id: &str, total_cents: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar("INSERT INTO orders (customer_id, total_cents) VALUES ($1, $2) RETURNING id")
        .bind(customer_id)
        .bind(total_cents)
        .fetch_one(pool)
        .await
}

/// The customer and total of an order.
pub async fn find(pool: &PgPool, id: i64) -> sqlx::Result<Option<(String, i64)>> {
    sqlx::query_as("SELECT customer_id, total_cents FROM orders WHERE id = $1").bind(id).fetch_optional(pool).await
}
