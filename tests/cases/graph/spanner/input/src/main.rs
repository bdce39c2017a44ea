use axum::{Router, extract::State, routing::get};
use google_cloud_spanner::client::{Client, ClientConfig};
use google_cloud_spanner::statement::Statement;

#[tokio::main]
async fn main() {
    let config = ClientConfig::default().with_auth().await.unwrap();
    let client = Client::new("projects/p/instances/i/databases/shop", config).await.unwrap();
    let app = Router::new().route("/", get(show)).route("/rename", get(rename)).with_state(client);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn show(State(client): State<Client>) {
    let mut transaction = client.single().await.unwrap();
    transaction.query(Statement::new("SELECT name FROM users WHERE id = @id")).await.unwrap();
}

async fn rename(State(client): State<Client>) {
    client
        .read_write_transaction(|transaction| {
            Box::pin(async move {
                let statement = Statement::new("UPDATE users SET name = @name WHERE id = @id");
                transaction.update(statement).await
            })
        })
        .await
        .unwrap();
}
