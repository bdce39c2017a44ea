//! The object store: a local folder, or a bucket of S3. Knows keys and bytes, no files of users.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt, WriteMultipart};
use social_runtime::Error;
use social_telemetry::KeyValue;
use social_telemetry::attribute::{AWS_S3_BUCKET, RPC_METHOD, RPC_SYSTEM_NAME};
use social_telemetry::outgoing::{self, Outgoing};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::domain::VariantName;

/// Where uploads are until they are processed.
pub const UPLOADS: &str = "uploads";
/// Where variants are.
pub const MEDIA: &str = "media";

/// Where objects are kept.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Settings {
    /// The folder of objects, unless a bucket is named. All replicas must see the same one.
    #[arg(long, env = "OBJECT_STORE_DIR", default_value = "media-objects")]
    pub object_store_dir: PathBuf,

    /// The bucket; makes S3 the store.
    #[arg(long, env = "S3_BUCKET")]
    pub s3_bucket: Option<String>,

    /// Another S3 than that of AWS.
    #[arg(long, env = "S3_ENDPOINT")]
    pub s3_endpoint: Option<String>,

    /// Region of the bucket.
    #[arg(long, env = "S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,

    /// Without keys, those of the machine or the service account are taken.
    #[arg(long, env = "S3_ACCESS_KEY_ID", requires = "s3_secret_access_key")]
    pub s3_access_key_id: Option<String>,

    /// Belongs to the key id.
    #[arg(long, env = "S3_SECRET_ACCESS_KEY", hide_env_values = true, requires = "s3_access_key_id")]
    pub s3_secret_access_key: Option<social_auth::Secret>,
}

/// The store. Clones are the same store.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Of a local store.
    folder: Option<Arc<FilePath>>,
    bucket: Bucket,
}

impl Objects {
    /// Makes the folder if it is not there; a bucket must be.
    ///
    /// # Errors
    /// A folder that cannot be made, or settings of S3 that do not fit together.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(bucket) = &settings.s3_bucket {
            return Ok(Objects {
                store: Arc::new(s3(bucket, settings)?),
                folder: None,
                bucket: Bucket(Some(bucket.as_str().into())),
            });
        }
        let folder = &settings.object_store_dir;
        std::fs::create_dir_all(folder).with_context(|| format!("OBJECT_STORE_DIR {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        let local = LocalFileSystem::new_with_prefix(&folder)?.with_automatic_cleanup(true);
        Ok(Objects { store: Arc::new(local), folder: Some(folder.into()), bucket: Bucket(None) })
    }

    /// Begins an object that appears when it is finished, and never else.
    pub async fn begin(&self, key: &Path) -> Result<Writer, Error> {
        let begun = self.bucket.request("CreateMultipartUpload", self.store.put_multipart(key));
        let upload = begun.await.map_err(unavailable)?;
        Ok(Writer { upload: Some(WriteMultipart::new(upload)), bucket: self.bucket.clone() })
    }

    /// Writes a small object.
    pub async fn put(&self, key: &Path, bytes: Vec<u8>) -> object_store::Result<()> {
        self.bucket.request("PutObject", self.store.put(key, bytes.into())).await.map(drop)
    }

    /// An object as a stream.
    pub async fn get(&self, key: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.bucket.request("GetObject", self.store.get_opts(key, options)).await
    }

    /// A part of an object, whose length the caller bounds.
    pub async fn read(&self, key: &Path, range: std::ops::Range<u64>) -> object_store::Result<Bytes> {
        self.bucket.request("GetObject", self.store.get_range(key, range)).await
    }

    /// Removes objects. One that is not there is removed.
    pub async fn remove(&self, keys: Vec<Path>) -> object_store::Result<()> {
        let mut removed = self.store.delete_stream(futures::stream::iter(keys.into_iter().map(Ok)).boxed());
        let remove = async {
            while let Some(outcome) = removed.next().await {
                match outcome {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        self.bucket.request("DeleteObjects", remove).await
    }

    /// All objects with this first part of their key.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        let span = self.bucket.span("ListObjectsV2");
        let objects = self.store.list(Some(&Path::from(prefix)));
        // The listing lasts until its last part is there.
        objects.inspect(move |_| _ = &span).boxed()
    }

    /// Asks the store for a sign of life.
    pub async fn ping(&self) -> anyhow::Result<()> {
        if let Some(folder) = &self.folder {
            tokio::fs::metadata(folder).await?;
            return Ok(());
        }
        self.list("health").try_next().await?;
        Ok(())
    }

    /// Removes what a local store has left of writes that never ended: it lists no such files. A bucket needs a rule of its
    /// life cycle for that (AbortIncompleteMultipartUpload).
    pub async fn remove_unfinished(&self, age: Duration) -> anyhow::Result<()> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        tokio::task::spawn_blocking(move || remove_unfinished(&folder, age)).await??;
        Ok(())
    }
}

/// The bucket, as spans name it. A folder is nothing outside of the process.
#[derive(Clone, Debug)]
struct Bucket(Option<Arc<str>>);

impl Bucket {
    /// A request to the API of S3.
    fn span(&self, method: &'static str) -> Option<Outgoing> {
        let bucket = self.0.clone()?;
        Some(outgoing::client(format!("S3/{method}"), || {
            vec![
                KeyValue::new(RPC_SYSTEM_NAME, "aws-api"),
                KeyValue::new(RPC_METHOD, format!("S3/{method}")),
                KeyValue::new(AWS_S3_BUCKET, bucket.to_string()),
            ]
        }))
    }

    async fn request<T, E>(&self, method: &'static str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        match self.span(method) {
            Some(span) => span.of(work).await,
            None => work.await,
        }
    }
}

/// The key of an upload.
pub fn upload_key(media_id: Uuid) -> Path {
    Path::from_iter([UPLOADS.to_owned(), media_id.to_string()])
}

/// The key of a variant.
pub fn variant_key(media_id: Uuid, variant: VariantName) -> Path {
    Path::from_iter([MEDIA.to_owned(), media_id.to_string(), variant.as_str().to_owned()])
}

/// All keys that a file can have.
pub fn all_keys(media_id: Uuid) -> Vec<Path> {
    let mut keys = vec![upload_key(media_id)];
    keys.extend(VariantName::ALL.map(|variant| variant_key(media_id, variant)));
    keys
}

/// The file that a key is about.
pub fn media_id(key: &Path) -> Option<Uuid> {
    key.parts().nth(1)?.as_ref().parse().ok()
}

/// What a caller is told of a store that does not answer.
pub fn unavailable(error: object_store::Error) -> Error {
    Error::unavailable("the object store does not answer").with_source(error)
}

/// An object that is being written, in parts of 5 MiB: with the one under way, that is what it holds in memory. When it is dropped
/// before it is finished, nothing is left.
pub struct Writer {
    upload: Option<WriteMultipart>,
    bucket: Bucket,
}

impl Writer {
    /// Waits until the store has taken enough.
    pub async fn write(&mut self, bytes: &[u8]) -> object_store::Result<()> {
        if let Some(upload) = &mut self.upload {
            upload.wait_for_capacity(1).await?;
            upload.write(bytes);
        }
        Ok(())
    }

    /// Makes the object appear.
    pub async fn finish(mut self) -> object_store::Result<()> {
        match self.upload.take() {
            Some(upload) => self.bucket.request("CompleteMultipartUpload", upload.finish()).await.map(drop),
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let (Some(upload), Ok(runtime)) = (self.upload.take(), Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = upload.abort().await {
                    tracing::warn!(%error, "what was written of an object may be left");
                }
            });
        }
    }
}

fn s3(bucket: &str, settings: &Settings) -> anyhow::Result<AmazonS3> {
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_region(&settings.s3_region);
    if let Some(endpoint) = &settings.s3_endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    if let (Some(id), Some(secret)) = (&settings.s3_access_key_id, &settings.s3_secret_access_key) {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret.expose());
    }
    Ok(builder.build()?)
}

/// A write under way is a file with `#` in its name, which no key has.
fn remove_unfinished(folder: &FilePath, age: Duration) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            remove_unfinished(&entry.path(), age)?;
        } else if entry.file_name().to_string_lossy().contains('#') && is_older(&metadata, age) {
            tracing::info!(file = %entry.path().display(), "removing a write that never ended");
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_older(metadata: &std::fs::Metadata, age: Duration) -> bool {
    let modified = metadata.modified().ok();
    modified.and_then(|modified| SystemTime::now().duration_since(modified).ok()).is_some_and(|old| old > age)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &FilePath) -> Settings {
        Settings {
            object_store_dir: folder.to_owned(),
            s3_bucket: None,
            s3_endpoint: None,
            s3_region: "eu-central-1".to_owned(),
            s3_access_key_id: None,
            s3_secret_access_key: None,
        }
    }

    #[tokio::test]
    async fn a_bucket_makes_s3_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Settings {
            s3_bucket: Some("pictures".to_owned()),
            s3_endpoint: Some("http://127.0.0.1:1".to_owned()),
            s3_access_key_id: Some("id".to_owned()),
            s3_secret_access_key: Some("secret".to_owned().into()),
            ..settings(&folder.path().join("unused"))
        };
        let objects = Objects::new(&bucket).unwrap();
        assert_eq!(objects.store.to_string(), "AmazonS3(pictures)");
        assert!(!folder.path().join("unused").exists());
        assert!(!format!("{bucket:?}").contains("\"secret\""));
        objects.remove_unfinished(Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_not_finished_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::new(&settings(folder.path())).unwrap();
        let key = upload_key(Uuid::now_v7());
        let mut writer = objects.begin(&key).await.unwrap();
        writer.write(&vec![7; 6 << 20]).await.unwrap();
        drop(writer);
        let gone = async {
            while files(folder.path()) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await
            }
        };
        tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();

        // What a crash leaves.
        let left = folder.path().join(UPLOADS).join("x#1");
        std::fs::create_dir_all(left.parent().unwrap()).unwrap();
        std::fs::write(&left, "half").unwrap();
        objects.put(&key, b"whole".to_vec()).await.unwrap();
        objects.remove_unfinished(Duration::from_secs(60)).await.unwrap();
        assert_eq!(files(folder.path()), 2);
        objects.remove_unfinished(Duration::ZERO).await.unwrap();
        assert_eq!(files(folder.path()), 1);
        assert_eq!(objects.read(&key, 1..3).await.unwrap(), "ho");

        let all = all_keys(media_id(&key).unwrap());
        objects.remove(all.clone()).await.unwrap();
        objects.remove(all).await.unwrap();
        assert_eq!(files(folder.path()), 0);
    }

    fn files(folder: &FilePath) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
    }
}
