use serde::Deserialize;

#[derive(Deserialize)]
pub struct Settings {
    pub logs: Logs,
    pub mail: Mail,
    pub stock: Stock,
}

#[derive(Deserialize)]
pub enum Logs {
    #[serde(alias = "grpc")]
    Grpc(LogServer),
    Nothing,
}

#[derive(Deserialize)]
pub struct LogServer {
    pub url: String,
    #[serde(default = "LogServer::fallback")]
    pub fallback: String,
}

impl LogServer {
    fn fallback() -> String {
        fallback()
    }
}

fn fallback() -> String {
    "http://fallback:80".into()
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Mail {
    Smtp { url: String },
    Nothing,
}

#[derive(Deserialize)]
pub enum Stock {
    Remote(Remote),
    Nothing,
}

#[derive(Deserialize)]
pub struct Remote {
    pub url: String,
}
