use sea_orm::ConnectOptions;
use sqlx::{PgPool, Postgres, QueryBuilder};

async fn find(pool: &PgPool, ids: &[i32]) -> Vec<(i32,)> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT * FROM items WHERE id = ANY(");
    query.push_bind(ids).push(") AND kind IN (");
    let mut kinds = query.separated(", ");
    kinds.push_bind("a");
    kinds.push_bind("b");
    kinds.push_unseparated(")");
    query.push(" LIMIT 10");
    query.build_query_as().fetch_all(pool).await.unwrap()
}

async fn add(pool: &PgPool, names: Vec<String>) {
    let mut query = QueryBuilder::new("INSERT INTO names (name) ");
    query.push_values(names, |mut row, name| {
        row.push_bind(name);
    });
    query.build().execute(pool).await.unwrap();
}

#[tokio::main]
async fn main() {
    let pool = PgPool::connect("postgres://db/items").await.unwrap();
    find(&pool, &[1]).await;
    add(&pool, Vec::new()).await;
    let mut options = ConnectOptions::new("postgres://db/other");
    options.max_connections(20).min_connections(2);
    let other = sea_orm::Database::connect(options).await.unwrap();
    other.execute_unprepared("DELETE FROM old").await.unwrap();
    serve().await;
}

async fn serve() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    loop {
        listener.accept().await.unwrap();
    }
}
