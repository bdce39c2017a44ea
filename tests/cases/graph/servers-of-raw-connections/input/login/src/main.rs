// A tool that waits for one answer of a browser: nobody else can ask it.
#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.accept().await.unwrap();
}
