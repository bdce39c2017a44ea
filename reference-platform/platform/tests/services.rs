//! Replicas of services: started, found changed, killed, brought back, stopped. The programs are stand-ins, which listen as a
//! service does; that the real ones come up is what `up` shows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use platform::folder::Folder;
use platform::limits::Limits;
use platform::probe;
use platform::progress::Progress;
use platform::services::{Replicas, SERVICES, Services};
use rustix::process::Signal;
use tempfile::TempDir;

/// Not a test: what the scripts of [`programs`] run.
#[test]
#[ignore = "the program of the other tests"]
fn stand_in() {
    let Ok(address) = std::env::var("ADMIN_ADDR") else { return };
    println!("calls auth at {}", std::env::var("AUTH_SERVICE_URL").unwrap_or_default());
    assert!(std::env::var("SERVICE_TOKEN_KEY").unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
    let listener = TcpListener::bind(address).unwrap();
    for connection in listener.incoming() {
        let mut connection = connection.unwrap();
        let _ = connection.read(&mut [0; 1024]);
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}

struct Platform {
    _root: TempDir,
    folder: Folder,
    services: Services,
    programs: TempDir,
}

impl Drop for Platform {
    fn drop(&mut self) {
        for part in self.folder.state().unwrap_or_default().parts.values() {
            if let Some(process) = &part.process {
                let _ = process.signal(Signal::KILL);
            }
        }
    }
}

/// One whose stores are said to be up.
fn platform() -> Platform {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    let nowhere = r#"{
        "postgres": {"url": "postgres://a:b@127.0.0.1:1/postgres"}, "redis": {"url": "redis://127.0.0.1:1"},
        "kafka": {"brokers": "127.0.0.1:1"}, "clickhouse": {"url": "http://127.0.0.1:1"},
        "neo4j": {"uri": "bolt://127.0.0.1:1", "user": "neo4j", "password": "secret"}
    }"#;
    folder.publish(&serde_json::from_str(nowhere).unwrap()).unwrap();
    let programs = tempfile::tempdir().unwrap();
    for service in &SERVICES {
        program(programs.path(), &service.program(), "");
    }
    let services = Services::new(folder.clone(), programs.path().to_owned(), Limits::deployed().unwrap());
    Platform { _root: root, folder, services, programs }
}

fn program(folder: &Path, name: &str, before: &str) {
    let this = std::env::current_exe().unwrap();
    let script = format!("#!/bin/sh\n{before}\nexec {} --ignored --exact stand_in --nocapture\n", this.display());
    // Replaced, not overwritten: the old one may be running.
    let fresh = folder.join("fresh");
    fs::write(&fresh, script).unwrap();
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&fresh, folder.join(name)).unwrap();
}

fn pid(folder: &Folder, replica: &str) -> Option<u32> {
    folder.state().unwrap().parts[replica].process.as_ref().map(|process| process.pid)
}

async fn answers(address: SocketAddr) -> bool {
    probe::http(&format!("http://{address}/readyz")).await.is_ok()
}

#[tokio::test]
async fn replicas_from_up_to_down() {
    let Platform { folder, services, programs, .. } = &platform();
    services.up(&Replicas::from([("auth", 2)]), &Progress::silent()).await.unwrap();
    assert_eq!(services.replicas().unwrap().len(), 11);
    let admin = services.address("auth-2", "admin").unwrap();
    assert!(answers(admin).await);

    // Callers know both replicas.
    let urls = ["auth-1", "auth-2"].map(|name| format!("http://{}", services.address(name, "grpc").unwrap())).join(",");
    let log = fs::read_to_string(folder.log("feed-1")).unwrap();
    assert!(log.contains(&format!("calls auth at {urls}")), "{log}");

    // A crash is seen, and only what crashed is started again.
    let before = (pid(folder, "auth-1"), pid(folder, "auth-2"), pid(folder, "user-1"));
    let process = folder.state().unwrap().parts["auth-2"].process.clone().unwrap();
    process.kill().await.unwrap();
    assert!(folder.state().unwrap().parts["auth-2"].alive().is_none());
    // How many were wanted is still known.
    services.up(&Replicas::new(), &Progress::silent()).await.unwrap();
    assert_eq!((pid(folder, "auth-1"), pid(folder, "user-1")), (before.0, before.2));
    assert_ne!(pid(folder, "auth-2"), before.1);
    assert_eq!(services.address("auth-2", "admin").unwrap(), admin);

    // A replica that was built anew is restarted.
    program(programs.path(), "user-service", "# another build");
    services.up(&Replicas::new(), &Progress::silent()).await.unwrap();
    assert_eq!(pid(folder, "auth-1"), before.0);
    assert_ne!(pid(folder, "user-1"), before.2);

    // One is taken away and given back.
    services.stop("auth-2").await.unwrap();
    assert_eq!(pid(folder, "auth-2"), None);
    assert!(!answers(admin).await);
    services.start("auth-2").await.unwrap();
    services.kill("auth-2").await.unwrap();
    services.start("auth-2").await.unwrap();
    assert!(answers(admin).await);

    // Fewer: the second goes, and its callers are told.
    services.up(&Replicas::from([("auth", 1)]), &Progress::silent()).await.unwrap();
    assert_eq!(services.replicas().unwrap().len(), 10);
    assert!(!answers(admin).await);
    assert_eq!(pid(folder, "auth-1"), before.0);

    services.down(&Progress::silent()).await.unwrap();
    let state = folder.state().unwrap();
    assert!(state.parts.values().all(|part| part.process.is_none()));
    assert!(TcpStream::connect(services.address("auth-1", "admin").unwrap()).is_err());
}

#[tokio::test]
async fn a_replica_that_fails_is_named_and_the_others_come_up() {
    let Platform { folder, services, programs, .. } = &platform();
    program(programs.path(), "media-service", "echo 'the object store is full' >&2; exit 1");
    let error = format!("{:#}", services.up(&Replicas::new(), &Progress::silent()).await.unwrap_err());
    assert!(error.starts_with("media-1 did not come up: it ended while it started"), "{error}");
    assert!(error.contains("| the object store is full"), "{error}");
    assert_eq!(error.matches("did not come up").count(), 1, "{error}");
    assert_eq!(pid(folder, "media-1"), None);
    assert!(answers(services.address("streaming-1", "admin").unwrap()).await);
}

#[tokio::test]
async fn programs_that_are_not_built_are_named_before_anything_starts() {
    let Platform { folder, services, programs, .. } = &platform();
    fs::remove_file(programs.path().join("feed-service")).unwrap();
    fs::remove_file(programs.path().join("search-service")).unwrap();
    let error = services.up(&Replicas::new(), &Progress::silent()).await.unwrap_err().to_string();
    assert!(error.contains(": feed-service, search-service;"), "{error}");
    assert!(folder.state().unwrap().parts.is_empty());
    services.address("feed-1", "grpc").unwrap_err();
    services.stop("feed-1").await.unwrap_err();
}

#[tokio::test]
async fn a_replica_has_the_time_that_it_needs() {
    let Platform { services, programs, .. } = &platform();
    program(programs.path(), "search-service", "sleep 1");
    tokio::time::timeout(Duration::from_secs(30), services.up(&Replicas::new(), &Progress::silent()))
        .await
        .unwrap()
        .unwrap();
    assert!(answers(services.address("search-1", "admin").unwrap()).await);
}
