use super::super::tree::*;
use super::lower;

/// Runs with the stack that callers give.
fn with_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(16 * 1024 * 1024).spawn(run).unwrap().join().unwrap()
}

fn statements(body: &str) -> Vec<Statement> {
    let file = lower(&format!("fn f() {{ {body} }}"));
    assert_eq!(file.error, None, "{body}");
    let ItemKind::Function(function) = file.items[0].kind.clone() else { panic!("no function") };
    function.body.unwrap().statements
}

/// The last statement of a body, which is an expression, in short form.
fn expr(body: &str) -> String {
    match statements(body).last() {
        Some(Statement::Expr(expr, _)) => show(expr),
        other => panic!("no expression: {other:?}"),
    }
}

fn show_all(exprs: &[Expr]) -> String {
    exprs.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn show(expr: &Expr) -> String {
    match &*expr.kind {
        ExprKind::Literal(Literal::Text(text)) => format!("{text:?}"),
        ExprKind::Literal(Literal::Integer(number)) => number.to_string(),
        ExprKind::Literal(literal) => format!("{literal:?}"),
        ExprKind::Path(path) => show_path(path),
        ExprKind::Call(called, arguments) => format!("(call {} {})", show(called), show_all(arguments)),
        ExprKind::MethodCall { receiver, method, generics, arguments } => {
            let generics = if generics.is_empty() { String::new() } else { format!("::{}", show_types(generics)) };
            format!("({}.{method}{generics} {})", show(receiver), show_all(arguments))
        }
        ExprKind::Field(base, name) => format!("{}.{name}", show(base)),
        ExprKind::Index(base, index) => format!("{}[{}]", show(base), show(index)),
        ExprKind::Try(inner) => format!("{}?", show(inner)),
        ExprKind::Await(inner) => format!("{}.await", show(inner)),
        ExprKind::Reference(inner) => format!("&{}", show(inner)),
        ExprKind::Dereference(inner) => format!("*{}", show(inner)),
        ExprKind::Unary(operator, inner) => format!("({operator} {})", show(inner)),
        ExprKind::Binary(operator, left, right) => format!("({operator} {} {})", show(left), show(right)),
        ExprKind::Assign(operator, left, right) => format!("({operator}= {} {})", show(left), show(right)),
        ExprKind::Closure(parameters, body, is_async) => {
            let parameters: Vec<String> = parameters.iter().map(|(pattern, _)| show_pattern(pattern)).collect();
            format!("({}|{}| {})", if *is_async { "async " } else { "" }, parameters.join(" "), show(body))
        }
        ExprKind::Let(pattern, value) => format!("(let {} {})", show_pattern(pattern), show(value)),
        ExprKind::Cast(inner, of) => format!("(as {} {})", show(inner), show_type(of)),
        ExprKind::Tuple(inner) => format!("(tuple {})", show_all(inner)),
        ExprKind::Array(inner) => format!("[{}]", show_all(inner)),
        ExprKind::Repeat(value, length) => format!("[{}; {}]", show(value), show(length)),
        ExprKind::Block(block) => show_block(block),
        ExprKind::Async(block) => format!("async {}", show_block(block)),
        ExprKind::If(condition, then, otherwise) => {
            let otherwise = otherwise.as_ref().map(|expr| format!(" else {}", show(expr))).unwrap_or_default();
            format!("(if {} {}{otherwise})", show(condition), show_block(then))
        }
        ExprKind::Macro(of) => show_macro(of),
        ExprKind::Break(None) => "break".to_owned(),
        ExprKind::Range(first, last) => {
            let [first, last] = [first, last].map(|end| end.as_ref().map(show).unwrap_or_default());
            format!("{first}..{last}")
        }
        other => format!("{other:?}"),
    }
}

fn show_macro(of: &Macro) -> String {
    let mut out = format!("({}!", of.path.join("::"));
    for argument in &of.arguments {
        out += &format!(" {}", show(argument));
    }
    for branch in &of.branches {
        let pattern = branch.pattern.as_ref().map_or("else".to_owned(), show_pattern);
        let condition = branch.condition.as_ref().map(|expr| format!(" if {}", show(expr))).unwrap_or_default();
        out += &format!(" <{pattern} = {}{condition} => {}>", show(&branch.future), show(&branch.body));
    }
    if let Some(block) = &of.block {
        out += &format!(" {}", show_block(block));
    }
    for item in &of.items {
        out += &format!(" item:{}", item.name);
    }
    if !of.parsed {
        out += &format!(" words:{}", of.words.join(","));
    }
    out + ")"
}

fn show_block(block: &Block) -> String {
    let statements: Vec<String> = block
        .statements
        .iter()
        .map(|statement| match statement {
            Statement::Let { pattern, value, .. } => {
                format!("let {} = {};", show_pattern(pattern), value.as_ref().map(show).unwrap_or_default())
            }
            Statement::Expr(expr, semicolon) => show(expr) + if *semicolon { ";" } else { "" },
            Statement::Item(item) => format!("item:{}", item.name),
        })
        .collect();
    format!("{{{}}}", statements.join(" "))
}

fn show_path(path: &Path) -> String {
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|segment| {
            let generics = if segment.generics.is_empty() { String::new() } else { show_types(&segment.generics) };
            format!("{}{generics}", segment.name)
        })
        .collect();
    let of = path.of.as_ref().map(|of| format!("<{}>", show_type(of))).unwrap_or_default();
    of + &segments.join("::")
}

fn show_types(types: &[Type]) -> String {
    format!("<{}>", types.iter().map(show_type).collect::<Vec<_>>().join(" "))
}

fn show_type(of: &Type) -> String {
    match of {
        Type::Path(path) => show_path(path),
        Type::Reference(of) => format!("&{}", show_type(of)),
        Type::Static(of) => format!("&'static {}", show_type(of)),
        Type::Tuple(of) => format!("({})", of.iter().map(show_type).collect::<Vec<_>>().join(" ")),
        Type::Slice(of) => format!("[{}]", show_type(of)),
        Type::Impl(of) => format!("impl{}", show_types(of)),
        Type::Dyn(of) => format!("dyn{}", show_types(of)),
        Type::Function(of, result) => format!("fn{} {}", show_types(of), show_type(result)),
        Type::Never => "!".to_owned(),
        Type::Infer => "_".to_owned(),
    }
}

fn show_pattern(pattern: &Pattern) -> String {
    let all = |patterns: &[Pattern]| patterns.iter().map(show_pattern).collect::<Vec<_>>().join(" ");
    match pattern {
        Pattern::Name(name, None) => name.clone(),
        Pattern::Name(name, Some(inner)) => format!("{name}@{}", show_pattern(inner)),
        Pattern::Tuple(inner) => format!("({})", all(inner)),
        Pattern::TupleStruct(path, inner) => format!("{}({})", show_path(path), all(inner)),
        Pattern::Struct(path, fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, pattern)| format!("{name}:{}", show_pattern(pattern))).collect();
            format!("{}{{{}}}", show_path(path), fields.join(" "))
        }
        Pattern::Path(path) => show_path(path),
        Pattern::Or(inner) => format!("({})", all(inner).replace(' ', "|")),
        Pattern::Reference(inner) => format!("&{}", show_pattern(inner)),
        Pattern::Slice(inner) => format!("[{}]", all(inner)),
        Pattern::Wild => "_".to_owned(),
        Pattern::Literal(literal) => format!("{literal:?}"),
    }
}

#[test]
fn calls_and_chains() {
    assert_eq!(
        expr("sqlx::query_as::<_, User>(\"x\").bind(id).fetch_one(&self.pool).await?"),
        "(((call sqlx::query_as<_ User> \"x\").bind id).fetch_one &self.pool).await?"
    );
    assert_eq!(expr("(a + b * c) as u64 == -1 && !d.0.1"), "(&& (== (as (+ a (* b c)) u64) (- 1)) (! d.0.1))");
    assert_eq!(
        expr("a = b += *c; x[..n].y::<T>(|&(p, _), q: u8| async move { p })"),
        "(x[..n].y::<T> (|&(p _) q| async {p}))"
    );
    assert_eq!(expr("<T as a::Store>::get(r#type)"), "(call <T>a::Store::get type)");
    assert_eq!(expr("a = b = c"), "(= a (= b c))");
    assert_eq!(expr("a |= 1"), "(|= a 1)");
    assert_eq!(
        expr("if let Some(x) = a && b { 1 } else if c { 2 } else { 3 }"),
        "(if (&& (let Some(x) a) b) {1} else (if c {2} else {3}))"
    );
    assert_eq!(expr("yield x.await;"), "(call yield x.await)");
}

#[test]
fn literals() {
    assert_eq!(expr("0xffff_ffff_ffff_ffffu64"), i64::MAX.to_string());
    assert_eq!(expr("1_000usize"), "1000");
    assert_eq!(expr("b'a'"), "97");
    assert_eq!(expr("b\"\\xff\""), "Bytes(\"\u{fffd}\")");
    assert_eq!(expr("r#\"a\"b\"#"), "\"a\\\"b\"");
    assert_eq!(expr("2.5e1f32"), "Float(25.0)");
    assert_eq!(expr("concat!(\"a\", 'b', 1)"), "(concat! \"a\" Char('b') 1)");
}

#[test]
fn ranges_of_calls_are_those_of_the_method() {
    let file = lower("fn f() {\r\n    let ä = \"€\"; é(ä)\r\n        .go(\r\n        1);\r\n    a.b().c\r\n}\r\n");
    let ItemKind::Function(function) = &file.items[0].kind else { panic!() };
    assert_eq!(function.whole, Range { line: 1, column: 1, end_line: 6, end_column: 2 });
    let statements = &function.body.as_ref().unwrap().statements;
    let Statement::Expr(call, true) = &statements[1] else { panic!() };
    assert_eq!(call.at, Range { line: 3, column: 10, end_line: 4, end_column: 11 });
    let ExprKind::MethodCall { receiver, .. } = &*call.kind else { panic!() };
    assert_eq!(receiver.at, Range { line: 2, column: 18, end_line: 2, end_column: 22 });
    let Statement::Expr(field, false) = &statements[2] else { panic!() };
    assert_eq!(field.at, Range { line: 5, column: 5, end_line: 5, end_column: 12 });
}

#[test]
fn macros_with_arguments() {
    assert_eq!(
        expr("info!(target: \"a\", ?x, y = %z.b, a.b = 1, \"c-d\" = ?e, type = 2, \"msg {}\", w)"),
        "(info! (= target \"a\") x (= y z.b) (= a.b 1) (= \"c-d\" e) (= type 2) \"msg {}\" w)"
    );
    assert_eq!(
        expr("sqlx::query_as!(User, \"select $1\", id as _).fetch(p)").split(' ').next(),
        Some("((sqlx::query_as!")
    );
    assert_eq!(expr("tokio::try_join!(biased; a(), b.c())"), "(tokio::try_join! (call a ) (b.c ))");
    assert_eq!(expr("vec![0; n]"), "(vec! [0; n])");
    assert_eq!(expr("counter!(\"x\", \"a\" => b).increment(1)"), "((counter! \"x\" (tuple \"a\" b)).increment 1)");
    assert_eq!(expr("matches!(e, A::B | C(_) if x, )"), "(matches! (&& (let (A::B|C(_)) e) x))");
    assert_eq!(expr("json!({\"a\": b, \"c\": r\"d\"})"), "(json! words:\"a\",b,\"c\",r\"d\")");
    assert_eq!(
        expr("include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"));"),
        "(include! (concat! (env! \"OUT_DIR\") \"/x.rs\"))"
    );
    assert_eq!(expr("println!()"), "(println!)");
}

#[test]
fn select_has_branches() {
    assert_eq!(
        expr(
            "tokio::select! { biased; _ = &mut stop, if !done => break, Some(x) = rx.recv() => { go(x).await } \
             r = async { 1 } => r, else => {} }"
        ),
        "(tokio::select! <_ = &stop if (! done) => break> <Some(x) = (rx.recv ) => {(call go x).await}> \
         <r = async {1} => r> <else = (tuple ) => {}>)"
    );
    assert_eq!(
        expr("futures::select! { x = a => b, complete => break }"),
        "(futures::select! <x = a => b> <else = (tuple ) => break>)"
    );
}

#[test]
fn macros_with_statements_and_items() {
    assert_eq!(
        expr("try_stream! { for await x in s { yield x; } let y = a()?; }").split("let").last(),
        Some(" y = (call a )?;})")
    );
    assert_eq!(expr("tokio::pin! { let a = b(); }"), "(tokio::pin! {let a = (call b );})");
    let file = lower(
        "thread_local! { static A: u8 = const { 1 }; pub static B: u8 = 2 }\nlazy_static! {\n  static ref C: R = R::new();\n}\n\
         cfg_if! { if #[cfg(unix)] { mod a; fn b() {} } else if #[cfg(test)] { fn c() {} } else { use d::e; } }\n\
         macro_rules! m { ($x:ident) => { $x(\"y\") } }\ntonic::include_proto!(\"x.v1\");",
    );
    assert_eq!(file.error, None);
    let shown: Vec<String> = file
        .items
        .iter()
        .map(|item| match &item.kind {
            ItemKind::Macro(of) => format!("{}{}", item.name, show_macro(of)),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "(thread_local! item:A item:B)",
            "(lazy_static! item:C)",
            "(cfg_if! item:a item:b item:)",
            "m(macro_rules! words:x,ident,x,\"y\")",
            "(tonic::include_proto! \"x.v1\")",
        ]
    );
    let ItemKind::Macro(lazy) = &file.items[1].kind else { panic!() };
    assert_eq!(lazy.items[0].at, Range { line: 3, column: 14, end_line: 3, end_column: 15 });
    let ItemKind::Constant(of, Some(value)) = &lazy.items[0].kind else { panic!() };
    assert_eq!((show_type(of), show(value)), ("R".to_owned(), "(call R::new )".to_owned()));
}

#[test]
fn items() {
    let file = lower(
        "use a::{b::{self, c as d}, e::*, _x as _};\nuse ::f::g;\nextern crate h as i;\n\
         #[derive(Parser, Clone)]\n#[allow(x)]\n/// Doc\npub(crate) struct S<T: Into<U>, U>(pub T, #[cfg(test)] u8) where U: X + ?Sized, Vec<U>: Y;\n\
         enum E { A { #[serde(rename = \"y\")] x: u8 }, #[cfg(test)] B, C(&'static str) }\n\
         #[tonic::async_trait]\nimpl<T> a::Trait<T> for S<T> {\n  type R = fn(&T) -> !;\n  const N: usize = 1;\n  async fn go(&self, (a, b): (u8, [T; 2])) -> impl Future<Output = dyn Fn(u8) -> T> + 'static {}\n}\n\
         #[path = \"z.rs\"] pub mod m; mod n;\ntrait Tr: Send { type A; fn f(self: Arc<Self>) -> u8; }\n\
         extern \"C\" { fn ext(x: u8); }\nunion Un { a: u8 }\nstatic mut X: u8 = 1;",
    );
    assert_eq!(file.error, None);
    let names: Vec<&str> = file.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["", "", "i", "S", "E", "", "m", "n", "Tr", "ext", "Un", "X"]);
    let ItemKind::Use(imports) = &file.items[0].kind else { panic!() };
    let imports: Vec<String> =
        imports.iter().map(|import| format!("{} {}", import.path.join("::"), import.name)).collect();
    assert_eq!(imports, ["a::b b", "a::b::c d", "a::e *", "a::_x _"]);
    let ItemKind::Use(imports) = &file.items[1].kind else { panic!() };
    assert_eq!(imports[0].path, ["", "f", "g"]);
    assert_eq!(file.items[2].kind, ItemKind::ExternCrate("h".to_owned()));

    let of = &file.items[3];
    assert!(of.public);
    assert_eq!(of.at, Range { line: 7, column: 19, end_line: 7, end_column: 20 });
    assert_eq!(of.attributes.len(), 1);
    assert_eq!(show_all(&of.attributes[0].arguments), "Parser Clone");
    assert_eq!(of.attributes[0].at, Range { line: 4, column: 1, end_line: 4, end_column: 25 });
    let ItemKind::Struct(of) = &of.kind else { panic!() };
    assert_eq!(of.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["0"]);
    let parameters: Vec<String> =
        of.generics.parameters.iter().map(|(name, bounds)| format!("{name}{}", show_types(bounds))).collect();
    assert_eq!(parameters, ["T<Into<U>>", "U<X>"]);
    assert_eq!(show_type(&of.generics.bounds[0].0), "Vec<U>");

    let ItemKind::Enum(of) = &file.items[4].kind else { panic!() };
    assert_eq!(of.variants.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>(), ["A", "C"]);
    assert_eq!(show_all(&of.variants[0].fields[0].attributes[0].arguments), "(= rename \"y\")");

    let ItemKind::Impl(of) = &file.items[5].kind else { panic!() };
    assert_eq!(file.items[5].attributes[0].path, ["tonic", "async_trait"]);
    assert_eq!(show_type(of.of_trait.as_ref().unwrap()), "a::Trait<T>");
    let ItemKind::Alias(_, alias) = &of.items[0].kind else { panic!() };
    assert_eq!(show_type(alias), "fn<&T> !");
    let ItemKind::Function(go) = &of.items[2].kind else { panic!() };
    assert!(go.is_async && go.receiver);
    assert_eq!(show_pattern(&go.parameters[0].0), "(a b)");
    assert_eq!(show_type(&go.parameters[0].1), "(u8 [T])");
    let Type::Impl(bounds) = &go.result else { panic!() };
    let Type::Path(path) = &bounds[0] else { panic!() };
    let (name, output) = &path.segments[0].bindings[0];
    assert_eq!((name.as_str(), show_type(output).as_str()), ("Output", "dyn<Fn<u8 T>>"));

    assert_eq!(file.items[6].kind, ItemKind::ModuleFile(Some("z.rs".to_owned())));
    assert_eq!(file.items[7].kind, ItemKind::ModuleFile(None));
    let ItemKind::Trait(of) = &file.items[8].kind else { panic!() };
    assert!(matches!(&of.items[0].kind, ItemKind::Alias(_, Type::Infer)));
    assert!(matches!(&of.items[1].kind, ItemKind::Function(Function { receiver: true, body: None, .. })));
}

#[test]
fn attributes_keep_what_can_be_read() {
    let file = lower(
        "#[instrument(skip(self), fields(id = %x, +), err)]\n#[arg(long, env = \"X\", default_value_t = 5)]\n\
         #[get(\"/x\", type = y)]\nfn f() {}",
    );
    let shown: Vec<String> = file.items[0].attributes.iter().map(|attribute| show_all(&attribute.arguments)).collect();
    assert_eq!(
        shown,
        [
            "(call skip self) (call fields (= id x)) err",
            "long (= env \"X\") (= default_value_t 5)",
            "\"/x\" (= type y)"
        ]
    );
}

#[test]
fn tests_are_left_out() {
    let file = lower(
        "#!/usr/bin/env run\n#![allow(x)]\n#[cfg(test)]\nmod tests { fn deep() {} }\n#[tokio::test] async fn t() {}\n\
         mod m { #![cfg(all(test, feature = \"x\"))] fn a() {} }\n#[cfg(test)] thread_local! { static A: u8 = 1 }\n\
         fn kept() { #[cfg(test)] stop(); #[cfg(test)] let x = 1; match y { #[cfg(test)] A => 1, B => 2 }; S { #[cfg(test)] a: 1, b: 2 } }",
    );
    assert_eq!(file.error, None);
    let [kept] = file.items.as_slice() else { panic!("{:?}", file.items) };
    assert_eq!((kept.name.as_str(), kept.at.line), ("kept", 8));
    let ItemKind::Function(function) = &kept.kind else { panic!() };
    let statements = &function.body.as_ref().unwrap().statements;
    assert_eq!(statements.len(), 2);
    let Statement::Expr(of, true) = &statements[0] else { panic!() };
    assert!(matches!(&*of.kind, ExprKind::Match(_, arms) if arms.len() == 1));
    let Statement::Expr(of, false) = &statements[1] else { panic!() };
    assert!(matches!(&*of.kind, ExprKind::Struct(_, fields, None) if fields.len() == 1));
    assert_eq!(lower("#![cfg(test)]\nfn a() {}").items, []);
}

#[test]
fn broken_items_cost_only_themselves() {
    let text = "use a::b;\n\nfn broken( {\n    x.\n}\n\npub fn good() {\n    call();\n}\n\nimpl S {\n    fn ok() {}\n    fn no() { let = ; }\n    \
                fn ok2() { a.b() }\n}\nmod m {\n  fn x( }\n  fn y() {}\n}\nstruct Last;\nfn open() {\n";
    let file = lower(text);
    let (at, message) = file.error.clone().unwrap();
    assert!(at.line >= 3 && !message.is_empty(), "{at:?} {message}");
    let names: Vec<(&str, u32, u32)> =
        file.items.iter().map(|item| (item.name.as_str(), item.at.line, item.at.column)).collect();
    assert_eq!(names, [("", 1, 1), ("good", 7, 8), ("", 11, 1), ("m", 16, 5), ("Last", 20, 8)]);
    let ItemKind::Impl(of) = &file.items[2].kind else { panic!() };
    let names: Vec<(&str, u32, u32)> =
        of.items.iter().map(|item| (item.name.as_str(), item.at.line, item.at.column)).collect();
    assert_eq!(names, [("ok", 12, 8), ("ok2", 14, 8)]);
    let one_line = lower("fn a( {} ä(; fn é() { x() }");
    assert!(one_line.error.is_some());
}

#[test]
fn columns_hold_behind_a_broken_item_on_the_same_line() {
    let file = lower("fn é() { = } fn g() { x.y() }\nfn h() {}");
    assert!(file.error.is_some());
    let names: Vec<(&str, u32, u32)> =
        file.items.iter().map(|item| (item.name.as_str(), item.at.line, item.at.column)).collect();
    assert_eq!(names, [("g", 1, 17), ("h", 2, 4)]);
    let ItemKind::Function(g) = &file.items[0].kind else { panic!() };
    let Statement::Expr(call, false) = &g.body.as_ref().unwrap().statements[0] else { panic!() };
    assert_eq!(call.at, Range { line: 1, column: 25, end_line: 1, end_column: 28 });
}

#[test]
fn what_is_too_deep_is_left_out() {
    with_stack(|| {
        for unit in
            ["(", "!", "|a, b| ", "return ", "Vec::<Vec<", "x + ", "x.f().", "if a {} else ", "vec![", "{ if x ", "m!("]
        {
            let text = format!("fn a() {{}}\nfn deep() {{\n    {}\n}}\nfn b() {{}}", unit.repeat(100_000));
            let file = lower(&text);
            let (at, _) = file.error.expect(unit);
            assert_eq!(at.line, 3, "{unit}");
            assert_eq!(file.items[0].name, "a", "{unit}");
        }
    });
}

#[test]
fn what_is_nearly_too_deep_is_read() {
    with_stack(|| {
        let nest = |open: &str, inner: &str, close: &str, times: usize| {
            format!("fn f() {{ let x = {}{inner}{}; }}", open.repeat(times), close.repeat(times))
        };
        for text in [
            nest("(", "x", ")", 250),
            nest("f(", "x", ")", 250),
            nest("{ let y = ", "x", "; }", 250),
            nest("vec![", "x", "]", 250),
            nest("if a { ", "x", " }", 250),
            nest("|| async move { match x { _ => ", "x", " } }", 120),
            nest("!", "x", "", 1000),
            nest("return ", "x", "", 1000),
            nest("|| ", "x", "", 500),
            nest("x + ", "x", "", 1000),
            nest("x = ", "x", "", 1000),
            nest("", "x", ".f()", 1000),
            nest("if a {} else ", "{}", "", 500),
            nest("&mut &", "x", "", 300),
            nest("|a| !(", "x", ")", 200),
            nest("vec![return { x = ", "x", " }]", 120),
            nest("match x { _ if x => async move { y.f(", "x", ") } }", 80),
            nest("A { x: if let Some(x) = x { for x in (", "1", ") {} } else { x } }", 70),
            nest("fn f() { impl A { fn g() { ", "", " } } }", 80).replace("let x = ", ""),
            format!("type T = {}T{};", "[(&dyn Fn(".repeat(80), "),)]".repeat(80)),
            format!("fn f() {{ let {}x{} = y; }}", "[S { a: (&".repeat(80), ",) }]".repeat(80)),
            format!("type T = {}T{};", "Vec<".repeat(500), ">".repeat(500)),
            format!("type T = {}T;", "fn() -> ".repeat(300)),
            format!("type T = {}T;", "&".repeat(1000)),
            format!("use {}x;", "a::".repeat(250)),
            format!("fn f() {{ let {}x = 1; }}", "&".repeat(1000)),
        ] {
            let file = lower(&text);
            assert_eq!(file.error, None, "{}", &text[..60]);
            assert_eq!(file.items.len(), 1);
        }
    });
}

const SAMPLE: &str = r##"//! Sample ä
#![allow(dead_code)]
use std::{fmt, sync::Arc};
/// Döc /* x */
#[derive(Debug, Parser)]
pub struct Ä<'a, T: 'a + Into<String>> where T: Send { pub a: &'a str, b: Option<T>, }
#[cfg(test)]
mod tests { #[test] fn t() { assert_eq!("}", '}'.to_string()); } }
#[tonic::async_trait]
impl<'a, T> Store for Ä<'a, T> {
    async fn get(&self, Request(r): Request<u8>) -> Result<(), Status> {
        let x = sqlx::query!("select $1", r.id as i32, y = 'z').fetch_one(&*self.pool).await?;
        let Some(v) = x.v else { return Err(Status::internal(format!("{:?}", b"x\xff"))); };
        tokio::select! { biased; _ = a.b(), if c => {} Ok(m) = rx.recv() => m.ack(), else => break }
        match v { 1..=5 | 7 if v > 3 => 0x1f_u8, 'outer' => -1, _ => loop { break 'l 1.5e-3; } }
        for i in 0..n { info!(?i, z = %q, r#"raw "s" é"#, "{}", i); }
    }
}
thread_local! { static X: RefCell<u8> = const { RefCell::new(1) }; }
cfg_if! { if #[cfg(unix)] { mod a; } else { mod b; } }
macro_rules! m { ($($x:expr),*) => { [$($x),*] } }
tonic::include_proto!("x.v1");
"##;

#[test]
fn the_sample_is_read_whole() {
    let text = SAMPLE.replace("'outer'", "'o'");
    let file = lower(&text);
    assert_eq!(file.error, None);
    assert_eq!(file.items.len(), 7);
}

#[test]
fn every_truncation_is_survived() {
    with_stack(|| {
        let whole = lower(&SAMPLE.replace("'outer'", "'o'"));
        let text = SAMPLE.replace("'outer'", "'o'");
        for (end, _) in text.char_indices() {
            let file = lower(&text[..end]);
            // A truncated file adds no item of its own.
            for item in file.items.iter().filter(|item| !item.name.is_empty()) {
                assert!(
                    whole.items.iter().any(|known| known.name == item.name && known.at == item.at),
                    "{end}: {item:?}"
                );
            }
        }
        for (start, _) in text.char_indices() {
            let _ = lower(&text[start..]);
        }
        // One character gone.
        for (at, c) in text.char_indices() {
            let _ = lower(&format!("{}{}", &text[..at], &text[at + c.len_utf8()..]));
        }
    });
}

/// Numbers without a pattern, the same in every run.
fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    }
}

#[test]
fn any_order_of_tokens_is_survived() {
    const TOKENS: [&str; 64] = [
        "fn f() {",
        "}",
        "(",
        ")",
        "[",
        "]",
        "{",
        "<",
        ">",
        ",",
        ";",
        ":",
        "::",
        "->",
        "=>",
        "=",
        "|",
        "||",
        "&",
        "*",
        "!",
        "-",
        "..",
        "?",
        "#[cfg(test)]",
        "#[a]",
        "#",
        "$",
        "@",
        ".",
        "'a",
        "'b'",
        "\"s\"",
        "r#\"t\"#",
        "1",
        "2.5",
        "x",
        "y",
        "self",
        "if",
        "else",
        "match",
        "for",
        "in",
        "let",
        "return",
        "break",
        "move",
        "async",
        "await",
        "impl",
        "trait",
        "mod",
        "use",
        "struct",
        "pub",
        "const",
        "static",
        "as",
        "where",
        "select!",
        "vec!",
        "dyn",
        "//\n",
    ];
    with_stack(|| {
        for seed in 1..500 {
            let mut random = random(seed);
            let length = 1 + random(80);
            let text: Vec<&str> = (0..length).map(|_| TOKENS[random(TOKENS.len())]).collect();
            let _ = lower(&text.join(" "));
        }
        // Long runs of a few tokens each: what recursion is made of.
        for seed in 1..100 {
            let mut random = random(seed);
            let kinds: Vec<&str> = (0..1 + random(4)).map(|_| TOKENS[random(TOKENS.len())]).collect();
            let _ = lower(&format!("const X: T = {}", kinds.join(" ").repeat(1500)));
            let _ = lower(&format!("fn f() {{ a({}) }}", kinds.join(" ").repeat(1500)));
        }
    });
}
