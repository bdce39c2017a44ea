use super::yaml::At;
use super::{CodeOwners, Config, Date, Override, Param, Profile, load, suggest};

const EVERYTHING: &str = r#"
name: shop
profile: strict
services:
  cart: { binary: cart, path: services/cart, workload: Deployment/shop/cart, images: [registry/cart], language: rust }
exclude: ["vendor/**"]
boundaries:
  layers:
    edge: { services: [gateway], may_use: [domain] }
    domain: { services: ["*-svc"] }
  forbidden: [{ from: cart, to: "datastore:*", kind: sql, reason: only through its owner }]
  allowed: [{ from: cart, to: gateway }]
  owners: { "postgres/cart": cart }
slo: { cart: { availability: 0.999, p95_ms: 200 } }
load: { "shop.cart.v1.CartService/Get": { rps: 10, peak_rps: 100.5 } }
latency: { "postgres/cart": { mean_ms: 2, p95_ms: 9.5 } }
capacities:
  datastores: { "postgres/cart": { technology: postgres, max_connections: 100, reserved_connections: 3 } }
  topics: { orders: { partitions: 12 } }
optional: [{ from: cart, to: price, kind: grpc }]
externals: { stripe: { hosts: [api.stripe.com], availability: 0.9999 } }
mappings:
  variables: { PRICE_URL: "http://price" }
  hosts: { price.internal: price }
  contracts: { shop.price.v1.PriceService: price }
severities: { "timeout/x": off, "pool/*": info }
params: { "timeout/x": { max_ms: 3000, ratio: 0.8, names: [a, b], on: true, mode: fast } }
suppressions:
  - { rule: timeout/x, entity: "edge:*", reason: accepted until the rewrite, until: 2027-01-31, owner: team-cart, environment: staging }
environment: { primary: production }
helm: { allow: true, charts: [{ path: charts/shop, values: [prod.yaml], release: shop, namespace: shop, environment: prod }] }
nodes: { cores: 8, count: 3 }
"#;

fn problems(text: &str) -> String {
    load("loadpath.yaml", text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_the_default() {
    for text in ["", "\n# nothing yet\n", "---\n"] {
        assert_eq!(load("loadpath.yaml", text).unwrap(), Config::default());
    }
}

#[test]
fn every_section_can_be_said() {
    let text = EVERYTHING;
    let config = load("loadpath.yaml", text).unwrap();
    assert_eq!(config.profile, Profile::Strict);
    assert_eq!(config.severities["timeout/x"].value, Override::Off);
    let max_connections = config.capacities.datastores["postgres/cart"].max_connections.as_ref().unwrap();
    assert_eq!((max_connections.value, max_connections.line, max_connections.column), (100, 18, 75));
    let params = &config.params["timeout/x"];
    assert_eq!(params["max_ms"].value, Param::Int(3000));
    assert_eq!(params["ratio"].value, Param::Double(0.8));
    assert_eq!(params["names"].value, Param::Texts(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(params["on"].value, Param::Bool(true));
    assert_eq!(params["mode"].value, Param::Text("fast".to_owned()));
    assert_eq!(config.suppressions[0].rule.line, 29);
}

#[test]
fn a_misspelt_key_is_named_with_its_place_and_the_right_one() {
    assert_eq!(
        problems("name: shop\nsevrities:\n  a/b: off\n"),
        "loadpath.yaml:2:1: unknown key `sevrities`; did you mean `severities`?"
    );
    assert_eq!(
        problems("capacities:\n  datastores:\n    pg: { max_conections: 3 }\n"),
        "loadpath.yaml:3:11: unknown key `max_conections`; did you mean `max_connections`?"
    );
    assert_eq!(
        problems("severities:\n  a/b: eror\n"),
        "loadpath.yaml:2:8: unknown value `eror`; did you mean `error`?"
    );
}

#[test]
fn what_types_cannot_say_is_validated_all_at_once() {
    let text = "slo:\n  a: { availability: 99.9 }\nsuppressions:\n  - { rule: a/b, reason: ' ', until: 2027-02-30 }\n\
                boundaries:\n  layers:\n    edge: { may_use: [domian] }\n    domain: { services: [x] }\n    core: { services: [x] }\n\
                exclude: ['a[']\nload:\n  a: { rps: 10, peak_rps: 5 }\nnodes: { cores: 0 }\n";
    let text = problems(text);
    for expected in [
        "loadpath.yaml:2:22: availability is 99.9, expected a share above 0 and up to 1; write 99.9 % as 0.999",
        "loadpath.yaml:4:26: the reason is empty",
        "loadpath.yaml:4:38: `2027-02-30` is no day of the form YYYY-MM-DD",
        "loadpath.yaml:7:23: there is no layer `domian`; did you mean `domain`?",
        "`x` is in the layers `core` and `domain`",
        "loadpath.yaml:10:11: `a[` is no glob",
        "peak_rps 5 is below rps 10",
        "cores is 0, expected 1 or more",
    ] {
        assert!(text.contains(expected), "{expected}\nnot in\n{text}");
    }
}

#[test]
fn hostile_files_are_refused_and_not_followed() {
    let deep = "[".repeat(5000);
    problems(&format!("exclude: {deep}"));
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned()
        + &(0..9).map(|n| format!("a{n}: &a{n} [*a, *a, *a, *a]\n")).collect::<String>();
    problems(&bomb);
    problems(&"#".repeat(2 * 1024 * 1024));
    problems("name: [");
    problems("- just a list");
}

#[test]
fn dates_are_days_of_the_calendar() {
    for text in ["2024-02-29", "2000-02-29", "2026-12-31"] {
        assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
    }
    for text in
        ["2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "", "2026-01-32", "+026-01-01"]
    {
        text.parse::<Date>().unwrap_err();
    }
    assert!("2026-09-30".parse::<Date>().unwrap() < "2026-10-01".parse::<Date>().unwrap());
}

#[test]
fn the_nearest_name_is_a_slip_and_no_other_word() {
    let names = ["deadline_ms", "attempts", "pool"];
    assert_eq!(suggest::nearest("deadlin_ms", names), Some("deadline_ms"));
    assert_eq!(suggest::nearest("poll", names), Some("pool"));
    assert_eq!(suggest::nearest("breaker", names), None);
    assert_eq!(suggest::advice("zzz", names), "expected one of `deadline_ms`, `attempts`, `pool`");
}

#[test]
fn a_param_takes_the_type_of_the_rule() {
    assert_eq!(Param::Int(2).like(&Param::Double(0.5)), Some(Param::Double(2.0)));
    assert_eq!(Param::Double(0.5).like(&Param::Int(2)), None);
    assert_eq!(Param::Text("a".to_owned()).like(&Param::Texts(vec![])), None);
}

#[test]
fn blocks_and_quotes_have_the_place_of_their_first_character() {
    #[derive(Default, serde::Deserialize)]
    struct Three {
        plain: At<String>,
        block: At<String>,
        quoted: At<String>,
    }
    let three: Three = super::yaml::read("x", "plain: a b\nblock: |\n  x\n  y\nquoted: 'it'\n").unwrap();
    assert_eq!((three.plain.line, three.plain.column), (1, 8));
    assert_eq!((three.block.line, three.block.column, three.block.value.as_str()), (3, 3, "x\ny\n"));
    assert_eq!((three.quoted.line, three.quoted.column), (5, 9));
}

#[test]
fn the_published_schema_accepts_what_is_accepted_and_no_misspelt_key() {
    let schema = serde_json::to_value(super::schema()).unwrap();
    let mut json: serde_json::Value = super::yaml::read("x", EVERYTHING).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    json["sevrities"] = serde_json::json!({});
    assert!(!validator.is_valid(&json));
}

/// Who answers for some paths, one line each.
fn owned(place: &str, text: &str, paths: &[&str]) -> Vec<String> {
    let owners = CodeOwners::read(place, text);
    paths.iter().map(|path| owners.of(path).join(" ")).collect()
}

#[test]
fn the_last_line_that_fits_names_the_owners() {
    // The example of GitHub's documentation.
    let text = "# A remark.\n*       @global-owner1 @global-owner2\n*.js    @js-owner #This is an inline comment.\n\
                *.go docs@example.com\n*.txt @octo-org/octocats\n/build/logs/ @doctocat\ndocs/* docs@example.com\n\
                apps/ @octocat\n/docs/ @doctocat\n/scripts/ @doctocat @octocat\n**/logs @octocat\n/apps/ @octocat\n\
                /apps/github\nwith\\ space.rs @space\na[bc].rs @nobody\n!x.rs @nobody\n";
    for place in [".github/CODEOWNERS", "CODEOWNERS"] {
        let met = owned(
            place,
            text,
            &[
                "src/main.rs",
                "a/b.js",
                "build/logs/x/y",
                "docs/one.md",
                "x/docs/one.md",
                "deep/apps/a/b.rs",
                "x/logs/deep/a.rs",
                "apps/github/a/b.rs",
                "a/with space.rs",
                "ab.rs",
                "x.rs",
            ],
        );
        let both = "@global-owner1 @global-owner2";
        let expected =
            [both, "@js-owner", "@octocat", "@doctocat", both, "@octocat", "@octocat", "", "@space", both, both];
        assert_eq!(met, expected, "{place}");
    }
    assert_eq!(owned(".github/CODEOWNERS", "docs/* @a", &["docs/a.md", "docs/b/a.md"]), ["@a", ""]);
}

#[test]
fn each_section_of_gitlab_has_a_last_line_of_its_own() {
    let text = "* @default\n[Docs] @docs\ndocs/\n*.md\ndocs/legal/ @legal\n\n^[Data][2] @data-team\n*.sql\n!/old/\n\n[docs]\n/README.md @writer\n";
    let paths = ["src/main.rs", "docs/a.txt", "x/docs/legal/a.txt", "a/b.sql", "old/b.sql", "README.md", "x/README.md"];
    let expected = [
        "@default",
        "@default @docs",
        "@default @legal",
        "@default @data-team",
        "@default",
        "@default @writer",
        "@default @docs",
    ];
    assert_eq!(owned(".gitlab/CODEOWNERS", text, &paths), expected);
    assert_eq!(owned("docs/CODEOWNERS", text, &paths), expected, "sections say whose rules hold");
    assert_eq!(
        owned(".gitlab/CODEOWNERS", "/docs @a\n/src/* @b", &["docs/a.md", "src/a.rs", "src/a/b.rs"]),
        ["", "@b", ""]
    );
}

#[test]
fn what_is_no_line_of_owners_is_passed_over() {
    let hostile =
        format!("{}\n{}\n[\n[]\n^[\n\\\n!\n/\n*\n{{a,b}} @a\n[x @a\n** @all\n", "[".repeat(10_000), "*".repeat(10_000));
    for place in super::OWNERS {
        assert_eq!(owned(place, &hostile, &["a/b.rs"]), ["@all"], "{place}");
    }
    assert_eq!(owned("CODEOWNERS", "", &["a"]), [""]);
}
