use std::path::Path;

use super::*;
use crate::rules::Alternative;
use crate::span::Span;

fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Folder) {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let folder = find(root.path());
    (root, folder)
}

fn new(folder: &Folder, title: &str) -> Result<String, Error> {
    create(folder, &Decision::open(title, "2026-01-31"), &template(None).unwrap(), &Ids::default())
}

#[test]
fn the_folder_is_the_one_that_the_project_has() {
    let path = |files: &[(&str, &str)]| project(files).1.path;
    assert_eq!(path(&[]), "docs/adr");
    assert_eq!(path(&[("adr/0001-a.md", ""), ("docs/x.md", "")]), "adr");
    assert_eq!(path(&[("doc/adr/1-a.md", "")]), "doc/adr");
    assert_eq!(path(&[("docs/decisions/a.md", ""), ("adr/a.md", "")]), "docs/decisions");
    assert_eq!(path(&[("docs/b/c/adr/1-a.md", ""), ("docs/z/decisions/1-a.md", "")]), "docs/z/decisions");
    assert_eq!(path(&[("docs/a/b/c/adr/1-a.md", "")]), "docs/adr", "not that deep");
    assert_eq!(path(&[(".adr-dir", "./design/adr\n"), ("adr/a.md", "")]), "design/adr");
    assert_eq!(path(&[(".adr-dir", "../outside\n")]), "docs/adr");
    assert_eq!(path(&[(".adr-dir", "/etc\n")]), "docs/adr");
}

#[test]
fn a_new_decision_gets_the_next_number_and_overwrites_nothing() {
    let (root, folder) = project(&[]);
    assert_eq!(new(&folder, "Use gRPC between services").unwrap(), "docs/adr/0001-use-grpc-between-services.md");
    assert_eq!(new(&folder, "  Don't  retry: <ever>!\n").unwrap(), "docs/adr/0002-dont-retry-ever.md");
    assert_eq!(new(&folder, "ÄÖ").unwrap(), "docs/adr/0003-decision.md");
    let long = new(&folder, &"word ".repeat(40)).unwrap();
    assert!(long.len() < 100 && long.ends_with("-word.md"), "{long}");
    assert!(matches!(new(&folder, " \n"), Err(Error::NoTitle)));
    let text = std::fs::read_to_string(root.path().join("docs/adr/0001-use-grpc-between-services.md")).unwrap();
    insta::assert_snapshot!(text);
    let (_root, folder) = project(&[("adr/007-x.md", ""), ("adr/20240131-y.md", ""), ("adr/9-z.md", "")]);
    assert_eq!(new(&folder, "a").unwrap(), "adr/10-a.md");
    let (root, folder) = project(&[("adr/template.md", "")]);
    // A folder in the way is met as well, and stays.
    std::fs::create_dir(root.path().join("adr/0001-a.md")).unwrap();
    assert!(matches!(new(&folder, "A"), Err(Error::Exists { .. })));
}

#[test]
fn what_was_written_is_listed() {
    let (_root, folder) = project(&[]);
    new(&folder, "Use `gRPC`").unwrap();
    let record = list(&folder).unwrap().remove(0);
    assert_eq!((record.number, record.title.as_str()), (Some(1), "Use `gRPC`"));
    assert_eq!((record.status.as_deref(), record.date.as_deref()), (Some("proposed"), Some("2026-01-31")));
}

#[test]
fn decisions_are_listed_in_all_their_forms() {
    let (_root, folder) = project(&[
        ("adr/0001-a.md", "---\nstatus: \"accepted\"\ndate: 2024-01-02 # changed\n---\n\n# Use A\n\nStatus: no\n"),
        (
            "adr/0002-b.md",
            "# 2. Use B\n\nDate: 2016-02-12\n\n## Status\n\nSuperseded by [3. Use C](0003-c.md)\n\n## Context\n",
        ),
        ("adr/0003-c.md", "# ADR-0003: Use C\n\n* Status: accepted\n* Deciders: x\n* Date: 2020-01-01\n"),
        ("adr/0004-d.md", "# 2 regions\n\n**Status:** Rejected\n"),
        ("adr/0005-e.md", "no heading\n\n## Context\n\nStatus: of the world\n"),
        ("adr/0006-g.md", "# ADR-006: Use G\n\n## Metadata\n\n- **Status**: Proposed\n- **Date**: 2026-02-19\n"),
        ("adr/000-template.md", "# ADR-NNN: Title\n\n- **Status**: x\n"),
        ("adr/20240131-f.md", "# F\n\n- Status: draft\n"),
        ("adr/README.md", "# Decisions\n\nStatus: x\n"),
        ("adr/template.md", "---\nstatus: x\n---\n"),
        ("adr/notes.md", "# Notes\n"),
        ("adr/0006-x.txt", ""),
    ]);
    let lines: Vec<String> = list(&folder)
        .unwrap()
        .iter()
        .map(|record| {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            let number = record.number.map_or("-".to_owned(), |number| number.to_string());
            format!("{number} {} | {} | {}", record.title, text(&record.status), text(&record.date))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "- F | draft | -",
            "1 Use A | accepted | 2024-01-02",
            "2 Use B | superseded by 3. Use C | 2016-02-12",
            "3 Use C | accepted | 2020-01-01",
            "4 2 regions | rejected | -",
            "5 0005-e | - | -",
            "6 Use G | proposed | 2026-02-19",
        ]
    );
    assert_eq!(list(&Folder { root: "/nowhere".into(), path: "adr".into() }).unwrap(), []);
}

fn proposal() -> Proposal {
    Proposal {
        rule: "timeout/grpc-client-no-deadline".to_owned(),
        title: "gRPC call without a deadline".to_owned(),
        severity: Some(crate::findings::Severity::Warning),
        entity: "edge:feed->content".to_owned(),
        message: "feed calls `Content<T>` without\na deadline <b>".to_owned(),
        formula: Some("0 ms + unbounded = unbounded".to_owned()),
        why: "A call without a deadline holds its task for as long as the peer is slow.".to_owned(),
        fix: "Set a deadline on the channel.".to_owned(),
        evidence: vec![
            Evidence { span: Span::line("services/feed/src/a b.rs", 12), shows: "the call".to_owned() },
            Evidence { span: Span::line("proto/content.proto", 3), shows: String::new() },
        ],
        article: Some("timeout/deadlines".to_owned()),
        alternatives: vec![Alternative {
            title: "Wrap the call in a timeout".to_owned(),
            good: vec!["It is one line".to_owned()],
            bad: vec!["HTTP/2 streams are not cancelled on the server.".to_owned()],
        }],
    }
}

#[test]
fn a_finding_becomes_a_proposal_with_its_evidence() {
    let (root, folder) = project(&[]);
    let decision = propose(&proposal(), "2026-01-31", folder.depth());
    let path = create(&folder, &decision, &template(None).unwrap(), &Ids::default()).unwrap();
    assert_eq!(path, "docs/adr/0001-grpc-call-without-a-deadline-feed-content.md");
    insta::assert_snapshot!(std::fs::read_to_string(root.path().join(path)).unwrap());
}

#[test]
fn a_team_has_its_own_template() {
    let (root, folder) = project(&[("t/adr/madr.md.tera", "{{ title }} & {{ options | length }}")]);
    let own = template(Some(&root.path().join("t"))).unwrap();
    let path = create(&folder, &propose(&proposal(), "2026-01-31", 2), &own, &Ids::default()).unwrap();
    let text = std::fs::read_to_string(root.path().join(path)).unwrap();
    assert_eq!(text, "gRPC call without a deadline (feed->content) & 3\n");
    std::fs::write(root.path().join("t/adr/madr.md.tera"), "{{ nothing }}").unwrap();
    let wrong =
        create(&folder, &Decision::open("b", ""), &template(Some(&root.path().join("t"))).unwrap(), &Ids::default());
    assert!(matches!(wrong, Err(Error::Template { .. })));
    assert!(!root.path().join("docs/adr/0002-b.md").exists(), "nothing is left behind");
    assert!(template(Some(Path::new("/nowhere"))).is_ok(), "what a team does not have is the embedded one");
}

#[test]
fn an_id_is_a_number_or_a_date_as_the_folder_has_it() {
    let named = |files: &[(&str, &str)], ids: Ids| {
        let (_root, folder) = project(files);
        create(&folder, &Decision::open("Use D", "2026-01-31"), &template(None).unwrap(), &ids).unwrap()
    };
    let style = |style| Ids { style: Some(style), ..Ids::default() };
    let taken = |names: &[&str]| Ids { style: None, taken: names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(named(&[("adr/2024-01-31-a.md", "")], Ids::default()), "adr/2026-01-31-use-d.md");
    assert_eq!(named(&[("adr/20240131-a.md", "")], Ids::default()), "adr/20260131-use-d.md");
    assert_eq!(named(&[("adr/20240131-a.md", ""), ("adr/07-b.md", "")], Ids::default()), "adr/08-use-d.md");
    assert_eq!(named(&[("adr/07-b.md", "")], style(Style::Date)), "adr/2026-01-31-use-d.md");
    assert_eq!(named(&[("adr/20240131-a.md", "")], style(Style::Number)), "adr/0001-use-d.md");
    assert_eq!(named(&[("adr/0007-b.md", "")], taken(&["0009-x.md", "2030-01-01-y.md"])), "adr/0010-use-d.md");
}

#[test]
fn files_that_were_read_lead_to_the_same_folder() {
    for (files, expected) in [
        (&["docs/x.md", "adr/0001-a.md"][..], "adr"),
        (&["doc/architecture/decisions/0001-a.md"], "doc/architecture/decisions"),
        (&["docs/z/decisions/1-a.md", "docs/b/c/adr/1-a.md"], "docs/z/decisions"),
        (&["docs/a/b/c/adr/1-a.md"], "docs/adr"),
        (&[], "docs/adr"),
    ] {
        assert_eq!(find_among(files.iter().copied(), None), expected);
        let texts: Vec<(&str, &str)> = files.iter().map(|path| (*path, "")).collect();
        assert_eq!(project(&texts).1.path, expected);
    }
    assert_eq!(find_among(["adr/1-a.md"], Some("./design\n")), "design");
    assert_eq!(find_among(["adr/1-a.md"], Some("../outside")), "adr");
}

#[test]
fn what_a_person_calls_a_decision_by_is_one_of_them() {
    let accepted = "---\nstatus: accepted\n---\n# X\n";
    let (_root, folder) = project(&[
        ("adr/0001-use-a.md", accepted),
        ("adr/0010-use-b.md", accepted),
        ("adr/2024-01-31-use-c.md", accepted),
        ("adr/2024-02-01-use-d.md", accepted),
    ]);
    let records = list(&folder).unwrap();
    let file = |name: &str| named(&records, name).map(|record| record.file.clone()).map_err(|error| error.to_string());
    for (name, expected) in [
        ("1", "adr/0001-use-a.md"),
        ("0010", "adr/0010-use-b.md"),
        ("adr-10", "adr/0010-use-b.md"),
        ("#1", "adr/0001-use-a.md"),
        ("./adr/0010-use-b.md", "adr/0010-use-b.md"),
        ("2024-01", "adr/2024-01-31-use-c.md"),
        ("2024-02-01-use-d.md", "adr/2024-02-01-use-d.md"),
    ] {
        assert_eq!(file(name).as_deref(), Ok(expected), "{name}");
    }
    assert!(file("2024").unwrap_err().contains("2024-01-31-use-c.md, adr/2024-02-01-use-d.md"));
    assert!(file("7").unwrap_err().contains("there is none") && file("").is_err() && file("ä").is_err());
    let ids: Vec<&str> = records.iter().map(Record::id).collect();
    assert_eq!(ids, ["2024-01-31-use-c", "2024-02-01-use-d", "0001", "0010"]);
}
