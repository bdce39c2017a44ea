//! Which bytes of a file are overwritten when it is copied. No byte moves, so that what points into the file goes on pointing right.

use std::ops::Range;

/// Places in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wipe {
    zeros: Vec<Range<u64>>,
    /// Where the name of a box of MP4 is, which becomes `free`: space without meaning.
    names: Vec<u64>,
}

impl Wipe {
    /// These bytes become zeros.
    pub fn zero(&mut self, range: Range<u64>) {
        if !range.is_empty() {
            self.zeros.push(range);
        }
    }

    /// This box of MP4 becomes free space.
    pub fn free(&mut self, start: u64, header_bytes: u64, end: u64) {
        self.names.push(start + 4);
        self.zero(start + header_bytes..end);
    }

    /// Must be called before the first [`Wipe::apply`].
    pub fn sort(&mut self) {
        self.zeros.sort_by_key(|range| range.start);
        self.zeros.dedup_by(|next, kept| {
            let touches = next.start <= kept.end;
            if touches {
                kept.end = kept.end.max(next.end);
            }
            touches
        });
        self.names.sort_unstable();
    }

    /// Overwrites in a piece of the file that begins at `at`.
    pub fn apply(&self, at: u64, piece: &mut [u8]) {
        let end = at + piece.len() as u64;
        let first = self.zeros.partition_point(|range| range.end <= at);
        for range in self.zeros[first..].iter().take_while(|range| range.start < end) {
            let from = (range.start.max(at) - at) as usize;
            let to = (range.end.min(end) - at) as usize;
            piece[from..to].fill(0);
        }
        let first = self.names.partition_point(|name| name + 4 <= at);
        for name in self.names[first..].iter().take_while(|name| **name < end) {
            for (place, letter) in (*name..).zip(b"free") {
                if (at..end).contains(&place) {
                    piece[(place - at) as usize] = *letter;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_give_the_same() {
        let mut wipe = Wipe::default();
        wipe.free(10, 8, 20);
        wipe.zero(25..30);
        wipe.zero(3..5);
        wipe.zero(28..33);
        wipe.zero(7..7);
        wipe.sort();
        let mut expected = [9; 40];
        expected[3..5].fill(0);
        expected[14..18].copy_from_slice(b"free");
        expected[18..20].fill(0);
        expected[25..33].fill(0);
        for size in 1..41 {
            let mut file = [9; 40];
            let mut at = 0;
            for piece in file.chunks_mut(size) {
                wipe.apply(at, piece);
                at += piece.len() as u64;
            }
            assert_eq!(file, expected, "in pieces of {size}");
        }
    }
}
