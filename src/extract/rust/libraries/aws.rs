//! Amazon's services: S3, DynamoDB, SQS, SNS, Kinesis, Lambda through the AWS SDK.
//!
//! Each operation is a builder that is sent: `client.put_object().bucket(b).key(k).send()`.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, RouteVal, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

/// The AWS SDK.
pub static LIBRARY: Library = Library {
    name: "aws-sdk",
    crates: &[
        "aws_sdk_s3",
        "aws_sdk_dynamodb",
        "aws_sdk_sqs",
        "aws_sdk_sns",
        "aws_sdk_kinesis",
        "aws_sdk_eventbridge",
        "aws_sdk_lambda",
        "aws_config",
    ],
    apis: &[
        api("", &["defaults", "from_env", "load_defaults", "load_from_env"], Act::Give("aws_config::ConfigLoader")),
        api("ConfigLoader", &["endpoint_url"], Act::Gather("address")),
        api("ConfigLoader", &["*"], Act::Same),
        api("Config", &["endpoint_url"], Act::Gather("address")),
        api("Builder", &["endpoint_url"], Act::Gather("address")),
        api("Client", &["new", "from_conf"], Act::Custom(open)),
        api("Client", &["config"], Act::Same),
        api("Config", &["*"], Act::Same),
        api("Builder", &["*"], Act::Same),
        api("Client", &["*"], Act::Custom(operation)),
        api(
            "Operation",
            &[
                "bucket",
                "queue_url",
                "queue_name",
                "topic_arn",
                "table_name",
                "stream_name",
                "stream_arn",
                "event_bus_name",
                "function_name",
            ],
            Act::Gather("key"),
        ),
        api("Operation", &["send", "send_with", "presigned"], Act::Custom(send)),
        api("Operation", &["*"], Act::Same),
    ],
    macros: &[],
};

/// The service, by its crate: kind, technology, and the type of its operations.
fn service(call: &LibraryCall) -> (&'static str, &'static str, &'static str, &'static str) {
    match call.owner.extern_name().map_or("", |(krate, _)| krate) {
        "aws_sdk_s3" => ("object", "s3", "aws_sdk_s3::Client", "aws_sdk_s3::Operation"),
        "aws_sdk_dynamodb" => ("document", "dynamodb", "aws_sdk_dynamodb::Client", "aws_sdk_dynamodb::Operation"),
        "aws_sdk_sqs" => ("topic", "sqs", "aws_sdk_sqs::Client", "aws_sdk_sqs::Operation"),
        "aws_sdk_sns" => ("topic", "sns", "aws_sdk_sns::Client", "aws_sdk_sns::Operation"),
        "aws_sdk_kinesis" => ("topic", "kinesis", "aws_sdk_kinesis::Client", "aws_sdk_kinesis::Operation"),
        "aws_sdk_lambda" => ("http", "lambda", "aws_sdk_lambda::Client", "aws_sdk_lambda::Operation"),
        _ => ("topic", "eventbridge", "aws_sdk_eventbridge::Client", "aws_sdk_eventbridge::Operation"),
    }
}

fn open(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let (kind, technology, give, _) = service(call);
    // Without an endpoint of its own it is the one of the account's region.
    let config = call.arguments.first().map(|argument| &argument.val);
    let has_endpoint = config.is_some_and(|config| config.gathered("address").is_some());
    let address = if has_endpoint { Where::Argument(0) } else { Where::Nowhere };
    let open = Open { kind, technology, address, give, lazy: true, pool: false };
    Some(act::open(eval, library, &open, call))
}

fn operation(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let (.., ty) = service(call);
    Some(
        Val { build: None, value: None, ..receiver }
            .typed(Ty::of(ty))
            .with_text("operation", Value::Text(call.name.clone())),
    )
}

fn send(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let (kind, technology, ..) = service(call);
    let operation = receiver.gathered("operation").and_then(Value::as_text).unwrap_or_default().to_owned();
    let key = act::text(call, Where::Gathered("key"));
    // What only a variable tells is cut where it is evaluated.
    let named = if kind == "topic" { super::google::last_part(key) } else { key };
    let what = match operation.as_str() {
        "send_message" | "send_message_batch" | "publish" | "publish_batch" | "put_record" | "put_records"
        | "put_events" => What::Publish { technology: technology.to_owned(), topic: named, payload: String::new() },
        "receive_message" | "get_shard_iterator" | "get_records" | "subscribe_to_shard" => What::Consume {
            technology: technology.to_owned(),
            topic: named,
            group: Value::Absent,
            payload: String::new(),
        },
        "delete_message" | "delete_message_batch" => What::Acknowledge { technology: technology.to_owned(), operation },
        "invoke" if kind == "http" => What::Http { verb: "POST".to_owned(), url: invocation(named) },
        _ if kind == "topic" || kind == "http" => return Some(Val::default()),
        _ => {
            let reads = ["get_", "list_", "head_", "query", "scan", "describe_", "batch_get", "select_"];
            let writes = !reads.iter().any(|prefix| operation.starts_with(prefix));
            What::Store { kind: kind.to_owned(), technology: technology.to_owned(), operation, writes, key: named }
        }
    };
    let part = match (&what, kind) {
        (What::Store { key, .. }, "object") => Some(("bucket", key.clone())),
        (What::Store { key, .. }, "document") => Some(("table", key.clone())),
        _ => None,
    };
    let id = eval.effect(what, library.name, receiver.clients, call.at, &call.want);
    if let Some((option, name)) = part {
        eval.set_option(id, option, name);
    }
    Some(Val::default())
}

/// The path at which a function is invoked (AWS Lambda API Reference, Invoke).
fn invocation(function: Value) -> Value {
    concat(vec![Value::Text("/2015-03-31/functions/".to_owned()), function, Value::Text("/invocations".to_owned())])
}

/// The runtime of functions: the handler answers invocations.
pub static LAMBDA: Library = Library {
    name: "lambda_runtime",
    crates: &["lambda_runtime"],
    apis: &[
        api("", &["run", "run_with_streaming_response"], Act::Custom(runtime)),
        api("", &["service_fn", "service_fn_with_context"], Act::Pass(0)),
    ],
    macros: &[],
};

/// `lambda_runtime::run(service_fn(handler))`
fn runtime(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let at = call.at;
    let handler = call.arguments.first_mut().map(|argument| eval.handler(argument, at)).unwrap_or_default();
    run_steps(eval, call);
    let path = invocation(Value::Text("{}".to_owned()));
    let route = RouteVal::new("POST", path, library.name, eval.place(call.at)).handled(handler);
    eval.route(&route, call);
    Some(Val::default())
}
