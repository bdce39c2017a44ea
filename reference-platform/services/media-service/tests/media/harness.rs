//! One service with a database and a folder of its own, in this process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use media_service::Settings;
use sha2::{Digest, Sha256};
use social_proto::media::v1::media_service_client::MediaServiceClient;
use social_proto::media::v1::upload_media_request::Part;
use social_proto::media::v1::{GetMediaRequest, Media, MediaKind, MediaState, UploadHeader, UploadMediaRequest};
use social_runtime::{Handle, Runtime};
use social_testing::{Fake, Stores, TestDatabase, Tokens, eventually};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use uuid::Uuid;

/// Kafka is away, as it may be.
const NOBODY: &str = "127.0.0.1:1";

pub struct Harness {
    pub client: MediaServiceClient<Channel>,
    /// Of the REST edge.
    pub url: String,
    pub tokens: Tokens,
    pub database: TestDatabase,
    pub folder: TempDir,
    pub settings: Settings,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
    _auth: Fake,
}

impl Harness {
    pub async fn start() -> Harness {
        Harness::start_with(|_| {}).await
    }

    pub async fn start_with(adjust: impl FnOnce(&mut Settings)) -> Harness {
        let stores = Stores::load().unwrap();
        let database = stores.database(&media_service::EXPAND).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::new();
        let auth = tokens.serve().await.unwrap();
        let arguments = [
            ("--auth-service-url", auth.url()),
            ("--service-token-public-key", "of the test"),
            ("--database-url", database.url()),
            ("--kafka-brokers", NOBODY),
            ("--object-store-dir", folder.path().to_str().unwrap()),
            ("--media-public-url", "https://media.example/"),
            ("--media-signing-key", "0123456789abcdef0123456789abcdef"),
            ("--processing-poll", "50ms"),
        ];
        let arguments = arguments.iter().flat_map(|(name, value)| [*name, *value]);
        let mut settings = Settings::try_parse_from(["media-service"].into_iter().chain(arguments)).unwrap();
        settings.auth = tokens.settings(auth.url());
        settings.runtime = social_runtime::Settings::ephemeral();
        adjust(&mut settings);

        let runtime = Runtime::bind("media-service", &settings.runtime).await.unwrap();
        let (bound, handle) = (runtime.bound(), runtime.handle());
        let service = tokio::spawn(media_service::serve(settings.clone(), runtime));
        tokio::time::timeout(Duration::from_secs(10), handle.ready()).await.expect("the service becomes ready");
        let channel = Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect_lazy();
        let url = format!("http://{}", bound.http);
        let client = MediaServiceClient::new(channel);
        Harness { client, url, tokens, database, folder, settings, handle, service, _auth: auth }
    }

    /// Ends the service as SIGTERM does. Without it the service ends with its test, which is quicker while Kafka is away.
    pub async fn stop(self) {
        self.handle.shutdown();
        self.service.await.unwrap().unwrap();
    }

    pub fn as_user<T>(&self, account_id: Uuid, message: T) -> Request<T> {
        self.tokens.request_as(account_id, message)
    }

    pub fn as_service<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let value = format!("Bearer {}", self.tokens.service("content-service")).parse().unwrap();
        request.metadata_mut().insert("authorization", value);
        request
    }

    /// Uploads these messages.
    pub async fn send(&self, owner: Uuid, messages: Vec<UploadMediaRequest>) -> Result<Media, Status> {
        let request = self.as_user(owner, tokio_stream::iter(messages));
        let response = self.client.clone().upload_media(request).await?;
        Ok(response.into_inner().media.unwrap())
    }

    pub async fn upload(&self, owner: Uuid, kind: MediaKind, bytes: &[u8]) -> Media {
        self.send(owner, upload(header(kind, bytes), bytes)).await.unwrap()
    }

    /// Uploads a file and waits until it is processed, well or not.
    pub async fn process(&self, owner: Uuid, kind: MediaKind, bytes: &[u8]) -> Media {
        let media = self.upload(owner, kind, bytes).await;
        self.processed(owner, &media.media_id).await
    }

    pub async fn processed(&self, owner: Uuid, media_id: &str) -> Media {
        eventually(Duration::from_secs(10), || async {
            let media = self.get(owner, media_id).await?;
            anyhow::ensure!(media.state() != MediaState::Processing, "still processing");
            Ok(media)
        })
        .await
        .unwrap()
    }

    pub async fn get(&self, caller: Uuid, media_id: &str) -> Result<Media, Status> {
        let request = self.as_user(caller, GetMediaRequest { media_id: media_id.to_owned() });
        Ok(self.client.clone().get_media(request).await?.into_inner().media.unwrap())
    }

    /// The files in the folder, by their paths within.
    pub fn files(&self) -> Vec<String> {
        let mut found: Vec<PathBuf> = Vec::new();
        walk(self.folder.path(), &mut found);
        let mut names: Vec<String> = found
            .iter()
            .map(|path| path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    pub fn stored(&self, media_id: &str, variant: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join("media").join(media_id).join(variant)).unwrap()
    }

    /// Waits until exactly these variants of a file are all there is.
    pub async fn left(&self, media_id: &str, variants: &[&str]) {
        let mut expected: Vec<String> = variants.iter().map(|name| format!("media/{media_id}/{name}")).collect();
        expected.sort();
        eventually(Duration::from_secs(5), || async {
            let files = self.files();
            anyhow::ensure!(files == expected, "{files:?}");
            Ok(())
        })
        .await
        .unwrap();
    }

    /// How many rows there are in a table.
    pub async fn count(&self, table: &'static str) -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(self.database.pool()).await.unwrap()
    }

    /// Nothing is stored, recorded or told.
    pub async fn untouched(&self) {
        eventually(Duration::from_secs(5), || async {
            let files = self.files();
            anyhow::ensure!(files.is_empty(), "{files:?}");
            Ok(())
        })
        .await
        .unwrap();
        for table in ["media", "jobs", "outbox", "stored_answers"] {
            assert_eq!(self.count(table).await, 0, "{table}");
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    // Empty folders come and go.
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

pub fn header(kind: MediaKind, bytes: &[u8]) -> UploadHeader {
    UploadHeader {
        request_id: id(),
        kind: kind.into(),
        size_bytes: bytes.len() as i64,
        sha256: Sha256::digest(bytes).to_vec(),
    }
}

/// In pieces of 100 KiB.
pub fn upload(header: UploadHeader, bytes: &[u8]) -> Vec<UploadMediaRequest> {
    let chunks = bytes.chunks(100 * 1024).map(|bytes| chunk(bytes.to_vec()));
    std::iter::once(begin(header)).chain(chunks).collect()
}

pub fn begin(header: UploadHeader) -> UploadMediaRequest {
    UploadMediaRequest { part: Some(Part::Header(header)) }
}

pub fn chunk(bytes: Vec<u8>) -> UploadMediaRequest {
    UploadMediaRequest { part: Some(Part::Chunk(bytes)) }
}

/// The code of what was refused.
pub fn code<T>(outcome: Result<T, Status>) -> Code {
    outcome.err().map_or(Code::Ok, |status| status.code())
}

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

pub fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
