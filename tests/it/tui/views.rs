//! Every view at three sizes, as text: what a theme does is not told by it, so that nothing may be told by colour alone.

use loadpath::faces::tui::{Screen, Theme};

use super::{loaded, shown, text};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// A view after some keys, at all sizes, held against what it looked like.
fn view(name: &str, keys: &str) {
    let screens: Vec<String> =
        SIZES.iter().map(|(width, height)| format!("{width} × {height}\n{}", shown(*width, *height, keys))).collect();
    insta::assert_snapshot!(format!("view_{name}"), screens.join("\n\n"));
}

#[test]
fn all_views_look_as_they_did() {
    let views = [
        ("services", "1"),
        ("system", "2 j j j l"),
        ("matrix", "3 j l l l"),
        ("findings_by_rule", "4"),
        ("findings_by_service", "4 o"),
        ("findings_by_severity", "4 o o"),
        ("findings_new", "4 n"),
        ("finding", "4 j enter"),
        ("entry_points", "5"),
        ("entry_point", "5 enter"),
        ("datastores", "6"),
        ("topics", "7"),
        ("what_if_down", "8 j j j j d"),
        ("what_if_slow", "8 j j j j D D D"),
        ("capacity", "9"),
        ("contracts", "0"),
        ("path", "1 j p f l l enter p"),
        ("decisions", "A"),
        ("proposal", "A enter"),
        ("knowledge", "K / o u t b o x enter"),
        ("rules", "R"),
        ("rule", "R enter"),
        ("focus", "1 f"),
        ("focus_deep", "1 f +"),
        ("edge", "1 f l space"),
        ("palette", ": p r i c e"),
        ("help", "? p a t h"),
        ("filter", "4 / s e c r e t"),
        ("suppress", "4 j s w e space k n o w enter"),
        ("baseline", "4 j b"),
        ("severity", "4 j S w enter"),
    ];
    for (name, keys) in views {
        view(name, keys);
    }
}

#[test]
fn nothing_is_written_without_agreement() {
    let asks = ["4 j s w h y enter", "4 j S o enter", "4 j b"];
    for keys in asks {
        for (answer, agreed) in [("", 0), ("n", 0), ("esc", 0), ("q", 0), ("y", 1), ("enter", 1)] {
            let mut screen = Screen::new(120, 40, Theme::Plain);
            screen.load(loaded());
            screen.press(keys);
            assert!(text(&screen, 120, 40).contains("write this?"), "{keys}");
            screen.press(answer);
            assert_eq!(screen.agreed(), agreed, "{keys}, then {answer}");
        }
    }
    // Without a reason nothing is accepted, and what was typed is not thrown away.
    let mut screen = Screen::new(120, 40, Theme::Plain);
    screen.load(loaded());
    screen.press("4 j s enter");
    assert!(text(&screen, 120, 40).contains("without a reason it does not apply"));
}

#[test]
fn there_is_a_screen_before_there_is_a_review() {
    let screen = Screen::new(80, 24, Theme::Dark);
    let shown = text(&screen, 80, 24);
    assert!(shown.contains("loadpath") && shown.contains("Services") && shown.contains("reading files"), "{shown}");
}

#[test]
fn all_themes_say_the_same() {
    for keys in ["4", "8 d", "3", "1 f"] {
        let plain = shown(120, 40, keys);
        for theme in [Theme::Dark, Theme::Light, Theme::Safe] {
            let mut screen = Screen::new(120, 40, theme);
            screen.load(loaded());
            screen.press(keys);
            assert_eq!(text(&screen, 120, 40), plain);
        }
    }
}

#[test]
fn a_new_review_keeps_place_and_selection() {
    let mut screen = Screen::new(120, 40, Theme::Plain);
    screen.load(loaded());
    screen.press("4 / g r p c enter j");
    let before = text(&screen, 120, 40);
    screen.load(loaded());
    assert_eq!(text(&screen, 120, 40), before);
    // A service that stands before the selected one goes: the selection follows its name.
    screen.press("esc 1 G f");
    let mut fewer = loaded();
    fewer.settled.findings.clear();
    fewer.new = None;
    screen.load(fewer);
    let after = text(&screen, 120, 40);
    assert!(after.contains("no findings") && after.contains("around price-migrate"), "{after}");
}
