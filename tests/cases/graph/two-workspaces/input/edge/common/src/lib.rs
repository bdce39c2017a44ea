#[derive(Clone)]
pub struct Upstream {
    http: reqwest::Client,
    base: reqwest::Url,
}

impl Upstream {
    pub fn new(base: &str) -> Self {
        let http = reqwest::ClientBuilder::new().timeout(std::time::Duration::from_secs(2)).build().unwrap();
        Self { http, base: base.parse().unwrap() }
    }

    pub async fn index(&self) -> reqwest::Result<String> {
        let url = self.base.join("/").unwrap();
        let response = self.http.get(url).send().await?.error_for_status()?;
        response.text().await
    }
}
