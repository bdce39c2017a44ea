//! Which layer each box stands in: arrows that close a circle are turned, then every arrow leads to a later layer.

use std::collections::VecDeque;

use super::Sheet;

/// Boxes of a layer, at least, before those that nothing depends on are moved on.
const NARROWEST: usize = 16;
/// Rounds in which boxes are moved nearer to what they are joined with.
const ROUNDS: usize = 4;

/// The layers of a sheet.
#[derive(Debug)]
pub(super) struct Layers {
    /// Of each box.
    pub of_box: Vec<usize>,
    /// Which arrows point against the flow.
    pub turned: Vec<bool>,
    /// Layers that an arrow spans at least: two where words stand on arrows.
    pub step: usize,
}

/// Arrows between boxes, as lists of neighbours.
struct Ends {
    out: Vec<Vec<usize>>,
    into: Vec<Vec<usize>>,
}

impl Ends {
    fn new(boxes: usize, arrows: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut ends = Self { out: vec![Vec::new(); boxes], into: vec![Vec::new(); boxes] };
        for (from, to) in arrows.filter(|(from, to)| from != to && *from < boxes && *to < boxes) {
            ends.out[from].push(to);
            ends.into[to].push(from);
        }
        ends
    }
}

/// Gives each box its layer.
pub(super) fn layers(sheet: &Sheet) -> Layers {
    let boxes = sheet.boxes.len();
    let sequence = sequence(&Ends::new(boxes, sheet.arrows.iter().map(|wire| (wire.from, wire.to))));
    let mut rank = vec![0; boxes];
    for (place, of) in sequence.iter().enumerate() {
        rank[*of] = place;
    }
    let is_turned = |from: usize, to: usize| from < boxes && to < boxes && rank[from] > rank[to];
    let turned: Vec<bool> = sheet.arrows.iter().map(|wire| is_turned(wire.from, wire.to)).collect();
    let straight = sheet.arrows.iter().zip(&turned);
    let ends = straight.map(|(wire, turned)| if *turned { (wire.to, wire.from) } else { (wire.from, wire.to) });
    let ends = Ends::new(boxes, ends);
    let step = if sheet.arrows.iter().any(|wire| wire.label.is_some()) { 2 } else { 1 };
    let mut of_box = vec![0; boxes];
    for of in &sequence {
        of_box[*of] = ends.into[*of].iter().map(|from| of_box[*from] + step).max().unwrap_or_default();
    }
    shorten(&mut of_box, &sequence, &ends, step);
    narrow(&mut of_box, &ends, step);
    Layers { of_box, turned, step }
}

/// An order of the boxes that few arrows point against: sources in front, sinks at the end, and where there are only
/// circles, the box that most arrows leave. After Eades, Lin and Smyth, 1993.
fn sequence(ends: &Ends) -> Vec<usize> {
    let boxes = ends.out.len();
    let mut out: Vec<usize> = ends.out.iter().map(Vec::len).collect();
    let mut into: Vec<usize> = ends.into.iter().map(Vec::len).collect();
    let mut left: Vec<bool> = vec![true; boxes];
    let (mut front, mut back) = (Vec::new(), Vec::new());
    let mut sources: VecDeque<usize> = (0..boxes).filter(|of| into[*of] == 0).collect();
    let mut sinks: VecDeque<usize> = (0..boxes).filter(|of| out[*of] == 0).collect();
    // What is in no circle is found through the queues; what is left is asked for its degrees.
    let mut open = boxes;
    while open > 0 {
        let (next, to_front) = match (sources.pop_front(), sinks.is_empty()) {
            (Some(of), _) => (of, true),
            (None, false) => (sinks.pop_front().unwrap_or_default(), false),
            (None, true) => {
                let rest = (0..boxes).filter(|of| left[*of]);
                let surplus = |of: &usize| out[*of] as i64 - into[*of] as i64;
                let Some(most) = rest.max_by_key(|of| (surplus(of), std::cmp::Reverse(*of))) else { break };
                (most, true)
            }
        };
        if !std::mem::take(&mut left[next]) {
            continue;
        }
        open -= 1;
        if to_front { &mut front } else { &mut back }.push(next);
        for to in &ends.out[next] {
            into[*to] -= 1;
            if into[*to] == 0 && left[*to] {
                sources.push_back(*to);
            }
        }
        for from in &ends.into[next] {
            out[*from] -= 1;
            if out[*from] == 0 && left[*from] {
                sinks.push_back(*from);
            }
        }
    }
    front.extend(back.into_iter().rev());
    front
}

/// Moves boxes towards the side where they have more arrows, as far as the arrows let them.
fn shorten(of_box: &mut [usize], sequence: &[usize], ends: &Ends, step: usize) {
    for _ in 0..ROUNDS {
        for of in sequence.iter().rev() {
            let (out, into) = (&ends.out[*of], &ends.into[*of]);
            if out.len() > into.len() {
                let latest = out.iter().map(|to| of_box[*to]).min().unwrap_or_default();
                of_box[*of] = of_box[*of].max(latest.saturating_sub(step));
            }
        }
        for of in sequence {
            let (out, into) = (&ends.out[*of], &ends.into[*of]);
            if into.len() > out.len() {
                of_box[*of] = into.iter().map(|from| of_box[*from] + step).max().unwrap_or_default();
            }
        }
    }
}

/// Moves boxes that no arrow leaves on to the next layer where a layer has too many: a picture is to be no tower.
fn narrow(of_box: &mut [usize], ends: &Ends, step: usize) {
    let widest = NARROWEST.max((2.0 * (of_box.len() as f64).sqrt()).ceil() as usize);
    let mut layers: Vec<Vec<usize>> = Vec::new();
    for (of, layer) in of_box.iter().enumerate() {
        if layers.len() <= *layer {
            layers.resize(layer + 1, Vec::new());
        }
        layers[*layer].push(of);
    }
    let mut layer = 0;
    while layer < layers.len() {
        let mut excess = layers[layer].len().saturating_sub(widest);
        let mut stays = Vec::new();
        // The last ones go first, so that those in front keep their places.
        for of in std::mem::take(&mut layers[layer]).into_iter().rev() {
            if excess > 0 && ends.out[of].is_empty() {
                excess -= 1;
                of_box[of] = layer + step;
                if layers.len() <= layer + step {
                    layers.resize(layer + step + 1, Vec::new());
                }
                layers[layer + step].push(of);
            } else {
                stays.push(of);
            }
        }
        stays.reverse();
        layers[layer] = stays;
        layer += 1;
    }
}
