//! `loadpath tui`: the review in a terminal. What the face shows is read here, as every command reads it.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use clap::ValueEnum;

use super::project::{CONFIG, Project};
use super::rules::Folders;
use super::{Context, Exit, baseline, opened};
use crate::adr;
use crate::config::Date;
use crate::faces::tui::{self, Loaded, Options, TextFile, Theme};
use crate::findings::Baseline;
use crate::knowledge;
use crate::sources;

/// Arguments of `tui`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// Mark what is new since a git revision: compared with where HEAD and the revision part
    #[arg(long, alias = "since", value_name = "REV")]
    pub base: Option<String>,
    /// The baseline, instead of loadpath-baseline.yaml at the root of the project; its findings pass
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Colours: t goes through them while it runs
    #[arg(long, value_enum, value_name = "NAME", env = "LOADPATH_THEME")]
    pub theme: Option<ThemeName>,
    /// Leave the mouse to the terminal from the beginning; % takes it
    #[arg(long)]
    pub no_mouse: bool,
    /// Do not watch the files
    #[arg(long)]
    pub no_watch: bool,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
}

/// Sets of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// For dark backgrounds
    Dark,
    /// For light backgrounds
    Light,
    /// Colours that everyone can tell apart
    Safe,
    /// No colours
    Plain,
}

impl From<ThemeName> for Theme {
    fn from(name: ThemeName) -> Self {
        match name {
            ThemeName::Dark => Self::Dark,
            ThemeName::Light => Self::Light,
            ThemeName::Safe => Self::Safe,
            ThemeName::Plain => Self::Plain,
        }
    }
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        bail!("open the review in a terminal: standard input and output must be one; `loadpath check` prints it");
    }
    context.progress.end();
    let theme = if context.color {
        args.theme.map_or_else(|| by_background(std::env::var("COLORFGBG").ok().as_deref()), Theme::from)
    } else {
        Theme::Plain
    };
    let options = Options { theme, mouse: !args.no_mouse };
    tui::run(Arc::new(Reviewed { args: args.clone(), today: context.today }), options)?;
    Ok(Exit::Clean)
}

/// What some terminals say of their colours: `15;0` is white on black.
fn by_background(said: Option<&str>) -> Theme {
    let background = said.and_then(|said| said.rsplit(';').next()?.parse::<u8>().ok());
    match background {
        Some(7 | 9..=15) => Theme::Light,
        _ => Theme::Dark,
    }
}

/// A project as the command line names it.
struct Reviewed {
    args: Args,
    today: Date,
}

impl Reviewed {
    /// Whether the work tree is reviewed, which can be written to and watched.
    fn is_work_tree(&self) -> bool {
        let inputs = &self.args.project.inputs;
        inputs.rev.is_none() && !inputs.staged
    }

    fn root(&self) -> &Path {
        self.args.project.paths.first().map_or(Path::new("."), PathBuf::as_path)
    }

    fn file(&self, path: PathBuf) -> anyhow::Result<TextFile> {
        let name: Arc<str> = path.display().to_string().into();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => bail!("read {name}: {error}"),
        };
        Ok(TextFile { path, name, text })
    }
}

impl tui::Project for Reviewed {
    fn review(&self, stage: &dyn Fn(&'static str)) -> anyhow::Result<Loaded> {
        let args = &self.args;
        let opened = opened::read(&args.project, stage)?;
        let rules = opened.rules(&args.folders)?;
        let settings = match &args.project.inputs.config {
            Some(file) => file.clone(),
            None => self.path_of(&opened.config_file).unwrap_or_else(|| self.root().join(CONFIG)),
        };
        let settings = self.file(settings)?;
        let baseline = self.file(args.baseline.clone().unwrap_or_else(|| self.root().join(baseline::FILE)))?;
        if args.baseline.is_some() && baseline.text.is_none() {
            bail!("read the baseline {}: it is not there; `loadpath baseline update` writes one", baseline.name);
        }
        let mut review = opened.reviewed(&args.project, None, &rules, self.today, stage)?;
        let mut new = match &args.base {
            Some(base) => Some(opened.reviewed(&args.project, Some(base), &rules, self.today, stage)?.settled),
            None => None,
        };
        if let Some(text) = &baseline.text {
            let read =
                Baseline::read(&baseline.name, text).map_err(|problem| anyhow!("read the baseline: {problem}"))?;
            read.apply(&mut review.settled, &rules);
            if let Some(new) = &mut new {
                read.apply(new, &rules);
            }
        }
        stage("reading articles and decisions");
        let knowledge = knowledge::load_all(&[]).map_err(|errors| {
            anyhow!("load the articles:\n{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let folder = adr::find(self.root());
        let decisions = adr::list(&folder)?;
        let text = |record: &adr::Record| std::fs::read_to_string(folder.root.join(&record.file)).unwrap_or_default();
        let writable = self.is_work_tree();
        Ok(Loaded {
            decision_texts: decisions.iter().map(text).collect(),
            name: opened.config.name.clone().unwrap_or_else(|| opened.name.clone()),
            facts: review.facts,
            graph: review.graph,
            config: opened.config,
            settled: review.settled,
            new: new.map(|settled| settled.findings),
            rules,
            knowledge,
            decisions,
            sources: opened.sources,
            settings: Some(settings).filter(|_| writable),
            baseline: Some(baseline).filter(|_| writable),
            decisions_in: Some(folder).filter(|_| writable),
            today: self.today,
        })
    }

    fn stamp(&self) -> Option<u64> {
        (self.is_work_tree() && !self.args.no_watch).then(|| sources::stamp(&self.args.project.paths))
    }

    fn path_of(&self, file: &str) -> Option<PathBuf> {
        if !self.is_work_tree() {
            return None;
        }
        if let [root] = self.args.project.paths.as_slice() {
            return Some(root.join(file));
        }
        // Of several folders, each path begins with the last folders of the one that it is in.
        let roots = self.args.project.paths.iter().filter_map(|root| std::fs::canonicalize(root).ok());
        roots.into_iter().find_map(|root| {
            let parts: Vec<&str> = file.split('/').collect();
            (1..parts.len()).map(|at| parts.split_at(at)).find_map(|(folder, rest)| {
                let path = root.join(rest.join("/"));
                (root.ends_with(folder.join("/")) && path.exists()).then_some(path)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::by_background;
    use crate::faces::tui::Theme;

    #[test]
    fn a_light_background_has_dark_words() {
        assert_eq!(by_background(Some("0;15")), Theme::Light);
        assert_eq!(by_background(Some("0;default;7")), Theme::Light);
        assert_eq!(by_background(Some("15;0")), Theme::Dark);
        assert_eq!(by_background(None), Theme::Dark);
    }
}
