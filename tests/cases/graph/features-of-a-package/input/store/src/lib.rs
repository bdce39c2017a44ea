#[cfg(feature = "remote")]
pub async fn put() {
    reqwest::get("http://remote/").await.unwrap();
}

#[cfg(all(feature = "local", not(feature = "remote")))]
pub async fn put() {
    reqwest::get("http://local/").await.unwrap();
}
