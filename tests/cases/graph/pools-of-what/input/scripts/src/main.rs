// A pool of interpreters is no database.
struct Script;
struct Scripts;

impl Script {
    async fn execute(&self, _: &str) {}
}

impl bb8::ManageConnection for Scripts {
    type Connection = Script;
    type Error = String;
    async fn connect(&self) -> Result<Script, String> {
        Ok(Script)
    }
}

#[tokio::main]
async fn main() {
    let pool = bb8::Pool::builder().max_size(3).build(Scripts).await.unwrap();
    pool.get().await.unwrap().execute("SELECT 1").await;
    let filled = deadpool::unmanaged::Pool::from(vec![Script]);
    filled.get().await.unwrap().execute("SELECT 2").await;
    serve().await;
}

async fn serve() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    loop {
        listener.accept().await.unwrap();
    }
}
