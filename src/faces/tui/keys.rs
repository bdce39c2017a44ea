//! What can be done, and with which key: one table that keys, help, palette and hints all read.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::view::View;

/// Something that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    Fold,
    Beside,
    Close,
    Back,
    Forward,
    NextView,
    PreviousView,
    Filter,
    Palette,
    Help,
    Group,
    Severity,
    OnlyNew,
    Focus,
    MarkPath,
    Deeper,
    Nearer,
    TakeDown,
    Slow,
    Restore,
    Edit,
    CopyName,
    CopyPlace,
    CopyMermaid,
    CopyMarkdown,
    ExportSvg,
    Suppress,
    Baseline,
    SetSeverity,
    Propose,
    Preview,
    Theme,
    Mouse,
    Refresh,
    Suspend,
    Quit,
    Go(View),
}

/// A command with its keys, as they are written, and what it does.
pub struct Binding {
    /// What is done.
    pub command: Command,
    /// Its keys: `ctrl-d`, `j`, `enter`.
    pub keys: &'static [&'static str],
    /// In a word or two, for the line at the bottom.
    pub short: &'static str,
    /// In a sentence, for help and palette.
    pub says: &'static str,
}

const fn bind(command: Command, keys: &'static [&'static str], short: &'static str, says: &'static str) -> Binding {
    Binding { command, keys, short, says }
}

/// All commands, in the order in which help shows them.
pub const BINDINGS: &[Binding] = &[
    bind(Command::Up, &["k", "up"], "up", "go up"),
    bind(Command::Down, &["j", "down"], "down", "go down"),
    bind(Command::PageUp, &["ctrl-u", "pageup"], "page up", "go up by half a screen"),
    bind(Command::PageDown, &["ctrl-d", "pagedown"], "page down", "go down by half a screen"),
    bind(Command::Top, &["g", "home"], "top", "go to the first line"),
    bind(Command::Bottom, &["G", "end"], "bottom", "go to the last line"),
    bind(Command::Left, &["h", "left"], "left", "go left, or close what is open"),
    bind(Command::Right, &["l", "right"], "right", "go right, or open what is closed"),
    bind(Command::Open, &["enter"], "open", "open what is selected"),
    bind(Command::Fold, &["space"], "fold", "open or close what is below; in What if: take down"),
    bind(
        Command::Beside,
        &["w"],
        "beside",
        "go into what stands beside the view, and back; in lists also right and left",
    ),
    bind(Command::Close, &["esc"], "back", "close what is in front, take the filter away, or go back"),
    bind(Command::Back, &["backspace", "<", "alt-left"], "back", "go back to where you were"),
    bind(Command::Forward, &[">", "alt-right"], "forward", "go forward again"),
    bind(Command::NextView, &["tab", "]"], "next", "go to the next view"),
    bind(Command::PreviousView, &["backtab", "["], "previous", "go to the view before"),
    bind(Command::Filter, &["/"], "filter", "filter by words; ! turns it round, ~ takes letters in order"),
    bind(Command::Palette, &[":", "ctrl-p"], "palette", "find anything: things, views and commands"),
    bind(Command::Help, &["?"], "help", "all keys; type to find one, enter does it"),
    bind(Command::Group, &["o"], "group", "group findings by rule, service or severity"),
    bind(Command::Severity, &["v"], "severity", "show all findings, errors and warnings, or errors only"),
    bind(Command::OnlyNew, &["n"], "new", "show only findings that are new since the base"),
    bind(Command::Focus, &["f"], "focus", "show what is around the selected node"),
    bind(Command::MarkPath, &["p"], "path", "ways from the marked node to this one; the first time, mark it"),
    bind(Command::Deeper, &["+", "="], "deeper", "show two steps around the node"),
    bind(Command::Nearer, &["-"], "nearer", "show one step around the node"),
    bind(Command::TakeDown, &["d"], "down", "what if it is down: switch it off, or on again"),
    bind(Command::Slow, &["D"], "slow", "what if it is slow: 100 ms, 500 ms, 2 s longer, or as always"),
    bind(Command::Restore, &["u"], "all up", "switch everything on again"),
    bind(Command::Edit, &["e"], "edit", "open the editor at the line"),
    bind(Command::CopyName, &["y"], "copy", "copy the name"),
    bind(Command::CopyPlace, &["Y"], "copy place", "copy file and line"),
    bind(Command::CopyMermaid, &["m"], "mermaid", "copy what is shown as a Mermaid diagram"),
    bind(Command::CopyMarkdown, &["M"], "markdown", "copy what is shown as Markdown"),
    bind(Command::ExportSvg, &["x"], "svg", "write what is shown as an SVG picture"),
    bind(Command::Suppress, &["s"], "suppress", "accept the finding, with a reason, in loadpath.yaml"),
    bind(Command::Baseline, &["b"], "baseline", "add the finding to the baseline"),
    bind(Command::SetSeverity, &["S"], "set severity", "set the severity of the rule, in loadpath.yaml"),
    bind(Command::Propose, &["a"], "decide", "read the decision that the finding asks for; again, write it"),
    bind(Command::Preview, &["z"], "preview", "show or hide what stands beside the list"),
    bind(Command::Theme, &["t"], "theme", "the next theme: dark, light, colour-blind safe, no colour"),
    bind(Command::Mouse, &["%"], "mouse", "release the mouse, so that the terminal selects text; or take it"),
    bind(Command::Refresh, &["r"], "refresh", "review again now"),
    bind(Command::Suspend, &["ctrl-z"], "suspend", "suspend the program"),
    bind(Command::Quit, &["q", "ctrl-c"], "quit", "quit"),
    bind(Command::Go(View::Services), &["1"], "services", "services and jobs"),
    bind(Command::Go(View::System), &["2"], "system", "the system as a tree"),
    bind(Command::Go(View::Matrix), &["3"], "matrix", "who depends on whom, as a matrix"),
    bind(Command::Go(View::Findings), &["4"], "findings", "findings"),
    bind(Command::Go(View::Entries), &["5"], "entry points", "entry points with their call trees"),
    bind(Command::Go(View::Datastores), &["6"], "datastores", "datastores, with demand against limit"),
    bind(Command::Go(View::Topics), &["7"], "topics", "topics: who writes, who reads"),
    bind(Command::Go(View::WhatIf), &["8"], "what if", "what fails when something is down or slow"),
    bind(Command::Go(View::Capacity), &["9"], "capacity", "what is there only so often"),
    bind(Command::Go(View::Contracts), &["0"], "contracts", "contracts: who serves, who calls"),
    bind(Command::Go(View::Path), &["P"], "path", "the ways between two nodes"),
    bind(Command::Go(View::Decisions), &["A"], "decisions", "architecture decisions, and those that findings ask for"),
    bind(Command::Go(View::Knowledge), &["K"], "knowledge", "articles"),
    bind(Command::Go(View::Rules), &["R"], "rules", "rules, and what they found"),
];

/// The command of a key.
pub fn command(key: &KeyEvent) -> Option<Command> {
    let written = written(key)?;
    BINDINGS.iter().find(|binding| binding.keys.contains(&written.as_str())).map(|binding| binding.command)
}

/// The binding of a command.
pub fn binding(command: Command) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.command == command)
}

/// A key as the table writes it.
fn written(key: &KeyEvent) -> Option<String> {
    let name = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => return Some("backtab".to_owned()),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pageup".to_owned(),
        KeyCode::PageDown => "pagedown".to_owned(),
        _ => return None,
    };
    let with = |modifier| key.modifiers.contains(modifier);
    Some(if with(KeyModifiers::CONTROL) {
        format!("ctrl-{}", name.to_lowercase())
    } else if with(KeyModifiers::ALT) {
        format!("alt-{name}")
    } else {
        name
    })
}
