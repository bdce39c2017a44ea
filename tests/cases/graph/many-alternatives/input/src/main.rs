//! A wrapper that is given more functions, and a list with more implementors, than are kept of other types.

use std::future::Future;

async fn traced<H, R>(handler: H)
where
    H: FnOnce(reqwest::Client) -> R,
    R: Future<Output = ()>,
{
    handler(reqwest::Client::new()).await
}

trait Step {
    async fn run(&self, client: &reqwest::Client);
}

macro_rules! handlers {
    ($($name:ident $path:literal),*) => {
        $(async fn $name(client: reqwest::Client) {
            client.get(concat!("http://partner/handlers/", $path)).send().await.ok();
        })*
    };
}

macro_rules! steps {
    ($($name:ident $path:literal),*) => {
        $(struct $name;
        impl Step for $name {
            async fn run(&self, client: &reqwest::Client) {
                client.get(concat!("http://partner/steps/", $path)).send().await.ok();
            }
        })*
    };
}

handlers!(h00 "00", h01 "01", h02 "02", h03 "03", h04 "04", h05 "05", h06 "06", h07 "07", h08 "08", h09 "09", h10 "10", h11 "11", h12 "12", h13 "13", h14 "14");
steps!(S00 "00", S01 "01", S02 "02", S03 "03", S04 "04", S05 "05", S06 "06", S07 "07", S08 "08", S09 "09", S10 "10", S11 "11", S12 "12", S13 "13", S14 "14");

#[tokio::main]
async fn main() {
    traced(h00).await;
    traced(h01).await;
    traced(h02).await;
    traced(h03).await;
    traced(h04).await;
    traced(h05).await;
    traced(h06).await;
    traced(h07).await;
    traced(h08).await;
    traced(h09).await;
    traced(h10).await;
    traced(h11).await;
    traced(h12).await;
    traced(h13).await;
    traced(h14).await;
    let steps: Vec<Box<dyn Step>> = vec![Box::new(S00), Box::new(S01), Box::new(S02), Box::new(S03), Box::new(S04), Box::new(S05), Box::new(S06), Box::new(S07), Box::new(S08), Box::new(S09), Box::new(S10), Box::new(S11), Box::new(S12), Box::new(S13), Box::new(S14)];
    let client = reqwest::Client::new();
    for step in &steps {
        step.run(&client).await;
    }
    serve().await;
}

async fn serve() {
    let router = axum::Router::new().route("/ready", axum::routing::get(async || "ready"));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
