//! Places for a net whose order is settled. Along the flow each layer takes as much room as its deepest thing. Across it,
//! everything keeps its distance from what stands before it in its layer (`rules`), and within that moves to the middle of
//! what it is joined with.

mod routes;
mod rules;

use super::net::{Kind, Net};
use super::{Area, Flow, Picture, Sheet};
use rules::Rules;

/// Times that everything moves towards its neighbours, from both ends.
const ROUNDS: usize = 24;

/// Where things stand.
struct Places {
    /// The upper end of each thing, across the flow.
    across: Vec<i32>,
    /// Upper and lower end of each frame.
    frames: Vec<(i32, i32)>,
    /// Left and right end of each layer.
    along: Vec<(i32, i32)>,
    /// The right end of the last one.
    width: i32,
}

/// Gives everything its place.
pub(super) fn place(sheet: &Sheet, net: &Net) -> Picture {
    let (along, width) = along(sheet, net);
    let (across, frames) = across(sheet, net);
    let places = Places { across, frames, along, width };
    let area = |item: usize| {
        let of = net.items[item];
        let (left, right) = places.along[of.layer];
        let x = left + (right - left - of.deep) / 2;
        Area { x, y: places.across[item], width: of.deep, height: of.thick }
    };
    let boxes: Vec<Area> = (0..sheet.boxes.len()).map(area).collect();
    let frames: Vec<Option<Area>> = (0..net.spans.len()).map(|frame| frame_area(sheet, net, &places, frame)).collect();
    let arrows = routes::routes(sheet, net, &places.along, &area);
    let lowest = |areas: &mut dyn Iterator<Item = Area>| areas.map(|area| area.y + area.height).max();
    let labels = arrows.iter().filter_map(|route| route.label);
    let points = arrows.iter().flat_map(|route| &route.points).map(|point| Area { y: point.y, ..Area::default() });
    let all = &mut boxes.iter().copied().chain(frames.iter().flatten().copied()).chain(labels).chain(points);
    let height = lowest(all).unwrap_or_default();
    let reach = arrows.iter().flat_map(|route| &route.points).map(|point| point.x).max().unwrap_or_default();
    Picture { boxes, arrows, frames, width: places.width.max(reach), height }
}

/// Left and right end of each layer, and the end of the whole. Frames that begin or end between two layers get their room.
fn along(sheet: &Sheet, net: &Net) -> (Vec<(i32, i32)>, i32) {
    let heading = |frame: usize| match sheet.flow {
        Flow::Right => 0,
        Flow::Down => sheet.frames[frame].heading.max(0),
    };
    let layers = net.layers.len();
    let (mut begin, mut end) = (vec![0; layers], vec![0; layers]);
    let pad = sheet.spacing.frames.max(0);
    for (frame, span) in net.spans.iter().enumerate() {
        let Some((first, last)) = span else { continue };
        begin[*first] = pad.max(begin[*first]).max(pad + heading(frame));
        end[*last] = pad;
    }
    let mut at = 0;
    let mut ends = Vec::with_capacity(layers);
    for (layer, items) in net.layers.iter().enumerate() {
        if layer > 0 {
            at += sheet.spacing.layers.max(1);
        }
        at += begin[layer];
        let deepest = items.iter().map(|item| net.items[*item].deep).max().unwrap_or_default();
        ends.push((at, at + deepest));
        at += deepest + end[layer];
    }
    (ends, at)
}

fn frame_area(sheet: &Sheet, net: &Net, places: &Places, frame: usize) -> Option<Area> {
    let (first, last) = net.spans[frame]?;
    let pad = sheet.spacing.frames.max(0);
    let heading = match sheet.flow {
        Flow::Right => 0,
        Flow::Down => sheet.frames[frame].heading.max(0),
    };
    let (left, right) = (places.along[first].0 - pad - heading, places.along[last].1 + pad);
    let (top, bottom) = places.frames[frame];
    Some(Area { x: left, y: top, width: right - left, height: bottom - top })
}

/// The upper end of each thing, and both ends of each frame.
fn across(sheet: &Sheet, net: &Net) -> (Vec<i32>, Vec<(i32, i32)>) {
    let rules = Rules::new(sheet, net);
    let mut at = rules.middle();
    let pulls = pulls(net);
    for round in 0..ROUNDS {
        // Frames open towards where a round goes, and close behind it.
        if round % 2 == 0 {
            for of in &rules.sequence {
                let least = rules.least(*of, &at);
                let moved = || wish(*of, &at, net, &pulls).min(rules.most(*of, &at)).max(least);
                at[*of] = rules.end_of_frame(*of).map_or_else(moved, |_| least);
            }
        } else {
            for of in rules.sequence.iter().rev() {
                let most = rules.most(*of, &at);
                let moved = || wish(*of, &at, net, &pulls).max(rules.least(*of, &at)).min(most);
                at[*of] = rules.end_of_frame(*of).map_or_else(moved, |_| most);
            }
        }
    }
    for of in rules.sequence.iter().rev().filter(|of| rules.end_of_frame(**of) == Some(rules::FrameEnd::Top)) {
        at[*of] = rules.most(*of, &at);
    }
    for of in rules.sequence.iter().filter(|of| rules.end_of_frame(**of) == Some(rules::FrameEnd::Bottom)) {
        at[*of] = rules.least(*of, &at);
    }
    let frames: Vec<(i32, i32)> = (0..net.spans.len()).map(|of| (at[rules.top(of)], at[rules.bottom(of)])).collect();
    let shown = net.items.iter().enumerate().filter(|(_, item)| item.kind != Kind::Kept).map(|(of, _)| at[of]);
    let framed = net.spans.iter().zip(&frames).filter(|(span, _)| span.is_some()).map(|(_, ends)| ends.0);
    let highest = shown.chain(framed).min().unwrap_or_default();
    at.truncate(net.items.len());
    at.iter_mut().for_each(|place| *place -= highest);
    (at, frames.into_iter().map(|(top, bottom)| (top - highest, bottom - highest)).collect())
}

/// What each thing is joined with, and how strongly: bends most, so that long arrows are straight.
fn pulls(net: &Net) -> Vec<Vec<(usize, i64)>> {
    let mut pulls = vec![Vec::new(); net.items.len()];
    for (left, right) in &net.joints {
        let is_box = |of: usize| net.items[of].kind == Kind::Box;
        let strength = match (is_box(*left), is_box(*right)) {
            (true, true) => 1,
            (true, false) | (false, true) => 2,
            (false, false) => 8,
        };
        pulls[*left].push((*right, strength));
        pulls[*right].push((*left, strength));
    }
    pulls
}

/// Where a thing would stand if nothing were in its way.
fn wish(of: usize, at: &[i32], net: &Net, pulls: &[Vec<(usize, i64)>]) -> i32 {
    let (mut sum, mut weight) = (0, 0);
    for (other, strength) in &pulls[of] {
        sum += strength * (2 * i64::from(at[*other]) + i64::from(net.items[*other].thick));
        weight += 2 * strength;
    }
    if weight == 0 {
        return at[of];
    }
    i32::try_from(sum / weight).unwrap_or(at[of]) - net.items[of].thick / 2
}
