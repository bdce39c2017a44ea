//! A project that was read, with its settings; and the line over it, saying on the way what it is at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};

use super::Context;
use super::project::Project;
use super::rules::{self, Folders};
use crate::adr;
use crate::cache::Cache;
use crate::config::{Config, Date, suggest};
use crate::entities::EntitySchema;
use crate::facts::Facts;
use crate::graph::Graph;
use crate::review::{self, Review, Subject};
use crate::rules::Rule;
use crate::sources::{Sources, helm};

/// A project that was read.
pub struct Opened {
    /// Its name.
    pub name: String,
    /// Its files, without those that the settings exclude.
    pub sources: Sources,
    /// Its settings, with what the command line says.
    pub config: Config,
    /// The file of the settings.
    pub config_file: String,
    /// What is kept of it between reviews.
    pub cache: Cache,
}

/// Reads a project as its arguments say.
///
/// # Errors
/// When nothing can be read, or the settings are wrong.
pub fn open(project: &Project, context: &mut Context<'_>) -> anyhow::Result<Opened> {
    read(project, &|name| context.progress.stage(name))
}

/// Reads a project as its arguments say, and says on the way what it is at.
///
/// # Errors
/// When nothing can be read, or the settings are wrong.
pub fn read(project: &Project, stage: &dyn Fn(&'static str)) -> anyhow::Result<Opened> {
    stage("reading files");
    let mut sources = match &project.inputs.rev {
        Some(revision) => project.sources_at(revision)?,
        None if project.inputs.staged => project.sources_staged()?,
        None => project.sources(std::io::stdin())?,
    };
    let (config_file, mut config) = project.config(&sources)?;
    if let Some(environment) = &project.inputs.environment {
        config.environment.primary = Some(environment.clone());
    }
    config.helm.allow |= project.inputs.helm;
    exclude(&mut sources, &config)?;
    render(&mut sources, &config, stage);
    if sources.is_empty() && !project.inputs.staged {
        bail!("find anything to read: name the folder of a project");
    }
    Ok(Opened { name: project.name(), sources, config, config_file, cache: project.cache() })
}

/// Renders the charts, where the user allowed it.
fn render(sources: &mut Sources, config: &Config, stage: &dyn Fn(&'static str)) {
    if !config.helm.allow {
        return;
    }
    stage("rendering charts");
    let mut charts = helm::charts(sources);
    for of in &config.helm.charts {
        let folder = of.path.trim_end_matches('/').trim_start_matches("./");
        charts.retain(|chart| chart.folder != folder || !chart.values.is_empty());
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let stem = of.values.last().map_or("values", |path| path.rsplit('/').next().unwrap_or(path));
        charts.push(helm::Chart {
            folder: folder.to_owned(),
            values: of.values.clone(),
            release: of.release.clone().unwrap_or_else(|| name.to_owned()),
            namespace: of.namespace.clone(),
            environment: of
                .environment
                .clone()
                .unwrap_or_else(|| format!("{name}:{}", stem.trim_end_matches(".yaml").trim_end_matches(".yml"))),
        });
    }
    sources.rendered = helm::render(sources, &charts, Path::new("helm"));
}

/// Leaves out what the settings exclude.
fn exclude(sources: &mut Sources, config: &Config) -> anyhow::Result<()> {
    let patterns: Vec<&str> = config.exclude.iter().map(|pattern| pattern.value.as_str()).collect();
    sources.leave_out(&patterns).context("leave out what the settings exclude")
}

impl Opened {
    /// The rules that judge the project: the embedded ones, a team's own, and what its accepted decisions assert.
    ///
    /// # Errors
    /// When a rule or an assertion is none.
    pub fn rules(&self, folders: &Folders) -> anyhow::Result<Vec<Rule>> {
        let mut rules = rules::load(folders)?;
        let stated = adr::asserted(&review::decisions(&self.sources), &EntitySchema)
            .map_err(|problems| anyhow!("read what decisions assert:\n{}", rules::lines(&problems)))?;
        rules.extend(stated);
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(rules)
    }

    /// The facts of the project.
    ///
    /// # Errors
    /// When the environment that is asked for is not there.
    pub fn facts(&self, context: &mut Context<'_>) -> anyhow::Result<Facts> {
        context.progress.stage("extracting facts");
        let facts = review::facts(&self.name, &self.sources, &self.cache);
        self.has_environment(&facts)?;
        context.progress.end();
        Ok(facts)
    }

    /// The facts of the project and the graph that they make.
    ///
    /// # Errors
    /// When the environment that is asked for is not there.
    pub fn graph(&self, context: &mut Context<'_>) -> anyhow::Result<(Facts, Graph)> {
        let facts = self.facts(context)?;
        let graph = review::graph(&facts, &self.config);
        Ok((facts, graph))
    }

    /// Reviews the project; with the name of a revision as base, only what is new since then is found.
    ///
    /// # Errors
    /// When the base cannot be read, or the environment that is asked for is not there.
    pub fn review(
        &self,
        project: &Project,
        base: Option<&str>,
        rules: &[Rule],
        context: &mut Context<'_>,
    ) -> anyhow::Result<Review> {
        let review = self.reviewed(project, base, rules, context.today, &|name| context.progress.stage(name))?;
        context.progress.end();
        Ok(review)
    }

    /// The same, saying on the way what it is at.
    ///
    /// # Errors
    /// When the base cannot be read, or the environment that is asked for is not there.
    pub fn reviewed(
        &self,
        project: &Project,
        base: Option<&str>,
        rules: &[Rule],
        today: Date,
        stage: &dyn Fn(&'static str),
    ) -> anyhow::Result<Review> {
        let base = match base {
            Some(revision) => {
                stage("reading the base");
                let mut sources = project.sources_of_base(revision, &self.sources)?;
                exclude(&mut sources, &self.config)?;
                render(&mut sources, &self.config, stage);
                Some(sources)
            }
            None => None,
        };
        let review = review::review(&Subject {
            cache: &self.cache,
            name: &self.name,
            sources: &self.sources,
            base: base.as_ref(),
            config: &self.config,
            config_file: &self.config_file,
            rules,
            today,
            stage,
        });
        self.has_environment(&review.facts)?;
        Ok(review)
    }

    /// The text of a file of the project.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.sources.get(path).map(|source| source.text().into())
    }

    /// An environment that is asked for and is not there would be judged as another one, without a word.
    fn has_environment(&self, facts: &Facts) -> anyhow::Result<()> {
        let Some(asked) = &self.config.environment.primary else { return Ok(()) };
        if facts.kubernetes.iter().any(|of| of.name == *asked || of.path == *asked) {
            return Ok(());
        }
        let help = suggest::advice(asked, facts.kubernetes.iter().map(|of| of.name.as_str()));
        let help = if help.is_empty() { "the project has no manifests".to_owned() } else { help };
        bail!("find the environment `{asked}`: {help}")
    }
}

/// What several folders are called together: by the folder that holds them all, else by the first.
pub(super) fn name_of(paths: &[PathBuf]) -> String {
    let full = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let all: Vec<PathBuf> = paths.iter().map(|path| full(path)).collect();
    let name = match all.as_slice() {
        [] => last(&full(Path::new("."))),
        [one] if one == Path::new("-") => Some("stdin".to_owned()),
        [one] => last(one),
        [first, rest @ ..] => {
            match first.parent().filter(|parent| rest.iter().all(|of| of.parent() == Some(*parent))) {
                Some(parent) => last(parent),
                None => last(first),
            }
        }
    };
    name.unwrap_or_else(|| "project".to_owned())
}
