//! Dockerfiles: from their text to stages, with what each builds, copies, sets, exposes and starts.
//!
//! Variables are replaced as far as the file itself gives their values; what only the build is told stays as `${NAME}`.
//! Knows neither compose files nor Cargo packages.

mod cargo;
mod instructions;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::extract::command_line::{Word, expand, program, words};
use crate::facts::Diagnostic;
use crate::facts::deployment::{Dockerfile, EnvSource, EnvVar, Stage};
use crate::sources::{Artefact, Source, Sources};
use crate::span::Span;
use instructions::{Instruction, instructions};

/// The largest Dockerfile that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// The most stages of one file.
const MAX_STAGES: usize = 200;

/// Reads all Dockerfiles of a project, in order of their paths.
#[must_use]
pub fn extract(sources: &Sources) -> (Vec<Dockerfile>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut diagnostics = Vec::new();
    for source in sources.of(Artefact::Dockerfile) {
        let name = source.name().to_ascii_lowercase();
        if name.ends_with(".dockerignore") || name.ends_with(".md") {
            continue;
        }
        match dockerfile(source) {
            Ok(dockerfile) => found.push(dockerfile),
            Err((message, help)) => diagnostics.push(Diagnostic {
                at: Span::line(source.path.clone(), 1),
                message: message.to_owned(),
                help: help.to_owned(),
            }),
        }
    }
    (found, diagnostics)
}

fn dockerfile(source: &Source) -> Result<Dockerfile, (&'static str, &'static str)> {
    if source.bytes.len() > MAX_BYTES {
        return Err(("a Dockerfile of more than 1 MiB, which is not read", "split it, or exclude it from the project"));
    }
    let mut reader = Reader { path: source.path.clone(), ..Reader::default() };
    for instruction in instructions(&source.text()) {
        reader.read(&instruction);
    }
    if reader.stages.is_empty() {
        return Err(("a Dockerfile without FROM", "start it with FROM, or give the file another name"));
    }
    Ok(Dockerfile { path: source.path.to_string(), stages: reader.stages })
}

/// What is known while the file is read from top to bottom.
#[derive(Default)]
struct Reader {
    path: Arc<str>,
    stages: Vec<Stage>,
    /// `ARG` before the first `FROM`.
    global: BTreeMap<String, String>,
    /// `ARG` and `ENV` of the stage; those of each stage before, for stages that build on it.
    variables: BTreeMap<String, String>,
    ended: BTreeMap<String, (BTreeMap<String, String>, String)>,
    /// `WORKDIR`.
    folder: String,
}

impl Reader {
    fn read(&mut self, instruction: &Instruction) {
        let text = instruction.text.as_str();
        match instruction.keyword.as_str() {
            "FROM" => return self.from(instruction),
            "ARG" => return self.argument(text),
            _ => {}
        }
        let Reader { path, stages, variables, folder, .. } = self;
        let Some(stage) = stages.last_mut() else { return };
        let lookup = |name: &str| variables.get(name).cloned();
        match instruction.keyword.as_str() {
            "ENV" => {
                // All values of one instruction see the variables from before it.
                let set: Vec<(String, String, u32)> = assignments(text)
                    .into_iter()
                    .map(|(name, value, at)| (name, expand(&value, &lookup), instruction.line_at(at)))
                    .collect();
                for (name, value, line) in set {
                    variables.insert(name.clone(), value.clone());
                    let at = Span::line(path.clone(), line);
                    stage.env.retain(|known| known.name != name);
                    stage.env.push(EnvVar { name, source: EnvSource::Literal(value), at });
                }
            }
            "WORKDIR" => *folder = resolved(folder, &expand(text.trim_matches(['"', '\'']), &lookup)),
            "STOPSIGNAL" => stage.stop_signal = expand(text.trim(), &lookup),
            "EXPOSE" => {
                for word in words(text) {
                    stage.ports.extend(ports(&expand(&word.text, &lookup)));
                }
            }
            "ENTRYPOINT" | "CMD" => {
                let (command, shell) = command(text, &lookup);
                if instruction.keyword == "CMD" {
                    stage.command = command;
                } else {
                    stage.entrypoint = command;
                }
                stage.shell |= shell;
            }
            "COPY" | "ADD" => copies(text, folder, &lookup, &mut stage.copies),
            "RUN" => {
                let mut built = Vec::new();
                match exec_form(text) {
                    Some(list) => cargo::builds(&list.join(" "), &mut built),
                    None => cargo::builds(text, &mut built),
                }
                for document in &instruction.documents {
                    cargo::builds(document, &mut built);
                }
                for name in built {
                    let name = expand(&name, &lookup);
                    if !stage.builds.contains(&name) {
                        stage.builds.push(name);
                    }
                }
            }
            _ => {}
        }
    }

    fn from(&mut self, instruction: &Instruction) {
        self.end_stage();
        if self.stages.len() >= MAX_STAGES {
            return;
        }
        let arguments: Vec<Word> =
            words(&instruction.text).into_iter().filter(|word| !word.text.starts_with("--")).collect();
        let mut arguments = arguments.iter().map(|word| word.text.as_str());
        let Some(image) = arguments.next() else { return };
        let base = expand(image, &|name| self.global.get(name).cloned());
        let named = match (arguments.next(), arguments.next()) {
            (Some(keyword), Some(name)) if keyword.eq_ignore_ascii_case("as") => Some(name.to_ascii_lowercase()),
            _ => None,
        };
        // A stage that builds on another starts with its variables.
        if let Some((variables, folder)) = self.ended.get(&base.to_ascii_lowercase()) {
            self.variables.clone_from(variables);
            self.folder.clone_from(folder);
        }
        self.stages.push(Stage {
            name: named.unwrap_or_else(|| self.stages.len().to_string()),
            base,
            entrypoint: Vec::new(),
            command: Vec::new(),
            shell: false,
            env: Vec::new(),
            stop_signal: String::new(),
            ports: Vec::new(),
            builds: Vec::new(),
            copies: Vec::new(),
            at: Span::line(self.path.clone(), instruction.line),
        });
    }

    fn end_stage(&mut self) {
        let variables = std::mem::take(&mut self.variables);
        let folder = std::mem::take(&mut self.folder);
        if let Some(stage) = self.stages.last() {
            let kept = |name: &String| stage.env.iter().any(|known| known.name == *name);
            let inherited = self.ended.get(&stage.base).map(|(known, _)| known.clone()).unwrap_or_default();
            let mut environment = inherited;
            environment.extend(variables.into_iter().filter(|(name, _)| kept(name)));
            self.ended.insert(stage.name.clone(), (environment, folder));
        }
    }

    fn argument(&mut self, text: &str) {
        for word in words(text) {
            let (name, default) = match word.text.split_once('=') {
                Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
                None => (word.text, None),
            };
            if self.stages.is_empty() {
                if let Some(default) = default {
                    let value = expand(&default, &|name| self.global.get(name).cloned());
                    self.global.insert(name, value);
                }
                continue;
            }
            // An ENV of the same name wins over an ARG.
            let is_env = self.stages.last().is_some_and(|stage| stage.env.iter().any(|known| known.name == name));
            let value = match default {
                Some(default) => Some(expand(&default, &|name| self.variables.get(name).cloned())),
                None => self.global.get(&name).cloned(),
            };
            if let Some(value) = value.filter(|_| !is_env) {
                self.variables.insert(name, value);
            }
        }
    }
}

/// `NAME=value …`, or the old form `NAME value`; with the offset of each.
fn assignments(text: &str) -> Vec<(String, String, usize)> {
    let words = words(text);
    let Some(first) = words.first() else { return Vec::new() };
    if !first.text.contains('=') {
        let value = text.get(first.at + first.text.len()..).unwrap_or_default().trim();
        return vec![(first.text.clone(), value.trim_matches('"').to_owned(), first.at)];
    }
    words
        .into_iter()
        .filter_map(|word| {
            let (name, value) = word.text.split_once('=')?;
            Some((name.to_owned(), value.to_owned(), word.at))
        })
        .collect()
}

fn exec_form(text: &str) -> Option<Vec<String>> {
    text.starts_with('[').then(|| serde_json::from_str(text).ok()).flatten()
}

/// The words of ENTRYPOINT or CMD, and whether a shell stays in front of the program.
fn command(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> (Vec<String>, bool) {
    let words = exec_form(text).unwrap_or_else(|| vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()]);
    let by_shell = crate::extract::command_line::script_of_shell(&words).is_some();
    let (mut words, shell) = program(words);
    if by_shell {
        // Only a shell replaces variables.
        words = words.iter().map(|word| expand(word, lookup)).collect();
    }
    (words, shell)
}

/// `8080`, `8080/tcp`, `8000-8002`.
fn ports(text: &str) -> Vec<i64> {
    let number = text.split('/').next().unwrap_or(text);
    let port = |text: &str| text.parse::<u16>().ok().map(i64::from);
    match number.split_once('-') {
        Some((first, last)) => match (port(first), port(last)) {
            (Some(first), Some(last)) if last >= first && last - first < 100 => (first..=last).collect(),
            _ => Vec::new(),
        },
        None => port(number).into_iter().collect(),
    }
}

/// Adds what COPY or ADD copies: from `stage:path`, or from a path of the context, to a path of the image.
fn copies(text: &str, folder: &str, lookup: &dyn Fn(&str) -> Option<String>, found: &mut Vec<(String, String)>) {
    let all = words(text);
    let flags = all.iter().take_while(|word| word.text.starts_with("--")).count();
    let stage =
        all[..flags].iter().find_map(|word| word.text.strip_prefix("--from=")).map(|stage| expand(stage, lookup));
    let rest = all.get(flags).map_or("", |first| text.get(first.at..).unwrap_or_default());
    let mut paths = exec_form(rest).unwrap_or_else(|| all[flags..].iter().map(|word| word.text.clone()).collect());
    let Some(to) = paths.pop() else { return };
    let to = resolved(folder, &expand(&to, lookup));
    for from in paths.iter().filter(|from| !from.starts_with("<<")).map(|from| expand(from, lookup)) {
        let from = match &stage {
            Some(stage) => format!("{}:{from}", stage.to_ascii_lowercase()),
            None => from,
        };
        found.push((from, to.clone()));
    }
}

/// A path of the image, seen from the working folder; a `/` at the end, which stands for a folder, stays.
fn resolved(folder: &str, path: &str) -> String {
    if path.starts_with(['/', '$']) || folder.is_empty() {
        return path.to_owned();
    }
    let is_folder = path.ends_with('/') || path == "." || path.ends_with("/.");
    let mut parts: Vec<&str> = folder.trim_end_matches('/').split('/').collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.len() > 1 => {
                parts.pop();
            }
            ".." => {}
            _ => parts.push(part),
        }
    }
    let mut joined = parts.join("/");
    if is_folder || joined.is_empty() {
        joined.push('/');
    }
    joined
}
