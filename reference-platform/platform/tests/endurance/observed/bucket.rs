//! A bucket of S3 on this machine, as media-service has one in the cluster.

use std::net::SocketAddr;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The one of the manifests.
const NAME: &str = "social-media";
const KEY: (&str, &str) = ("observed", "only for this test");

pub struct Bucket {
    address: SocketAddr,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

impl Bucket {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(NAME)).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    // A connection that breaks is the matter of its client.
                    let _ = server.serve_connection(TokioIo::new(connection), service).await;
                });
            }
        });
        Self { address, serving, _folder: folder }
    }

    /// The settings by which media-service uses it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("S3_BUCKET", NAME.to_owned()),
            ("S3_ENDPOINT", format!("http://{}", self.address)),
            ("S3_ACCESS_KEY_ID", KEY.0.to_owned()),
            ("S3_SECRET_ACCESS_KEY", KEY.1.to_owned()),
        ]
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
