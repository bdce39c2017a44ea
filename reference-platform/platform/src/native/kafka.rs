//! Apache Kafka from its published artifacts: one node, KRaft.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use super::{jars, programs};
use crate::folder::Folder;
use crate::limits::Limits;
use crate::process::Launch;
use crate::state::Part;
use crate::stores::{fill, text};

const SERVER: &str = include_str!("../../stores/kafka/server.properties");
const LOGGING: &str = include_str!("../../stores/kafka/log4j2.properties");
/// A UUID in the form that Kafka wants; it only has to stay the same.
const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qk";
const FORMAT: Duration = Duration::from_secs(60);

pub(super) async fn prepare(folder: &Folder, part: &Part, limits: &Limits) -> Result<Launch> {
    let java = programs::find("java")?;
    let jars = jars::kafka(folder).await?;
    let home = folder.data("kafka");
    let (server, logging, data) = (home.join("server.properties"), home.join("log4j2.properties"), home.join("data"));
    fs::create_dir_all(&home)?;
    let values = [
        ("PORT", part.port("port").to_string()),
        ("CONTROLLER_PORT", part.port("controller").to_string()),
        ("DATA", text(&data)?.to_owned()),
    ];
    fs::write(&server, fill(SERVER, &values))?;
    fs::write(&logging, LOGGING)?;

    let start = |heap: u32, class: &[&str]| -> Result<Launch> {
        let mut args = jars::java_args(&jars, heap)?;
        args.push(format!("-Dlog4j2.configurationFile={}", text(&logging)?));
        args.extend(class.iter().map(|&arg| arg.to_owned()));
        Ok(Launch::new(&java, args, home.clone(), folder.log("kafka")))
    };
    if !data.join("meta.properties").exists() {
        let format = ["kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER, "--config", text(&server)?];
        start(128, &format)?.run(FORMAT).await?;
    }
    start(limits.kafka_heap, &["kafka.Kafka", text(&server)?])
}
