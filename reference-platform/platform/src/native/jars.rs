//! The jars of Kafka and Neo4j: resolved once by Maven into a cache, one folder per version, for all platforms of this user.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::programs;
use crate::folder::Folder;
use crate::process::Launch;
use crate::stores::text;

const KAFKA: &str = include_str!("../../stores/kafka/pom.xml");
const NEO4J: &str = include_str!("../../stores/neo4j/pom.xml");
const DOWNLOAD: Duration = Duration::from_secs(900);

/// The folder with Kafka's.
pub(crate) async fn kafka(folder: &Folder) -> Result<PathBuf> {
    resolve("kafka", KAFKA, folder).await
}

/// The folder with Neo4j's.
pub(crate) async fn neo4j(folder: &Folder) -> Result<PathBuf> {
    resolve("neo4j", NEO4J, folder).await
}

/// Options of a small machine: the simple collector and the first compiler start fastest. `heap` is in MiB.
pub(super) fn java_args(jars: &Path, heap: u32) -> Result<Vec<String>> {
    Ok(vec![
        "-XX:+UseSerialGC".to_owned(),
        "-XX:TieredStopAtLevel=1".to_owned(),
        format!("-Xmx{heap}m"),
        "-cp".to_owned(),
        format!("{}/*", text(jars)?),
    ])
}

async fn resolve(name: &str, pom: &str, folder: &Folder) -> Result<PathBuf> {
    let version = version(pom).with_context(|| format!("the pom.xml of {name} names no version"))?;
    let cache = cache()?;
    let target = cache.join(format!("{name}-{version}"));
    // It is moved there when it is complete, together with what it was made from.
    if fs::read_to_string(target.join("pom.xml")).is_ok_and(|made_from| made_from == pom) {
        return Ok(target);
    }
    fs::create_dir_all(&cache).with_context(|| format!("cannot make the folder {}", cache.display()))?;
    let fresh = tempfile::Builder::new().prefix(&format!("{name}-")).tempdir_in(&cache)?;
    let pom_file = fresh.path().join("pom.xml");
    fs::write(&pom_file, pom)?;
    let args = vec![
        "--batch-mode".to_owned(),
        "--no-transfer-progress".to_owned(),
        format!("--file={}", text(&pom_file)?),
        "dependency:copy-dependencies".to_owned(),
        format!("-DoutputDirectory={}", text(fresh.path())?),
    ];
    let log = folder.log(&format!("{name}-jars"));
    let mut maven = Launch::new(programs::find("mvn")?, args, fresh.path().to_owned(), log);
    // Proxies, mirrors and the like of whoever runs this.
    maven.env = env::vars().collect();
    maven.run(DOWNLOAD).await.with_context(|| format!("cannot fetch {name} {version} from Maven Central"))?;
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::rename(fresh.path(), &target).with_context(|| format!("cannot move the jars to {}", target.display()))?;
    Ok(target)
}

/// Of the project, which comes first.
fn version(pom: &str) -> Option<&str> {
    let (_, rest) = pom.split_once("<version>")?;
    rest.split_once("</version>").map(|(version, _)| version)
}

fn cache() -> Result<PathBuf> {
    let root = match env::var_os("XDG_CACHE_HOME").filter(|root| Path::new(root).is_absolute()) {
        Some(root) => PathBuf::from(root),
        None => Path::new(&env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(root.join("social-platform"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_stores() {
        assert!(version(KAFKA).unwrap().starts_with("4."));
        // Newer ones need a newer Java.
        assert!(version(NEO4J).unwrap().starts_with("5.26."));
    }
}
