//! Distances that hold across the flow: each thing from the one before it in its layer, and the ends of a frame from what
//! stands in it and beside it.

use super::super::Sheet;
use super::super::net::{Kind, Net};
use crate::graph::layout::Flow;

/// Farther than anything stands: where nothing is in the way.
const FAR: i32 = i32::MAX / 4;

/// Which end of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameEnd {
    Top,
    Bottom,
}

/// Distances between places: those of things first, then top and bottom of each frame.
pub(super) struct Rules {
    items: usize,
    /// What must stand before, and by how much.
    before: Vec<Vec<(usize, i32)>>,
    /// What must stand behind, and by how much.
    behind: Vec<Vec<(usize, i32)>>,
    /// All places, each after what must stand before it.
    pub(super) sequence: Vec<usize>,
}

/// What was met last in a layer.
#[derive(Clone, Copy)]
struct Last {
    place: usize,
    thick: i32,
    kind: Option<Kind>,
}

impl Rules {
    pub(super) fn new(sheet: &Sheet, net: &Net) -> Self {
        let items = net.items.len();
        let places = items + 2 * net.spans.len();
        let mut rules =
            Self { items, before: vec![Vec::new(); places], behind: vec![Vec::new(); places], sequence: Vec::new() };
        for layer in &net.layers {
            rules.layer(sheet, net, layer);
        }
        rules.sequence = rules.sorted();
        rules
    }

    fn layer(&mut self, sheet: &Sheet, net: &Net, layer: &[usize]) {
        let pad = sheet.spacing.frames.max(0);
        let mut last: Option<Last> = None;
        let mut open: Option<usize> = None;
        for item in layer {
            let of = net.items[*item];
            if open != of.frame {
                if let (Some(frame), Some(before)) = (open, last) {
                    self.add(before.place, self.bottom(frame), before.thick + pad);
                    last = Some(Last { place: self.bottom(frame), thick: 0, kind: None });
                }
                if let Some(frame) = of.frame {
                    let top = self.top(frame);
                    if let Some(before) = last {
                        self.add(before.place, top, before.thick + sheet.spacing.boxes.max(0));
                    }
                    let heading = if sheet.flow == Flow::Right { sheet.frames[frame].heading.max(0) } else { 0 };
                    self.add(top, *item, pad + heading);
                    last = None;
                }
                open = of.frame;
            }
            if let Some(before) = last {
                self.add(before.place, *item, before.thick + distance(sheet, before.kind, of.kind));
            }
            last = Some(Last { place: *item, thick: of.thick, kind: Some(of.kind) });
        }
        if let (Some(frame), Some(before)) = (open, last) {
            self.add(before.place, self.bottom(frame), before.thick + pad);
        }
    }

    fn add(&mut self, before: usize, behind: usize, by: i32) {
        self.behind[before].push((behind, by));
        self.before[behind].push((before, by));
    }

    pub(super) fn top(&self, frame: usize) -> usize {
        self.items + 2 * frame
    }

    pub(super) fn bottom(&self, frame: usize) -> usize {
        self.items + 2 * frame + 1
    }

    /// Which end of a frame a place is, if it is one.
    pub(super) fn end_of_frame(&self, of: usize) -> Option<FrameEnd> {
        let ends = [FrameEnd::Top, FrameEnd::Bottom];
        of.checked_sub(self.items).and_then(|end| ends.get(end % 2).copied())
    }

    /// The least that the places before it allow.
    pub(super) fn least(&self, of: usize, at: &[i32]) -> i32 {
        self.before[of].iter().map(|(other, by)| at[*other] + by).max().unwrap_or(-FAR)
    }

    /// The most that the places behind it allow.
    pub(super) fn most(&self, of: usize, at: &[i32]) -> i32 {
        self.behind[of].iter().map(|(other, by)| at[*other] - by).min().unwrap_or(FAR)
    }

    /// Places that hold all distances: between the highest and the lowest that everything can stand.
    pub(super) fn middle(&self) -> Vec<i32> {
        let mut high = vec![0; self.before.len()];
        for of in &self.sequence {
            high[*of] = self.least(*of, &high).max(0);
        }
        let end = high.iter().copied().max().unwrap_or_default();
        let mut low = vec![end; self.before.len()];
        for of in self.sequence.iter().rev() {
            low[*of] = self.most(*of, &low).min(end);
        }
        // Rounded alike everywhere: what both hold, their middle holds.
        high.iter().zip(&low).map(|(high, low)| (high + low).div_euclid(2)).collect()
    }

    fn sorted(&self) -> Vec<usize> {
        let mut open: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut sequence: Vec<usize> = (0..open.len()).filter(|of| open[*of] == 0).collect();
        let mut next = 0;
        while let Some(of) = sequence.get(next).copied() {
            next += 1;
            for (behind, _) in &self.behind[of] {
                open[*behind] -= 1;
                if open[*behind] == 0 {
                    sequence.push(*behind);
                }
            }
        }
        sequence
    }
}

/// Distance between two neighbours of a layer.
fn distance(sheet: &Sheet, before: Option<Kind>, behind: Kind) -> i32 {
    let spacing = sheet.spacing;
    match (before, behind) {
        (Some(Kind::Box), Kind::Box) => spacing.boxes.max(0),
        (Some(Kind::Kept), _) | (_, Kind::Kept) => 0,
        _ => spacing.arrows.max(0),
    }
}
