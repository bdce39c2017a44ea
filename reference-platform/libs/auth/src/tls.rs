//! mTLS without a mesh: certificates from files, for servers and for channels.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

/// Certificates, all three or none. They are read at start: a new certificate takes a restart.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub struct TlsSettings {
    /// File with the certificate of this service and its chain, PEM.
    #[arg(long, env = "TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// File with its private key, PEM.
    #[arg(long, env = "TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// File with the authorities whose certificates are trusted on the other side, PEM.
    #[arg(long, env = "TLS_CA")]
    pub tls_ca: Option<PathBuf>,
}

impl TlsSettings {
    /// For a server, which demands a certificate of its clients. Nothing when TLS is off.
    pub fn server(&self) -> anyhow::Result<Option<ServerTlsConfig>> {
        let files = self.read()?;
        Ok(files.map(|(identity, authorities)| ServerTlsConfig::new().identity(identity).client_ca_root(authorities)))
    }

    /// For a channel ([`social_client::Policy::tls`]). Nothing when TLS is off.
    pub fn client(&self) -> anyhow::Result<Option<ClientTlsConfig>> {
        let files = self.read()?;
        Ok(files.map(|(identity, authorities)| ClientTlsConfig::new().identity(identity).ca_certificate(authorities)))
    }

    fn read(&self) -> anyhow::Result<Option<(Identity, Certificate)>> {
        match (&self.tls_cert, &self.tls_key, &self.tls_ca) {
            (None, None, None) => Ok(None),
            (Some(cert), Some(key), Some(ca)) => {
                // Where dependencies bring several providers, rustls wants one to be chosen. That it was chosen already is no error.
                let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
                Ok(Some((Identity::from_pem(read(cert)?, read(key)?), Certificate::from_pem(read(ca)?))))
            }
            _ => anyhow::bail!("TLS_CERT, TLS_KEY and TLS_CA must be set together"),
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
