use crate::checks::Checks;

#[derive(Clone)]
pub struct Prices {
    rules: String,
    http: reqwest::Client,
}

impl Prices {
    pub fn new(rules: String) -> Self {
        Self { rules, http: reqwest::Client::new() }
    }
}

#[async_trait::async_trait]
impl Checks for Prices {
    async fn allowed_impl(&self, id: &str) -> bool {
        let url = format!("{}/rules/prices/{id}", self.rules);
        self.http.get(url).send().await.is_ok()
    }
}
