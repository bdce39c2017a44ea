use std::env;
use std::sync::Arc;

use adapters::{CachedUsers, GrpcPrices, GrpcUsers};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use ports::{PricePort, UserPort};
use shop_proto::user::v1::user_service_client::UserServiceClient;

/// The domain: it knows ports only.
struct Carts<P, U: ?Sized> {
    prices: P,
    users: Arc<U>,
}

impl<P: PricePort, U: UserPort + ?Sized> Carts<P, U> {
    async fn total(&self, user: &str, sku: &str) -> anyhow::Result<String> {
        let name = self.users.name(user).await.unwrap_or_else(|_| "guest".into());
        let cents = self.prices.quote(sku).await?;
        Ok(format!("{name}: {cents}"))
    }
}

type App = Arc<Carts<GrpcPrices, dyn UserPort>>;

async fn total(State(app): State<App>, Path((user, sku)): Path<(String, String)>) -> Result<String, String> {
    app.total(&user, &sku).await.map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let prices = GrpcPrices::connect(env::var("PRICE_ADDR")?)?;
    let users = GrpcUsers(UserServiceClient::connect("http://users.shop.svc.cluster.local:50051").await?);
    let users: Arc<dyn UserPort> = Arc::new(CachedUsers::over(users));
    let app: App = Arc::new(Carts { prices, users });
    let router = Router::new().route("/total/{user}/{sku}", get(total)).with_state(app);
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await?, router).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    struct Fixed;
    #[async_trait::async_trait]
    impl ports::PricePort for Fixed {
        async fn quote(&self, _: &str) -> anyhow::Result<i64> {
            Ok(1)
        }
        async fn history(&self, sku: &str) -> anyhow::Result<Vec<i64>> {
            reqwest::get(format!("http://history/{sku}")).await?;
            Ok(vec![])
        }
    }
}
