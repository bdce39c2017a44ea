//! The client of the shelf.

pub struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    pub fn new(base: String) -> Self {
        Self { base, http: reqwest::Client::new() }
    }

    pub async fn utilization(&self) -> reqwest::Result<String> {
        self.http.get(format!("{}/v1/utilization", self.base)).send().await?.text().await
    }
}
