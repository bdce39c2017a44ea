#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:5432").await.unwrap();
    loop {
        let (mut from, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut to = tokio::net::TcpStream::connect("db:5432").await.unwrap();
            tokio::io::copy_bidirectional(&mut from, &mut to).await
        });
    }
}
