//! One request as a sequence diagram: who calls whom in which order, with alternatives, loops and what runs at once.

use std::iter::once;

use serde::Serialize;

use super::MAX_CHARACTERS;
use super::escape::{comment, ids, words};
use crate::reports::templates::{TemplateError, Templates};

/// Blocks within blocks. Deeper ones are drawn as a note.
const DEEPEST: usize = 12;

/// A request, as whoever followed it saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// What it shows.
    pub title: String,
    /// Who takes part, from left to right.
    pub participants: Vec<Participant>,
    /// What happens, in its order.
    pub steps: Vec<Step>,
}

/// One who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Its name.
    pub name: String,
    /// Whether it is a person or client, or a part of the system.
    pub kind: ParticipantKind,
}

/// How one who takes part is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParticipantKind {
    /// Who asks from outside.
    Actor,
    /// A service, datastore, topic or external.
    Part,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// One tells another.
    Message(Message),
    /// A remark.
    Note(Note),
    /// Steps that belong together.
    Block(Block),
}

/// One tells another. Participants are named by their place; one that is not there is not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who.
    pub from: usize,
    /// Whom.
    pub to: usize,
    /// What.
    pub text: String,
    /// In which way.
    pub kind: MessageKind,
}

/// The way in which one tells another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A call whose answer is waited for.
    Call,
    /// An answer.
    Reply,
    /// A message that nobody waits for.
    Async,
    /// A call that fails.
    Failed,
}

/// A remark over one or several that stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The first one.
    pub from: usize,
    /// The last one.
    pub to: usize,
    /// What it says.
    pub text: String,
}

/// Steps that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// In which way.
    pub kind: BlockKind,
    /// Its parts; a loop or an option has one.
    pub branches: Vec<Branch>,
}

/// The way in which steps belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// One of the parts happens.
    Alt,
    /// All parts happen at once.
    Par,
    /// It happens again and again.
    Loop,
    /// It happens or not.
    Opt,
}

/// One part of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// When it happens.
    pub label: String,
    /// What happens.
    pub steps: Vec<Step>,
}

/// The diagram of a request. Steps at the end are left out where there are more than GitHub draws.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn sequence(sequence: &Sequence, templates: &Templates) -> Result<String, TemplateError> {
    let mut budget = usize::MAX;
    loop {
        let drawing = drawing(sequence, budget);
        let text = templates.fill("mermaid/sequence.mmd.tera", &drawing)?;
        if text.chars().count() <= MAX_CHARACTERS || budget == 0 {
            return Ok(text);
        }
        budget = budget.min(drawing.lines.len()) / 2;
    }
}

/// What the template is filled with; every word is escaped already.
#[derive(Serialize)]
struct Drawing {
    title: String,
    notes: Vec<String>,
    participants: Vec<Drawn>,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Drawn {
    kind: &'static str,
    id: String,
    label: String,
}

#[derive(Default, Serialize)]
struct Line {
    kind: &'static str,
    indent: String,
    from: String,
    arrow: &'static str,
    to: String,
    over: String,
    text: String,
}

struct Ctx<'a> {
    ids: &'a [String],
    lines: Vec<Line>,
    budget: usize,
    omitted: usize,
}

fn drawing(sequence: &Sequence, budget: usize) -> Drawing {
    let ids = ids(sequence.participants.iter().map(|participant| ("p", participant.name.as_str())));
    let mut ctx = Ctx { ids: &ids, lines: Vec::new(), budget, omitted: 0 };
    draw(&mut ctx, &sequence.steps, 0);
    let notes =
        if ctx.omitted > 0 { vec![format!("{} steps at the end are left out", ctx.omitted)] } else { Vec::new() };
    let lines = std::mem::take(&mut ctx.lines);
    let drawn = |(participant, id): (&Participant, &String)| Drawn {
        kind: match participant.kind {
            ParticipantKind::Actor => "actor",
            ParticipantKind::Part => "participant",
        },
        id: id.clone(),
        label: text_of(&participant.name),
    };
    // Where steps are left out, so are those who take part in none that is shown.
    let takes_part = |id: &str| {
        lines.iter().any(|line: &Line| line.from == id || line.to == id || line.over.split(',').any(|over| over == id))
    };
    let shown = sequence.participants.iter().zip(&ids).filter(|(_, id)| ctx.omitted == 0 || takes_part(id));
    let participants = shown.map(drawn).collect();
    Drawing { title: comment(&sequence.title), notes, participants, lines }
}

/// Nesting is bounded by [`DEEPEST`].
fn draw(ctx: &mut Ctx<'_>, steps: &[Step], depth: usize) {
    for step in steps {
        if ctx.lines.len() >= ctx.budget {
            ctx.omitted += 1;
            continue;
        }
        match step {
            Step::Message(message) => draw_message(ctx, message, depth),
            Step::Note(note) => draw_note(ctx, note, depth),
            Step::Block(block) if depth < DEEPEST => draw_block(ctx, block, depth),
            Step::Block(_) => {
                let note = Note {
                    from: 0,
                    to: ctx.ids.len().saturating_sub(1),
                    text: "more steps, nested too deep".to_owned(),
                };
                draw_note(ctx, &note, depth);
            }
        }
    }
}

fn draw_message(ctx: &mut Ctx<'_>, message: &Message, depth: usize) {
    let (Some(from), Some(to)) = (ctx.ids.get(message.from), ctx.ids.get(message.to)) else { return };
    let arrow = match message.kind {
        MessageKind::Call => "->>",
        MessageKind::Reply => "-->>",
        MessageKind::Async => "-)",
        MessageKind::Failed => "-x",
    };
    let (from, to, text) = (from.clone(), to.clone(), text_of(&message.text));
    ctx.lines.push(Line { kind: "message", indent: indent(depth), from, arrow, to, text, ..Line::default() });
}

fn draw_note(ctx: &mut Ctx<'_>, note: &Note, depth: usize) {
    let (first, last) = (note.from.min(note.to), note.from.max(note.to));
    let over = match (ctx.ids.get(first), ctx.ids.get(last)) {
        (Some(first), Some(last)) if first != last => format!("{first},{last}"),
        (Some(only), _) => only.clone(),
        _ => return,
    };
    ctx.lines.push(Line { kind: "note", indent: indent(depth), over, text: text_of(&note.text), ..Line::default() });
}

fn draw_block(ctx: &mut Ctx<'_>, block: &Block, depth: usize) {
    let (open, next) = match block.kind {
        BlockKind::Alt => ("alt", "else"),
        BlockKind::Par => ("par", "and"),
        // One part each; what else there is follows within.
        BlockKind::Loop => ("loop", ""),
        BlockKind::Opt => ("opt", ""),
    };
    if block.branches.is_empty() {
        return;
    }
    for (kind, branch) in once(open).chain(std::iter::repeat(next)).zip(&block.branches) {
        if !kind.is_empty() {
            ctx.lines.push(Line { kind, indent: indent(depth), text: text_of(&branch.label), ..Line::default() });
        }
        draw(ctx, &branch.steps, depth + 1);
    }
    ctx.lines.push(Line { kind: "end", indent: indent(depth), ..Line::default() });
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// Words outside quotes: never none, and a lone `end` would end a block in some versions.
fn text_of(text: &str) -> String {
    let words = words(text);
    match words.as_str() {
        "" => "?".to_owned(),
        word if word.eq_ignore_ascii_case("end") => format!("({word})"),
        _ => words,
    }
}
