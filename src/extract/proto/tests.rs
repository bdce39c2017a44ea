//! Scoping, imports, values, comments, hashes and recovery, on texts of a few lines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::{extract, literals, wellknown};
use crate::facts::Diagnostic;
use crate::facts::proto::{Message, ProtoFile};
use crate::sources::Sources;

fn files(texts: &[(&str, &str)]) -> Vec<ProtoFile> {
    let (files, diagnostics, _) = extract(&Sources::from_texts(texts.iter().copied()));
    assert_eq!(diagnostics, []);
    files
}

fn broken(text: &str) -> (ProtoFile, Vec<Diagnostic>) {
    let (mut files, diagnostics, _) = extract(&Sources::from_texts([("a.proto", text)]));
    (files.remove(0), diagnostics)
}

fn types(message: &Message) -> Vec<&str> {
    message.fields.iter().map(|field| field.type_name.as_str()).collect()
}

fn message_names(file: &ProtoFile) -> Vec<&str> {
    file.messages.iter().map(|message| message.name.as_str()).collect()
}

#[test]
fn the_innermost_scope_decides() {
    let text = "package p; message Foo {} message A { message Foo { message In {} } Foo a = 1; .p.Foo b = 2; p.Foo c = 3; \
                Foo.In d = 4; Foo.Out e = 5; map<string, Foo.In> f = 6; }";
    let files = files(&[("a.proto", text)]);
    let a = files[0].messages.iter().find(|message| message.name == "p.A").unwrap();
    assert_eq!(types(a), ["p.A.Foo", "p.Foo", "p.Foo", "p.A.Foo.In", "Foo.Out", "map<string, p.A.Foo.In>"]);
}

#[test]
fn only_imported_files_are_seen() {
    let files = files(&[
        ("a.proto", "package p.a; import 'b.proto'; message A { b.B b = 1; c.C c = 2; d.D d = 3; }"),
        ("b.proto", "package p.b; import public 'c.proto'; import 'd.proto'; message B {}"),
        ("c.proto", "package p.c; import public 'a.proto'; message C {}"),
        ("d.proto", "package p.d; message D {}"),
    ]);
    assert_eq!(types(&files[0].messages[0]), ["p.b.B", "p.c.C", "d.D"]);
}

#[test]
fn the_nearest_copy_of_an_import_is_taken() {
    let files = files(&[
        ("one/api/a.proto", "import 'lib/x.proto'; message A { X x = 1; One one = 2; Two two = 3; }"),
        ("one/lib/x.proto", "package one; message X {} "),
        ("two/api/a.proto", "package two.a; import 'lib/x.proto'; message A { X x = 1; }"),
        ("two/lib/x.proto", "package two; message X {}"),
        ("xlib/x.proto", "message No {}"),
        ("z/a.proto", "import 'ib/x.proto'; import 'lib/x.protox';"),
    ]);
    assert_eq!(types(&files[2].messages[0]), ["two.X"]);
    assert!(files[0].imports[0].found);
    assert_eq!(types(&files[0].messages[0]), ["X", "One", "Two"]);
    assert!(files[5].imports.iter().all(|import| !import.found));
}

#[test]
fn a_missing_import_costs_only_what_it_defines() {
    let text = "package p; import 'lost.proto'; message A { Lost a = 1; A b = 2; .q.Lost c = 3; } \
                service S { rpc M(Lost) returns (A); }";
    let files = files(&[("a.proto", text)]);
    assert_eq!(types(&files[0].messages[0]), ["Lost", "p.A", "q.Lost"]);
    let method = &files[0].services[0].methods[0];
    assert_eq!((method.request.as_str(), method.response.as_str()), ("Lost", "p.A"));
    assert!(!files[0].imports[0].found);
}

#[test]
fn well_known_types_resolve_without_their_files() {
    let text = "package google.p; import 'google/protobuf/any.proto'; import 'google/type/money.proto'; \
                import 'google/rpc/error_details.proto'; import 'buf/validate/validate.proto'; \
                message A { protobuf.Any a = 1; type.Money b = 2; rpc.BadRequest.FieldViolation c = 3; \
                google.protobuf.Duration d = 4; buf.validate.FieldRules e = 5; }";
    let files = files(&[("a.proto", text)]);
    let expected = [
        "google.protobuf.Any",
        "google.type.Money",
        "google.rpc.BadRequest.FieldViolation",
        "google.protobuf.Duration",
        "buf.validate.FieldRules",
    ];
    assert_eq!(types(&files[0].messages[0]), expected);
}

#[test]
fn the_table_of_well_known_files_agrees_with_a_compiler() {
    use prost_reflect::DescriptorPool;
    let pool = DescriptorPool::global();
    for file in pool.files() {
        let known = wellknown::FILES.iter().find(|known| known.path == file.name());
        let known = known.unwrap_or_else(|| panic!("{} is missing", file.name()));
        let listed: Vec<&str> = known.types.split_whitespace().collect();
        let prefix = format!("{}.", file.package_name());
        assert_eq!(known.package, file.package_name());
        let in_file = |parent: String| parent == file.name();
        let messages = pool.all_messages().filter(|message| in_file(message.parent_file().name().to_owned()));
        let enums = pool.all_enums().filter(|found| in_file(found.parent_file().name().to_owned()));
        let messages = messages.filter(|message| !message.is_map_entry()).map(|message| message.full_name().to_owned());
        for name in messages.chain(enums.map(|found| found.full_name().to_owned())) {
            let relative = name.strip_prefix(&prefix).unwrap();
            assert!(listed.contains(&relative), "{}: {relative} is missing", file.name());
        }
    }
    assert!(pool.files().len() > 8, "the compiler knows too few files to prove anything");
}

#[test]
fn the_table_of_well_known_files_lists_each_path_once() {
    let mut paths: Vec<&str> = wellknown::FILES.iter().map(|known| known.path).collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count, "a path is listed twice");
}

#[test]
fn the_hash_ignores_layout_comments_imports_and_packages_of_generated_code() {
    let hash = |text: &str| broken(text).0.content_hash;
    let one = hash("syntax = \"proto3\";\npackage p;\nimport \"x.proto\";\nmessage A { string a = 1; }");
    let copy =
        "/* copy */ syntax='proto3'; package p; import 'y/x.proto'; option go_package = 'g'; message A{string a=1;} ;";
    assert_eq!(one, hash(copy));
    assert_eq!(one.len(), 16);
    assert_ne!(one, hash("syntax = \"proto3\"; package p; message A { string a = 2; }"));
    assert_ne!(one, hash("syntax = \"proto3\"; package q; message A { string a = 1; }"));
    assert_ne!(hash("message A { ab c = 1; }"), hash("message A { a bc = 1; }"));
}

#[test]
fn literals_are_decoded_and_joined() {
    assert_eq!(literals::decode([r#""a\n\x41\101""#, r"'\u00e9\U0001F600\?'"]), "a\nAA\u{e9}\u{1f600}?");
    assert_eq!(literals::decode([r#""\377\xc3\xa9""#]), "\\xff\u{e9}");
    assert_eq!(literals::decode([r#""\q\"""#]), "\\q\"");
}

#[test]
fn columns_count_characters_and_lines_of_either_ending() {
    let text = "\u{feff}// ä\r\nmessage A {\r\n  /* ö€😀 */ string a = 1;\r\n}\r\n";
    let (file, diagnostics) = broken(text);
    assert_eq!(diagnostics, []);
    let at = &file.messages[0].fields[0].at;
    assert_eq!((at.line, at.column, at.end_line, at.end_column), (3, 13, 3, 25));
    assert_eq!(file.messages[0].comment, "ä");
}

#[test]
fn a_broken_declaration_costs_only_itself() {
    let (file, diagnostics) = broken("message A {\n  string a 1;\n  string b = 2\n  string c = 3;\n}\nmessage B {}");
    let names: Vec<&str> = file.messages[0].fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["b", "c"]);
    assert_eq!(message_names(&file), ["A", "B"]);
    assert_eq!(diagnostics.len(), 2);
    assert_eq!(diagnostics[0].message, "met `1`, expected `=`");
    assert_eq!((diagnostics[0].at.line, diagnostics[0].at.column), (2, 12));
    assert!(!diagnostics[0].help.is_empty());
}

#[test]
fn a_missing_brace_does_not_swallow_what_follows() {
    let (file, diagnostics) = broken("package p;\nmessage A {\n  string a = 1;\n\nmessage B {\n  A a = 1;\n}\n");
    assert_eq!(message_names(&file), ["p.A", "p.B"]);
    assert_eq!(diagnostics.len(), 1);
    // Nothing is missing here: only the layout is unusual.
    let (file, diagnostics) = broken("package p;\nmessage A {\n  string a = 1;\n\nmessage B {\n  A a = 1;\n}\n}\n");
    assert_eq!(message_names(&file), ["p.A", "p.A.B"]);
    assert_eq!(diagnostics, []);
}

#[test]
fn a_value_without_an_end_does_not_swallow_the_next_method() {
    let text = "service S {\n  rpc A(M) returns (M) {\n    option (h) = { get: '/a'\n  }\n  rpc B(M) returns (M);\n}\n";
    let (file, diagnostics) = broken(text);
    let names: Vec<&str> = file.services[0].methods.iter().map(|method| method.name.as_str()).collect();
    assert!(names.contains(&"A"), "{names:?}");
    assert!(!diagnostics.is_empty());
    let text = "service S {\n  option (h) = { get: '/a'\n  rpc B(M) returns (M);\n}\n";
    assert_eq!(broken(text).0.services[0].methods.len(), 1);
}

#[test]
fn bytes_that_are_no_text_are_met_not_fatal() {
    let source = crate::sources::Source::new("a.proto", b"message A {}\n\xff\xfe\nmessage B {}".to_vec()).unwrap();
    let (files, diagnostics, _) = extract(&Sources { files: vec![source], ..Sources::default() });
    assert_eq!(message_names(&files[0]), ["A", "B"]);
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn diagnostics_of_a_file_that_is_no_proto_are_bounded() {
    let (_, diagnostics) = broken(&"what is this?\n".repeat(10_000));
    assert!((1..=100).contains(&diagnostics.len()), "{}", diagnostics.len());
}

/// Pieces of the language in any order: nearer to its grammar than random characters.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "message ",
        "enum ",
        "service ",
        "rpc ",
        "returns ",
        "stream ",
        "oneof ",
        "extend ",
        "reserved ",
        "option ",
        "map<",
        "group ",
        "import ",
        "package ",
        "syntax = ",
        "export ",
        "optional ",
        "repeated ",
        "to max",
        "A",
        "a.b",
        ".",
        "=",
        "1",
        "-",
        "0x",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        ";",
        ",",
        ":",
        "\"s\"",
        "'",
        "\\",
        "//",
        "/*",
        "*/",
        "\n",
        "é",
        " ",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..120).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_soup_of_pieces_is_read_the_same_twice(text in soup()) {
        prop_assert_eq!(broken(&text), broken(&text));
    }

    #[test]
    fn any_text_is_read_with_bounded_diagnostics(text in ".{0,200}") {
        prop_assert!(broken(&text).1.len() <= 100);
    }
}
