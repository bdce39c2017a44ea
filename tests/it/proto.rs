//! The proto extractor: cases with their expected facts, an independent compiler as oracle, and broken input.

mod oracle;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use loadpath::extract::proto::extract;
use loadpath::facts::proto::ProtoFile;
use loadpath::sources::{Sources, walk};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/proto");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn one(text: &str) -> (ProtoFile, Vec<loadpath::facts::Diagnostic>) {
    let (mut files, diagnostics, _) = extract(&Sources::from_texts([("a.proto", text)]));
    (files.remove(0), diagnostics)
}

#[test]
fn every_case_gives_its_expected_facts() {
    for case in cases() {
        let (files, diagnostics, suppressions) = extract(&walk(&case).unwrap());
        let facts = serde_json::json!({ "proto": files, "diagnostics": diagnostics, "suppressions": suppressions });
        let actual = serde_json::to_string_pretty(&facts).unwrap() + "\n";
        let expected = case.join("expected/facts.json");
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(expected.parent().unwrap()).unwrap();
            fs::write(&expected, &actual).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert!(actual == expected, "{}: the facts differ; run with UPDATE=1 and read the diff", case.display());
    }
}

#[test]
fn what_the_oracle_accepts_agrees() {
    let mut accepted = BTreeSet::new();
    let mut differences = Vec::new();
    for case in cases() {
        let sources = walk(&case).unwrap();
        let (files, diagnostics, _) = extract(&sources);
        for file in &files {
            let Some(descriptor) = oracle::compile(&case, &file.path) else {
                continue;
            };
            let text = sources.get(&file.path).unwrap().text();
            let name = format!("{}/{}", case.file_name().unwrap().to_string_lossy(), file.path);
            differences.extend(
                oracle::differences(file, &text, &descriptor).into_iter().map(|line| format!("{name}: {line}")),
            );
            let complaints = diagnostics.iter().filter(|diagnostic| *diagnostic.at.file == *file.path);
            differences.extend(complaints.map(|complaint| format!("{name}: needless {}", complaint.message)));
            accepted.insert(name);
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    for name in [
        "comments/comments.proto",
        "options/options.proto",
        "proto2/legacy.proto",
        "proto3/shop.proto",
        "public/a.proto",
    ] {
        assert!(accepted.contains(name), "the oracle rejects {name}, so that it proves nothing");
    }
}

/// All that a file defines, by name and number; types apart, since what they name may have been cut off.
fn definitions(file: &ProtoFile) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for message in &file.messages {
        let name = &message.name;
        all.insert(format!("message {name}"));
        all.extend(
            message
                .fields
                .iter()
                .map(|field| format!("field {name}.{} {} {} {:?}", field.name, field.number, field.label, field.oneof)),
        );
        all.extend(message.reserved_numbers.iter().map(|range| format!("reserved {name} {range:?}")));
        all.extend(message.reserved_names.iter().map(|reserved| format!("reserved {name} {reserved}")));
        all.extend(message.extension_ranges.iter().map(|range| format!("extensions {name} {range:?}")));
        let options = message.options.iter().chain(message.fields.iter().flat_map(|field| &field.options));
        all.extend(options.map(|option| format!("option {name} {} {}", option.name, option.value)));
    }
    for facts in &file.enums {
        let name = &facts.name;
        all.insert(format!("enum {name}"));
        all.extend(facts.values.iter().map(|value| format!("value {name}.{} {}", value.name, value.number)));
        all.extend(facts.reserved_numbers.iter().map(|range| format!("reserved {name} {range:?}")));
        all.extend(facts.reserved_names.iter().map(|reserved| format!("reserved {name} {reserved}")));
    }
    for service in &file.services {
        let name = &service.name;
        all.insert(format!("service {name}"));
        for method in &service.methods {
            let streaming = (method.client_streaming, method.server_streaming);
            all.insert(format!("method {name}.{} {streaming:?}", method.name));
            let options = method.options.iter();
            all.extend(options.map(|option| format!("option {name} {} {}", option.name, option.value)));
        }
    }
    let extensions = file.extensions.iter();
    all.extend(extensions.map(|extension| format!("extend {} {}", extension.field.name, extension.field.number)));
    all.extend(file.options.iter().map(|option| format!("option {} {}", option.name, option.value)));
    all.extend(file.imports.iter().map(|import| format!("import {}", import.path)));
    all
}

#[test]
fn a_truncated_file_never_adds_a_definition() {
    for case in cases().iter().filter(|case| !case.ends_with("broken")) {
        for source in walk(case).unwrap().of(loadpath::sources::Artefact::Proto) {
            let text = source.text();
            let whole = definitions(&one(&text).0);
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                let (cut, _) = one(&text[..end]);
                let added: Vec<_> = definitions(&cut).difference(&whole).cloned().collect();
                assert!(added.is_empty(), "{} cut at {end}: {added:?}", source.path);
            }
        }
    }
}

#[test]
fn bytes_removed_anywhere_never_panic_and_repeat() {
    for case in cases() {
        for source in walk(&case).unwrap().of(loadpath::sources::Artefact::Proto) {
            for start in (0..source.bytes.len()).step_by(7) {
                let mut bytes = source.bytes.to_vec();
                bytes.drain(start..(start + 5).min(source.bytes.len()));
                let text = String::from_utf8_lossy(&bytes);
                assert_eq!(one(&text), one(&text));
            }
        }
    }
}

#[test]
fn deep_nesting_gives_a_diagnostic() {
    let deep = 100_000;
    let texts = [
        "message A {".repeat(deep),
        "message A {".repeat(deep) + &"}".repeat(deep),
        format!("option (a) = {}{};", "{ a ".repeat(deep), "}".repeat(deep)),
        format!("option (a) = {}{};", "[".repeat(deep), "]".repeat(deep)),
        format!("message A {{ {} }}", "oneof a {".repeat(deep)),
        format!("message A {{ optional group A = 1 {} }}", "{ optional group A = 1 ".repeat(deep)),
        "{".repeat(deep),
        "}".repeat(deep),
        "extend a {".repeat(deep),
        format!("message A {{ {} a = 1; }}", "a.".repeat(deep)),
        format!("message A {{ {} a = 1; }}", "map<a, ".repeat(deep)),
    ];
    for text in texts {
        let (_, diagnostics) = one(&text);
        assert!(!diagnostics.is_empty(), "{}", &text[..40]);
    }
    let (file, diagnostics) = one(&format!("{}{} message Behind {{}}", "message A {".repeat(500), "}".repeat(500)));
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert_eq!(file.messages.last().unwrap().name, "Behind");
}

#[test]
fn the_order_of_sources_does_not_matter() {
    let case = cases().into_iter().find(|case| case.ends_with("imports")).unwrap();
    let sources = walk(&case).unwrap();
    let mut reversed = sources.clone();
    reversed.files.reverse();
    let (mut files, ..) = extract(&reversed);
    files.reverse();
    assert_eq!(files, extract(&sources).0);
}
