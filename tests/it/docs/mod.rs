//! `loadpath docs`: the pages of the shop as they are expected, what becomes of files that people wrote or wrote in, and the
//! site in a real browser.
//!
//! A case is a folder `tests/cases/docs/NAME` with the pages of `examples/NAME`; with UPDATE=1 they are written anew, to be
//! read in the diff.

mod browser;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{case, failure, loadpath, output};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder, by their path in it.
pub fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The pages of a project in a folder of their own.
pub fn pages(project: &Path, format: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    output(&["docs", project.to_str().unwrap(), "--no-cache", "--out", out, "--format", format]);
    folder
}

/// A small project that can be changed.
fn shop() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    for (name, text) in files(&case("shop")) {
        fs::create_dir_all(root.join(&name).parent().unwrap()).unwrap();
        fs::write(root.join(&name), text).unwrap();
    }
    (folder, root)
}

fn docs<'a>(root: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    ["docs", root.to_str().unwrap(), "--no-cache"].into_iter().chain(more.iter().copied()).collect()
}

/// What `--check` says, and how it ends.
fn checked(root: &Path) -> (Option<i32>, String) {
    let output = loadpath(&docs(root, &["--check"])).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_pages_of_the_shop() {
    let met = files(pages(&root().join("examples/shop"), "markdown").path());
    let expected = root().join("tests/cases/docs/shop");
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&expected);
        for (name, text) in &met {
            fs::create_dir_all(expected.join(name).parent().unwrap()).unwrap();
            fs::write(expected.join(name), text).unwrap();
        }
    }
    let expected = files(&expected);
    assert_eq!(met.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, text) in &met {
        assert!(*text == expected[name], "{name} is other; run with UPDATE=1 and read the diff:\n{text}");
    }
}

#[test]
fn the_pages_of_the_reference_platform_are_as_it_is() {
    let platform = root().join("reference-platform");
    let mut arguments = docs(&platform, &["--environment", "production-linkerd"]);
    if std::env::var_os("UPDATE").is_some() {
        output(&arguments);
    }
    arguments.push("--check");
    let met = loadpath(&arguments).output().unwrap();
    let said = String::from_utf8_lossy(&met.stdout);
    assert!(met.status.success(), "{said}run this test with UPDATE=1 and read the diff");
}

#[test]
fn every_diagram_is_read_by_a_parser_of_mermaid() {
    let mut count = 0;
    for (name, text) in files(pages(&root().join("examples/shop"), "markdown").path()) {
        for diagram in text.split("```mermaid\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let parsed = merman::Engine::new().parse_diagram_sync(diagram, merman::ParseOptions::strict());
            assert!(matches!(parsed, Ok(Some(_))), "{name}: {diagram}");
            count += 1;
        }
    }
    assert!(count >= 6, "{count}");
}

#[test]
fn every_link_leads_to_a_page_or_a_file_that_is_there() {
    let (_folder, root) = shop();
    output(&docs(&root, &[]));
    output(&docs(&root, &["--format", "mdbook", "--out", root.join("book").to_str().unwrap()]));
    let mut count = 0;
    for (name, text) in files(&root).iter().filter(|(name, _)| name.ends_with(".md")) {
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let full = root.join(name).parent().unwrap().join(target);
            assert!(full.exists(), "{name} leads to {target}");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn an_mdbook_has_its_contents_and_its_pictures() {
    let folder = pages(&root().join("examples/shop"), "mdbook");
    let files = files(folder.path());
    let contents = &files["src/SUMMARY.md"];
    for (name, text) in &files {
        if let Some(page) = name.strip_prefix("src/").filter(|page| page.ends_with(".md") && *page != "SUMMARY.md") {
            assert!(contents.contains(&format!("]({page})")), "{page}");
            assert!(!text.contains("```mermaid"), "{name}");
        }
        if name.ends_with(".svg") {
            roxmltree::Document::parse(text).unwrap();
        }
    }
    assert_eq!(toml::from_str::<toml::Table>(&files["book.toml"]).unwrap()["book"]["src"].as_str(), Some("src"));
}

#[test]
fn what_people_write_survives_and_pages_are_stale_when_the_system_is_other() {
    let (_folder, root) = shop();
    let (code, said) = checked(&root);
    assert_eq!(code, Some(1));
    assert!(said.contains("README.md: is missing"), "{said}");
    output(&docs(&root, &[]));
    assert_eq!(checked(&root), (Some(0), String::new()));
    assert_eq!(output(&docs(&root, &[])), "", "nothing is written twice");

    let page = root.join("docs/architecture/services/storefront.md");
    let text = fs::read_to_string(&page).unwrap();
    let written =
        text.replace("<!-- loadpath:own notes -->\n", "<!-- loadpath:own notes -->\nAsk Ada.\n\n| a |\n|---|\n");
    assert_ne!(written, text);
    fs::write(&page, &written).unwrap();
    assert_eq!(checked(&root), (Some(0), String::new()), "what people write makes no page stale");

    // One more endpoint: only pages that speak of it are other.
    let code = root.join("src/bin/storefront.rs");
    let before = fs::read_to_string(&code).unwrap();
    let changed = before.replacen("Router::new()", "Router::new().route(\"/offers\", get(offers))", 1);
    fs::write(&code, changed + "\nasync fn offers() {}\n").unwrap();
    let (code, said) = checked(&root);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("services/storefront.md: is stale from line"), "{said}");
    assert!(!said.contains("services/price.md"), "{said}");
    output(&docs(&root, &[]));
    let text = fs::read_to_string(&page).unwrap();
    assert!(text.contains("GET /offers") && text.contains("Ask Ada.\n\n| a |\n|---|\n<!-- loadpath:end -->"), "{text}");
    assert_eq!(checked(&root), (Some(0), String::new()));
}

#[test]
fn files_of_others_and_changes_outside_the_markers_are_not_written_over() {
    let (_folder, root) = shop();
    let readme = root.join("docs/architecture/README.md");
    fs::create_dir_all(readme.parent().unwrap()).unwrap();
    fs::write(&readme, "# Mine\n").unwrap();
    let said = failure(&docs(&root, &[]));
    assert!(said.contains("README.md: loadpath did not write it"), "{said}");
    assert_eq!(files(&root.join("docs")).len(), 1, "nothing at all is written");
    output(&docs(&root, &["--overwrite"]));

    let text = fs::read_to_string(&readme).unwrap();
    fs::write(&readme, text.replace("## Services", "## Our services")).unwrap();
    let said = failure(&docs(&root, &[]));
    assert!(said.contains("somebody changed it outside"), "{said}");
    assert_eq!(checked(&root).0, Some(1));

    // A part whose end is gone cannot be kept: not even `--overwrite` writes over it.
    fs::write(&readme, text.replace("<!-- loadpath:end -->", "")).unwrap();
    let said = failure(&docs(&root, &["--overwrite"]));
    assert!(said.contains("line 4: the part `introduction` has no end"), "{said}");
    fs::write(&readme, &text).unwrap();
    assert_eq!(output(&docs(&root, &[])), "");
}

#[test]
fn the_page_of_a_service_that_is_gone_goes_unless_somebody_wrote_in_it() {
    let (_folder, root) = shop();
    output(&docs(&root, &[]));
    let pages = root.join("docs/architecture/services");
    let cart = pages.join("cart.md");
    let text = fs::read_to_string(&cart).unwrap();
    fs::write(&cart, text.replace("own notes -->\n", "own notes -->\nWhy carts expire.\n")).unwrap();
    fs::write(pages.join("mine.md"), "# Not a page of Loadpath\n").unwrap();
    for service in ["cart", "price"] {
        fs::remove_file(root.join(format!("src/bin/{service}.rs"))).unwrap();
        fs::remove_file(root.join(format!("deploy/base/{service}.yaml"))).unwrap();
    }
    let list = root.join("deploy/base/kustomization.yaml");
    let text = fs::read_to_string(&list).unwrap();
    let less = text.replace(", cart.yaml, price.yaml", "");
    assert_ne!(less, text);
    fs::write(&list, less).unwrap();
    let said = output(&docs(&root, &[]));
    assert!(said.lines().any(|line| line.starts_with("removed") && line.contains("price.md")), "{said}");
    assert!(said.lines().any(|line| line.starts_with("left") && line.contains("cart.md")), "{said}");
    assert!(!pages.join("price.md").exists() && pages.join("mine.md").exists());
    assert!(fs::read_to_string(&cart).unwrap().contains("Why carts expire."));
}

#[test]
fn formats_leave_each_other_alone() {
    let (_folder, root) = shop();
    for format in ["html", "mdbook", "markdown"] {
        output(&docs(&root, &["--format", format]));
    }
    for format in ["html", "mdbook", "markdown"] {
        loadpath(&docs(&root, &["--check", "--format", format])).assert().code(0);
    }
    // The site shows what people wrote on the pages of Markdown, with its tags as letters.
    let page = root.join("docs/architecture/README.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("own notes -->\n", "own notes -->\n*Dear* <script>alert(1)</script> reader\n"))
        .unwrap();
    output(&docs(&root, &["--format", "html"]));
    let site = fs::read_to_string(root.join("docs/architecture/index.html")).unwrap();
    assert!(site.contains("<em>Dear</em> &lt;script&gt;alert(1)&lt;/script&gt; reader"), "{site}");
}
