use super::{Kind, Node, read};

fn place(node: &Node) -> (u32, u32) {
    (node.span.line, node.span.column)
}

#[test]
fn lines_and_columns_hold_in_all_documents() {
    let parsed = read("a.yaml", "a: 1 # one\n---\nb:\n  - c: x\n    d: \"y\"\n");
    assert_eq!(parsed.documents.len(), 2);
    assert_eq!(place(parsed.documents[0].get("a").unwrap()), (1, 4));
    let item = &parsed.documents[1].seq_at(&["b"])[0];
    assert_eq!(place(item.get("d").unwrap()), (5, 8));
    assert_eq!(item.str_at(&["c"]), Some("x"));
    assert_eq!((parsed.comments[0].text.as_str(), parsed.comments[0].at.line), (" one", 1));
}

#[test]
fn carriage_returns_move_no_line() {
    let parsed = read("a.yaml", "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 2\r\n");
    let document = &parsed.documents[0];
    assert_eq!(document.str_at(&["b"]), Some("x\ny\n"));
    assert_eq!(place(document.get("c").unwrap()), (5, 4));
}

#[test]
fn folded_and_literal_scalars() {
    let parsed = read("a.yaml", "a: >-\n  one\n  two\nb: |-\n  # no comment\n  x\nc: 3\n");
    let document = &parsed.documents[0];
    assert_eq!(document.str_at(&["a"]), Some("one two"));
    assert_eq!(document.str_at(&["b"]), Some("# no comment\nx"));
    // Where its text starts: that of patches inside of a scalar is counted from there.
    assert_eq!((place(document.get("a").unwrap()), place(document.get("b").unwrap())), ((2, 3), (5, 3)));
    assert_eq!(place(document.get("c").unwrap()), (7, 4));
    assert!(parsed.comments.is_empty());
}

#[test]
fn behind_an_alias_stands_the_line_of_the_anchor() {
    let parsed = read("a.yaml", "base: &b\n  x: 1\n  y: 2\nuse:\n  <<: *b\n  y: 3\nother: *b\n");
    let document = &parsed.documents[0];
    assert_eq!(place(document.at(&["use", "x"]).unwrap()), (2, 6));
    assert_eq!(document.at(&["use", "y"]).unwrap().i64(), Some(3));
    assert_eq!(place(document.at(&["other", "y"]).unwrap()), (3, 6));
}

#[test]
fn the_last_of_two_equal_keys_holds_and_is_reported() {
    let parsed = read("a.yaml", "a: 1\nb: 2\na: 3\n");
    assert_eq!(parsed.documents[0].get("a").unwrap().i64(), Some(3));
    assert_eq!(parsed.diagnostics[0].at.line, 3);
}

#[test]
fn reading_goes_on_behind_a_broken_document() {
    let parsed = read("a.yaml", "a: 1\n---\nb: [1, 2\n---\nc: 3\n");
    assert_eq!(parsed.diagnostics.len(), 1);
    assert_eq!(parsed.documents.last().unwrap().get("c").unwrap().i64(), Some(3));
    assert_eq!(parsed.documents.len(), 2);
}

#[test]
fn quotes_make_text_of_null_and_numbers() {
    let parsed = read("a.yaml", "a: null\nb: 'null'\nc:\nd: !!str 1\n");
    let document = &parsed.documents[0];
    assert!(document.get("a").is_none() && document.get("c").is_none());
    assert_eq!(document.str_at(&["b"]), Some("null"));
    assert!(matches!(document.get("d").unwrap().kind, Kind::Scalar { plain: false, .. }));
}

#[test]
fn an_alias_bomb_stops_with_a_diagnostic() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let before = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 10].join(", ")));
    }
    let parsed = read("a.yaml", &text);
    assert!(parsed.documents.is_empty());
    assert!(parsed.diagnostics[0].message.contains("nodes"), "{:?}", parsed.diagnostics);
}

#[test]
fn deep_nesting_is_refused_and_what_follows_is_read() {
    for opening in ["[", "{a: ", "- "] {
        let parsed = read("a.yaml", &format!("{}\n---\nb: 1\n", opening.repeat(100_000)));
        assert_eq!(parsed.documents.last().and_then(|of| of.get("b")).and_then(Node::i64), Some(1), "{opening}");
        assert!(!parsed.diagnostics.is_empty());
    }
}

#[test]
fn truncated_anywhere_it_does_not_panic() {
    let text = "a: &x {b: [1, \"ü\\n\"], 'c': *x}\nd: >-\n  e\n<<: [*x]\n---\n? [k]\n: !!map {}\n# end\n";
    for end in 0..=text.len() {
        let _ = read("a.yaml", &String::from_utf8_lossy(&text.as_bytes()[..end]));
    }
}
