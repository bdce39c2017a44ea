//! Redis of the distribution. What it holds survives its restart.

use anyhow::Result;

use super::programs;
use crate::folder::Folder;
use crate::limits::Limits;
use crate::process::Launch;
use crate::state::Part;
use crate::stores::text;

pub(super) fn prepare(folder: &Folder, part: &Part, limits: &Limits) -> Result<Launch> {
    let data = folder.data("redis");
    let mut args = vec![
        "--port".to_owned(),
        part.port("port").to_string(),
        "--bind".to_owned(),
        "127.0.0.1".to_owned(),
        "--dir".to_owned(),
        text(&data)?.to_owned(),
    ];
    args.extend(limits.redis.iter().flat_map(|(name, value)| [format!("--{name}"), (*value).to_owned()]));
    Ok(Launch::new(programs::find("redis-server")?, args, data, folder.log("redis")))
}
