//! A platform of its own for tests: real stores and services in a folder that goes with the value.

#![allow(dead_code, reason = "not each suite needs all")]

use std::fs;
use std::path::{Path, PathBuf};

use platform::folder::Folder;
use platform::limits::Limits;
use platform::native;
use platform::progress::Progress;
use platform::services::{Phase, Replicas, SERVICES, Service, Services};
use platform::stores::{Store, Stores};
use rustix::process::Signal;
use tempfile::TempDir;

pub struct Running {
    root: Option<TempDir>,
    pub folder: Folder,
    pub stores: Stores,
    pub services: Services,
}

impl Running {
    /// Stores and services are up and healthy.
    pub async fn up(replicas: &Replicas, drain: &str) -> Self {
        Self::observed(replicas, drain, &[], None).await
    }

    /// With further settings of services, and sending all traces to `otlp`.
    pub async fn observed(
        replicas: &Replicas,
        drain: &str,
        settings: &[(&'static str, String)],
        otlp: Option<String>,
    ) -> Self {
        // PostgreSQL runs as another user when this one is root.
        let root = tempfile::Builder::new().permissions(permissions()).tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let stores = Stores::Native(native::Stores::new(folder.clone(), Limits::deployed().unwrap()));
        let mut services = Services::new(folder.clone(), programs(), Limits::deployed().unwrap())
            .with_setting("DRAIN", drain)
            // Clients here do not refresh their tokens.
            .with_setting("ACCESS_TOKEN_TTL", "2h")
            // Few people log in often.
            .with_setting("LOGIN_ATTEMPTS_PER_LOGIN", "100000");
        for (name, value) in settings {
            services = services.with_setting(name, value);
        }
        folder.update(|state| state.otlp = otlp).unwrap();
        if let Ok(only) = std::env::var("PLATFORM_ONLY") {
            services = services.only(&only.split(',').collect::<Vec<_>>());
        }
        let running = Self { root: Some(root), folder, stores, services };
        let progress = Progress::visible();
        running.stores.up(&progress).await.unwrap();
        running.services.migrate(Phase::Expand, &progress).await.unwrap();
        running.services.up(replicas, &progress).await.unwrap();
        running
    }

    /// All is stopped in order and what was written goes.
    pub async fn down(&self) {
        self.services.down(&Progress::visible()).await.unwrap();
        self.stores.down(true, &Progress::visible()).await.unwrap();
    }

    /// A replica of the service was brought up.
    pub fn has(&self, service: &str) -> bool {
        self.services.replicas().unwrap().contains(&format!("{service}-1"))
    }

    /// The services that were brought up.
    pub fn selected(&self) -> impl Iterator<Item = &'static Service> {
        SERVICES.iter().filter(|service| self.has(service.name))
    }

    /// Takes a store, or the first replica of a service, away.
    pub async fn stop(&self, part: &str) {
        match Store::named(part) {
            Some(store) => self.stores.stop(store).await.unwrap(),
            None => self.services.stop(&format!("{part}-1")).await.unwrap(),
        }
    }

    /// Gives it back, and waits until it is well.
    pub async fn start(&self, part: &str) {
        match Store::named(part) {
            Some(store) => self.stores.start(store).await.unwrap(),
            None => self.services.start(&format!("{part}-1")).await.unwrap(),
        }
    }
}

impl Drop for Running {
    /// What a test that failed has left is killed; its logs stay.
    fn drop(&mut self) {
        for part in self.folder.state().unwrap_or_default().parts.values() {
            if let Some(process) = &part.process {
                let _ = process.signal(Signal::KILL);
            }
        }
        if std::thread::panicking()
            && let Some(root) = self.root.take()
        {
            eprintln!("logs are in {}", root.keep().join("logs").display());
        }
    }
}

fn permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o755)
}

/// `target/debug`, for a test in `target/debug/deps`.
fn programs() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().to_owned()
}
