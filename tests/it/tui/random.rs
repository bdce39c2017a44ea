//! Whatever is pressed, clicked, typed and resized, and however the project changes meanwhile: nothing fails, and what is
//! selected is on the screen.

use loadpath::faces::tui::{Screen, Theme};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Modifier;

use super::loaded;

/// Something that happens.
#[derive(Clone, Debug)]
enum Happens {
    Key(String),
    Words(String),
    Click(u16, u16),
    Wheel,
    Size(u16, u16),
    /// Another review, without every so many-th finding and edge.
    Review(usize),
}

fn happens() -> impl Strategy<Value = Happens> {
    let keys: Vec<String> = "k j up down left right h l g G enter enter enter esc backspace < > tab backtab [ ] / : ? o v n f f p p + - d D u e y Y m \
                     M x s b S a z t % r space 1 2 3 4 5 6 7 8 9 0 P A K R ctrl-d ctrl-u ctrl-p"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    prop_oneof![
        30 => proptest::sample::select(keys).prop_map(Happens::Key),
        3 => "[a-z/!~ é漢\u{202e}\t]{0,6}".prop_map(Happens::Words),
        4 => (0..220_u16, 0..70_u16).prop_map(|(x, y)| Happens::Click(x, y)),
        2 => Just(Happens::Wheel),
        2 => (1..220_u16, 1..70_u16).prop_map(|(x, y)| Happens::Size(x, y)),
        1 => (2..7_usize).prop_map(Happens::Review),
    ]
}

/// The review without every so many-th of what it found.
fn another(every: usize) -> loadpath::faces::tui::Loaded {
    let mut loaded = loaded();
    let mut count = 0;
    let mut keep = |_: &_| {
        count += 1;
        count % every != 0
    };
    loaded.settled.findings.retain(|finding| keep(&finding.rule));
    let mut count = 0;
    loaded.graph.edges.retain(|_| {
        count += 1;
        count % every != 0
    });
    loaded
}

/// Few, so that the suite stays fast; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_fails_and_the_selection_is_shown(
        (width, height) in (1..220_u16, 1..70_u16),
        other in (1..220_u16, 1..70_u16),
        all in proptest::collection::vec(happens(), 1..60),
    ) {
        let (mut width, mut height) = (width, height);
        let mut screen = Screen::new(width, height, Theme::Dark);
        screen.load(loaded());
        for one in all {
            match one {
                Happens::Key(key) => screen.press(&key),
                Happens::Words(words) => screen.write(&words),
                Happens::Click(x, y) => screen.click(x.min(width - 1), y.min(height - 1)),
                Happens::Wheel => screen.wheel(),
                Happens::Size(x, y) => {
                    (width, height) = (x, y);
                    screen.resize(x, y);
                }
                Happens::Review(every) => screen.load(another(every)),
            }
        }
        // A terminal has its new size before the program is told.
        let mut terminal = Terminal::new(TestBackend::new(other.0, other.1)).unwrap();
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        // What lies in front may cover the selection; closed, it is there.
        for _ in 0..3 {
            screen.press("esc");
        }
        screen.press("1 j");
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let selected = |y: u16| (0..width).any(|x| buffer[(x, y)].modifier.contains(Modifier::REVERSED));
        let is_list = width >= 30 && height >= 8;
        // A filter that was typed before may leave nothing.
        let is_empty = buffer.content().iter().map(|cell| cell.symbol()).collect::<String>().contains("nothing");
        prop_assert!(!is_list || is_empty || (2..height).any(selected), "nothing is selected at {width} × {height}");
    }
}
