//! The client of a product that nobody here runs.

pub struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    pub fn new(base: String) -> Self {
        Self { base, http: reqwest::Client::new() }
    }

    pub async fn attach(&self) -> reqwest::Result<String> {
        self.http.post(format!("{}/shelf/attach", self.base)).send().await?.text().await
    }
}
