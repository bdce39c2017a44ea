use diesel::prelude::*;
use diesel_async::pooled_connection::{bb8::Pool, AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

diesel::table! { nodes (node_id) { node_id -> Int8, name -> Varchar, } }

#[tokio::main]
async fn main() {
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(
        "postgres://db/inventory",
        ManagerConfig::default(),
    );
    let pool = Pool::builder().max_size(4).build(manager).await.unwrap();
    let mut connection = pool.get().await.unwrap();
    diesel::insert_into(nodes::table).values(nodes::name.eq("a")).execute(&mut connection).await.unwrap();
    diesel::delete(nodes::table).filter(nodes::node_id.eq(1)).execute(&mut connection).await.unwrap();
    let _: Vec<(i64, String)> = nodes::table.load(&mut connection).await.unwrap();
    serve().await;
}

async fn serve() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    loop {
        listener.accept().await.unwrap();
    }
}
