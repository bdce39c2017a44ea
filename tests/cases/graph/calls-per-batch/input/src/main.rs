use axum::{Json, Router, routing::post};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/batches", post(batches)).route("/each", post(each));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn batches(Json(documents): Json<Vec<String>>) {
    let client = reqwest::Client::new();
    for batch in documents.chunks(100) {
        client.post("http://other/embed").json(&batch).send().await.unwrap();
    }
}

async fn each(Json(documents): Json<Vec<String>>) {
    let client = reqwest::Client::new();
    for document in &documents {
        client.post("http://other/embed").json(document).send().await.unwrap();
    }
}
