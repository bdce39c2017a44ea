//! Neo4j Community from its published artifacts, with Bolt only.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use super::{jars, programs};
use crate::folder::Folder;
use crate::limits::Limits;
use crate::process::Launch;
use crate::state::Part;
use crate::stores::{NEO4J_PASSWORD, fill, text};

const CONF: &str = include_str!("../../stores/neo4j/neo4j.conf");
const SET_PASSWORD: Duration = Duration::from_secs(60);
/// Without them Neo4j falls back to slower ways and says so. As in its own start script.
const OPENED: [&str; 6] = [
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Djdk.nio.maxCachedBufferSize=1024",
];

pub(super) async fn prepare(folder: &Folder, part: &Part, limits: &Limits) -> Result<Launch> {
    let java = programs::find("java")?;
    let jars = jars::neo4j(folder).await?;
    let home = folder.data("neo4j");
    let conf = home.join("conf");
    fs::create_dir_all(&conf)?;
    let values = [
        ("PORT", part.port("port").to_string()),
        ("HEAP", format!("{}m", limits.neo4j_heap)),
        ("PAGE_CACHE", format!("{}m", limits.neo4j_page_cache)),
        ("LIMITS", limits.neo4j.iter().map(|(name, value)| format!("{}={value}\n", setting(name))).collect()),
    ];
    fs::write(conf.join("neo4j.conf"), fill(CONF, &values))?;

    let start = |heap: u32, class: &[&str]| -> Result<Launch> {
        let mut args = jars::java_args(&jars, heap)?;
        args.extend(OPENED.iter().chain(class).map(|&arg| arg.to_owned()));
        let mut launch = Launch::new(&java, args, home.clone(), folder.log("neo4j"));
        launch.env = vec![
            ("NEO4J_HOME".to_owned(), text(&home)?.to_owned()),
            ("NEO4J_CONF".to_owned(), text(&conf)?.to_owned()),
        ];
        Ok(launch)
    };
    // Only before the first start: it makes the user from this file.
    if !home.join("data/dbms/auth.ini").exists() {
        let set = ["org.neo4j.cli.AdminTool", "dbms", "set-initial-password", NEO4J_PASSWORD];
        start(128, &set)?.run(SET_PASSWORD).await?;
    }
    let home_dir = format!("--home-dir={}", text(&home)?);
    let config_dir = format!("--config-dir={}", text(&conf)?);
    // In console mode its log goes to standard output.
    start(limits.neo4j_heap, &["org.neo4j.server.CommunityEntryPoint", &home_dir, &config_dir, "--console-mode"])
}

/// The setting that a variable of the image stands for: `_` is a point, `__` is `_`.
fn setting(variable: &str) -> String {
    let name = variable.strip_prefix("NEO4J_").unwrap_or(variable);
    name.split("__").map(|part| part.replace('_', ".")).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_for_settings() {
        assert_eq!(setting("NEO4J_db_transaction_timeout"), "db.transaction.timeout");
        assert_eq!(setting("NEO4J_server_bolt_thread__pool__max__size"), "server.bolt.thread_pool_max_size");
    }
}
