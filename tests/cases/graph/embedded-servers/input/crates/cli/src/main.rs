use api::work::work_client::WorkClient;
use api::work::SubmitRequest;
use clap::Parser;

#[derive(Parser)]
struct Options {
    /// The host of the queue; without one the program runs a queue of its own.
    #[arg(long)]
    host: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = match Options::parse().host {
        Some(host) => format!("http://{host}:50050"),
        None => format!("http://localhost:{}", api::embedded().await?),
    };
    let mut client = WorkClient::connect(address).await?;
    client.submit(SubmitRequest {}).await?;
    Ok(())
}
