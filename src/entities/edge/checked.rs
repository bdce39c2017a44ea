//! Fields of edges about what watches over them: encryption, traces, tests.

use super::super::reading::column;
use super::super::{Column, text, unknown};
use super::SUPPLY;
use crate::analysis::plaintext::{leaves, plaintext};
use crate::analysis::tested::{failure_tested, tested};
use crate::analysis::traces::{Trace, trace};
use crate::facts::Value;
use crate::graph::schema::{Field, Reading, Type};

/// The columns.
pub(super) static COLUMNS: &[Column] = &[
    column(Field::new("plaintext", Type::Bool, "Whether it is not encrypted.").or_unknown(), |model, index| {
        match plaintext(model, index) {
            Some(plain) => Reading::Bool(plain),
            None => unknown("the scheme of the address", SUPPLY),
        }
    }),
    column(
        Field::new("unverified", Type::Bool, "Whether one of its clients takes any certificate for that of the host."),
        |model, index| {
            let effects = model.graph.edges[index].effects.iter().map(|id| &model.facts.rust.effects[*id]);
            let mut clients = effects.flat_map(|of| &of.clients).map(|id| &model.facts.rust.clients[*id]);
            Reading::Bool(clients.any(|of| of.options.get("accept_invalid_certs") == Some(&Value::Bool(true))))
        },
    ),
    column(Field::new("leaves", Type::Bool, "Whether its host is a public one."), |model, index| {
        Reading::Bool(leaves(model, index))
    }),
    column(
        Field::new("trace_gap", Type::Text, "Why a trace ends at it; null if it goes on.").or_null().or_unknown(),
        |model, index| match trace(model, index) {
            Trace::GoesOn => Reading::Null,
            Trace::Ends(why) => text(&why),
            Trace::Unknown(service) => unknown(
                &format!("what the packages that {service} traces with do"),
                "calls of the propagator that its main reaches",
            ),
        },
    ),
    column(Field::new("tested", Type::Bool, "Whether a test of either side speaks of it."), |model, index| {
        Reading::Bool(tested(model, index))
    }),
    column(
        Field::new("failure_tested", Type::Bool, "Whether a test of the caller makes something fail."),
        |model, index| Reading::Bool(failure_tested(model, index)),
    ),
    column(
        Field::new("changes", Type::Bool, "Whether one of its calls changes something on the other side."),
        |model, index| {
            let mut effects = model.graph.edges[index].effects.iter().map(|id| &model.facts.rust.effects[*id]);
            Reading::Bool(effects.any(crate::analysis::held::changes))
        },
    ),
];
