//! Layers to a net in which every joint leads to the next layer: long arrows get a bend in each layer that they pass, words
//! get a place of their own, and frames keep a place in each layer between their first and their last.

use super::Sheet;
use super::layers::Layers;

/// Bends of all arrows together. Beyond, arrows that span most layers run straight, and may cross boxes.
const MOST_BENDS: usize = 60_000;

/// One thing that takes a place in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub kind: Kind,
    pub layer: usize,
    pub frame: Option<usize>,
    /// Its extent along the layer.
    pub thick: i32,
    /// Its extent along the flow.
    pub deep: i32,
}

/// What takes a place in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A box of the sheet.
    Box,
    /// An arrow that passes.
    Bend,
    /// The words of an arrow.
    Words,
    /// The place that a frame keeps where none of its boxes stand.
    Kept,
}

/// The things of all layers and the joints between neighbouring layers.
#[derive(Debug)]
pub(super) struct Net {
    pub items: Vec<Item>,
    /// Things of each layer, in their order.
    pub layers: Vec<Vec<usize>>,
    /// Joints from one layer to the next: left, right.
    pub joints: Vec<(usize, usize)>,
    /// The way of each arrow along the flow; the boxes at its ends included.
    pub ways: Vec<Way>,
    /// Frames in which something stands: their first and last layer.
    pub spans: Vec<Option<(usize, usize)>>,
    /// The order of frames, decided by what stands in them.
    pub lanes: Vec<usize>,
}

/// The way of an arrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// From left to right.
    pub items: Vec<usize>,
    /// Whether the arrow points to the left.
    pub turned: bool,
    /// The joint between each thing and the next.
    pub joints: Vec<usize>,
}

impl Net {
    pub(super) fn new(sheet: &Sheet, layers: &Layers) -> Self {
        let frames = sheet.frames.len();
        let frame = |of: usize| sheet.boxes[of].frame.filter(|frame| *frame < frames);
        let mut net = Self {
            items: Vec::new(),
            layers: Vec::new(),
            joints: Vec::new(),
            ways: Vec::new(),
            spans: vec![None; frames],
            lanes: (0..frames).collect(),
        };
        for (of, block) in sheet.boxes.iter().enumerate() {
            let layer = layers.of_box[of];
            let (thick, deep) = (block.height.max(0), block.width.max(0));
            net.add(Item { kind: Kind::Box, layer, frame: frame(of), thick, deep });
            if let Some(frame) = frame(of) {
                let span = net.spans[frame].get_or_insert((layer, layer));
                *span = (span.0.min(layer), span.1.max(layer));
            }
        }
        let longest = longest_with_bends(sheet, layers);
        for (wire, turned) in sheet.arrows.iter().zip(&layers.turned) {
            let way = net.way(sheet, wire, *turned, longest);
            net.ways.push(way);
        }
        net.keep_places();
        net
    }

    fn add(&mut self, item: Item) -> usize {
        let id = self.items.len();
        self.items.push(item);
        if self.layers.len() <= item.layer {
            self.layers.resize(item.layer + 1, Vec::new());
        }
        self.layers[item.layer].push(id);
        id
    }

    fn way(&mut self, sheet: &Sheet, wire: &super::Wire, turned: bool, longest: usize) -> Way {
        let boxes = sheet.boxes.len();
        if wire.from >= boxes || wire.to >= boxes {
            return Way::default();
        }
        let (left, right) = if turned { (wire.to, wire.from) } else { (wire.from, wire.to) };
        let (first, last) = (self.items[left].layer, self.items[right].layer);
        let mut items = vec![left];
        if last.saturating_sub(first) <= longest {
            let frame = self.items[left].frame.filter(|frame| self.items[right].frame == Some(*frame));
            let words = wire.label.map(|label| (first.midpoint(last), label));
            for layer in first + 1..last {
                let item = match words {
                    Some((at, (width, height))) if at == layer => {
                        Item { kind: Kind::Words, layer, frame, thick: height.max(0), deep: width.max(0) }
                    }
                    _ => Item { kind: Kind::Bend, layer, frame, thick: 0, deep: 0 },
                };
                items.push(self.add(item));
            }
        }
        items.push(right);
        let mut joints = Vec::new();
        if left != right {
            for pair in items.windows(2) {
                joints.push(self.joints.len());
                self.joints.push((pair[0], pair[1]));
            }
        }
        Way { items, turned, joints }
    }

    /// Puts a thing without extent where a frame has none, so that nothing else gets between what stands in it.
    fn keep_places(&mut self) {
        for frame in 0..self.spans.len() {
            let Some((first, last)) = self.spans[frame] else { continue };
            for layer in first..=last {
                let taken = self.layers[layer].iter().any(|item| self.items[*item].frame == Some(frame));
                if !taken {
                    self.add(Item { kind: Kind::Kept, layer, frame: Some(frame), thick: 0, deep: 0 });
                }
            }
        }
    }
}

/// The most layers that an arrow may span and still get its bends.
fn longest_with_bends(sheet: &Sheet, layers: &Layers) -> usize {
    let of = &layers.of_box;
    let span = |wire: &super::Wire| Some(of.get(wire.from)?.abs_diff(*of.get(wire.to)?));
    let mut spans: Vec<usize> = sheet.arrows.iter().filter_map(span).collect();
    spans.sort_unstable();
    let mut sum = 0;
    for span in &spans {
        sum += span;
        if sum > MOST_BENDS {
            return (*span).saturating_sub(1).max(layers.step);
        }
    }
    usize::MAX
}
