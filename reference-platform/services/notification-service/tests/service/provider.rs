//! A provider of pushes: a real HTTP server, which answers as a test says.

use std::collections::{HashMap, VecDeque};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;

/// What a provider answers to a push.
#[derive(Clone, Copy)]
pub enum Answer {
    Status(u16),
    /// The text of the answer too.
    Text(u16, &'static str),
    /// Seconds after which it may come again.
    Later(u16, &'static str),
    /// Too late.
    Slow,
}

/// A push as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Value,
    pub token: String,
}

impl Seen {
    pub fn key(&self) -> &str {
        &self.headers["idempotency-key"]
    }

    /// Of the push, whichever form it has.
    pub fn text(&self) -> (String, String) {
        let body = &self.body;
        let words = [&body["message"]["notification"], &body["aps"]["alert"], body];
        let words = words.into_iter().find(|words| words["title"].is_string()).unwrap();
        (words["title"].as_str().unwrap().to_owned(), words["body"].as_str().unwrap().to_owned())
    }
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    answers: HashMap<String, VecDeque<Answer>>,
    always: Option<Answer>,
}

/// A provider. It goes when its test does.
#[derive(Clone)]
pub struct Provider {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = web::Data::from(state.clone());
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(answer)))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run();
        tokio::spawn(server);
        Self { url, state }
    }

    /// What is answered to the next pushes for a token; afterwards they are taken.
    pub fn answer(&self, token: &str, answers: &[Answer]) {
        self.state.lock().unwrap().answers.insert(token.to_owned(), answers.iter().copied().collect());
    }

    /// What is answered to all pushes.
    pub fn always(&self, answer: Option<Answer>) {
        self.state.lock().unwrap().always = answer;
    }

    /// All pushes so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// Pushes for a token so far.
    pub fn seen_by(&self, token: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|push| push.token == token).collect()
    }
}

async fn answer(request: HttpRequest, body: web::Json<Value>, state: web::Data<Mutex<State>>) -> HttpResponse {
    let body = body.into_inner();
    let segment = request.path().rsplit('/').next().unwrap();
    let named = [&body["message"]["token"], &body["subscription"]].into_iter().find_map(Value::as_str);
    let token = named.unwrap_or(segment).to_owned();
    let answer = {
        let mut state = state.lock().unwrap();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        state.seen.push(Seen { path: request.path().to_owned(), headers, body, token: token.clone() });
        let next = state.answers.get_mut(&token).and_then(VecDeque::pop_front);
        next.or(state.always).unwrap_or(Answer::Status(200))
    };
    let status = |status| HttpResponse::build(StatusCode::from_u16(status).unwrap());
    match answer {
        Answer::Status(code) => status(code).finish(),
        Answer::Text(code, text) => status(code).body(text),
        Answer::Later(code, seconds) => status(code).insert_header(("retry-after", seconds)).finish(),
        Answer::Slow => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            HttpResponse::Ok().finish()
        }
    }
}
