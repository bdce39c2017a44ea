//! `loadpath observe`: started before the platform, ended after it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use platform::eventually::eventually;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// It reads the project before it listens, with a build for tests.
const LISTENS: Duration = Duration::from_secs(120);
/// It compares when it is told to stop.
const COMPARES: Duration = Duration::from_secs(120);

pub struct Observer {
    process: Child,
    address: SocketAddr,
    reports: TempDir,
}

/// What it found.
pub struct Comparison {
    pub text: String,
    document: Value,
}

impl Observer {
    pub async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        let program = std::env::var_os("LOADPATH").map_or_else(|| root.join("../target/debug/loadpath"), PathBuf::from);
        assert!(
            program.is_file(),
            "{} is not there: `cargo build` in the root of the repository makes it, LOADPATH names another one",
            program.display()
        );
        let reports = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = Command::new(program)
            .arg("observe")
            .arg(&root)
            .args(["--listen", &address.to_string()])
            .args(["--format", &format!("text={}", reports.path().join("text").display())])
            .args(["--format", &format!("json={}", reports.path().join("json").display())])
            .spawn()
            .unwrap();
        let observer = Self { process, address, reports };
        eventually("loadpath observe listens", LISTENS, async || Ok(TcpStream::connect(address).map(drop)?))
            .await
            .unwrap();
        observer
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn stop(mut self) -> Comparison {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let ended = tokio::task::spawn_blocking(move || {
            let status = self.process.wait().unwrap();
            (self, status)
        });
        let (observer, status) = tokio::time::timeout(COMPARES, ended).await.unwrap().unwrap();
        let read = |name: &str| {
            let report = std::fs::read_to_string(observer.reports.path().join(name));
            report.unwrap_or_else(|error| panic!("no report {name} ({error}), loadpath ended with {status}"))
        };
        Comparison { text: read("text"), document: serde_json::from_str(&read("json")).unwrap() }
    }
}

impl Drop for Observer {
    /// One that a failed test has left.
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

impl Comparison {
    /// Edges and methods of edges that are written and that nothing went over.
    pub fn not_covered(&self) -> Vec<String> {
        self.edges(&["not_seen"])
    }

    /// All that is on one side only.
    pub fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (list, name) in [("services", "name"), ("nodes", "id")] {
            for row in rows(&self.document[list]).filter(|row| differs(row)) {
                found.push(format!("{}: {}", text(&row[name]), text(&row["status"])));
            }
        }
        found.extend(self.edges(&["not_seen", "not_written"]));
        let entries = rows(&self.document["entry_points"]).filter(|row| row["status"] == "not_written");
        found.extend(entries.map(|row| format!("{} {}: not_written", text(&row["service"]), text(&row["name"]))));
        assert_eq!(found.is_empty(), self.document["same"] == true, "{}", self.document);
        found
    }

    fn edges(&self, statuses: &[&str]) -> Vec<String> {
        let wanted = |row: &Value| statuses.contains(&text(&row["status"]).as_str());
        let mut found = Vec::new();
        for edge in rows(&self.document["edges"]) {
            let name = format!("{} {} {}", text(&edge["from"]), text(&edge["kind"]), text(&edge["to"]));
            if wanted(edge) {
                found.push(format!("{name}: {}", text(&edge["status"])));
            } else if edge["status"] == "same" {
                let methods = rows(&edge["methods"]).filter(|method| wanted(method));
                found.extend(
                    methods.map(|method| format!("{name} {}: {}", text(&method["name"]), text(&method["status"]))),
                );
            }
        }
        found
    }
}

fn rows(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn differs(row: &Value) -> bool {
    row["status"] == "not_seen" || row["status"] == "not_written"
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
