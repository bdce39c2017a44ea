//! The program: parse arguments, run the face, exit code.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use loadpath::faces::cli::{self, Cli, Context, Progress};

/// A review makes and drops millions of small values on all cores at once: with the system's allocator that is a quarter of
/// its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let stdout = std::io::stdout();
    let is_terminal = stdout.is_terminal() && std::io::stdin().is_terminal();
    let cli = Cli::parse_from(cli::arguments(std::env::args_os(), is_terminal));
    let variable = |name| std::env::var_os(name);
    let color =
        cli.global.color.decide(variable("NO_COLOR").as_deref(), variable("TERM").as_deref(), stdout.is_terminal());
    let mut out = std::io::BufWriter::new(stdout.lock());
    let quiet = cli.global.quiet;
    let progress = if quiet { Progress::silent() } else { Progress::on_terminal() };
    let mut context = Context { out: &mut out, color, today: cli::today(), quiet, progress };
    let mut result = cli::run(&cli, &mut context);
    context.progress.end();
    if let Err(error) = out.flush()
        && result.is_ok()
    {
        result = Err(error.into());
    }
    cli::report(&result, std::io::stderr().lock());
    ExitCode::from(cli::settle(&result).code())
}
