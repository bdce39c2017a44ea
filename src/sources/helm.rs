//! Charts to manifests, by the program `helm`: the only renderer that there is. It runs only where the user allowed it.
//!
//! A chart is written into a folder of its own from what was read of it, so that the program sees no other file and a
//! git revision is rendered like a work tree. It gets no environment, little time, and its output is bounded.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Source, Sources};

/// How long one chart may take.
const MAX_TIME: Duration = Duration::from_secs(60);
/// How much one chart may give, in bytes.
const MAX_OUTPUT: u64 = 32 * 1024 * 1024;
/// How many templates of a chart may fail before it is given up.
const MAX_FAILURES: usize = 16;
/// How deep charts may be inside of each other.
const MAX_DEPTH: usize = 8;
/// The version of Kubernetes that templates are told they are rendered for.
const KUBERNETES: &str = "1.34.0";
/// Files of a chart that say what it is made of: they are written anew, without what is not here.
const DEPENDENCIES: &[&str] = &["Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"];

/// A chart with one set of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// Its folder; empty for the root of the project.
    pub folder: String,
    /// Files with values, in order, besides its own.
    pub values: Vec<String>,
    /// Name of the release.
    pub release: String,
    /// Namespace of the release; none if it is not said.
    pub namespace: Option<String>,
    /// Name of the environment that it makes.
    pub environment: String,
}

/// What the program made of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The chart.
    pub chart: Chart,
    /// The manifests, or why there are none.
    pub manifests: Result<String, String>,
    /// Charts that it needs and the project does not hold, and templates of it that could not be rendered.
    pub missing: Vec<String>,
}

/// Charts of a project that stand for themselves: no part of another chart.
#[must_use]
pub fn charts(sources: &Sources) -> Vec<Chart> {
    let folders: Vec<&str> = sources.files.iter().filter(|of| of.name() == "Chart.yaml").map(Source::folder).collect();
    let own = folders.iter().filter(|folder| {
        !folders.iter().any(|other| other != *folder && is_below(other, folder) && folder.contains("charts/"))
    });
    own.map(|folder| {
        let name = folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("chart");
        Chart {
            folder: (*folder).to_owned(),
            release: name.to_owned(),
            environment: format!("{name}:values"),
            ..Chart::default()
        }
    })
    .collect()
}

/// Renders charts with the program of a name, looked for where the user's programs are, or of a path.
#[must_use]
pub fn render(sources: &Sources, charts: &[Chart], program: &Path) -> Vec<Rendered> {
    let found = find(program);
    let program = found.as_deref().unwrap_or(program);
    charts
        .iter()
        .map(|chart| {
            let mut missing = Vec::new();
            let manifests = one(sources, chart, program, &mut missing);
            Rendered { chart: chart.clone(), manifests, missing }
        })
        .collect()
}

fn one(sources: &Sources, chart: &Chart, program: &Path, missing: &mut Vec<String>) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no folder to render it in: {error}"))?;
    let root = folder.path().join("chart");
    copy(sources, &chart.folder, &root, missing, 0).map_err(|error| format!("it cannot be copied: {error}"))?;
    let mut command = Command::new(program);
    command.arg("template").arg(&chart.release).arg(&root).arg("--skip-tests").arg("--kube-version").arg(KUBERNETES);
    if let Some(namespace) = &chart.namespace {
        command.arg("--namespace").arg(namespace);
    }
    for (index, path) in chart.values.iter().enumerate() {
        let source = sources.get(path).ok_or_else(|| format!("there is no values file {path}"))?;
        let copy = folder.path().join(format!("values-{index}.yaml"));
        fs::write(&copy, &source.bytes).map_err(|error| format!("{path} cannot be copied: {error}"))?;
        command.arg("--values").arg(copy);
    }
    let home = folder.path().join("home");
    command.env_clear().env("HOME", &home).env("HELM_CACHE_HOME", &home).env("HELM_CONFIG_HOME", &home);
    command.env("HELM_DATA_HOME", &home).current_dir(folder.path());
    let mut failures = 0;
    loop {
        match run(&mut command, program) {
            Ok(manifests) => return Ok(manifests),
            Err(why) => {
                // A template that needs values which the user did not give costs only what it makes.
                let Some(template) = template_of(&why).filter(|_| failures < MAX_FAILURES) else { return Err(why) };
                let Some(file) = template.split_once('/').and_then(|(_, rest)| below(&root, rest)) else {
                    return Err(why);
                };
                if fs::remove_file(file).is_err() {
                    return Err(why);
                }
                missing.push(format!("{template}: {why}"));
                failures += 1;
            }
        }
    }
}

/// The template that a failure names: `chart/templates/identity.yaml`.
fn template_of(why: &str) -> Option<&str> {
    let at = why.find("/templates/")?;
    let start = why[..at].rfind([' ', '(']).map_or(0, |index| index + 1);
    let end = why[at..].find([':', ' ', ')', ',']).map_or(why.len(), |index| at + index);
    why.get(start..end)
}

/// Where a program is. It is run without an environment, and so without the path that leads to it.
fn find(program: &Path) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Writes a chart and the charts of the project that it is made of.
fn copy(sources: &Sources, from: &str, to: &Path, missing: &mut Vec<String>, depth: usize) -> io::Result<()> {
    let prefix = if from.is_empty() { String::new() } else { format!("{from}/") };
    for source in sources.files.iter().filter(|source| source.path.starts_with(&prefix)) {
        let rest = &source.path[prefix.len()..];
        // A schema may name further schemas in the network.
        if rest == "values.schema.json" || DEPENDENCIES.contains(&rest) {
            continue;
        }
        let Some(path) = below(to, rest) else { continue };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, &source.bytes)?;
    }
    fs::create_dir_all(to)?;
    let read = |name: &str| -> io::Result<serde_json::Map<String, Value>> {
        let Some(file) = sources.get(&format!("{prefix}{name}")) else { return Ok(serde_json::Map::new()) };
        serde_yaml::from_str(&file.text()).map_err(|error| io::Error::other(format!("{}: {error}", file.path)))
    };
    let mut chart = read("Chart.yaml")?;
    // Which versions of Kubernetes it is made for is not what is asked here.
    chart.remove("kubeVersion");
    let own = chart.remove("dependencies");
    let older = read("requirements.yaml")?.remove("dependencies");
    let mut kept = Vec::new();
    let stated = [own, older].into_iter().flatten();
    for dependency in stated.filter_map(|of| of.as_array().cloned()).flatten() {
        let said = |key: &str| dependency.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, repository) = (said("name"), said("repository"));
        let inside = format!("{prefix}charts/{name}/Chart.yaml");
        if sources.get(&inside).is_some() {
            kept.push(dependency);
            continue;
        }
        let other = repository.strip_prefix("file://").and_then(|path| joined(from, path));
        match other.filter(|of| depth < MAX_DEPTH && sources.get(&format!("{of}/Chart.yaml")).is_some()) {
            Some(other) if below(&to.join("charts"), name).is_some() => {
                copy(sources, &other, &to.join("charts").join(name), missing, depth + 1)?;
                kept.push(dependency);
            }
            _ => missing.push(name.to_owned()),
        }
    }
    if !kept.is_empty() {
        chart.insert("apiVersion".to_owned(), Value::String("v2".to_owned()));
        chart.insert("dependencies".to_owned(), Value::Array(kept));
    }
    // JSON is YAML.
    fs::write(to.join("Chart.yaml"), serde_json::to_string(&chart).map_err(io::Error::other)?)
}

/// Runs the program, and ends it when it takes too long.
fn run(command: &mut Command, program: &Path) -> Result<String, String> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("`{}` does not run: {error}", program.display()))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let reading = std::thread::spawn(move || text(out));
    let failing = std::thread::spawn(move || text(err));
    let status = wait(&mut child)?;
    let output = reading.join().unwrap_or_default();
    let problem = failing.join().unwrap_or_default();
    if status {
        Ok(output)
    } else {
        let said = problem.lines().find(|line| line.contains("rror")).unwrap_or("it says nothing").trim();
        Err(format!("`helm template` fails: {}", said.chars().take(300).collect::<String>()))
    }
}

fn wait(child: &mut Child) -> Result<bool, String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if start.elapsed() > MAX_TIME => {
                // It has ended already if it cannot be ended.
                child.kill().ok();
                child.wait().ok();
                return Err(format!("`helm template` takes more than {} s", MAX_TIME.as_secs()));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(format!("`helm template` cannot be waited for: {error}")),
        }
    }
}

fn text(from: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What was read until then is judged; a program that is cut off fails by itself.
        from.take(MAX_OUTPUT).read_to_end(&mut bytes).ok();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A path below a folder; none if it leads out of it.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let safe = !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    (safe && !path.contains('\\')).then(|| folder.join(path))
}

/// A relative path from a folder of the project; none if it leads out of it.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

fn is_below(outer: &str, inner: &str) -> bool {
    outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// A program that stands for `helm`: what it is given can be looked at.
    fn program(folder: &Path, script: &str) -> PathBuf {
        use std::io::Write as _;
        let path = folder.join("helm");
        // Written by another process: a file that this one had open could still be busy when it is to be run.
        let mut writer = Command::new("sh");
        writer.args(["-c", "cat > \"$0\" && chmod +x \"$0\""]).arg(&path).stdin(Stdio::piped());
        let mut child = writer.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        path
    }

    fn project() -> Sources {
        Sources::from_texts([
            ("charts/cart/Chart.yaml", "apiVersion: v1\nname: cart\nversion: 1.0.0\nkubeVersion: '>=9'\n"),
            (
                "charts/cart/requirements.yaml",
                "dependencies:\n- { name: shared, repository: 'file://../shared', version: 1.0.0 }\n\
                 - { name: postgres, repository: 'https://charts.example', version: 1.0.0 }\n",
            ),
            ("charts/cart/values.schema.json", "{}"),
            ("charts/cart/templates/cart.yaml", "kind: Deployment\n"),
            ("charts/cart/templates/secret.yaml", "kind: Secret\n"),
            ("charts/shared/Chart.yaml", "apiVersion: v2\nname: shared\nversion: 1.0.0\ntype: library\n"),
            ("charts/shared/templates/_names.tpl", "{{- define \"name\" }}x{{ end }}"),
            ("src/main.rs", "fn main() {}"),
        ])
    }

    fn cart() -> Chart {
        Chart {
            folder: "charts/cart".into(),
            release: "cart".into(),
            environment: "cart:values".into(),
            ..Chart::default()
        }
    }

    #[test]
    fn a_chart_is_given_its_own_files_and_the_charts_of_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let helm = program(
            folder.path(),
            "cd \"$3\" && /usr/bin/find . -type f | /usr/bin/sort && cat Chart.yaml && echo \"[$CARGO]\"",
        );
        let [of] = &render(&project(), &[cart()], &helm)[..] else { panic!("one chart") };
        assert_eq!(of.missing, ["postgres"]);
        assert_eq!(
            of.manifests.as_deref().unwrap(),
            "./Chart.yaml\n./charts/shared/Chart.yaml\n./charts/shared/templates/_names.tpl\n./templates/cart.yaml\n\
             ./templates/secret.yaml\n{\"apiVersion\":\"v2\",\"name\":\"cart\",\"version\":\"1.0.0\",\"dependencies\":\
             [{\"name\":\"shared\",\"repository\":\"file://../shared\",\"version\":\"1.0.0\"}]}[]\n"
        );
    }

    #[test]
    fn a_template_that_fails_costs_only_what_it_makes() {
        let folder = tempfile::tempdir().unwrap();
        let script = "if [ -f \"$3/templates/secret.yaml\" ]; then echo 'Error: at (cart/templates/secret.yaml:1:2): no key' >&2; exit 1; fi\necho 'kind: Deployment'";
        let [of] = &render(&project(), &[cart()], &program(folder.path(), script))[..] else { panic!("one chart") };
        assert_eq!(of.manifests.as_deref(), Ok("kind: Deployment\n"));
        assert!(of.missing[1].starts_with("cart/templates/secret.yaml: "), "{:?}", of.missing);
    }

    #[test]
    fn what_does_not_run_is_said() {
        let [of] = &render(&project(), &[cart()], Path::new("/nowhere/helm"))[..] else { panic!("one chart") };
        assert!(of.manifests.as_ref().unwrap_err().contains("does not run"), "{of:?}");
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(joined("charts/cart", "../shared"), Some("charts/shared".to_owned()));
        assert_eq!(joined("charts/cart", "../../../etc"), None);
        assert_eq!(below(Path::new("/a"), "../b"), None);
        assert_eq!(below(Path::new("/a"), "b//c"), None);
    }
}
