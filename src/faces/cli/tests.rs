use std::ffi::OsStr;
use std::io::{Error, ErrorKind, Write};
use std::time::Duration;

use clap::{CommandFactory, Parser};

use super::*;
use crate::config::Date;

fn attempt(out: &mut dyn Write, arguments: &[&str]) -> anyhow::Result<Exit> {
    let cli = Cli::try_parse_from([&["loadpath"], arguments].concat())?;
    let today = Date::new(2026, 1, 31).unwrap();
    run(&cli, &mut Context { out, color: false, today, quiet: true, progress: Progress::silent() })
}

fn output(arguments: &[&str]) -> String {
    let mut out = Vec::new();
    attempt(&mut out, arguments).unwrap();
    String::from_utf8(out).unwrap()
}

fn failure(arguments: &[&str]) -> String {
    let result = attempt(&mut Vec::new(), arguments);
    assert_eq!(settle(&result), Exit::Usage);
    let mut said = Vec::new();
    report(&result, &mut said);
    String::from_utf8(said).unwrap()
}

/// Commands whose arguments can be parsed, one beside the other.
#[derive(Debug, clap::Parser)]
enum Arguments {
    Check(check::Args),
    Graph(graph::Args),
    Path(path::Args),
    Extract(extract::Args),
    Merge(merge::Args),
    Init(init::Args),
    Propose(adr::Propose),
    Test(rules::Test),
}

fn arguments(words: &[&str]) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from([&["loadpath"], words].concat())
}

const RULE: &str = "id: t-own/no-owner
title: Service without a name
severity: warning
precision: high
profiles: [recommended]
since: \"0.1\"
select: service
where: service.name != \"x\"
violated: service.name == \"\"
message: \"{{ service.name }} has none\"
why: Nobody answers.
fix: Name it.
params: { limit_ms: 5 }
";

#[test]
fn the_table_of_commands_is_sound() {
    Cli::command().debug_assert();
    Arguments::command().debug_assert();
}

#[test]
fn arguments_of_a_review_are_read() {
    let words = [
        "check",
        "a",
        "b",
        "--since",
        "main",
        "--format",
        "text",
        "-f",
        "sarif=out.sarif",
        "--rule",
        "a/b",
        "--rule",
        "c/d",
        "--category",
        "pool",
        "--fail-on",
        "warning",
        "--profile",
        "strict",
        "--environment",
        "prod",
        "--config",
        "x.yaml",
        "--strict-inputs",
        "--helm",
        "--no-cache",
        "--rules",
        "own",
    ];
    let Ok(Arguments::Check(args)) = arguments(&words) else { panic!() };
    assert_eq!(args.base.as_deref(), Some("main"));
    assert_eq!(args.project.paths.len(), 2);
    assert_eq!(args.format[1], Output { format: check::Format::Sarif, file: Some("out.sarif".into()) });
    assert_eq!(crate::findings::FailOn::from(args.fail_on), crate::findings::FailOn::Warning);
    assert_eq!(args.rules, ["a/b", "c/d"]);
    for wrong in [
        &["check", "--format", "sarfi"][..],
        &["check", "--format", "sarif="],
        &["check", "--no-cache", "--cache-dir", "x"],
        &["check", "--baseline-locked"],
        &["check", "--staged", "--rev", "a"],
        &["graph", "--depth", "2"],
        &["merge"],
        &["path"],
    ] {
        assert_eq!(arguments(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
    }
    let said = arguments(&["check", "--format", "sarfi"]).unwrap_err().to_string();
    assert!(said.contains("did you mean `sarif`?"), "{said}");
    for right in [&["graph", "--focus", "a", "--depth", "2", "-f", "json"][..], &["path", "A.B", "."], &["extract"]] {
        arguments(right).unwrap();
    }
}

#[test]
fn two_outputs_do_not_share_a_place() {
    let parse = |text: &str| text.parse::<Output<check::Format>>().unwrap();
    let all =
        |texts: &[&str]| Output::all(&texts.iter().map(|text| parse(text)).collect::<Vec<_>>(), check::Format::Text);
    assert_eq!(all(&[]).unwrap(), [parse("text")]);
    assert_eq!(all(&["json", "sarif=a", "github=b"]).unwrap().len(), 3);
    assert!(all(&["json", "text=-"]).unwrap_err().to_string().contains("standard output"));
    assert!(all(&["json=a", "text=a"]).unwrap_err().to_string().contains("two formats to a"));
}

#[test]
fn colours_are_for_terminals_and_people_who_want_them() {
    let (on, empty, dumb) = (Some(OsStr::new("1")), Some(OsStr::new("")), Some(OsStr::new("dumb")));
    assert!(ColorChoice::Auto.decide(None, None, true));
    assert!(ColorChoice::Auto.decide(empty, None, true));
    assert!(!ColorChoice::Auto.decide(on, None, true));
    assert!(!ColorChoice::Auto.decide(None, dumb, true));
    assert!(!ColorChoice::Auto.decide(None, None, false));
    assert!(ColorChoice::Always.decide(on, dumb, false));
    assert!(!ColorChoice::Never.decide(None, None, true));
}

#[test]
fn a_closed_pipe_is_success() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(Error::from(ErrorKind::BrokenPipe))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let result = attempt(&mut Closed, &["completions", "bash"]);
    assert_eq!(settle(&result), Exit::Clean);
    let mut said = Vec::new();
    report(&result, &mut said);
    assert!(result.is_err() && said.is_empty());
}

#[test]
fn every_shell_gets_its_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(output(&["completions", shell]).contains("completions"), "{shell}");
    }
}

#[test]
fn own_rules_are_listed_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("t-own")).unwrap();
    let file = folder.path().join("t-own/no-owner.yaml");
    std::fs::write(&file, RULE).unwrap();
    let own = folder.path().to_str().unwrap();
    let list = output(&["rules", "list", "--category", "t-own", "--rules", own]);
    assert_eq!(list, "t-own/no-owner  warning  high  Service without a name\n");
    insta::assert_snapshot!(output(&["rules", "show", "t-own/no-owner", "--rules", own]));
    assert_eq!(
        output(&["explain", "t-own/no-owner", "--rules", own]),
        output(&["rules", "show", "t-own/no-owner", "--rules", own])
    );
    let json: serde_json::Value =
        serde_json::from_str(&output(&["rules", "list", "-f", "json", "--category", "t-own", "--rules", own])).unwrap();
    assert_eq!(json["rules"][0]["params"]["limit_ms"], 5);
    let near = failure(&["rules", "show", "t-own/no-ower", "--rules", own]);
    assert_eq!(near, "loadpath: failed to find the rule `t-own/no-ower`: did you mean `t-own/no-owner`?\n");
    assert!(failure(&["rules", "list", "--category", "t-onw", "--rules", own]).contains("did you mean `t-own`?"));
    assert!(failure(&["explain", "t-own/no-ownr", "--rules", own]).contains("did you mean `t-own/no-owner`?"));
    std::fs::write(&file, RULE.replace("severity: warning", "severity: bad")).unwrap();
    assert!(failure(&["rules", "list", "--rules", own]).contains("t-own/no-owner.yaml:3:11: unknown value `bad`"));
    assert!(failure(&["rules", "list", "--rules", "/nowhere"]).contains("failed to read /nowhere: "));
}

#[test]
fn decisions_are_written_and_listed() {
    let root = tempfile::tempdir().unwrap();
    let at = root.path().to_str().unwrap();
    assert_eq!(output(&["adr", "list", "--root", at]), "");
    let path = output(&["adr", "new", "Use", "gRPC", "--root", at]);
    assert_eq!(path.trim_end(), root.path().join("docs/adr/0001-use-grpc.md").to_str().unwrap());
    output(&["adr", "new", "Drop Redis", "--root", at, "--date", "2025-12-24", "--status", "accepted"]);
    let list = "0001  proposed  2026-01-31  Use gRPC\n0002  accepted  2025-12-24  Drop Redis\n";
    assert_eq!(output(&["adr", "list", "--root", at]), list);
    let json: serde_json::Value = serde_json::from_str(&output(&["adr", "list", "-f", "json", "--root", at])).unwrap();
    assert_eq!(json["decisions"][1]["file"], "docs/adr/0002-drop-redis.md");
    output(&["adr", "new", "x", "--root", at, "--folder", "elsewhere/"]);
    assert!(root.path().join("elsewhere/0001-x.md").exists());
    assert!(failure(&["adr", "list", "--root", "/nowhere"]).contains("name its root"));
    assert!(attempt(&mut Vec::new(), &["adr", "new", "x", "--date", "2025-02-30"]).is_err());
}

#[test]
fn a_project_is_read_from_folders_from_standard_input_and_with_its_settings() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("loadpath.yaml"), "name: shop\n").unwrap();
    std::fs::write(root.path().join("other.yaml"), "name: [\n").unwrap();
    let mut project = project::Project { paths: vec![root.path().to_owned()], ..project::Project::default() };
    let sources = project.sources(std::io::empty()).unwrap();
    assert_eq!(sources.files.len(), 2);
    assert_eq!(project.config(&sources).unwrap().1.name.as_deref(), Some("shop"));
    project.inputs.config = Some(root.path().join("other.yaml"));
    assert!(format!("{:#}", project.config(&sources).unwrap_err()).contains("other.yaml:"));
    assert!(project.sources_at("HEAD").unwrap_err().to_string().contains("git work tree"));
    project.paths = vec!["-".into()];
    assert_eq!(&*project.sources("syntax = \"proto3\";".as_bytes()).unwrap().files[0].path, "stdin.proto");
    project.paths.push(".".into());
    assert!(project.sources(std::io::empty()).unwrap_err().to_string().contains("name either"));
    assert!(
        project
            .sources_of_base("main", &crate::sources::Sources::default())
            .unwrap_err()
            .to_string()
            .contains("name one folder")
    );
    project.inputs.cache_dir = Some(root.path().join("cache"));
    assert!(project.cache().is_enabled());
    project.inputs.no_cache = true;
    assert!(!project.cache().is_enabled());
}

#[test]
fn days_follow_the_calendar() {
    let day = |days: u64| day::of(Duration::from_secs(days * 86_400 + 86_399)).to_string();
    let known = [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_484, "2026-01-31")];
    for (days, text) in known {
        assert_eq!(day(days), text);
    }
    assert!(today() > Date::new(2024, 1, 1).unwrap());
}

#[test]
fn silent_progress_and_progress_without_a_terminal_show_nothing() {
    for mut progress in [Progress::silent(), Progress::on_terminal()] {
        progress.stage("reading");
        progress.end();
        progress.stage("after the end");
    }
}
