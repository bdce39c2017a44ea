//! The ways of arrows through a net whose things have their places: along the flow through a layer, across between two.

use super::super::net::{Kind, Net, Way};
use super::super::{Area, Point, Route, Sheet};

/// The way of each arrow.
pub(super) fn routes(sheet: &Sheet, net: &Net, along: &[(i32, i32)], area: &dyn Fn(usize) -> Area) -> Vec<Route> {
    let ports = ports(net, area);
    let mut loops = vec![0; sheet.boxes.len()];
    net.ways
        .iter()
        .map(|way| match way.items.as_slice() {
            [] => Route::default(),
            [first, last] if first == last => {
                loops[*first] += 1;
                own(area(*first), loops[*first], sheet)
            }
            _ => route(net, way, along, area, &ports),
        })
        .collect()
}

/// Where each joint leaves its left box, and where it meets its right one.
fn ports(net: &Net, area: &dyn Fn(usize) -> Area) -> Vec<(i32, i32)> {
    let mut ports = vec![(0, 0); net.joints.len()];
    let (mut leaving, mut meeting) = (vec![Vec::new(); net.items.len()], vec![Vec::new(); net.items.len()]);
    for (joint, (left, right)) in net.joints.iter().enumerate() {
        let middle = |of: usize| area(of).y + area(of).height / 2;
        leaving[*left].push((middle(*right), joint));
        meeting[*right].push((middle(*left), joint));
    }
    for item in 0..net.items.len() {
        let of = area(item);
        let spread = |joints: &mut Vec<(i32, usize)>, set: &mut dyn FnMut(usize, i32)| {
            joints.sort_unstable();
            let parts = i32::try_from(joints.len()).unwrap_or(i32::MAX - 1) + 1;
            for (index, (_, joint)) in (1..).zip(joints.iter()) {
                set(*joint, of.y + (i64::from(of.height) * index / i64::from(parts)) as i32);
            }
        };
        spread(&mut leaving[item], &mut |joint, y| ports[joint].0 = y);
        spread(&mut meeting[item], &mut |joint, y| ports[joint].1 = y);
    }
    ports
}

fn route(net: &Net, way: &Way, along: &[(i32, i32)], area: &dyn Fn(usize) -> Area, ports: &[(i32, i32)]) -> Route {
    let mut points: Vec<Point> = Vec::new();
    let mut label = None;
    let last = way.items.len() - 1;
    for (index, item) in way.items.iter().enumerate() {
        let of = net.items[*item];
        let place = area(*item);
        let (left, right) = along[of.layer];
        // Before the first thing there is no joint, and behind the last there is none.
        let into = index.checked_sub(1).and_then(|before| way.joints.get(before)).map(|joint| ports[*joint].1);
        let out = way.joints.get(index).map(|joint| ports[*joint].0);
        match of.kind {
            Kind::Box if index == 0 => {
                let y = out.unwrap_or(place.y);
                points.extend([Point { x: place.x + place.width, y }, Point { x: right, y }]);
            }
            Kind::Box if index == last => {
                let y = into.unwrap_or(place.y);
                points.extend([Point { x: left, y }, Point { x: place.x, y }]);
            }
            Kind::Box | Kind::Bend | Kind::Kept | Kind::Words => {
                let y = place.y + place.height / 2;
                points.extend([Point { x: left, y }, Point { x: right, y }]);
                if of.kind == Kind::Words {
                    label = Some(place);
                }
            }
        }
    }
    points.dedup();
    if way.turned {
        points.reverse();
    }
    Route { points, label }
}

/// The way of an arrow from a box to itself: out and back on the side that arrows leave.
fn own(of: Area, number: i32, sheet: &Sheet) -> Route {
    let reach = (sheet.spacing.arrows.max(2) + 2 * number).min(sheet.spacing.layers.max(2) / 2);
    let x = of.x + of.width;
    let (above, below) = (of.y + of.height / 4, of.y + of.height - of.height / 4);
    let points = [(x, above), (x + reach, above), (x + reach, below), (x, below)];
    Route { points: points.into_iter().map(|(x, y)| Point { x, y }).collect(), label: None }
}
