#[tokio::main]
async fn main() {
    let address = "host=db.example port=5433 dbname=orders user=app";
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.query("SELECT id FROM orders WHERE id = $1", &[&1i64]).await.unwrap();
    serve().await;
}

async fn serve() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    loop {
        listener.accept().await.unwrap();
    }
}
