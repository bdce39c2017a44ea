//! The order of things within their layers, so that few arrows cross: each thing moves to the mean place of its neighbours,
//! back and forth over the layers, and the best order that was met is kept. What stands in a frame stays together, and
//! frames keep one order in all layers.

use super::net::Net;

/// Runs over all layers.
const RUNS: usize = 10;
/// Places are compared in fractions of a step.
const STEP: i64 = 1 << 16;

/// Brings the layers of a net into an order with few crossings.
pub(super) fn untangle(net: &mut Net) {
    let neighbours = Neighbours::new(net);
    if net.spans.iter().flatten().count() > 1 {
        // What the order would be without frames says which frame stands above which.
        let free = Grouping { frames: vec![None; net.items.len()], lanes: &net.lanes };
        let before = net.layers.clone();
        let met = best(net.layers.clone(), &free, &neighbours, net);
        net.lanes = lanes(net, &met);
        net.layers = before;
    }
    let grouping = Grouping { frames: net.items.iter().map(|item| item.frame).collect(), lanes: &net.lanes };
    let first = net.layers.iter().map(|layer| arrange(layer, &vec![None; net.items.len()], &grouping)).collect();
    net.layers = best(first, &grouping, &neighbours, net);
}

/// Things joined to the layer before and to the layer behind.
struct Neighbours {
    before: Vec<Vec<usize>>,
    behind: Vec<Vec<usize>>,
    /// The joints out of each layer.
    joints: Vec<Vec<(usize, usize)>>,
}

impl Neighbours {
    fn new(net: &Net) -> Self {
        let mut found = Self {
            before: vec![Vec::new(); net.items.len()],
            behind: vec![Vec::new(); net.items.len()],
            joints: vec![Vec::new(); net.layers.len()],
        };
        for (left, right) in &net.joints {
            let layer = net.items[*left].layer;
            // An arrow without bends spans more than one layer, and says little about places.
            if net.items[*right].layer == layer + 1 {
                found.before[*right].push(*left);
                found.behind[*left].push(*right);
                found.joints[layer].push((*left, *right));
            }
        }
        found
    }
}

/// Which frame a thing stands in, and the order of the frames.
struct Grouping<'a> {
    frames: Vec<Option<usize>>,
    lanes: &'a [usize],
}

/// The best order that is met on the way from a first one.
fn best(first: Vec<Vec<usize>>, grouping: &Grouping<'_>, neighbours: &Neighbours, net: &Net) -> Vec<Vec<usize>> {
    let mut place = vec![0; net.items.len()];
    let mut layers = first;
    layers.iter().for_each(|layer| note(&mut place, layer));
    let mut best = layers.clone();
    let mut fewest = crossings(neighbours, &place, net);
    for run in 0..RUNS {
        if fewest == 0 {
            break;
        }
        let forth = run % 2 == 0;
        for step in 0..layers.len() {
            let layer = if forth { step } else { layers.len() - 1 - step };
            let joined = if forth { &neighbours.before } else { &neighbours.behind };
            let mut keys = vec![None; net.items.len()];
            for item in &layers[layer] {
                keys[*item] = mean(joined[*item].iter().map(|other| place[*other] as i64 * STEP));
            }
            layers[layer] = arrange(&layers[layer], &keys, grouping);
            note(&mut place, &layers[layer]);
        }
        let crossed = crossings(neighbours, &place, net);
        if crossed < fewest {
            fewest = crossed;
            best.clone_from(&layers);
        }
    }
    best
}

fn note(place: &mut [usize], layer: &[usize]) {
    for (index, item) in layer.iter().enumerate() {
        place[*item] = index;
    }
}

fn mean(of: impl Iterator<Item = i64>) -> Option<i64> {
    let (sum, count) = of.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count)
}

/// A layer sorted by keys. Frames stand together in their order; a thing without a key keeps its place, and equals keep
/// theirs among each other.
fn arrange(layer: &[usize], keys: &[Option<i64>], grouping: &Grouping<'_>) -> Vec<usize> {
    let mut framed: Vec<Vec<(i64, usize)>> = vec![Vec::new(); grouping.lanes.len()];
    let mut free: Vec<(i64, usize)> = Vec::new();
    for (index, item) in layer.iter().enumerate() {
        let key = keys[*item].unwrap_or(index as i64 * STEP);
        match grouping.frames[*item] {
            Some(frame) => framed[frame].push((key, *item)),
            None => free.push((key, *item)),
        }
    }
    free.sort_by_key(|(key, _)| *key);
    let mut free = free.into_iter().peekable();
    let mut arranged = Vec::with_capacity(layer.len());
    let mut reached = i64::MIN;
    for lane in grouping.lanes {
        let mut members = std::mem::take(&mut framed[*lane]);
        members.sort_by_key(|(key, _)| *key);
        let Some(key) = mean(members.iter().map(|(key, _)| *key)) else { continue };
        reached = reached.max(key);
        while let Some((_, item)) = free.next_if(|(key, _)| *key <= reached) {
            arranged.push(item);
        }
        arranged.extend(members.into_iter().map(|(_, item)| item));
    }
    arranged.extend(free.map(|(_, item)| item));
    arranged
}

/// Frames by the mean place of what stands in them, as a share of its layer.
fn lanes(net: &Net, layers: &[Vec<usize>]) -> Vec<usize> {
    let mut places: Vec<Vec<i64>> = vec![Vec::new(); net.spans.len()];
    for layer in layers {
        for (index, item) in layer.iter().enumerate() {
            if let (Some(frame), super::net::Kind::Box) = (net.items[*item].frame, net.items[*item].kind) {
                places[frame].push((2 * index as i64 + 1) * STEP / layer.len() as i64);
            }
        }
    }
    let mut lanes: Vec<usize> = (0..net.spans.len()).collect();
    lanes.sort_by_key(|frame| mean(places[*frame].iter().copied()));
    lanes
}

/// Crossings between all neighbouring layers.
fn crossings(neighbours: &Neighbours, place: &[usize], net: &Net) -> u64 {
    let mut sum = 0;
    for (layer, joints) in neighbours.joints.iter().enumerate() {
        let Some(next) = net.layers.get(layer + 1) else { continue };
        let mut ends: Vec<(usize, usize)> = joints.iter().map(|(left, right)| (place[*left], place[*right])).collect();
        ends.sort_unstable();
        // Those that begin above and end below: counted in a tree of sums.
        let mut tree = vec![0_u64; next.len() + 1];
        for (seen, (_, right)) in ends.iter().enumerate() {
            let mut below = seen as u64;
            let mut at = right + 1;
            while at > 0 {
                below -= tree[at];
                at &= at - 1;
            }
            sum += below;
            let mut at = right + 1;
            while at < tree.len() {
                tree[at] += 1;
                at += at & at.wrapping_neg();
            }
        }
    }
    sum
}
