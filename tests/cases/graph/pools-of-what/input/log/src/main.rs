// It follows the log of a server: no database is used.
#[tokio::main]
async fn main() {
    let mut config = tokio_postgres::Config::new();
    config.host("wal").port(5454).replication_mode(tokio_postgres::config::ReplicationMode::Physical);
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.simple_query("IDENTIFY_SYSTEM").await.unwrap();
    serve().await;
}

async fn serve() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    loop {
        listener.accept().await.unwrap();
    }
}
