//! Settings of who verifies tokens, and of who mints service tokens.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use clap::Args;

use crate::TlsSettings;

/// For each service but auth-service, which has its own keys and needs [`TokenSettings`] only.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Settings {
    /// Where keys are fetched.
    #[arg(long, env = "AUTH_SERVICE_URL")]
    pub auth_service_url: String,
    /// Tokens.
    #[command(flatten)]
    pub tokens: TokenSettings,
    /// Certificates for mTLS.
    #[command(flatten)]
    pub tls: TlsSettings,
}

/// What tokens must say, and the key of the platform, by which services and operators name themselves.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct TokenSettings {
    /// Who issues tokens: their `iss`.
    #[arg(long, env = "TOKEN_ISSUER", default_value = "https://auth.social.example")]
    pub token_issuer: String,
    /// Whom tokens are for: their `aud`.
    #[arg(long, env = "TOKEN_AUDIENCE", default_value = "social")]
    pub token_audience: String,
    /// Public key of the platform, PEM.
    #[arg(long, env = "SERVICE_TOKEN_PUBLIC_KEY")]
    pub service_token_public_key: String,
    /// Private key of the platform, PKCS #8 PEM. Absent where a service never acts on its own.
    #[arg(long, env = "SERVICE_TOKEN_KEY", hide_env_values = true)]
    pub service_token_key: Option<Secret>,
}

/// A text that does not show itself in logs.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}
