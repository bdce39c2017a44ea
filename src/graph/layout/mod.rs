//! Boxes and arrows to places on a plane: a layered layout, the same for the same input on every machine.
//!
//! `Sheet -> layers -> net -> order -> place -> Picture`. Arrows mostly point one way; boxes of a frame stand together and
//! nothing else stands between them; no two boxes overlap, and no arrow runs through a box. Pure data in whole units, be
//! they pixels or cells of a terminal. Knows neither what a box stands for nor how it is painted.

mod layers;
mod net;
mod order;
mod place;
#[cfg(test)]
mod tests;

/// What is to be laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The boxes. Where nothing else decides, they keep this order.
    pub boxes: Vec<Block>,
    /// The arrows.
    pub arrows: Vec<Wire>,
    /// The frames around boxes.
    pub frames: Vec<Frame>,
    /// Distances.
    pub spacing: Spacing,
    /// Where arrows point to.
    pub flow: Flow,
}

/// A box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// The frame that it stands in.
    pub frame: Option<usize>,
}

/// An arrow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// The box that it starts at.
    pub from: usize,
    /// The box that it points at.
    pub to: usize,
    /// Width and height of its words, if they are to be kept free.
    pub label: Option<(i32, i32)>,
}

/// A frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Height of its heading.
    pub heading: i32,
}

/// Distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spacing {
    /// Between layers: room for arrows to cross.
    pub layers: i32,
    /// Between boxes of a layer.
    pub boxes: i32,
    /// Between an arrow and what it passes.
    pub arrows: i32,
    /// Between a frame and what stands in it.
    pub frames: i32,
}

impl Default for Spacing {
    fn default() -> Self {
        Self { layers: 56, boxes: 20, arrows: 12, frames: 12 }
    }
}

/// Where arrows point to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// From left to right.
    #[default]
    Right,
    /// From top to bottom.
    Down,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Its left end.
    pub x: i32,
    /// Its upper end.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

/// A point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

/// The way of an arrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// From the box that it starts at to the one that it points at. Between two points it runs along the flow through a
    /// layer, or across in the room between two layers. Empty where an end is no box of the sheet.
    pub points: Vec<Point>,
    /// Where its words stand.
    pub label: Option<Area>,
}

/// Where everything stands; from 0 to `width` and `height`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The boxes, in the order of the sheet.
    pub boxes: Vec<Area>,
    /// The arrows, in the order of the sheet.
    pub arrows: Vec<Route>,
    /// The frames, in the order of the sheet; none for one that nothing stands in.
    pub frames: Vec<Option<Area>>,
    /// Width of the whole.
    pub width: i32,
    /// Height of the whole.
    pub height: i32,
}

/// Lays a sheet out.
#[must_use]
pub fn lay_out(sheet: &Sheet) -> Picture {
    let turned;
    let sheet = match sheet.flow {
        Flow::Right => sheet,
        // The stages lay out to the right: what flows down is laid on its side, and set upright in the end.
        Flow::Down => {
            turned = on_its_side(sheet);
            &turned
        }
    };
    let layers = layers::layers(sheet);
    let mut net = net::Net::new(sheet, &layers);
    order::untangle(&mut net);
    let picture = place::place(sheet, &net);
    match sheet.flow {
        Flow::Right => picture,
        Flow::Down => upright(picture),
    }
}

fn on_its_side(sheet: &Sheet) -> Sheet {
    let mut sheet = sheet.clone();
    for of in &mut sheet.boxes {
        (of.width, of.height) = (of.height, of.width);
    }
    for wire in &mut sheet.arrows {
        wire.label = wire.label.map(|(width, height)| (height, width));
    }
    sheet
}

fn upright(mut picture: Picture) -> Picture {
    let area = |area: &mut Area| {
        *area = Area { x: area.y, y: area.x, width: area.height, height: area.width };
    };
    picture.boxes.iter_mut().for_each(area);
    picture.frames.iter_mut().flatten().for_each(area);
    for route in &mut picture.arrows {
        route.label.iter_mut().for_each(area);
        for point in &mut route.points {
            (point.x, point.y) = (point.y, point.x);
        }
    }
    (picture.width, picture.height) = (picture.height, picture.width);
    picture
}
