//! A team's own templates for diagrams and Markdown.

use std::fs;

use super::{case, failure, output};

#[test]
fn a_template_of_the_team_replaces_the_embedded_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mermaid")).unwrap();
    fs::write(folder.path().join("mermaid/flowchart.mmd.tera"), "%% of our team\n").unwrap();
    let (shop, templates) = (case("shop"), folder.path().to_str().unwrap());
    let shop = shop.to_str().unwrap();
    assert_eq!(output(&["graph", shop, "-f", "mermaid", "--templates", templates]), "%% of our team\n");
    // What the team does not lay out stays as it is.
    assert_eq!(output(&["graph", shop, "-f", "dot", "--templates", templates]), output(&["graph", shop, "-f", "dot"]));
}

#[test]
fn a_template_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("markdown")).unwrap();
    fs::write(folder.path().join("markdown/review.md.tera"), "{% if %}").unwrap();
    let shop = case("shop");
    let said = failure(&["check", shop.to_str().unwrap(), "--templates", folder.path().to_str().unwrap()]);
    assert!(said.starts_with("loadpath: failed to use the template markdown/review.md.tera"), "{said}");
    let said = failure(&["graph", shop.to_str().unwrap(), "--templates", "nowhere"]);
    assert!(said.starts_with("loadpath: failed to read the folder of templates nowhere"), "{said}");
}
