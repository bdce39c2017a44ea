use std::collections::BTreeMap;

use super::Message;
use crate::config::Param;
use crate::graph::schema::{EntityRef, Kind};
use crate::rules::condition::{Scope, Terms};
use crate::rules::mock::Mock;

fn params() -> BTreeMap<String, Param> {
    BTreeMap::from([
        ("max_ms".to_owned(), Param::Int(1500)),
        ("share".to_owned(), Param::Double(0.9995)),
        ("names".to_owned(), Param::Texts(vec!["a".to_owned(), "b".to_owned()])),
    ])
}

fn render(kind: Kind, text: &str) -> String {
    let (mock, params) = (Mock::shop(), params());
    let message = Message::check(text, Terms { schema: &mock, select: kind, params: &params })
        .unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let entity = EntityRef { kind, index: 0 };
    message.render(Scope { model: &mock, entity, params: &params }).unwrap_or_else(|| "cannot".to_owned())
}

fn refuse(kind: Kind, text: &str) -> String {
    let (mock, params) = (Mock::shop(), params());
    let faults = Message::check(text, Terms { schema: &mock, select: kind, params: &params }).unwrap_err();
    let faults = faults.iter().map(|fault| format!("{}: {}; {}", fault.at, fault.message, fault.help));
    faults.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_message_names_figures_of_the_entity_and_its_relations() {
    for (kind, text, expected) in [
        (Kind::Datastore, "pools of {{ datastore.name }} open {{ datastore.demand.peak }}", "pools of cart open 120"),
        (Kind::Datastore, "{{ datastore.demand.largest_pool.service.name }}", "cart"),
        (Kind::Datastore, "{{ datastore.pools | length }} pools", "2 pools"),
        (
            Kind::Datastore,
            "{% for p in datastore.pools %}{{ p.service.name }}: {{ p.max }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "cart: 20, price: 20",
        ),
        (Kind::Datastore, "limit {{ datastore.max_connections }}", "limit unknown"),
        (Kind::Datastore, "limit {{ datastore.max_connections - 3 }}", "cannot"),
        (Kind::Datastore, "over {{ params.max_ms | duration }}, {{ params.share | percent }}", "over 1.5 s, 99.95 %"),
        (
            Kind::Edge,
            "{{ edge.methods | join(sep=\", \") }} of {{ params.names | join(sep='+') }}",
            "Quote, List of a+b",
        ),
        (Kind::Edge, "{{ (edge.attempts * 250) | duration }}", "750 ms"),
        (Kind::Edge, "{{ edge.deadline_ms | duration }}", "none"),
        (Kind::Edge, "{% if edge.deadline_ms %}{{ edge.deadline_ms }}{% else %}no deadline{% endif %}", "no deadline"),
        (Kind::Edge, "{% if edge.deadline_ms is none %}without{% endif %}\n  deadline\n", "without deadline"),
        (Kind::Edge, "{{ edge.from.name }} -> <{{ edge.to.name }}> {# note #}& more", "cart -> <price> & more"),
        (Kind::Edge, "braces { stay }", "braces { stay }"),
    ] {
        assert_eq!(render(kind, text), expected, "{text}");
    }
}

#[test]
fn a_message_that_would_have_a_hole_is_refused_at_load() {
    for (text, expected) in [
        ("{{ edge.form.name }}", "3: `edge` has no field `form`; did you mean `from`?"),
        ("{{ edge.from.nam }}", "3: `service` has no field `nam`; did you mean `name`?"),
        ("{{ egde.attempts }}", "3: there is no `egde` here; did you mean `edge`?"),
        ("{{ params.max }}", "3: the rule has no param `max`; expected one of `max_ms`, `names`, `share`"),
        (
            "{{ edge.from }}",
            "3: `edge.from` is service, which cannot be printed; name one of its fields, such as its name",
        ),
        ("{{ edge.methods }}", "3: `edge.methods` is list of text, which cannot be printed"),
        ("{% for m in edge.attempts %}{{ m }}{% endfor %}", "12: `edge.attempts` is int, expected a list"),
        ("{% include \"x\" %}", "0: the tag `include` is not for messages; use `if` and `for`"),
        ("{{ range(end=1000000000) }}", "3: the function `range` is not for messages"),
        ("{{ edge.attempts | duratoin }}", "the message is no template"),
        ("{{ edge.attempts", "the code in the message does not end with `}}`"),
        ("{% if edge.hot %}x", "the message is no template"),
        ("{{ edge.from.name | round }}", "the message is no template"),
        ("{{ [1, 2] }}", "`[` is not for messages"),
    ] {
        let refused = refuse(Kind::Edge, text);
        assert!(refused.contains(expected), "{text}: {refused}");
    }
}

#[test]
fn hostile_templates_are_refused_before_the_template_parser() {
    for text in [
        format!("{{{{ {}1{} }}}}", "(".repeat(500), ")".repeat(500)),
        format!("{{{{ {}true }}}}", "not ".repeat(800)),
        "{% if true %}".repeat(200),
        "x".repeat(10_000),
        format!("{{{{ {}1 }}}}", "-".repeat(2000)),
    ] {
        refuse(Kind::Edge, &text);
    }
}
