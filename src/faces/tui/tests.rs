//! Parts of the face that can be held against what they must do one by one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use super::difference;
use super::fuzzy::{passes, score};
use super::keys::BINDINGS;
use super::text::{Line, Role, cut, height, width, wrapped};
use super::theme::Theme;
use super::view::View;

#[test]
fn a_key_does_one_thing() {
    let mut seen = BTreeSet::new();
    for binding in BINDINGS {
        assert!(!binding.keys.is_empty() && !binding.says.is_empty(), "{:?}", binding.command);
        for key in binding.keys {
            assert!(seen.insert(*key), "{key} does two things");
        }
    }
    for view in View::TABS {
        assert!(super::keys::binding(super::keys::Command::Go(view)).is_some(), "{} has no key", view.name());
    }
}

#[test]
fn what_was_meant_comes_first() {
    let best = |query: &str, all: &[&str]| {
        let mut found: Vec<_> = all.iter().filter_map(|text| Some((score(query, text)?, *text))).collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.first().map(|(_, text)| (*text).to_owned())
    };
    assert_eq!(
        best("cart", &["service cart-migrate", "service cart", "rpc CartService.GetCart"]).unwrap(),
        "service cart"
    );
    assert_eq!(best("gc", &["magic", "rpc Get Cart"]).unwrap(), "rpc Get Cart");
    assert_eq!(
        best("orders post", &["endpoint GET /orders", "endpoint orders POST /orders"]).unwrap(),
        "endpoint orders POST /orders"
    );
    assert_eq!(best("xyz", &["cart"]), None);
}

#[test]
fn a_filter_takes_words_turns_round_and_takes_letters() {
    assert!(passes("deadline cart", "Cart calls price without a deadline"));
    assert!(!passes("deadline orders", "cart calls price without a deadline"));
    assert!(passes("!orders", "cart") && !passes("!cart", "cart") && passes("!", "cart"));
    assert!(passes("~cpd", "cart calls price without a deadline") && !passes("~dpc", "cart calls price: d"));
}

#[test]
fn lines_are_broken_between_words_and_lose_none() {
    let line = Line::new(Role::Plain, "cart calls price ").and(Role::Strong, "without a deadline").indented(4);
    for wide in [8, 11, 16, 40] {
        let rows = wrapped(&line, wide);
        assert_eq!(rows.len(), height(&line, wide));
        let texts: Vec<String> = rows.iter().map(|row| row.iter().map(|(_, text)| text.as_str()).collect()).collect();
        assert!(texts.iter().all(|text| width(text) <= wide), "{wide}: {texts:?}");
        let words: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
        assert_eq!(words.concat(), "cartcallspricewithoutadeadline");
    }
    // A word that no row holds, and letters that take two columns.
    assert!(wrapped(&Line::new(Role::Plain, "漢字漢字漢字漢字漢字"), 8).len() > 2);
    assert_eq!(cut("漢字漢字", 5), "漢字…");
}

#[test]
fn names_of_the_project_do_not_steer_the_terminal() {
    let line = Line::new(Role::Plain, "a\u{1b}[31mb\u{202e}c\nd");
    assert!(!line.text().contains(['\u{1b}', '\u{202e}', '\n']), "{:?}", line.text());
}

#[test]
fn a_difference_shows_what_goes_and_comes() {
    let texts = |before: &str, after: &str| -> Vec<String> {
        difference::lines(before, after).iter().map(Line::text).collect()
    };
    assert_eq!(texts("a\nb\nc\n", "a\nb\nx\nc\n"), ["@@ line 1 @@", "  a", "  b", "+ x", "  c"]);
    assert_eq!(texts("a\nb\n", "a\nc\n"), ["@@ line 1 @@", "  a", "- b", "+ c"]);
    assert_eq!(texts("", "a\n"), ["@@ line 1 @@", "+ a"]);
    assert!(texts("a\n", "a\n").is_empty());
}

#[test]
fn without_colours_there_are_none() {
    let roles = [
        Role::Error,
        Role::Warning,
        Role::Info,
        Role::Good,
        Role::Accent,
        Role::Title,
        Role::Added,
        Role::Removed,
        Role::Dim,
    ];
    for role in roles {
        assert_eq!(Theme::Plain.style(role).fg, None);
        for theme in Theme::ALL {
            // The background is the terminal's own.
            assert_eq!(theme.style(role).bg, None);
        }
    }
}
