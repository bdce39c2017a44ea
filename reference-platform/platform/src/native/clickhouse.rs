//! ClickHouse of the distribution. Debian's is 18.16: its settings are those that both it and a current one know.

use std::fs;

use anyhow::Result;

use super::programs;
use crate::folder::Folder;
use crate::limits::Limits;
use crate::process::Launch;
use crate::state::Part;
use crate::stores::{fill, text};

const CONFIG: &str = include_str!("../../stores/clickhouse/config.xml");
const USERS: &str = include_str!("../../stores/clickhouse/users.xml");

pub(super) fn prepare(folder: &Folder, part: &Part, limits: &Limits) -> Result<Launch> {
    let home = folder.data("clickhouse");
    let (config, users, data) = (home.join("config.xml"), home.join("users.xml"), home.join("data"));
    fs::create_dir_all(&data)?;
    let values = [
        ("PORT", part.port("port").to_string()),
        ("NATIVE_PORT", part.port("native").to_string()),
        ("DATA", text(&data)?.to_owned()),
        ("USERS", text(&users)?.to_owned()),
        ("MAX_CONCURRENT_QUERIES", limits.clickhouse_max_concurrent_queries.to_string()),
        ("MAX_MEMORY_USAGE", limits.clickhouse_max_memory_usage.to_string()),
    ];
    fs::write(&config, fill(CONFIG, &values))?;
    fs::write(&users, fill(USERS, &values))?;
    let args = vec![format!("--config-file={}", text(&config)?)];
    Ok(Launch::new(programs::find("clickhouse-server")?, args, home, folder.log("clickhouse")))
}
