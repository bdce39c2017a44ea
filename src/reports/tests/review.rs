//! The outputs of a review.

use serde_json::Value;

use super::{excerpt, finding, related, rules, settled, shop};
use crate::findings::{Settled, Severity};
use crate::reports::text::{self, Color};
use crate::reports::{Summary, Templates, github, json, markdown, sarif, templates};
use crate::span::Span;

const ABOUT: sarif::About<'_> = sarif::About { version: "0.1.0", category: "shop", settings_file: "loadpath.yaml" };

fn sarif_of(settled: &Settled) -> Value {
    let rules = rules();
    serde_json::to_value(sarif::log(settled, &rules, ABOUT)).unwrap()
}

fn assert_valid(schema: &Value, document: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
}

/// The official schema. It has a pattern whose bracket is closed and never opened, which JavaScript reads as itself
/// and other engines refuse; it is about languages, which are not written.
pub(super) fn official() -> Value {
    let text = include_str!("../../../tests/schemas/sarif-2.1.0.json");
    let faulty = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    assert_eq!(text.matches(faulty).count(), 2);
    serde_json::from_str(&text.replace(faulty, "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$")).unwrap()
}

#[test]
fn text() {
    insta::assert_snapshot!(text::review(&settled(), &excerpt, Color::Plain));
}

#[test]
fn text_has_colours_only_when_they_are_asked_for() {
    let (plain, styled) =
        (text::review(&settled(), &excerpt, Color::Plain), text::review(&settled(), &excerpt, Color::Styled));
    assert!(!plain.contains('\u{1b}') && styled.contains("\u{1b}["));
}

#[test]
fn text_of_nothing_says_so() {
    assert_eq!(text::review(&Settled::default(), &excerpt, Color::Plain), "no findings\n");
}

#[test]
fn text_names_places_that_it_cannot_show() {
    let mut settled = settled();
    settled.findings.truncate(1);
    settled.findings[0].span = Some(Span::new("services/cart/src/api.rs", (4_000, 3), (4_000, 9)));
    let shown = text::review(&settled, &|path| excerpt(path).map(|_| "x".repeat(5_000).into()), Color::Plain);
    assert!(shown.contains("services/cart/src/api.rs:4000:3") && shown.len() < 4_000, "{shown}");
}

#[test]
fn text_names_evidence_that_fills_pages() {
    let mut settled = settled();
    settled.findings.truncate(1);
    settled.findings[0].related = (0..70).map(|at| related(Span::line("deploy/cart.yaml", at + 1), "a pod")).collect();
    let text = text::review(&settled, &excerpt, Color::Plain);
    assert_eq!(text.matches("a pod").count(), 4, "{text}");
    assert!(text.contains("and: deploy/cart.yaml:5, 6, 7, ") && text.contains("6 places more"), "{text}");
}

#[test]
fn text_shows_a_line_of_shared_code_once() {
    let mut settled = settled();
    settled.findings.truncate(1);
    for index in 0..10 {
        let mut other = settled.findings[0].clone();
        other.entity = format!("edge:cart-{index}->price");
        settled.findings.push(other);
    }
    let text = text::review(&settled, &excerpt, Color::Plain);
    assert_eq!(text.matches("cart waits for price").count(), 1, "{text}");
    assert!(text.contains("also: edge:cart-0->price, edge:cart-1->price") && text.contains("and 2 others"), "{text}");
    assert!(text.contains("11 findings"), "{text}");
    settled.findings[1].span = Some(Span::line("services/cart/src/api.rs", 7));
    assert_eq!(text::review(&settled, &excerpt, Color::Plain).matches("cart waits for price").count(), 3);
}

#[test]
fn json_follows_its_schema() {
    let document = serde_json::to_value(json::document(&settled())).unwrap();
    let schema = serde_json::to_value(schemars::schema_for!(json::Document<'static>)).unwrap();
    assert_valid(&schema, &document);
    assert_eq!(document["schema"], "loadpath.findings/1");
    assert_eq!(
        document["summary"],
        serde_json::json!({ "errors": 1, "warnings": 1, "infos": 1, "unknown": 4, "suppressed": 1, "notices": 1 })
    );
    assert_eq!(document["findings"][0]["end_column"], 39);
}

#[test]
fn sarif() {
    let document = sarif_of(&settled());
    assert_valid(&official(), &document);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn sarif_of_nothing_is_valid() {
    assert_valid(&official(), &sarif_of(&Settled::default()));
}

#[test]
fn the_official_schema_refuses_what_is_none() {
    let mut document = sarif_of(&settled());
    document["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!jsonschema::is_valid(&official(), &document));
}

#[test]
fn sarif_keeps_the_worst_of_too_many() {
    let mut many = settled();
    let mild = many.findings.pop().unwrap();
    let error = many.findings[0].clone();
    many.findings = vec![mild; 6_000];
    many.findings.push(error);
    let document = sarif_of(&many);
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["level"]), (5_000, &"error".into()));
    assert_eq!(document["runs"][0]["properties"]["omittedResults"], 1_002);
}

#[test]
fn github() {
    insta::assert_snapshot!(github::annotations(&settled()));
}

#[test]
fn github_shows_ten_of_each_and_counts_the_others() {
    let many = |severity, count: usize| {
        (0..count)
            .map(move |at| finding("a/b", severity, "e", "50% of\na:b,c", Some(Span::line("a:b,c.rs", at as u32 + 1))))
    };
    let findings =
        many(Severity::Warning, 11).chain(many(Severity::Error, 13)).chain(many(Severity::Info, 10)).collect();
    let text = github::annotations(&Settled { findings, ..Settled::default() });
    let count = |command: &str| text.lines().filter(|line| line.starts_with(command)).count();
    assert_eq!((count("::error "), count("::warning "), count("::notice ")), (10, 10, 10));
    assert_eq!(
        text.lines().last().unwrap(),
        "::notice title=loadpath::not shown as annotations: 3 errors, 1 warning, 1 remark; `loadpath check` shows all"
    );
    assert!(
        text.starts_with("::error file=a%3Ab%2Cc.rs,line=1,col=1,endLine=1,title=a/b::50%25 of%0Aa:b,c%0A"),
        "{text}"
    );
}

#[test]
fn markdown() {
    insta::assert_snapshot!(markdown::review(&settled(), &shop(), &Templates::new(&[]).unwrap()).unwrap());
}

#[test]
fn a_team_lays_out_its_own_markdown() {
    let own = [("markdown/review.md.tera".to_owned(), "{{ line }}|{{ findings[0].message }}".to_owned())];
    let text = markdown::review(&settled(), &shop(), &Templates::new(&own).unwrap()).unwrap();
    assert_eq!(text, format!("{}|cart waits for price", Summary::of(&settled()).line()));
}

#[test]
fn a_broken_template_is_named() {
    let own = [("dot/graph.dot.tera".to_owned(), "{{ title".to_owned())];
    let error = Templates::new(&own).unwrap_err();
    assert_eq!(error.name, "dot/graph.dot.tera");
    let own = [("markdown/review.md.tera".to_owned(), "{{ nothing }}".to_owned())];
    let error = markdown::review(&settled(), &shop(), &Templates::new(&own).unwrap()).unwrap_err();
    assert_eq!(error.name, "markdown/review.md.tera");
}

#[test]
fn the_list_of_templates_is_the_folder() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/templates");
    let mut found = Vec::new();
    for output in std::fs::read_dir(&root).unwrap().flatten().filter(|output| output.file_name() != "adr") {
        for file in std::fs::read_dir(output.path()).unwrap().flatten() {
            let path = file.path();
            found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
    found.sort();
    assert_eq!(templates::EMBEDDED.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>(), found);
}
