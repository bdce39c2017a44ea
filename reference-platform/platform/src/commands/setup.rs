//! `setup`: installs what a Debian machine lacks to build and run the platform.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use super::Context;
use crate::native::jars;
use crate::progress::Progress;

/// A package of Debian, needed where none of the programs is there. A program is found in `PATH`, or anywhere below a folder.
struct Package {
    name: &'static str,
    programs: &'static [&'static str],
    what_for: &'static str,
}

const PACKAGES: [Package; 8] = [
    Package { name: "postgresql", programs: &["/usr/lib/postgresql", "postgres"], what_for: "store of seven services" },
    Package { name: "redis-server", programs: &["redis-server"], what_for: "caches, feeds, presence" },
    Package { name: "clickhouse-server", programs: &["clickhouse-server"], what_for: "store of events-service" },
    Package { name: "default-jre-headless", programs: &["java"], what_for: "runs Kafka and Neo4j" },
    Package { name: "maven", programs: &["mvn"], what_for: "fetches Kafka and Neo4j" },
    Package { name: "cmake", programs: &["cmake"], what_for: "builds the client of Kafka" },
    Package { name: "g++", programs: &["c++", "g++", "clang++"], what_for: "builds the client of Kafka" },
    Package { name: "pkg-config", programs: &["pkg-config"], what_for: "finds libraries while building" },
];
/// The oldest Java that both Kafka and Neo4j run on.
const JAVA: u32 = 17;

/// Options of `setup`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only say what is missing; fails if something is.
    #[arg(long)]
    pub check: bool,
}

/// Installs packages that are missing, then fetches Kafka and Neo4j. Doing it again changes nothing.
pub async fn run(context: &Context, options: &Options) -> Result<()> {
    let missing: Vec<&Package> = PACKAGES.iter().filter(|package| !is_there(package.programs)).collect();
    for package in &missing {
        context.progress.say(&format!("{:<22} is missing: {}", package.name, package.what_for));
    }
    if !missing.is_empty() {
        let command = install_command(&missing);
        if options.check {
            bail!("to be run: {}", command.join(" "));
        }
        install(&command, &context.progress).await?;
    }
    check_java().await?;
    if options.check {
        println!("nothing is missing");
        return Ok(());
    }
    let step = context.progress.begin("kafka", "fetching, where it is not in the cache");
    let at = jars::kafka(&context.folder).await?;
    step.done(&format!("is in {}", at.display()));
    let step = context.progress.begin("neo4j", "fetching, where it is not in the cache");
    let at = jars::neo4j(&context.folder).await?;
    step.done(&format!("is in {}", at.display()));
    Ok(())
}

async fn install(command: &[String], progress: &Progress) -> Result<()> {
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("this is no Debian machine; what is named above has to be installed in its own way");
    }
    // Packages that were listed before may be gone from the mirrors.
    let update: Vec<String> =
        command.iter().take_while(|word| *word != "install").cloned().chain(["update".to_owned()]).collect();
    for command in [update.as_slice(), command] {
        progress.say(&format!("running: {}", command.join(" ")));
        let [program, args @ ..] = command else { bail!("there is nothing to run") };
        let status = Command::new(program)
            .args(args)
            .stdin(Stdio::inherit())
            .status()
            .await
            .with_context(|| format!("cannot start {program}"))?;
        if !status.success() {
            bail!("{} failed: {status}", command.join(" "));
        }
    }
    Ok(())
}

/// Whoever is no superuser is asked by sudo.
fn install_command(missing: &[&Package]) -> Vec<String> {
    let sudo: &[&str] = if rustix::process::geteuid().is_root() { &[] } else { &["sudo"] };
    let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--no-install-recommends"];
    let names = missing.iter().map(|package| package.name);
    sudo.iter().copied().chain(apt).chain(names).map(str::to_owned).collect()
}

fn is_there(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]).collect();
    programs.iter().any(|program| folders.iter().any(|folder| folder.join(program).exists()))
}

async fn check_java() -> Result<()> {
    let output = Command::new("java").arg("-version").output().await.context("cannot start java")?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    match java_version(&text) {
        Some(version) if version >= JAVA => Ok(()),
        _ => bail!("Java {JAVA} or newer is needed; `java -version` says: {}", text.lines().next().unwrap_or_default()),
    }
}

/// `openjdk version "17.0.15" 2025-04-15`; before 9 it was `"1.8.0_292"`.
fn java_version(text: &str) -> Option<u32> {
    let version = text.split('"').nth(1)?;
    let major = version.split(['.', '-', '+']).next()?;
    major.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_java_are_read() {
        assert_eq!(java_version("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime"), Some(17));
        assert_eq!(java_version("openjdk version \"25-ea\" 2025-09-16"), Some(25));
        assert_eq!(java_version("java version \"1.8.0_292\""), Some(1));
        assert_eq!(java_version("command not found"), None);
    }

    #[test]
    fn one_of_several_programs_is_enough() {
        assert!(is_there(&["no-such-program", "sh"]));
        assert!(is_there(&["/usr"]));
        assert!(!is_there(&["no-such-program"]));
    }

    #[test]
    fn the_command_names_exactly_what_is_missing() {
        let command = install_command(&[&PACKAGES[1], &PACKAGES[5]]);
        assert!(command.ends_with(&["redis-server".to_owned(), "cmake".to_owned()]));
        assert!(!command.contains(&"maven".to_owned()));
    }
}
