use redis::AsyncCommands;

pub async fn take(url: &str) -> Option<String> {
    let client = redis::Client::open(url).ok()?;
    let mut connection = client.get_multiplexed_async_connection().await.ok()?;
    connection.lpop("jobs", None).await.ok()
}

pub async fn mail(to: &str) {
    let _ = reqwest::Client::new().post("https://api.mailer.example/v1/send").body(to.to_owned()).send().await;
}
