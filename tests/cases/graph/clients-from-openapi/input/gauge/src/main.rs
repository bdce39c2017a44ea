// Positional calls, from a document that is not part of the project: what it does not say of is not known.
mod shop {
    progenitor::generate_api!("shop.json");
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = shop::Client::new("http://shop:8080/api");
    let order = client.get_order("17").await?;
    client.paint_order(&order.id, "red").await?;
    Ok(())
}
