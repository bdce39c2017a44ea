use proptest::prelude::*;

use super::{Area, Block, Flow, Frame, Picture, Point, Sheet, Spacing, Wire, lay_out};

fn block(width: i32, height: i32) -> Block {
    Block { width, height, frame: None }
}

fn wires(ends: &[(usize, usize)]) -> Vec<Wire> {
    ends.iter().map(|(from, to)| Wire { from: *from, to: *to, label: None }).collect()
}

fn overlap(a: Area, b: Area) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

fn inside(inner: Area, outer: Area) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

/// Whether a straight line between two points passes through the inside of an area: looked up at each step of the way.
fn passes(from: Point, to: Point, area: Area) -> bool {
    let steps = (to.x - from.x).abs().max((to.y - from.y).abs()).max(1);
    (0..=steps).any(|step| {
        let x = f64::from(from.x) + f64::from(to.x - from.x) * f64::from(step) / f64::from(steps);
        let y = f64::from(from.y) + f64::from(to.y - from.y) * f64::from(step) / f64::from(steps);
        x > f64::from(area.x)
            && x < f64::from(area.x + area.width)
            && y > f64::from(area.y)
            && y < f64::from(area.y + area.height)
    })
}

/// What must hold for every picture.
fn sound(sheet: &Sheet, picture: &Picture) {
    let whole = Area { x: 0, y: 0, width: picture.width, height: picture.height };
    assert_eq!(picture.boxes.len(), sheet.boxes.len());
    for (index, area) in picture.boxes.iter().enumerate() {
        assert_eq!((area.width, area.height), (sheet.boxes[index].width, sheet.boxes[index].height));
        assert!(inside(*area, whole), "box {index} {area:?} leaves the picture {whole:?}");
        for (other, place) in picture.boxes.iter().enumerate().skip(index + 1) {
            assert!(!overlap(*area, *place), "boxes {index} and {other} overlap: {area:?} {place:?}");
        }
        for (frame, place) in picture.frames.iter().enumerate().filter_map(|(index, of)| Some((index, (*of)?))) {
            let is_member = sheet.boxes[index].frame == Some(frame);
            assert!(is_member || !overlap(*area, place), "box {index} stands in frame {frame}");
            assert!(!is_member || inside(*area, place), "box {index} stands outside of frame {frame}");
        }
    }
    let frames: Vec<Area> = picture.frames.iter().flatten().copied().collect();
    for (index, frame) in frames.iter().enumerate() {
        assert!(inside(*frame, whole), "frame {frame:?} leaves the picture {whole:?}");
        assert!(frames.iter().skip(index + 1).all(|other| !overlap(*frame, *other)), "frame {frame:?} overlaps");
    }
    let labels: Vec<Area> = picture.arrows.iter().filter_map(|route| route.label).collect();
    for (index, label) in labels.iter().enumerate() {
        assert!(inside(*label, whole), "words leave the picture");
        assert!(picture.boxes.iter().all(|area| !overlap(*label, *area)), "words {label:?} stand on a box");
        assert!(labels.iter().skip(index + 1).all(|other| !overlap(*label, *other)), "words stand on words");
    }
    for (wire, route) in sheet.arrows.iter().zip(&picture.arrows) {
        let (Some(from), Some(to)) = (picture.boxes.get(wire.from), picture.boxes.get(wire.to)) else {
            assert!(route.points.is_empty());
            continue;
        };
        let touches = |area: &Area, point: &Point| inside(Area { x: point.x, y: point.y, width: 0, height: 0 }, *area);
        assert!(touches(from, &route.points[0]), "{wire:?} does not begin at its box");
        assert!(touches(to, route.points.last().unwrap()), "{wire:?} does not end at its box");
        for pair in route.points.windows(2) {
            assert!(
                picture.boxes.iter().all(|area| !passes(pair[0], pair[1], *area)),
                "{wire:?} runs through a box: {route:?}"
            );
        }
    }
}

#[test]
fn a_chain_goes_from_left_to_right_in_one_line() {
    let sheet = Sheet {
        boxes: vec![block(60, 20), block(30, 40), block(50, 20)],
        arrows: wires(&[(0, 1), (1, 2)]),
        ..Sheet::default()
    };
    let picture = lay_out(&sheet);
    sound(&sheet, &picture);
    let middles: Vec<i32> = picture.boxes.iter().map(|area| area.y + area.height / 2).collect();
    assert_eq!(middles, [20, 20, 20]);
    assert_eq!(picture.boxes.iter().map(|area| area.x).collect::<Vec<_>>(), [0, 116, 202]);
    assert_eq!(picture.arrows[0].points, [Point { x: 60, y: 20 }, Point { x: 116, y: 20 }]);
    assert_eq!((picture.width, picture.height), (252, 40));
}

#[test]
fn the_same_from_top_to_bottom() {
    let boxes = vec![block(60, 20), block(30, 40)];
    let sheet = Sheet { boxes, arrows: wires(&[(0, 1)]), flow: Flow::Down, ..Sheet::default() };
    let picture = lay_out(&sheet);
    sound(&sheet, &picture);
    assert_eq!(picture.boxes[0], Area { x: 0, y: 0, width: 60, height: 20 });
    assert_eq!(picture.boxes[1], Area { x: 15, y: 76, width: 30, height: 40 });
    assert_eq!(picture.arrows[0].points, [Point { x: 30, y: 20 }, Point { x: 30, y: 76 }]);
}

#[test]
fn what_would_cross_is_put_into_order() {
    // a1 -> b2, a2 -> b1: the second layer is turned round.
    let sheet = Sheet { boxes: vec![block(40, 20); 4], arrows: wires(&[(0, 3), (1, 2)]), ..Sheet::default() };
    let picture = lay_out(&sheet);
    assert!(picture.boxes[0].y < picture.boxes[1].y, "the first layer keeps its order");
    assert!(picture.boxes[3].y < picture.boxes[2].y);
}

#[test]
fn equals_keep_the_order_of_the_sheet() {
    let sheet = Sheet {
        boxes: vec![block(40, 20); 6],
        arrows: wires(&[(5, 0), (5, 1), (5, 2), (5, 3), (5, 4)]),
        ..Sheet::default()
    };
    let picture = lay_out(&sheet);
    let heights: Vec<i32> = picture.boxes.iter().take(5).map(|area| area.y).collect();
    assert!(heights.is_sorted(), "{heights:?}");
}

#[test]
fn a_circle_has_one_arrow_that_goes_back() {
    let sheet = Sheet { boxes: vec![block(40, 20); 3], arrows: wires(&[(0, 1), (1, 2), (2, 0)]), ..Sheet::default() };
    let picture = lay_out(&sheet);
    sound(&sheet, &picture);
    let back = sheet.arrows.iter().filter(|wire| picture.boxes[wire.from].x > picture.boxes[wire.to].x);
    assert_eq!(back.count(), 1);
}

#[test]
fn a_frame_keeps_others_out() {
    let framed = |frame| Block { frame, ..block(40, 20) };
    let boxes = vec![framed(Some(0)), framed(None), framed(Some(0)), framed(Some(1)), framed(Some(1))];
    let sheet = Sheet {
        boxes,
        arrows: wires(&[(0, 1), (1, 2), (0, 2), (3, 1), (0, 4)]),
        frames: vec![Frame { heading: 14 }; 2],
        ..Sheet::default()
    };
    let picture = lay_out(&sheet);
    sound(&sheet, &picture);
    let heading = picture.boxes[0].y - picture.frames[0].unwrap().y;
    assert!(heading >= 14 + sheet.spacing.frames, "the heading has its room");
}

#[test]
fn a_layer_of_many_leaves_is_no_tower() {
    let arrows: Vec<(usize, usize)> = (1..=60).map(|leaf| (0, leaf)).collect();
    let sheet = Sheet { boxes: vec![block(40, 20); 61], arrows: wires(&arrows), ..Sheet::default() };
    let picture = lay_out(&sheet);
    sound(&sheet, &picture);
    let columns: std::collections::BTreeSet<i32> = picture.boxes.iter().map(|area| area.x).collect();
    assert!(columns.len() > 4, "{columns:?}");
}

#[test]
fn ends_that_are_no_boxes_are_no_arrows() {
    let mut boxes = vec![block(40, 20)];
    boxes[0].frame = Some(7);
    let sheet = Sheet { boxes, arrows: wires(&[(0, 9), (9, 0), (0, 0)]), ..Sheet::default() };
    let picture = lay_out(&sheet);
    sound(&sheet, &picture);
    assert_eq!(picture.arrows[2].points.len(), 4, "an arrow to itself goes out and comes back");
    assert_eq!(lay_out(&Sheet::default()), Picture::default());
}

#[test]
fn long_chains_and_many_arrows_stay_within_bounds() {
    // Each box to the next, and each to the last: a square of bends, if nothing held it.
    let boxes = 2_000;
    let arrows: Vec<(usize, usize)> = (1..boxes).flat_map(|of| [(of - 1, of), (of - 1, boxes - 1)]).collect();
    let sheet = Sheet { boxes: vec![block(10, 10); boxes], arrows: wires(&arrows), ..Sheet::default() };
    let picture = lay_out(&sheet);
    assert!(picture.boxes.windows(2).all(|pair| pair[0].x < pair[1].x));
}

prop_compose! {
    fn sheets()(boxes in 1_usize..24)(
        sizes in prop::collection::vec((4_i32..90, 2_i32..40, prop::option::weighted(0.6, 0_usize..4)), boxes),
        ends in prop::collection::vec((0..boxes, 0..boxes, prop::option::weighted(0.3, (2_i32..80, 2_i32..30))), 0..40),
        down in any::<bool>(),
        heading in 0_i32..20,
    ) -> Sheet {
        Sheet {
            boxes: sizes.into_iter().map(|(width, height, frame)| Block { width, height, frame }).collect(),
            arrows: ends.into_iter().map(|(from, to, label)| Wire { from, to, label }).collect(),
            frames: vec![Frame { heading }; 4],
            spacing: Spacing { layers: 40, boxes: 12, arrows: 8, frames: 10 },
            flow: if down { Flow::Down } else { Flow::Right },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_picture_is_sound(sheet in sheets()) {
        sound(&sheet, &lay_out(&sheet));
    }

    #[test]
    fn without_circles_every_arrow_follows_the_flow(sheet in sheets()) {
        let mut sheet = sheet;
        sheet.flow = Flow::Right;
        sheet.arrows.retain(|wire| wire.from < wire.to);
        let picture = lay_out(&sheet);
        for wire in &sheet.arrows {
            let (from, to) = (picture.boxes[wire.from], picture.boxes[wire.to]);
            prop_assert!(from.x + from.width <= to.x);
        }
    }
}
