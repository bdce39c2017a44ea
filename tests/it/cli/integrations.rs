//! What is there to be copied into a project: the hook of git, the steps of the action, the templates, the container file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::Parser;
use loadpath::faces::cli::Cli;
use serde_json::Value;

use super::gate::{break_it, edit, shop};
use super::{commit, git, write};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A YAML file of ours.
fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folder of the program under test, in front of the others.
fn search_path(more: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_loadpath")).parent().unwrap();
    format!("{}:{}:{}", more.display(), program.display(), std::env::var("PATH").unwrap())
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Commits with the hook in place.
fn commit_with_hook(root: &Path, arguments: &[&str]) -> Output {
    let who = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let mut command = Command::new("git");
    command.args(who).arg("commit").args(arguments).current_dir(root);
    command.env("PATH", search_path(root)).env("LOADPATH_CACHE_DIR", root.join(".git/loadpath-cache"));
    command.output().unwrap()
}

/// A change that brings an error: a field of another type.
fn break_contract(root: &Path) {
    edit(
        root,
        "proto/shop/price/v1/price.proto",
        "  string sku = 1;\n  int32 quantity",
        "  int64 sku = 1;\n  int32 quantity",
    );
}

#[test]
fn the_hook_refuses_a_commit_that_brings_an_error() {
    let shop = shop();
    let at = shop.path();
    fs::create_dir_all(at.join(".git/hooks")).unwrap();
    fs::copy(root().join("integrations/git/pre-commit"), at.join(".git/hooks/pre-commit")).unwrap();
    write(at, "README.md", "One more word.\n");
    let harmless = commit_with_hook(at, &["-a", "-q", "-m", "harmless"]);
    assert!(harmless.status.success(), "{}", said(&harmless));
    break_contract(at);
    // A commit of other paths has an index of its own, without the defect.
    write(at, "README.md", "And another.\n");
    let other = commit_with_hook(at, &["-q", "-m", "of one path", "--", "README.md"]);
    assert!(other.status.success(), "{}", said(&other));
    for arguments in [&["-a", "-q", "-m", "broken"][..], &["-q", "-m", "broken", "--", "proto"]] {
        let refused = commit_with_hook(at, arguments);
        assert!(!refused.status.success() && said(&refused).contains("proto/breaking-change"), "{}", said(&refused));
    }
    assert_eq!(git(at, &["log", "-1", "--format=%s"]), "of one path\n");
    let around = commit_with_hook(at, &["-a", "-q", "--no-verify", "-m", "around it"]);
    assert!(around.status.success(), "{}", said(&around));
    // What was there before is nobody's business.
    edit(at, "README.md", "another", "third");
    assert!(commit_with_hook(at, &["-a", "-q", "-m", "after it"]).status.success());
}

/// A run of a step of the action.
struct Runner {
    folder: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["output", "summary", "path"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// Runs one of the scripts as a runner does it.
    fn run(&self, script: &str, at: &Path, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new("bash");
        command.arg(root().join("integrations/github").join(script)).current_dir(at);
        command.env("PATH", search_path(self.folder.path())).env("RUNNER_TEMP", self.folder.path());
        command.env("LOADPATH_CACHE_DIR", self.file("cache")).env("GITHUB_REPOSITORY", "team/shop");
        for (name, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_PATH", "path")] {
            command.env(name, self.file(file));
        }
        command.envs(variables.iter().copied()).output().unwrap()
    }

    /// What a step handed to those behind it.
    fn output(&self, name: &str) -> String {
        let text = self.read("output");
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        values.next_back().unwrap_or_else(|| panic!("{name} in {text}")).to_owned()
    }
}

#[test]
fn the_action_judges_a_pull_request_and_shows_it() {
    let shop = shop();
    let at = shop.path();
    git(at, &["checkout", "-q", "-b", "change"]);
    let runner = Runner::new();
    assert!(said(&runner.run("install.sh", at, &[])).contains("loadpath 0."), "the program that is there");
    let clean = runner.run("check.sh", at, &[("LOADPATH_BASE", "main")]);
    assert!(clean.status.success(), "{}", said(&clean));
    assert_eq!(runner.output("code"), "0");
    break_it(at);
    commit(at, "broken");
    let broken = runner.run("check.sh", at, &[("LOADPATH_BASE", "main"), ("LOADPATH_FAIL_ON", "warning")]);
    assert!(broken.status.success(), "the verdict comes last: {}", said(&broken));
    assert_eq!(runner.output("code"), "1");
    assert!(said(&broken).contains("title=health/no-readiness"), "{}", said(&broken));
    assert!(runner.read("summary").contains("health/no-readiness"));
    assert!(fs::read_to_string(runner.output("sarif")).unwrap().contains("health/no-readiness"));
    assert!(fs::read_to_string(runner.output("diff")).unwrap().starts_with("<!-- loadpath:diff:shop -->\n"));
    // What keeps it from judging is no verdict.
    let wrong = runner.run("check.sh", at, &[("LOADPATH_BASE", "nothing")]);
    assert_eq!(wrong.status.code(), Some(2), "{}", said(&wrong));
    let all = runner.run("check.sh", at, &[]);
    assert_eq!((all.status.code(), &*runner.output("code"), &*runner.output("diff")), (Some(0), "1", ""));
}

/// A program in place of `gh`, which keeps what it was asked and knows the comments that a file lists.
const GH: &str = "#!/bin/sh
printf '%s\\n' \"$*\" >>\"$RUNNER_TEMP/asked\"
case \"$*\" in *--paginate*) cat \"$RUNNER_TEMP/comments\" ;; esac
";

#[test]
fn the_comment_is_written_once_and_then_in_its_place() {
    let runner = Runner::new();
    let at = runner.folder.path();
    write(at, "gh", GH);
    fs::set_permissions(at.join("gh"), fs::Permissions::from_mode(0o755)).unwrap();
    write(at, "diff.md", "<!-- loadpath:diff:shop -->\n## Architecture: shop\n");
    let file = at.join("diff.md");
    let variables = [("LOADPATH_DIFF", file.to_str().unwrap()), ("PULL_REQUEST", "7")];
    write(at, "comments", "11\tNice.\n12\t<!-- loadpath:diff:other -->\n");
    let first = runner.run("comment.sh", at, &variables);
    assert!(first.status.success(), "{}", said(&first));
    let body = format!("--field body=@{}", file.display());
    assert!(runner.read("asked").contains(&format!("--method POST repos/team/shop/issues/7/comments {body}")));
    write(at, "comments", "11\tNice.\n13\t<!-- loadpath:diff:shop -->\n14\t<!-- loadpath:diff:shop -->\n");
    write(at, "asked", "");
    assert!(runner.run("comment.sh", at, &variables).status.success());
    let asked = runner.read("asked");
    assert!(asked.contains(&format!("--method PATCH repos/team/shop/issues/comments/13 {body}")), "{asked}");
    assert_eq!(asked.lines().count(), 2, "{asked}");
    write(at, "asked", "");
    assert!(runner.run("comment.sh", at, &variables[..1]).status.success());
    assert_eq!(runner.read("asked"), "", "no pull request, no comment");
}

/// All texts below a value, with their keys.
fn texts<'a>(value: &'a Value, key: &'a str, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => found.push((key, text)),
        Value::Array(all) => all.iter().for_each(|of| texts(of, key, found)),
        Value::Object(all) => all.iter().for_each(|(key, of)| texts(of, key, found)),
        _ => {}
    }
}

#[test]
fn no_step_puts_words_of_others_into_a_program() {
    for path in ["action.yml", ".github/workflows/release.yml"] {
        let file = yaml(path);
        let mut found = Vec::new();
        texts(&file, "", &mut found);
        let runs: Vec<&str> = found.iter().filter(|(key, _)| *key == "run").map(|(_, text)| *text).collect();
        assert!(runs.len() > 1 && runs.iter().all(|run| !run.contains("${{")), "{path}: {runs:?}");
        for (_, uses) in found.iter().filter(|(key, _)| *key == "uses") {
            assert!(uses.contains('@') && !uses.ends_with("@main") && !uses.ends_with("@master"), "{path}: {uses}");
        }
    }
    let action = yaml("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    for step in action["runs"]["steps"].as_array().unwrap() {
        assert_eq!(step["shell"], "bash", "{step}");
        let run = step["run"].as_str().unwrap();
        if let Some(script) = run.strip_prefix("bash \"$SCRIPTS/").and_then(|of| of.strip_suffix('"')) {
            assert!(root().join("integrations/github").join(script).is_file(), "{run}");
        }
    }
    for output in action["outputs"].as_object().unwrap().values() {
        let value = output["value"].as_str().unwrap();
        let name = value.trim_start_matches("${{ steps.check.outputs.").trim_end_matches(" }}");
        assert!(read("integrations/github/check.sh").contains(&format!("echo \"{name}=")), "{value}");
    }
    for script in ["check.sh", "comment.sh", "install.sh"] {
        let path = root().join("integrations/github").join(script);
        assert!(Command::new("bash").arg("-n").arg(&path).status().unwrap().success());
        assert!(fs::read_to_string(path).unwrap().contains("set -euo pipefail"));
    }
}

/// The command lines of Loadpath in a text: what a shell would hand to the program.
fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("- ").trim_start_matches("entry: "));
    let lines = lines.map(|line| line.trim_start_matches("exec ")).filter(|line| line.starts_with("loadpath "));
    let words = |line: &str| line.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect();
    lines.map(words).collect()
}

#[test]
fn every_command_that_is_there_to_be_copied_is_one() {
    let hook = read("integrations/git/pre-commit").replace("$(git rev-parse --show-toplevel)", "root");
    let texts = [
        ("the hook", hook),
        (".pre-commit-hooks.yaml", read(".pre-commit-hooks.yaml")),
        ("the template", read("integrations/gitlab/loadpath.gitlab-ci.yml").replace("\"$LOADPATH_FAIL_ON\"", "error")),
        ("docs/ci.md", read("docs/ci.md")),
    ];
    for (name, text) in texts {
        let commands = commands(&text);
        assert!(!commands.is_empty(), "{name}");
        for command in commands {
            let parsed = Cli::try_parse_from(&command);
            assert!(parsed.is_ok(), "{name}: {command:?}: {}", parsed.unwrap_err());
        }
    }
    let gitlab = yaml("integrations/gitlab/loadpath.gitlab-ci.yml");
    let job = &gitlab["loadpath"];
    assert_eq!(job["variables"]["GIT_DEPTH"], "0", "the merge base is looked for in the history");
    let script = job["script"].to_string();
    for (report, format) in [("codequality", "gitlab"), ("junit", "junit")] {
        let file = job["artifacts"]["reports"][report].as_str().unwrap();
        assert!(script.contains(&format!("--format {format}={file}")), "{report}: {script}");
    }
    for hook in yaml(".pre-commit-hooks.yaml").as_array().unwrap() {
        let files = regex::Regex::new(hook["files"].as_str().unwrap()).unwrap();
        for path in ["a/src/main.rs", "deploy/x.yml", "Cargo.lock", "Dockerfile", "a/.env", "x.proto"] {
            assert!(files.is_match(path), "{path}");
        }
        assert!(!files.is_match("README.md") && hook["pass_filenames"] == false);
    }
}

#[test]
fn the_snippets_of_the_manual_are_yaml_that_names_what_is_there() {
    let text = read("docs/ci.md");
    let inputs = yaml("action.yml")["inputs"].clone();
    let snippets: Vec<&str> = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(snippets.len() >= 3, "{}", snippets.len());
    for snippet in snippets {
        let value: Value = serde_yaml::from_str(snippet).unwrap_or_else(|error| panic!("{error}\n{snippet}"));
        let mut steps = Vec::new();
        for job in value["jobs"].as_object().into_iter().flat_map(serde_json::Map::values) {
            steps.extend(job["steps"].as_array().unwrap().clone());
        }
        for step in steps.iter().filter(|step| step["uses"].as_str().is_some_and(|of| of.starts_with("loadpath/"))) {
            for (name, _) in step["with"].as_object().into_iter().flatten() {
                assert!(inputs.get(name).is_some(), "the action has no input {name}");
            }
        }
        if let Some(file) = value["include"][0]["file"].as_str() {
            assert!(root().join(file).is_file(), "{file}");
        }
        for hook in value["repos"][0]["hooks"].as_array().into_iter().flatten() {
            assert!(read(".pre-commit-hooks.yaml").contains(&format!("- id: {}\n", hook["id"].as_str().unwrap())));
        }
    }
}

#[test]
fn the_image_starts_the_program_that_it_builds() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("Containerfile"), folder.path().join("Containerfile")).unwrap();
    let facts: Value = serde_json::from_str(&super::output(&["extract", folder.path().to_str().unwrap()])).unwrap();
    assert_eq!(facts["diagnostics"], serde_json::json!([]));
    let stages = &facts["dockerfiles"][0]["stages"];
    assert_eq!(stages[0]["builds"], serde_json::json!(["loadpath"]));
    assert_eq!(stages[1]["entrypoint"], serde_json::json!(["/usr/local/bin/loadpath"]));
    assert_eq!(stages[1]["command"], serde_json::json!(["check", "."]));
    assert!(stages[1].to_string().contains("/loadpath\""), "what is built is copied: {}", stages[1]);
    let text = read("Containerfile");
    let user = text.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user != "root" && !user.starts_with('0'));
    assert!(text.contains("+crt-static") && text.contains("--target"), "a program without a library in the image");
    for from in text.lines().filter_map(|line| line.strip_prefix("FROM ")) {
        let image = from.split(' ').next().unwrap();
        assert!(image.contains(':') && !image.ends_with(":latest"), "{image}");
    }
}
