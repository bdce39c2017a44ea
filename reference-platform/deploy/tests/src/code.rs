//! What the code says that manifests must fit: services, settings, calls, topics, groups, metrics. Read from the sources as text, so that
//! tests of manifests compile no service.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use regex::Regex;

use crate::{manifest, root};

/// A variable that a service reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// The service does not start without it.
    pub required: bool,
    /// It is never shown.
    pub secret: bool,
}

/// The services by name without `-service`, sorted.
///
/// # Errors
/// A folder that cannot be read.
pub fn services() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("services"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix("-service").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The folder of a service.
pub fn folder(service: &str) -> PathBuf {
    root().join(format!("services/{service}-service"))
}

/// All that `serve` of a service reads, groups of the libraries included.
///
/// # Errors
/// A group that is not found.
pub fn settings(service: &str) -> Result<Vec<Setting>> {
    let sources = folder(service).join("src");
    let mut found = Vec::new();
    collect(&sources, &sources.join("settings.rs"), "Settings", &mut found)?;
    Ok(found)
}

fn collect(sources: &Path, file: &Path, group: &str, found: &mut Vec<Setting>) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let body = Regex::new(&format!(r"(?s)pub struct {group} \{{\n(.*?)\n\}}"))?;
    let body = body.captures(&text).with_context(|| format!("{} has no {group}", file.display()))?[1].to_owned();
    let field = Regex::new(r"(?s)#\[(arg|command)\((.*?)\)\]\s*pub \w+: ([^\n]+),\n")?;
    let variable = Regex::new(r#"env = "(\w+)""#)?;
    for field in field.captures_iter(&format!("{body}\n")) {
        let (attribute, kind) = (&field[2], &field[3]);
        if attribute.contains("flatten") {
            let (file, group) = definition(sources, file, kind)?;
            collect(sources, &file, &group, found)?;
        } else if let Some(name) = variable.captures(attribute) {
            found.push(Setting {
                name: name[1].to_owned(),
                required: !attribute.contains("default_value") && !kind.starts_with("Option<"),
                secret: attribute.contains("hide_env_values"),
            });
        }
    }
    Ok(())
}

/// Where a group of settings stands.
fn definition(sources: &Path, file: &Path, path: &str) -> Result<(PathBuf, String)> {
    let (module, group) = path.rsplit_once("::").unwrap_or(("", path));
    let candidates = match (module.strip_prefix("social_"), module.rsplit("::").next()) {
        (Some(library), _) => manifest::files(&root().join(format!("libs/{library}/src")), ".rs")?,
        (None, Some("") | None) => manifest::files(file.parent().unwrap_or(sources), ".rs")?,
        (None, Some(module)) => {
            let all = manifest::files(sources, ".rs")?;
            let is_module =
                |file: &PathBuf| file.ends_with(format!("{module}.rs")) || file.ends_with(format!("{module}/mod.rs"));
            all.into_iter().filter(is_module).collect()
        }
    };
    let wanted = format!("pub struct {group} {{");
    for candidate in candidates {
        if fs::read_to_string(&candidate)?.contains(&wanted) {
            return Ok((candidate, group.to_owned()));
        }
    }
    bail!("{path} of {} is not found", file.display());
}

/// Who calls whom: the table of docs/conventions.md, as pairs of names.
///
/// # Errors
/// A page or a table that is not there.
pub fn calls() -> Result<BTreeSet<(String, String)>> {
    let page = fs::read_to_string(root().join("docs/conventions.md"))?;
    let (_, section) = page.split_once("## Who calls whom").context("conventions.md does not say who calls whom")?;
    let section = section.split("\n## ").next().unwrap_or(section);
    let mut calls = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [caller, callee, ..] = cells[..] else { bail!("not a row: {row}") };
        if let Some(but) = caller.strip_prefix("every service but ") {
            calls.extend(services()?.into_iter().filter(|name| name != but).map(|name| (name, callee.to_owned())));
        } else {
            calls.insert((caller.to_owned(), callee.to_owned()));
        }
    }
    anyhow::ensure!(calls.len() > 10, "the table of calls was not understood");
    Ok(calls)
}

/// Topics by the name of their constant.
///
/// # Errors
/// A file that cannot be read.
pub fn topics() -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(root().join("libs/events/src/topics.rs"))?;
    let constant = Regex::new(r#"pub const (\w+): &str = "([^"]+)";"#)?;
    Ok(constant.captures_iter(&text).map(|found| (found[1].to_owned(), found[2].to_owned())).collect())
}

/// Which topics which group reads, and of which service it is. A group whose name is a setting is named by that: `$SEARCH_GROUP`.
///
/// # Errors
/// A consumer that is not understood.
pub fn groups() -> Result<BTreeSet<(String, String, String)>> {
    let topics = topics()?;
    let mut found = BTreeSet::new();
    let consumer = Regex::new(r"(?s)Consumer::new\(\s*&[\w.]+,\s*&?(\w+),\s*&(\w+|\[[^\]]*\])")?;
    let named = Regex::new(r"topics::([A-Z_]+)")?;
    for service in services()? {
        for file in manifest::files(&folder(&service).join("src"), ".rs")? {
            let text = fs::read_to_string(&file)?;
            for call in consumer.captures_iter(&text) {
                let (group, list) = (&call[1], &call[2]);
                let group = if group.chars().any(char::is_lowercase) {
                    format!("${}_GROUP", service.to_uppercase())
                } else {
                    let constant = Regex::new(&format!(r#"const {group}: &str = "([^"]+)""#))?;
                    constant.captures(&text).with_context(|| format!("{group} in {}", file.display()))?[1].to_owned()
                };
                let list = if list.starts_with('[') {
                    list.to_owned()
                } else {
                    let definition = Regex::new(&format!(r"(?s)(?:let|const) {list}\b[^=]*= (\[[^\]]*\]);"))?;
                    definition.captures(&text).with_context(|| format!("{list} in {}", file.display()))?[1].to_owned()
                };
                for topic in named.captures_iter(&list) {
                    let topic = topics.get(&topic[1]).with_context(|| format!("{} is no topic", &topic[1]))?;
                    found.insert((service.clone(), group.clone(), topic.clone()));
                }
            }
        }
    }
    anyhow::ensure!(!found.is_empty(), "no consumer was found");
    Ok(found)
}

/// Whether a service lets what it cannot apply wait in retry topics.
///
/// # Errors
/// A folder that cannot be read.
pub fn defers(service: &str) -> Result<bool> {
    for file in manifest::files(&folder(service).join("src"), ".rs")? {
        if fs::read_to_string(&file)?.contains("retry_topic: Some(") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Names of metrics that the code emits, as Prometheus reads them.
///
/// # Errors
/// A folder that cannot be read.
pub fn metrics() -> Result<BTreeSet<String>> {
    let call = Regex::new(r#"(counter|gauge|histogram)!\(\s*"(\w+)""#)?;
    let mut names = BTreeSet::new();
    for folder in ["libs", "services"] {
        for file in manifest::files(&root().join(folder), ".rs")? {
            for metric in call.captures_iter(&fs::read_to_string(&file)?) {
                if &metric[1] == "histogram" {
                    names.extend(["bucket", "sum", "count"].map(|part| format!("{}_{part}", &metric[2])));
                } else {
                    names.insert(metric[2].to_owned());
                }
            }
        }
    }
    Ok(names)
}
