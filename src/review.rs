//! The line itself, for every face to call: sources, facts, graph, analysis, rules, findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::adr;
use crate::analysis::{Model, owners};
use crate::cache::Cache;
use crate::config::{self, CodeOwners, Config, Date, Profile};
use crate::entities::View;
use crate::extract;
use crate::facts::Facts;
use crate::findings::{self, Finding, Known, Settled};
use crate::graph::{Graph, link};
use crate::rules::examples::{Example, Expected, Observed};
use crate::rules::{self, Rule, Settings};
use crate::sources::{self, Artefact, Sources};
use crate::span::Span;

/// What is judged, and by what.
pub struct Subject<'a> {
    /// Name of the project.
    pub name: &'a str,
    /// Its files.
    pub sources: &'a Sources,
    /// Its files at the base revision, when a change is judged.
    pub base: Option<&'a Sources>,
    /// Its settings.
    pub config: &'a Config,
    /// Name of the file that holds the settings.
    pub config_file: &'a str,
    /// What is kept between reviews.
    pub cache: &'a Cache,
    /// The rules.
    pub rules: &'a [Rule],
    /// The day, for suppressions that expire.
    pub today: Date,
    /// Is told what the review is at.
    pub stage: &'a dyn Fn(&'static str),
}

/// A review.
pub struct Review {
    /// What was read.
    pub facts: Facts,
    /// What it makes.
    pub graph: Graph,
    /// What is wrong with it.
    pub settled: Settled,
    /// The base that it was compared with.
    pub base: Option<Base>,
}

/// What a change began with.
pub struct Base {
    /// What was read.
    pub facts: Facts,
    /// What it made.
    pub graph: Graph,
    /// What was wrong with it, and no more is.
    pub gone: Vec<Finding>,
}

/// The facts of a project.
#[must_use]
pub fn facts(project: &str, sources: &Sources, cache: &Cache) -> Facts {
    extract::extract(project, sources, cache)
}

/// The files of a project's folder of decisions; of each of its folders, where it has several.
#[must_use]
pub fn decisions(sources: &Sources) -> Vec<adr::Document> {
    let mut documents = Vec::new();
    for root in sources.roots() {
        let markdown = sources.of(Artefact::Markdown);
        let inside: Vec<_> = markdown.filter_map(|of| Some((of, of.path.strip_prefix(root.as_str())?))).collect();
        let named = sources.get(&format!("{root}.adr-dir")).map(|of| of.text().into_owned());
        let folder = adr::find_among(inside.iter().map(|(_, path)| *path), named.as_deref());
        for (source, path) in inside {
            let name = path.strip_prefix(&*folder).and_then(|rest| rest.strip_prefix('/'));
            if name.is_some_and(|name| !name.contains('/')) {
                documents.push(adr::Document { path: source.path.to_string(), text: source.text().into_owned() });
            }
        }
    }
    documents
}

/// The graph of facts.
#[must_use]
pub fn graph(facts: &Facts, config: &Config) -> Graph {
    link::link(facts, config)
}

/// Reviews a project: with a base, only what is new since then remains. The same rules judge both sides.
#[must_use]
pub fn review(subject: &Subject<'_>) -> Review {
    (subject.stage)("extracting facts");
    let Some(sources) = subject.base else {
        let facts = facts(subject.name, subject.sources, subject.cache);
        (subject.stage)("linking");
        let graph = graph(&facts, subject.config);
        (subject.stage)("judging");
        let settled = judge(subject, subject.sources, &facts, &graph, None);
        return Review { facts, graph, settled, base: None };
    };
    let (before, facts) = extract::extract_both(subject.name, sources, subject.sources, subject.cache);
    (subject.stage)("linking");
    let graph = graph(&facts, subject.config);
    (subject.stage)("judging");
    let mut settled = judge(subject, subject.sources, &facts, &graph, Some(&before));
    let base_graph = self::graph(&before, subject.config);
    let was = judge(subject, sources, &before, &base_graph, Some(&before)).findings;
    let renamed = sources::renames(sources, subject.sources);
    let known: Vec<Known> = was.iter().map(|finding| Known::of(finding, &renamed)).collect();
    let compared = findings::compare(&settled.findings, &known);
    settled.findings = compared.new;
    let gone = compared.gone.into_iter().map(|place| was[place].clone()).collect();
    Review { facts, graph, settled, base: Some(Base { facts: before, graph: base_graph, gone }) }
}

/// Judges one state of a project.
fn judge(subject: &Subject<'_>, sources: &Sources, facts: &Facts, graph: &Graph, base: Option<&Facts>) -> Settled {
    let model = Model::new(facts, graph, subject.config, base);
    let view = View(&model);
    let settings = Settings::from(subject.config);
    let judgement = rules::judge(subject.rules, &view, &settings);
    let text = |path: &str| -> Option<Arc<str>> { sources.get(path).map(|source| source.text().into()) };
    let mut settled = findings::settle(&findings::Inputs {
        rules: subject.rules,
        model: &view,
        judgement: &judgement,
        inline: &facts.suppressions,
        config: subject.config,
        config_file: subject.config_file,
        environment: (!graph.environment.is_empty()).then_some(graph.environment.as_str()),
        today: subject.today,
        text: &text,
    });
    let services = owners::owners(facts, graph).into_iter().map(|of| (of.service, of.path, of.owners));
    // Those of the change answer for both sides.
    findings::own(&mut settled, &code_owners(subject.sources), &services.collect::<Vec<_>>());
    settled
}

/// Who answers for which files.
fn code_owners(sources: &Sources) -> CodeOwners {
    let found = config::OWNERS.iter().find_map(|path| sources.get(path));
    found.map_or_else(CodeOwners::default, |file| CodeOwners::read(&file.path, &file.text()))
}

/// Reviews an example of a rule, as `loadpath check` would with nothing but these files.
#[must_use]
pub fn observe(example: &Example, rules: &[Rule], today: Date) -> Observed {
    const CONFIG: &str = "loadpath.yaml";
    let texts = |files: &BTreeMap<String, String>| {
        Sources::from_texts(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    };
    let sources = texts(&example.project());
    let base = example.base().map(|files| texts(&files));
    let mut config = match config::load(CONFIG, example.config.as_deref().unwrap_or_default()) {
        Ok(config) => config,
        Err(problem) => return Observed { problem: Some(problem.to_string()), ..Observed::default() },
    };
    config.profile = Profile::Strict;
    let review = review(&Subject {
        cache: &Cache::default(),
        name: "example",
        sources: &sources,
        base: base.as_ref(),
        config: &config,
        config_file: CONFIG,
        rules,
        today,
        stage: &|_| {},
    });
    let place = |span: &Option<Span>| {
        span.as_ref().map_or_else(Expected::default, |at| Expected { file: at.file.to_string(), line: at.line })
    };
    Observed {
        problem: None,
        findings: review.settled.findings.iter().map(|found| (found.rule.to_string(), place(&found.span))).collect(),
        unknown: review.settled.unknown.iter().map(|unknown| unknown.rule.to_string()).collect(),
    }
}
