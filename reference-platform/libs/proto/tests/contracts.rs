//! What the contracts promise beyond what a linter knows: all of them are in the crate, documented, and say what a second call
//! does. Reads the descriptors as reflection gives them, and the folder.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prost::Message;
use prost_types::method_options::IdempotencyLevel;
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto};
use social_proto::{DESCRIPTORS, SERVICES};

/// Numbers of the fields by which a path in `SourceCodeInfo` leads to a service and its methods.
const SERVICE: i32 = 6;
const METHOD: i32 = 2;

/// First words of methods that change nothing.
const READS: [&str; 7] = ["BatchGet", "Get", "Introspect", "List", "Query", "Search", "Watch"];
/// First words of methods that do more the second time, unless they know the request again.
const ADDS: [&str; 5] = ["Create", "Register", "Rotate", "Send", "Start"];

fn files() -> Vec<FileDescriptorProto> {
    let mut files = FileDescriptorSet::decode(DESCRIPTORS).unwrap().file;
    files.retain(|file| file.package().starts_with("social."));
    files
}

fn methods(files: &[FileDescriptorProto]) -> impl Iterator<Item = &MethodDescriptorProto> {
    files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method)
}

fn level(method: &MethodDescriptorProto) -> IdempotencyLevel {
    method.options.as_ref().map_or(IdempotencyLevel::IdempotencyUnknown, |options| options.idempotency_level())
}

fn begins_with(method: &MethodDescriptorProto, words: &[&str]) -> bool {
    words.iter().any(|word| method.name().starts_with(word))
}

#[test]
fn each_package_of_the_folder_is_compiled_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/social");
    let contexts = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let folders: BTreeSet<String> = contexts.map(|context| format!("social.{context}.v1")).collect();

    let described: BTreeSet<String> = files().iter().map(|file| file.package().to_owned()).collect();
    assert_eq!(described, folders);
    let generated = SERVICES.map(|service| service.rsplit_once('.').unwrap().0.to_owned());
    assert_eq!(BTreeSet::from(generated), folders);
}

#[test]
fn each_service_is_in_the_list() {
    let files = files();
    let services = files
        .iter()
        .flat_map(|file| file.service.iter().map(|service| format!("{}.{}", file.package(), service.name())));
    assert_eq!(services.collect::<BTreeSet<_>>(), SERVICES.map(str::to_owned).into());
    assert!(SERVICES.is_sorted());
}

#[test]
fn each_service_and_method_is_documented() {
    for file in files() {
        let comments = &file.source_code_info.as_ref().expect("comments are in the descriptors").location;
        let documented = |path: &[i32]| {
            comments.iter().any(|location| location.path == path && !location.leading_comments().trim().is_empty())
        };
        for (index, service) in (0..).zip(&file.service) {
            assert!(documented(&[SERVICE, index]), "{} has no comment", service.name());
            for (number, method) in (0..).zip(&service.method) {
                let path = [SERVICE, index, METHOD, number];
                assert!(documented(&path), "{}/{} has no comment", service.name(), method.name());
            }
        }
    }
}

#[test]
fn what_reads_says_so() {
    let files = files();
    for method in methods(&files).filter(|method| begins_with(method, &READS)) {
        assert_eq!(level(method), IdempotencyLevel::NoSideEffects, "{}", method.name());
    }
}

#[test]
fn what_adds_something_knows_its_request_again() {
    let files = files();
    for method in methods(&files).filter(|method| begins_with(method, &ADDS)) {
        let name = method.input_type().rsplit('.').next().unwrap();
        let request = files.iter().flat_map(|file| &file.message_type).find(|message| message.name() == name).unwrap();
        assert!(request.field.iter().any(|field| field.name() == "request_id"), "{name} has no request_id");
    }
}
