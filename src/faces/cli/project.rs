//! Which project, and how its inputs are read: the flags that all commands on a project share.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{Context, Exit, opened};
use crate::cache::{Cache, user_folder};
use crate::config::{self, Config};
use crate::facts::Diagnostic;
use crate::sources::{self, Source, Sources};

/// The settings file, at the root of the project.
pub(super) const CONFIG: &str = "loadpath.yaml";

/// The project under review.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Project")]
pub struct Project {
    /// Folders of the project; `-` reads one file from standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// What holds for every command on a project
    #[command(flatten)]
    pub inputs: Inputs,
}

/// How the inputs of a project are read.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Project")]
pub struct Inputs {
    /// The settings, instead of loadpath.yaml at the root of the project
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The environment (overlay, values file) that is judged first
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Read a git revision instead of the work tree
    #[arg(long, alias = "revision", value_name = "REV")]
    pub rev: Option<String>,
    /// Read what is staged instead of the work tree: what a commit would hold
    #[arg(long, conflicts_with = "rev")]
    pub staged: bool,
    /// Render charts with the `helm` program
    #[arg(long)]
    pub helm: bool,
    /// Fail with exit code 3 when an input cannot be read
    #[arg(long)]
    pub strict_inputs: bool,
    /// Where lowered files are kept, instead of the user's cache folder
    #[arg(long, value_name = "FOLDER", env = "LOADPATH_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Keep no lowered files, and use none
    #[arg(long, conflicts_with = "cache_dir")]
    pub no_cache: bool,
}

impl Project {
    /// The sources of the project.
    ///
    /// # Errors
    /// When a path is no folder, or standard input is mixed with folders or cannot be read.
    pub fn sources(&self, stdin: impl Read) -> anyhow::Result<Sources> {
        let is_stdin = |path: &PathBuf| path == Path::new("-");
        match self.paths.as_slice() {
            [path] if is_stdin(path) => Ok(sources::stdin(stdin)?),
            paths if paths.iter().any(is_stdin) => {
                bail!("read standard input beside folders: name either `-` or folders")
            }
            paths => Ok(sources::walk_all(paths)?),
        }
    }

    /// The sources of the project at a git revision.
    ///
    /// # Errors
    /// When there is not exactly one folder, or the revision cannot be read.
    pub fn sources_at(&self, revision: &str) -> anyhow::Result<Sources> {
        Ok(sources::revision(self.repository()?, revision)?)
    }

    /// The sources of the project as they are staged.
    ///
    /// # Errors
    /// When there is not exactly one folder, or the index cannot be read.
    pub fn sources_staged(&self) -> anyhow::Result<Sources> {
        // `git commit` with paths, or with `--all`, hands an index of its own to its hooks.
        let index = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from);
        Ok(sources::staged(self.repository()?, index.as_deref())?)
    }

    /// The sources of the project where a revision and the one that is read part, which is given. Where nothing is
    /// committed yet, `HEAD` is nothing at all.
    ///
    /// # Errors
    /// When there is not exactly one folder, or the two share no history.
    pub fn sources_of_base(&self, revision: &str, of_change: &Sources) -> anyhow::Result<Sources> {
        let repository = self.repository()?;
        if revision == "HEAD" && sources::is_unborn(repository)? {
            return Ok(Sources::default());
        }
        let head = self.inputs.rev.as_deref().unwrap_or("HEAD");
        let base = sources::merge_base(repository, head, revision)?;
        Ok(sources::revision_beside(repository, &base, of_change)?)
    }

    /// The one folder whose repository is asked.
    fn repository(&self) -> anyhow::Result<&Path> {
        match self.paths.as_slice() {
            [] => Ok(Path::new(".")),
            [path] if path != Path::new("-") => Ok(path),
            _ => bail!("read a revision of several folders: name one folder of a git work tree"),
        }
    }

    /// The settings: the file that is named, else the one at the root of the sources, else the default ones. With the
    /// name of the file. Of several folders one may have settings: they hold for all.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold settings, or several folders have some.
    pub fn config(&self, sources: &Sources) -> anyhow::Result<(String, Config)> {
        let (name, text) = match &self.inputs.config {
            Some(file) => {
                let name = file.display().to_string();
                let text = std::fs::read_to_string(file).with_context(|| format!("read {name}"))?;
                (name, text)
            }
            None => {
                let found: Vec<&Source> = sources.roots().filter_map(|root| sources.get(&(root + CONFIG))).collect();
                match found.as_slice() {
                    [] => (CONFIG.to_owned(), String::new()),
                    [one] => (one.path.to_string(), one.text().into_owned()),
                    several => {
                        let names: Vec<&str> = several.iter().map(|source| &*source.path).collect();
                        bail!("choose between the settings {}: name one with `--config`", names.join(" and "))
                    }
                }
            }
        };
        let config = config::load(&name, &text).with_context(|| format!("read {name}"))?;
        Ok((name, config))
    }

    /// The name of the project: its folder.
    #[must_use]
    pub fn name(&self) -> String {
        opened::name_of(&self.paths)
    }

    /// Says on standard error what could not be read, and how the command ends because of it.
    ///
    /// # Errors
    /// Never; the result is that of the command.
    pub fn strictness(&self, diagnostics: &[Diagnostic], context: &Context<'_>) -> anyhow::Result<Exit> {
        let fails = self.inputs.strict_inputs && !diagnostics.is_empty();
        if fails || !context.quiet {
            for diagnostic in diagnostics {
                eprintln!("loadpath: {}: {}; {}", diagnostic.at, diagnostic.message, diagnostic.help);
            }
        }
        Ok(if fails { Exit::Inputs } else { Exit::Clean })
    }

    /// What is kept of the project from one review to the next.
    #[must_use]
    pub fn cache(&self) -> Cache {
        let root = self.paths.first().map_or(Path::new("."), PathBuf::as_path);
        let folder = match (self.inputs.no_cache, &self.inputs.cache_dir) {
            (true, _) => None,
            (false, Some(folder)) => Some(folder.clone()),
            (false, None) => user_folder(|name| std::env::var_os(name)),
        };
        Cache::open(folder.as_deref(), root)
    }
}
