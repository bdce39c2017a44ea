//! `load`: many calls at a rate, and what came of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::Context;
use crate::load::{self, Plan};
use crate::seed::Size;
use crate::workload::{Operation, World};

/// Options of `load`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Calls per second.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub rate: u32,
    /// For how many seconds; less than the fifteen minutes for which the tokens of its people live.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=720))]
    pub seconds: u64,
    /// Calls in flight at most; one that is due beyond that is not begun.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub in_flight: u16,
    /// Only these operations (`content/get-post`) or services (`content`); by default all.
    #[arg(long, value_name = "OPERATION", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Where the report goes, as `load.json` and `load.md`; by default the folder of the platform.
    #[arg(long, value_name = "FOLDER")]
    pub report: Option<PathBuf>,
    /// The most of calls that may fail, in percent.
    #[arg(long, default_value_t = 0.1)]
    pub tolerate: f64,
    /// People and posts to work on; made where they are not there.
    #[command(flatten)]
    pub size: Size,
}

/// Loads the platform and writes the report. Fails when more calls failed than are tolerated.
pub async fn run(context: &Context, options: &Options) -> Result<()> {
    let operations = operations(&options.only)?;
    let world = World::prepare(&context.services(), &options.size, &context.progress).await?;
    let plan = Plan {
        rate: options.rate,
        duration: Duration::from_secs(options.seconds),
        in_flight: options.in_flight.into(),
        operations,
    };
    let report = load::run(Arc::new(world), &plan, &context.progress, interrupted()).await?;
    let folder = options.report.clone().unwrap_or_else(|| context.folder.root().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    write("load.json", serde_json::to_string_pretty(&report)? + "\n")?;
    let page = report.to_markdown();
    write("load.md", page.clone())?;
    println!("{page}");
    let failed = 100.0 * report.failed as f64 / report.calls.max(1) as f64;
    ensure!(failed <= options.tolerate, "{failed:.2} % of the calls failed; {} % are tolerated", options.tolerate);
    Ok(())
}

/// An interrupt ends the load early, and what was seen until then is reported.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn operations(only: &[String]) -> Result<Vec<Operation>> {
    if only.is_empty() {
        return Ok(Operation::ALL.to_vec());
    }
    let mut chosen = Vec::new();
    for name in only {
        let of_name = |operation: &Operation| operation.name() == name || operation.service() == name;
        let found: Vec<Operation> = Operation::ALL.into_iter().filter(of_name).collect();
        if found.is_empty() {
            let names = Operation::ALL.map(Operation::name);
            bail!("there is no operation {name}; there are {}", names.join(", "));
        }
        chosen.extend(found);
    }
    chosen.dedup();
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_chosen_by_name_or_service() {
        assert_eq!(operations(&["feed".to_owned()]).unwrap(), [Operation::ListFeed]);
        assert_eq!(operations(&["content/get-post".to_owned()]).unwrap(), [Operation::GetPost]);
        assert_eq!(operations(&[]).unwrap().len(), Operation::ALL.len());
        assert!(operations(&["mail".to_owned()]).unwrap_err().to_string().contains("feed/list-feed"));
    }
}
