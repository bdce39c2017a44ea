//! Use cases, in the words of the contract: each checks what comes in, decides who may, and stores. Both edges call these.

mod download;
mod input;
mod media;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use social_auth::{Caller, Kind};
use social_runtime::Error;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

pub use download::{Download, Fetch};

use crate::domain::{Media, Viewer};
use crate::objects::Objects;
use crate::settings::Settings;
use crate::signing::Signer;
use crate::store::Store;

/// The service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    store: Store,
    objects: Objects,
    signer: Signer,
    public_url: Arc<str>,
    /// Told when there is work.
    wake: Arc<Notify>,
    uploads: Arc<Semaphore>,
    idle_timeout: Duration,
}

impl App {
    /// On its stores; `wake` reaches the workers of this process.
    pub fn new(store: Store, objects: Objects, signer: Signer, wake: Arc<Notify>, settings: &Settings) -> Self {
        App {
            store,
            objects,
            signer,
            public_url: settings.media_public_url.trim_end_matches('/').into(),
            wake,
            uploads: Arc::new(Semaphore::new(settings.max_uploads)),
            idle_timeout: settings.upload_idle_timeout,
        }
    }

    /// What an uploader sends next, unless it is silent for too long.
    pub async fn in_time<T>(&self, next: impl Future<Output = T>) -> Result<T, Error> {
        let next = tokio::time::timeout(self.idle_timeout, next).await;
        next.map_err(|_| Error::deadline("nothing has arrived for too long"))
    }

    /// A file that the viewer may see.
    async fn shown(&self, viewer: Viewer, media_id: Uuid) -> Result<Media, Error> {
        let media = self.store.media(media_id).await?;
        media.filter(|media| media.visible_to(viewer)).ok_or_else(not_found)
    }
}

/// Services see everything on their own behalf.
fn viewer(caller: &Caller) -> Result<Viewer, Error> {
    if let Kind::Service(_) = &caller.kind {
        caller.require_scope(social_auth::INTERNAL)?;
        return Ok(Viewer::Platform);
    }
    Ok(Viewer::User(caller.account_id()?))
}

/// What everybody is told who must not see a file, or asks for one that is not there.
fn not_found() -> Error {
    Error::not_found("there is no such file")
}
