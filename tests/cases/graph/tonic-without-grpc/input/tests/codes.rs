#[tokio::test]
async fn codes() {
    reqwest::get("http://localhost:8080/codes/5").await.unwrap();
}
