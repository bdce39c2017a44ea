use serde::Deserialize;

#[derive(Deserialize)]
struct Logs {
    #[serde(default = "logs")]
    url: String,
}

#[derive(Deserialize)]
struct Mail {
    #[serde(default = "mail")]
    url: String,
}

#[derive(Deserialize)]
struct Price {
    #[serde(default = "price")]
    url: String,
}

#[derive(Deserialize)]
struct Stock {
    #[serde(default = "stock")]
    url: String,
}

fn logs() -> String {
    "http://logs:80".into()
}

fn mail() -> String {
    "http://mail:80".into()
}

fn price() -> String {
    "http://price:80".into()
}

fn stock() -> String {
    "http://stock:80".into()
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let text = std::fs::read_to_string("app.yaml").unwrap();
    let behind_a_method: Logs = serde_yaml::from_str(&text).unwrap();
    let behind_an_error: Mail = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
    let in_a_match: Price = match serde_yaml::from_str(&text) {
        Ok(settings) => settings,
        Err(error) => panic!("{error}"),
    };
    let in_a_condition: Stock = if let Ok(settings) = serde_yaml::from_str(&text) { settings } else { return Ok(()) };
    reqwest::get(behind_a_method.url).await.unwrap();
    reqwest::get(behind_an_error.url).await.unwrap();
    reqwest::get(in_a_match.url).await.unwrap();
    reqwest::get(in_a_condition.url).await.unwrap();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, axum::Router::new().route("/", axum::routing::get(|| async { "ok" }))).await.unwrap();
    Ok(())
}
