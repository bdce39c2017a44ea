//! One sender for all requests; each caller says where, with which verb and to which path.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;

#[derive(Clone)]
pub struct ApiClient {
    base: String,
    http: Client,
}

impl ApiClient {
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into(), http: Client::new() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with('/') {
            format!("{}{path}", self.base)
        } else {
            format!("{}/v1/{path}", self.base)
        };
        self.http.request(method, url)
    }

    async fn execute(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        request.header("x-caller", "kit").send().await?.error_for_status()
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> reqwest::Result<T> {
        self.execute(self.request(Method::GET, path)).await?.json().await
    }

    pub async fn send(&self, verb: Verb, path: &str) -> reqwest::Result<()> {
        let request = match verb {
            Verb::Create => self.request(Method::POST, path),
            Verb::Replace => self.request(Method::PUT, path),
        };
        self.execute(request).await.map(drop)
    }
}

pub enum Verb {
    Create,
    Replace,
}
